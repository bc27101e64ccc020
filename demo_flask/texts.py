"""The words on the pages, in English and Chinese. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Final

from authlib_xiaomi import Scope
from authlib_xiaomi._tools import facts

__all__ = [
    "LANGUAGES",
    "PROBLEMS",
    "moment",
    "problem_texts",
    "scope_words",
    "texts",
    "time_left",
]

LANGUAGES: Final = ("en", "zh")

_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "site": ("Sign-in demo", "小米登录演示"),
    "skip": ("Skip to the content", "跳到正文"),
    "switch": ("中文", "English"),
    "sandbox": ("Sandbox", "沙盒"),
    "sandbox_text": (
        "This demo talks to a stand-in for Xiaomi on this machine, at",
        "本演示连接的是本机上的小米替身，地址为",
    ),
    "sandbox_also": (
        "No real account is involved, and nothing is kept when it stops.",
        "不涉及任何真实帐号，停止运行后不保留任何数据。",
    ),
    "sign_in": ("Sign in with Xiaomi", "使用小米帐号登录"),
    "sign_out": ("Sign out", "退出登录"),
    "home_title": ("Welcome", "欢迎"),
    "home_lead": (
        "A small Flask application whose users sign in with their Xiaomi account.",
        "一个小型 Flask 应用，用户可以使用小米帐号登录。",
    ),
    "home_again": ("Good to see you again, {name}.", "欢迎回来，{name}。"),
    "home_no_name": ("You are signed in.", "你已登录。"),
    "home_continue": ("Go to your account", "进入我的帐号"),
    "first": ("Please sign in to see that page.", "请先登录，再查看该页面。"),
    "steps": ("What happens", "登录过程"),
    "step_1": (
        "Xiaomi asks who you are, and whether this application may know.",
        "小米确认你的身份，并询问是否授权本应用。",
    ),
    "step_2": (
        "You come back with a code, which the application exchanges for a token.",
        "你带着授权码返回，应用用它换取令牌。",
    ),
    "step_3": (
        "With the token it reads your name and picture. It never sees your password.",
        "应用凭令牌读取你的昵称和头像，不会接触你的密码。",
    ),
    "account": ("Your account", "我的帐号"),
    "signed_in": ("Signed in with Xiaomi", "已使用小米帐号登录"),
    "no_name": ("(no name)", "（无昵称）"),
    "who": ("Who you are at Xiaomi", "你的小米身份"),
    "sub": ("User id (sub)", "用户标识（sub）"),
    "sub_is": (
        "The same in all apps of one developer.",
        "在同一开发者的所有应用中相同。",
    ),
    "open_id": ("Open id", "openId"),
    "open_id_is": ("In this application only.", "仅用于本应用。"),
    "may": ("What this application may use", "本应用获得的授权"),
    "scope_none": ("Xiaomi did not say.", "小米未说明。"),
    "token": ("The token", "令牌"),
    "expires": ("Expires", "有效期"),
    "expires_unknown": ("Xiaomi did not say.", "小米未说明。"),
    "signed": ("Calls are signed", "调用签名"),
    "signed_yes": ("Yes, with the token's MAC key", "是，使用令牌的 MAC 密钥"),
    "signed_no": ("No, the token came without a MAC key", "否，令牌不含 MAC 密钥"),
    "try": ("Try it", "试一试"),
    "try_lead": (
        "Both run on the server. You see here what came of it.",
        "两项操作都在服务器上执行，结果显示在此处。",
    ),
    "call": ("Call the API", "调用接口"),
    "refresh": ("Refresh the token", "刷新令牌"),
    "called": ("Xiaomi answered in {ms} ms", "小米在 {ms} 毫秒内返回"),
    "called_lead": (
        "What oauth.xiaomi.userinfo() gave: Xiaomi's fields, and the standard claims.",
        "oauth.xiaomi.userinfo() 的结果：小米的原始字段和标准声明。",
    ),
    "renewed": (
        "The token had expired, and was refreshed on the way.",
        "令牌已过期，调用时已自动刷新。",
    ),
    "refreshed": ("The token is a new one", "令牌已更新"),
    "refreshed_lead": (
        "Xiaomi took the refresh token, which works once, and gave a new pair. Tokens are secret; "
        "these are fingerprints of them.",
        "小米接受了一次性的 refresh token，并返回了一对新令牌。令牌需要保密，此处显示的是指纹。",
    ),
    "before": ("Before", "刷新前"),
    "after": ("After", "刷新后"),
    "kind": ("Kind", "类型"),
    "error": ("Error", "错误"),
    "number": ("Xiaomi's number", "小米错误码"),
    "meaning": ("What it means", "含义"),
    "detail": ("In detail", "详细说明"),
    "hint": ("What to do", "解决方法"),
    "try_again": ("Try again", "重试"),
    "sign_in_again": ("Sign in again", "重新登录"),
    "back_home": ("Back to the start", "返回首页"),
    "back_account": ("Back to your account", "返回我的帐号"),
    "footer": (
        "The code of this page is in demo_flask/, to be copied.",
        "本页面的代码位于 demo_flask/，欢迎取用。",
    ),
}

_Both = tuple[str, str]
_CONFIGURATION: Final[tuple[_Both, _Both]] = (
    ("Xiaomi did not accept the request", "小米未接受该请求"),
    (
        "Look at how this application is set up here and in Xiaomi's console.",
        "请检查本应用的配置以及小米开放平台上的设置。",
    ),
)
_AGAIN: Final[tuple[_Both, _Both]] = (
    ("Please sign in again", "请重新登录"),
    (
        "Sign in once more; your account stays as it is.",
        "请重新登录，你的帐号不受影响。",
    ),
)

#: By the word of the OAuth standards, of Authlib, or our own: a title, what it means, and what to
#: do. For Xiaomi's numbers the package knows the latter two better.
PROBLEMS: Final[dict[str, tuple[_Both, _Both, _Both]]] = {
    "access_denied": (
        ("Access was not allowed", "未获得授权"),
        ("You declined, or Xiaomi refused.", "你拒绝了授权，或小米拒绝了请求。"),
        ("Sign in again, and allow the access.", "请重新登录并同意授权。"),
    ),
    "mismatching_state": (
        ("This sign-in could not be verified", "无法确认此次登录"),
        (
            "The way back from Xiaomi does not belong to a sign-in that this browser began.",
            "从小米返回的请求不属于此浏览器发起的登录。",
        ),
        (
            "Sign in again. If it stays so: allow cookies for this site, take no more than an hour "
            "for it, and keep to one address (localhost and 127.0.0.1 are two).",
            "请重新登录。若仍然如此：请允许本站使用 Cookie，在一小时内完成登录，"
            "并始终使用同一地址（localhost 与 127.0.0.1 不同）。",
        ),
    ),
    "no_code": (
        ("This sign-in was not finished", "登录未完成"),
        (
            "The way back from Xiaomi brought neither a code nor an error.",
            "从小米返回的请求既没有授权码，也没有错误信息。",
        ),
        ("Sign in again.", "请重新登录。"),
    ),
    "temporarily_unavailable": (
        ("Xiaomi cannot be reached", "暂时无法连接小米"),
        (
            "Xiaomi, or the network on the way there, is out of order.",
            "小米服务或网络出现故障。",
        ),
        (
            "Try again later. If it stays so, look at proxies and firewalls between this machine "
            "and Xiaomi.",
            "请稍后重试。若持续出现，请检查本机与小米之间的代理和防火墙。",
        ),
    ),
    "invalid_response": (
        ("Xiaomi's answer makes no sense", "小米的响应无法识别"),
        (
            "What was answered is not what Xiaomi's documents describe.",
            "收到的响应与小米文档的描述不符。",
        ),
        (
            "Something other than Xiaomi may have answered: look at proxies on the way.",
            "可能不是小米返回的响应：请检查网络中的代理。",
        ),
    ),
    "invalid_client": (
        ("The application's credentials are wrong", "应用的凭据有误"),
        (
            "AppID and AppSecret are missing, or do not belong together.",
            "缺少 AppID 或 AppSecret，或二者不匹配。",
        ),
        (
            "Compare both with the application's details page in Xiaomi's console.",
            "请与小米开放平台上的应用详情页核对。",
        ),
    ),
    "invalid_grant": (
        _AGAIN[0],
        ("Xiaomi does not take the code or the token any more.", "授权码或令牌已失效。"),
        _AGAIN[1],
    ),
    "invalid_token": (
        _AGAIN[0],
        ("Xiaomi does not take the token any more.", "令牌已失效。"),
        _AGAIN[1],
    ),
    "token_invalid": (
        _AGAIN[0],
        (
            "The token has expired, and came without a refresh token.",
            "令牌已过期，且没有 refresh token。",
        ),
        _AGAIN[1],
    ),
    "missing_token": (
        _AGAIN[0],
        ("This application has no token of yours.", "本应用没有你的令牌。"),
        _AGAIN[1],
    ),
    "invalid_request": (
        _CONFIGURATION[0],
        ("A parameter is missing or malformed.", "缺少参数或参数格式错误。"),
        _CONFIGURATION[1],
    ),
    "invalid_scope": (
        _CONFIGURATION[0],
        ("A scope was not granted to the application.", "应用未获得某项 scope。"),
        _CONFIGURATION[1],
    ),
    "unauthorized_client": (
        _CONFIGURATION[0],
        ("The application has no permission for this.", "应用没有相应的权限。"),
        _CONFIGURATION[1],
    ),
    "unsupported_grant_type": (
        _CONFIGURATION[0],
        ("Xiaomi does not know this grant_type.", "不支持的 grant_type。"),
        _CONFIGURATION[1],
    ),
    "unsupported_response_type": (
        _CONFIGURATION[0],
        ("Xiaomi does not know this response_type.", "不支持的 response_type。"),
        _CONFIGURATION[1],
    ),
    "oauth_error": (
        ("Xiaomi reports an error", "小米返回了错误"),
        (
            "It is none that Xiaomi's documents list.",
            "该错误未列入小米文档。",
        ),
        (
            "Try again; if it stays so, search Xiaomi's documents for the number or the text.",
            "请重试；若仍然如此，请在小米文档中查找该错误码或说明。",
        ),
    ),
    "csrf": (
        ("That form was out of date", "表单已失效"),
        (
            "It belongs to another session, or the browser keeps no cookies for this site.",
            "表单属于另一次会话，或浏览器未保存本站的 Cookie。",
        ),
        ("Go back, reload the page, and try again.", "请返回并刷新页面后重试。"),
    ),
    "http_400": (
        ("That request makes no sense here", "无法识别该请求"),
        (
            "The browser sent something that this application does not take.",
            "浏览器发送的内容不被本应用接受。",
        ),
        ("Start over from the first page.", "请从首页重新开始。"),
    ),
    "http_404": (
        ("There is no such page", "页面不存在"),
        ("The address leads nowhere.", "该地址没有对应的页面。"),
        ("Start over from the first page.", "请从首页重新开始。"),
    ),
    "http_405": (
        ("That does not work this way", "操作方式不正确"),
        (
            "This address is for a form, not to be opened by itself.",
            "该地址用于提交表单，不能直接打开。",
        ),
        ("Use the buttons on the pages.", "请使用页面上的按钮。"),
    ),
    "http_500": (
        ("Something went wrong here", "本应用出现错误"),
        ("The mistake is this application's.", "这是本应用的问题。"),
        ("Try again. The application's log says more.", "请重试。详情见应用日志。"),
    ),
}

# Not strftime's, which speaks the language of the server.
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_UNITS: Final = ((86400, "day", "天"), (3600, "hour", "小时"), (60, "minute", "分钟"))


def texts(language: str) -> Mapping[str, str]:
    """The words by name, in ``"en"`` or ``"zh"``."""
    index = LANGUAGES.index(language)
    return {name: both[index] for name, both in _TEXTS.items()}


def problem_texts(word: str, language: str) -> tuple[str, str, str]:
    """A problem's title, what it means, and what to do."""
    index = LANGUAGES.index(language)
    title, meaning, hint = PROBLEMS.get(word, PROBLEMS["oauth_error"])
    return title[index], meaning[index], hint[index]


def scope_words(scopes: str, language: str) -> list[tuple[str, str]]:
    """Each of `scopes`, such as ``"1 3"``, with what it is in words."""
    known = {str(int(scope)): scope for scope in Scope}
    words = []
    for number in scopes.split():
        scope = known.get(number)
        if scope is None:
            text = f"权限 {number}" if language == "zh" else f"scope {number}"
        else:
            text = facts.description(scope, "zh" if language == "zh" else "en")
        words.append((number, text[:1].upper() + text[1:]))
    return words


def moment(timestamp: float, language: str) -> str:
    """A time as people write it; in UTC, as without a script nobody says where the user is."""
    when = datetime.datetime.fromtimestamp(timestamp, datetime.timezone.utc)
    if language == "zh":
        return f"{when.year}年{when.month}月{when.day}日 {when:%H:%M} UTC"
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}, {when:%H:%M} UTC"


def time_left(seconds: float, language: str) -> str:
    """How far off something is, roughly."""
    if seconds <= 0:
        return "已过期" if language == "zh" else "expired"
    for unit, name, name_zh in _UNITS:
        count = round(seconds / unit)
        if seconds >= unit * 0.95:
            if language == "zh":
                return f"还有 {count} {name_zh}"
            return f"in {count} {name}{'s' if count > 1 else ''}"
    return "不到一分钟" if language == "zh" else "in less than a minute"
