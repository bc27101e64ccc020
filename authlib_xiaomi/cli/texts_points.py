"""The claims of the probe's points in Chinese; the English is in their table."""

from __future__ import annotations

from typing import Final

from .probe.points import POINTS

__all__ = ["CLAIMS"]

_CHINESE: Final[dict[str, str]] = {
    "wrong-code": "不存在的授权码以 POST 发送时，返回 96013。",
    "wrong-code-get": "不存在的授权码以 GET 发送时，返回 96013。",
    "wrong-secret": "AppSecret 与 AppID 不匹配时返回 96003（POST）。",
    "wrong-secret-get": "AppSecret 与 AppID 不匹配时返回 96003（GET）。",
    "wrong-callback": "回调地址未登记时返回 96010（POST）。",
    "wrong-callback-get": "回调地址未登记时返回 96010（GET）。",
    "wrong-grant-type": "未知的 grant_type 返回 96004 或 96006（POST）。",
    "wrong-grant-type-get": "未知的 grant_type 返回 96004 或 96006（GET）。",
    "wrong-refresh-token": "不存在的 refresh token 返回 96009（POST）。",
    "wrong-refresh-token-get": "不存在的 refresh token 返回 96009（GET）。",
    "token-error-status": "令牌接口的错误响应为 HTTP 400。",
    "token-prefix": "令牌接口的响应以 &&&START&&& 开头，也可能没有。",
    "plain-token": "/oauth2/auth/token 是同一个令牌接口，但没有前缀。",
    "wrong-access-token": "不存在的 access token 返回 96008 和 HTTP 403。",
    "wrong-access-token-signed": "不存在的 access token 带签名时返回 96008，或因签名返回 96012。",
    "clock": "本机时钟准确，因为签名中带有分钟数。",
    "authorize": "授权请求可以正常开始。",
    "authorize-wrong-callback": "回调地址在其他主机上的授权请求会被拒绝，用户不会被送往那里。",
    "callback-below": "位于登记地址之下并带有查询参数的回调地址可以使用。",
    "callback-not-ascii": "查询参数含非 ASCII 字符的回调地址可以使用。",
    "callback-https": "登记为 http 时，https 的回调地址也可以使用。",
    "skip-confirm-left-out": "skip_confirm 可以省略。",
    "skip-confirm-forms": "skip_confirm 可以写成 true、False 和 1。",
    "scope-left-out": "scope 可以省略。",
    "scope-openid": "scope 中的数字旁可以有 openid。",
    "scope-word": "scope 中的单词会被忽略，或返回 96007。",
    "extra-parameters": "device_id 等其他参数不会引起错误。",
    "callback": "用户返回时带有 code 和 state。",
    "declined": "用户拒绝时返回 96012 或 access_denied，并带有 state。",
    "token": "令牌响应中有 access token、有效期、refresh token 和 scope。",
    "token-lifetime": "access token 的有效期为三天（259200 秒）。",
    "token-mac": "令牌类型为 mac，带有用于 HmacSHA1 的 mac_key。",
    "token-scope": "授予的 scope 就是请求的 scope；未指定时为应用的全部 scope。",
    "token-ids": "令牌响应中有 openId 和 union_id，后者与用户资料的 unionId 相同。",
    "profile": "不带签名可以读取用户资料。",
    "profile-fields": "用户资料中有 unionId。",
    "profile-signed": "带签名可以读取用户资料。",
    "nonce-again": "用过的 nonce 会被拒绝，并有文字说明。",
    "signed-decoded": "可以按解码后的参数值签名。",
    "signed-encoded": "可以按百分号编码后的参数值签名。",
    "nonce-encoded": "nonce 可以用百分号编码发送。",
    "wrong-signature": "错误的签名返回 96012。",
    "open-id": "user/openidV2 返回 openId，与令牌响应中的相同。",
    "friends": "user/relation 以逗号分隔的数字返回好友。",
    "missing-scope": "调用未授权 scope 的接口返回 96007。",
    "refresh": "可以用 POST 刷新。",
    "refresh-get": "如果不能用 POST 刷新，可以用 GET。",
    "refresh-changes": "刷新会得到新的 access token、refresh token 和 mac_key。",
    "refresh-token-again": "refresh token 只能使用一次，再次使用返回 96009。",
    "old-access-token": "刷新后，之前的 access token 失效（96008）。",
    "refresh-without-redirect-uri": "不带 redirect_uri 的刷新会被拒绝。",
    "second-sign-in-refresh-token": "用户再次登录后，第一次登录的 refresh token 失效（96009）。",
    "second-sign-in-access-token": "用户再次登录后，第一次登录的 access token 仍然有效。",
    "code-again": "授权码只能使用一次，再次使用返回 96013。",
    "token-after-code-again": "再次发送授权码后，令牌仍然有效。",
}

#: By key: English, Chinese.
CLAIMS: Final = {f"point_{point.id}": (point.claim, _CHINESE[point.id]) for point in POINTS}
