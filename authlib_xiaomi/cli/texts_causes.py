"""The words of ``explain``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

__all__ = ["CAUSES"]

#: What is behind an error most of the time, by its number or word.
CAUSES: Final[Mapping[int | str, Sequence[tuple[str, str]]]] = {
    96001: (
        (
            "the AppID is another application's, an AppKey, or was rounded on its way",
            "AppID 属于其他应用，填成了 AppKey，或在传递中被舍入",
        ),
        (
            "the account service is not enabled for the application in Xiaomi's console",
            "应用在小米开放平台未启用帐号服务",
        ),
        (
            "a sandbox's AppID was sent to Xiaomi, or Xiaomi's to a sandbox",
            "把沙箱的 AppID 发给了小米，或反过来",
        ),
    ),
    96002: (
        (
            "redirect_uri is missing in the token request: Xiaomi wants it there too",
            "令牌请求缺少 redirect_uri：小米在这一步也需要它",
        ),
        (
            "the credentials were sent as HTTP Basic, where Xiaomi does not look",
            "凭证以 HTTP Basic 方式发送，小米不会读取",
        ),
    ),
    96003: (
        (
            "the AppSecret is another application's, or was reset in Xiaomi's console",
            "AppSecret 属于其他应用，或已在小米开放平台重置",
        ),
        (
            "quotes, spaces or a line break came along, or the shell ate a $, # or =",
            "复制时带上了引号、空格或换行，或 $、#、= 被 shell 吞掉",
        ),
        (
            "a + or / in it was sent unencoded, by code other than this package's",
            "其中的 + 或 / 未经编码发送（非本包代码所致）",
        ),
    ),
    96004: (
        ("the sign-in took too long, or was started twice", "登录耗时过长，或被重复发起"),
        (
            "the code or token belongs to another application or callback",
            "授权码或令牌属于其他应用或其他回调地址",
        ),
    ),
    96005: (
        ("the application is not approved yet", "应用尚未通过审核"),
        (
            "the API or scope must be applied for, such as phone and e-mail",
            "接口或 scope 需要申请，例如手机号和邮箱",
        ),
    ),
    96006: (
        (
            "a grant_type other than authorization_code and refresh_token",
            "grant_type 不是 authorization_code 或 refresh_token",
        ),
    ),
    96007: (
        (
            "a word such as profile or email where Xiaomi has numbers",
            "写成了 profile、email 之类的词，而小米使用数字",
        ),
        ("scopes separated by a comma in place of a space", "用逗号而非空格分隔"),
        ("scope 4 or 6 without Xiaomi's permission", "使用了 4 或 6 但未获小米批准"),
    ),
    96008: (
        ("the access token has expired: it lives three days", "access token 已过期（有效期三天）"),
        ("the user has withdrawn consent", "用户已取消授权"),
        ("the token was refreshed since, and an old copy was used", "令牌已刷新，但仍在使用旧的"),
    ),
    96009: (
        ("the refresh token was used before: it works once", "refresh token 已被使用：只能用一次"),
        (
            "two processes refreshed at the same time, without a common lock",
            "两个进程同时刷新，且没有共用的锁",
        ),
        (
            "the new token was not stored, or the user has withdrawn consent",
            "新令牌没有保存，或用户已取消授权",
        ),
    ),
    96010: (
        (
            "http in place of https, often behind a proxy that ends TLS",
            "用了 http 而非 https，常见于由代理处理 TLS 时",
        ),
        (
            "another port, host (www.) or path than the registered one",
            "端口、主机（www.）或路径与登记的不同",
        ),
        (
            "the token request has another redirect_uri than the sign-in had",
            "令牌请求的 redirect_uri 与登录时不同",
        ),
    ),
    96011: (("a response_type other than code", "response_type 不是 code"),),
    96012: (
        (
            "the user pressed Cancel: nothing to mend, offer to sign in again",
            "用户点了取消：无需处理，让用户可以重新登录即可",
        ),
        ("the token was issued to another AppID", "令牌是发给其他 AppID 的"),
        (
            "the signature is wrong: another mac_key, or a clock that is off",
            "签名错误：mac_key 不对，或时钟不准",
        ),
    ),
    96013: (
        (
            "the callback was loaded twice: a reload, the back button, a link preview",
            "回调地址被加载了两次：刷新、后退或链接预览",
        ),
        ("more than five minutes passed since the code was issued", "授权码签发已超过五分钟"),
        (
            "authlib-xiaomi doctor asked, with its made-up code: then all is well",
            "由 authlib-xiaomi doctor 用虚构的授权码引起：说明一切正常",
        ),
    ),
}
