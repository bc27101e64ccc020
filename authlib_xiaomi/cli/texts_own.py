"""What ``explain`` says of errors that are this package's or Authlib's, and not Xiaomi's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["OWN", "Own"]

#: English, Chinese.
_Text = tuple[str, str]


@dataclass(frozen=True)
class Own:
    """One error.

    :param signs: what stands in the text of an error of this kind, where its word alone does not
        tell it from others.
    """

    meaning: _Text
    advice: _Text
    causes: Sequence[_Text]
    signs: Sequence[str] = ()


#: By word; after a slash, the cases of one word.
OWN: Final[Mapping[str, Own]] = {
    "invalid_response": Own(
        (
            "the answer makes no sense, so that it may not be Xiaomi's",
            "响应无法理解，可能并非来自小米",
        ),
        (
            "Look at access_token_url and api_base_url, and at proxies on the way; "
            "authlib-xiaomi doctor asks Xiaomi from here.",
            "请检查 access_token_url、api_base_url 以及途中的代理；"
            "authlib-xiaomi doctor 会从本机访问小米。",
        ),
        (
            (
                "a proxy, or a network's sign-in page, answered in Xiaomi's place",
                "代理或网络登录页代替小米作了响应",
            ),
            (
                "access_token_url or api_base_url leads elsewhere",
                "access_token_url 或 api_base_url 指向了别处",
            ),
        ),
    ),
    "temporarily_unavailable": Own(
        (
            "Xiaomi cannot be reached, does not answer in time, or answers 5xx",
            "无法连接小米，或小米没有及时响应，或返回 5xx",
        ),
        (
            "Try again later; authlib-xiaomi doctor tells whether the network is at fault.",
            "请稍后再试；authlib-xiaomi doctor 可以判断是否是网络问题。",
        ),
        (
            (
                "a firewall, DNS, or a proxy between this machine and Xiaomi",
                "本机与小米之间的防火墙、DNS 或代理",
            ),
            ("Xiaomi is out of order", "小米服务故障"),
        ),
    ),
    "speculative_request": Own(
        (
            "a browser requested the callback ahead of its user, to load it sooner",
            "浏览器为了加快加载，在用户访问之前预先请求了回调地址",
        ),
        (
            "Answer it with status 204: the browser's real request follows, and signs in.",
            "请返回状态码 204：浏览器随后的真正请求会完成登录。",
        ),
        (
            (
                "prefetch or prerender in the browser, or a HEAD request of a link preview",
                "浏览器的预取或预渲染，或链接预览的 HEAD 请求",
            ),
        ),
    ),
    "missing_code": Own(
        (
            "the callback brought neither a code nor an error",
            "回调中既没有授权码，也没有错误",
        ),
        (
            "Let the user sign in again; only Xiaomi's redirect should lead to the callback.",
            "请让用户重新登录；回调地址只应由小米跳转访问。",
        ),
        (("somebody opened the callback by hand", "有人手动打开了回调地址"),),
        ("MissingCodeError", "MissingCodeException"),
    ),
    "mismatching_state/used": Own(
        (
            "this callback was used already: it was reloaded, or requested twice",
            "该回调已经用过：被刷新，或被请求了两次",
        ),
        (
            "Lead a user who is signed in onward; let others sign in again.",
            "如果用户已登录，请继续；否则请让用户重新登录。",
        ),
        (
            (
                "a reload, the back button, or a browser that requests it twice",
                "刷新、后退，或浏览器请求了两次",
            ),
        ),
        ("this callback was used already",),
    ),
    "mismatching_state/other": Own(
        (
            "the session waits for other sign-ins than this one",
            "会话正在等待的是其他登录",
        ),
        (
            "Let the user sign in again.",
            "请让用户重新登录。",
        ),
        (
            ("an old tab, or a bookmark of the callback", "旧标签页，或收藏的回调地址"),
            ("a callback of another browser", "来自其他浏览器的回调"),
        ),
        ("waits for other sign-ins", "session holds other states"),
    ),
    "mismatching_state/lost": Own(
        (
            "the session is empty: its cookie was lost on the way",
            "会话为空：cookie 在途中丢失",
        ),
        (
            "Open the application under the host name of its callback, set SameSite=Lax for the "
            "session's cookie, and give all workers the same secret key.",
            "请用与回调地址相同的主机名打开应用，将会话 cookie 设为 SameSite=Lax，"
            "并让所有进程使用同一个密钥。",
        ),
        (
            (
                "another host name at the callback than at the login: localhost and 127.0.0.1 are "
                "two",
                "登录与回调的主机名不同：localhost 和 127.0.0.1 是两个主机名",
            ),
            (
                "a session cookie with SameSite=Strict, or http at one and https at the other",
                "会话 cookie 设了 SameSite=Strict，或一个用 http 另一个用 https",
            ),
            (
                "a secret key that changes with each start, or differs between workers",
                "密钥每次启动都变，或各进程不一致",
            ),
        ),
        ("waits for no sign-in", "cookie was lost", "session is empty"),
    ),
    "mismatching_state/none": Own(
        ("the callback brought no state", "回调中没有 state"),
        (
            "Let the user sign in again; only Xiaomi's redirect should lead to the callback.",
            "请让用户重新登录；回调地址只应由小米跳转访问。",
        ),
        (("somebody opened the callback by hand", "有人手动打开了回调地址"),),
        ("callback brought no state",),
    ),
    "mismatching_state": Own(
        (
            "the callback's state is not the one in the user's session",
            "回调中的 state 与用户会话中的不一致",
        ),
        (
            "Let the user sign in again; if it happens each time, look at the session's cookie.",
            "请让用户重新登录；如果每次都出现，请检查会话 cookie。",
        ),
        (
            (
                "the session's cookie was lost: another host or scheme than at the start, or "
                "SameSite=Strict",
                "会话 cookie 丢失：主机或协议与开始时不同，或设了 SameSite=Strict",
            ),
            (
                "an old tab, a bookmark of the callback, or the callback loaded twice",
                "旧标签页、收藏了回调地址，或回调被加载两次",
            ),
            ("SECRET_KEY changed, or differs between workers", "SECRET_KEY 变了，或各进程不一致"),
        ),
        ("MismatchingStateError", "StateMismatchError", "MismatchingStateException"),
    ),
}
