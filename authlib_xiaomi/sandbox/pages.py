"""The words on the sandbox's pages, in English and Chinese. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from werkzeug.datastructures import LanguageAccept

from .._tools.facts import description
from .._tools.translations import LANGUAGES, Language
from ..scopes import Scope

__all__ = ["other_language", "page_language", "scope_words", "texts"]

_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Xiaomi sandbox", "小米沙盒"),
    "banner": (
        "Sandbox on this machine, not Xiaomi. No real account is used.",
        "这是本机上的沙盒，并非小米官方页面，不涉及任何真实帐号。",
    ),
    "language": ("中文", "English"),
    "language_label": ("Read this page in Chinese", "以英文显示本页"),
    "skip": ("Skip to the content", "跳到正文"),
    "sign_in": ("Choose an account", "选择帐号"),
    "sign_in_lead": (
        "Application {app} wants you to sign in. Accounts here have no password.",
        "应用 {app} 请求你登录。沙盒帐号没有密码。",
    ),
    "no_nick": ("(no nickname)", "（无昵称）"),
    "consent": ("Allow access?", "授权访问"),
    "consent_lead": ("Application {app} would like to use:", "应用 {app} 希望获得："),
    "signed_in_as": ("Signed in as", "当前登录帐号"),
    "back_to": ("Afterwards you go back to {site}.", "完成后将返回 {site}。"),
    "allow": ("Allow", "同意授权"),
    "decline": ("Decline", "拒绝"),
    "another": ("Use another account", "使用其他帐号"),
    "retry": (
        "That form was out of date. Please choose again.",
        "表单已失效，请重新选择。",
    ),
    "error": ("Xiaomi would stop here", "小米会在此处报错"),
    "error_lead": (
        "The application's request is not one that Xiaomi takes, so nobody is sent back to it.",
        "小米不接受该应用的请求，因此不会跳转回应用。",
    ),
    "number": ("Error", "错误"),
    "text": ("Xiaomi's text", "小米返回的说明"),
    "meaning": ("It means", "含义"),
    "hint": ("What to look at", "如何解决"),
    "home": ("A stand-in for Xiaomi", "小米登录的本地替身"),
    "home_lead": (
        "Applications on this machine sign users in here while they are developed and tested.",
        "本机上的应用在开发和测试时通过这里登录。",
    ),
    "app_id": ("AppID", "AppID"),
    "nobody": ("Nobody is signed in.", "当前无人登录。"),
    "sign_out": ("Sign out", "退出登录"),
}


def texts(language: Language) -> Mapping[str, str]:
    """The words by name, in ``"en"`` or ``"zh"``."""
    index = LANGUAGES.index(language)
    return {name: both[index] for name, both in _TEXTS.items()}


def page_language(locale: str, accepted: LanguageAccept) -> Language:
    """``"en"`` or ``"zh"``.

    :param locale: the ``_locale`` parameter, as Xiaomi's own pages take it (``zh_CN``, ``en_US``);
        it wins where it is one of those languages.
    :param accepted: the browser's languages.
    """
    asked = locale[:2].lower()
    chosen = asked if asked in LANGUAGES else accepted.best_match(LANGUAGES)
    return "zh" if chosen == "zh" else "en"


def other_language(language: Language) -> str:
    """The ``_locale`` of the language that a page is not in."""
    return "en_US" if language == "zh" else "zh_CN"


def scope_words(scopes: Iterable[int], language: Language) -> list[tuple[int, str]]:
    """Each scope with what it is in words."""
    known = {int(scope): scope for scope in Scope}
    words = []
    for number in scopes:
        scope = known.get(number)
        unknown = f"权限 {number}" if language == "zh" else f"scope {number}"
        in_words = scope and description(scope, language)
        # "(on application)" is for the developer, not for the user.
        words.append((number, re.split(r" ?[(（]", in_words or unknown)[0]))
    return words
