"""Xiaomi's scopes, which are numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import IntEnum

__all__ = ["Scope", "ScopeLike", "format_scope", "granted_scopes"]


#: The health services of 2026 need a parameter in the authorization request (doc 2333).
_HEALTHKIT = ("a health service of Xiaomi", "Health", "scope_provider=healthkit")


class Scope(IntEnum):
    """What an application may ask a Xiaomi user for (passport scope-list, doc 2333).

    Each member has a `description`; `api`, what it opens; `parameter`, which the authorization
    request must have beside it (``"scope_provider=healthkit"``, or empty); and `listed`: whether
    Xiaomi's present list (2023) still has it. With a scope that was not granted to the application
    the whole sign-in fails (live: JustAuth). An application may ask for other numbers, too.

    >>> Scope.PROFILE.description
    "the user's profile"
    """

    #: The number, on every Python: before 3.11, ``str()`` of an ``IntEnum`` was its name.
    __str__ = int.__repr__

    description: str
    api: str
    parameter: str
    listed: bool

    # The defaults are for type checkers, to whom Scope(1) is a call of this.
    def __new__(
        cls,
        value: int,
        description: str = "",
        api: str = "",
        parameter: str = "",
        listed: bool = True,
    ) -> Scope:
        member = int.__new__(cls, value)
        member._value_ = value
        member.description, member.api = description, api
        member.parameter, member.listed = parameter, listed
        return member

    PROFILE = 1, "the user's profile", "user/profile"
    FRIENDS = 2, "Mi Talk friends", "user/relation", "", False
    OPEN_ID = 3, "the user's open id", "user/openidV2"
    PHONE = 4, "phone number (on application)", "user/phoneAndEmail", "", False
    EMAIL = 6, "e-mail address (on application)", "user/phoneAndEmail", "", False
    ROUTER = 1000, "router information", "Mi Router"
    ROUTER_ALL = 1001, "all router information", "Mi Router"
    CONTACTS = 2000, "contacts in Mi Cloud", "Mi Cloud", "", False
    CALENDAR = 2001, "calendar in Mi Cloud", "Mi Cloud"
    ALARMS = 2002, "alarms in Mi Cloud", "Mi Cloud"
    MI_HOME = 6000, "Mi Home services", "Mi Home"
    MI_HOME_ADD_DEVICE = 6002, "adding third-party devices to Mi Home", "Mi Home"
    ALEXA = 6003, "Alexa control of Xiaomi devices", "Mi Home"
    THIRD_PARTY_DEVICES = 6004, "third-party access to Xiaomi devices", "Mi Home"
    YELLOW_PAGES = 7000, "following a Yellow Pages service account", "Mi Cloud"
    PHOTOS = 11000, "photos in Mi Cloud", "Mi Cloud"
    APP_DATA = 12001, "saving app data to Mi Cloud", "Mi Cloud"
    HEALTH_ECG = 12005, "health ECG service", "Health"
    FITNESS_DATA = 13002, "saving fitness data to Mi Cloud", "Mi Cloud", "", False
    WALLET_PASSES = 16000, "Mi Wallet passes", "app/get_pass"
    XIAOAI = 20000, "XiaoAI voice service", "XiaoAI"
    CLOUD_AI = 40000, "cloud AI service", "internal use"
    HEALTHKIT_1 = 200001, *_HEALTHKIT
    HEALTHKIT_2 = 200002, *_HEALTHKIT
    HEALTHKIT_3 = 200003, *_HEALTHKIT
    HEALTHKIT_4 = 200004, *_HEALTHKIT
    HEALTHKIT_5 = 200005, *_HEALTHKIT
    HEALTHKIT_6 = 200006, *_HEALTHKIT
    HEALTHKIT_7 = 200007, *_HEALTHKIT
    HEALTHKIT_8 = 200008, *_HEALTHKIT
    HEALTHKIT_9 = 200009, *_HEALTHKIT
    HEALTHKIT_10 = 200010, *_HEALTHKIT
    HEALTHKIT_11 = 200011, *_HEALTHKIT
    HEALTHKIT_12 = 200012, *_HEALTHKIT
    HEALTHKIT_13 = 200013, *_HEALTHKIT
    HEALTHKIT_14 = 200014, *_HEALTHKIT
    HEALTHKIT_15 = 200015, *_HEALTHKIT
    HEALTHKIT_16 = 200016, *_HEALTHKIT
    HEALTHKIT_17 = 200017, *_HEALTHKIT
    HEALTHKIT_18 = 200018, *_HEALTHKIT
    HEALTHKIT_19 = 200019, *_HEALTHKIT


#: One scope or several, as an application may write them: ``"1 3"``, ``1``, ``[Scope.PROFILE]``.
ScopeLike = str | int | Iterable[str | int]

#: OpenID Connect's scope, the one word among the numbers (doc 1835). Xiaomi switches it on for an
#: application on request.
OPENID_CONNECT = "openid"

#: Words that other providers use, and the scope that was likely meant.
_WORDS = {
    "openid": Scope.OPEN_ID,
    "open_id": Scope.OPEN_ID,
    "profile": Scope.PROFILE,
    "userinfo": Scope.PROFILE,
    "user": Scope.PROFILE,
    "user:email": Scope.EMAIL,
    "email": Scope.EMAIL,
    "phone": Scope.PHONE,
    "friends": Scope.FRIENDS,
}


def format_scope(scope: ScopeLike) -> str:
    """Return the ``scope`` parameter as Xiaomi expects it: different positive numbers, with spaces.

    :param scope: ``"1 3"``, ``[1, 3]``, members of :class:`Scope`, or a mix of them; the word
        ``openid`` may stand among them, and is sent as it is.
    :raises ValueError: for a word that is not a positive number, and where no number is asked
        for; the message names the number that was likely meant.

    >>> format_scope([Scope.PROFILE, "3 6000"])
    '1 3 6000'
    """
    parts = [scope] if isinstance(scope, (str, int)) else scope
    if not isinstance(parts, Iterable) or isinstance(parts, (bytes, bytearray, Mapping)):
        raise ValueError(f"scope cannot be a {type(scope).__name__}. {_EXAMPLE}")
    words: list[str | int] = []
    for part in parts:
        words += part.split() if isinstance(part, str) else [part]
    if not words:
        raise ValueError('scope is empty; Xiaomi\'s scopes are numbers, such as "1" or "1 3"')
    if all(word == OPENID_CONNECT for word in words):
        raise ValueError(
            'scope "openid" alone gives no profile: write it beside a number, such as "1 openid". '
            'For the user\'s open id write "3" (Scope.OPEN_ID).'
        )
    return " ".join(dict.fromkeys(w if w == OPENID_CONNECT else str(_number(w)) for w in words))


def granted_scopes(scope: object, default: ScopeLike) -> frozenset[int]:
    """Return the scopes in a token's ``scope``, in whatever form; `default` where it has none."""
    words = scope if isinstance(scope, (list, tuple)) else [scope]
    text = " ".join(str(w) for w in words if isinstance(w, (str, int)) and not isinstance(w, bool))
    # Eighteen digits are far above any scope, and far below what int() refuses to read.
    number = r"(?<!\d)[0-9]{1,18}(?!\d)"
    return frozenset(
        map(int, re.findall(number, text) or re.findall(number, format_scope(default)))
    )


def _number(word: object) -> int:
    text = str(word) if isinstance(word, (int, str)) and not isinstance(word, bool) else ""
    if re.fullmatch(r"[0-9]{1,18}", text) and int(text) > 0:
        return int(text)
    raise ValueError(
        f"{word!r} is not a Xiaomi scope: scopes are positive numbers.{_suggestion(word)}"
    )


_EXAMPLE = 'Write "1 3", [1, 3] or [Scope.PROFILE, Scope.OPEN_ID].'


def _suggestion(word: object) -> str:
    """A sentence that says what `word` likely means."""
    if not isinstance(word, str):
        return f" {_EXAMPLE}"
    pieces = [p for p in re.split(r"[,;+|/]", word) if p]
    if len(pieces) > 1 and all(re.fullmatch(r"[0-9]{1,18}", p) for p in pieces):
        return f' Separate them with spaces: "{" ".join(pieces)}".'
    by_api = (member for member in Scope if member.api.lower() == word.lower())
    member = _WORDS.get(word.lower()) or Scope.__members__.get(word.upper()) or next(by_api, None)
    if member is not None:
        return f' For {member.description} write "{member.value}" (Scope.{member.name}).'
    return f" {_EXAMPLE}"
