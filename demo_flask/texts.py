"""The words on the pages, from ``locale/en.po`` and ``locale/zh.po``. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Final

from authlib_xiaomi import Scope
from authlib_xiaomi._tools import facts
from authlib_xiaomi._tools.translations import LANGUAGES, Language, translations

__all__ = [
    "LANGUAGES",
    "PROBLEMS",
    "Language",
    "moment",
    "problem_texts",
    "scope_words",
    "texts",
    "time_left",
]

_SETUP: Final = (
    "invalid_request", "invalid_scope", "unauthorized_client", "unsupported_grant_type",
    "unsupported_response_type",
)  # fmt: skip
#: Problems that share what they do not have themselves: a title, or what to do.
_SHARED: Final = {
    **dict.fromkeys(_SETUP, "setup"),
    **dict.fromkeys(("invalid_grant", "invalid_token", "token_invalid", "missing_token"), "again"),
    **dict.fromkeys(("mismatching_state", "state_used", "state_other", "state_lost"), "state"),
    "state_missing": "state",
}
#: By the word of the OAuth standards, of Authlib, or our own.
PROBLEMS: Final = (
    *_SHARED, "declined", "access_denied", "no_code", "temporarily_unavailable",
    "invalid_response", "invalid_client", "oauth_error", "csrf", "http_400", "http_404",
    "http_405", "http_500",
)  # fmt: skip

_UNITS: Final = ((86400, "day"), (3600, "hour"), (60, "minute"))


def texts(language: Language) -> Mapping[str, str]:
    """The words by name."""
    return translations(__package__, language)


def problem_texts(word: str, language: Language) -> tuple[str, str, str]:
    """A problem's title, what it means, and what to do. For Xiaomi's numbers the package knows
    the latter two better."""
    known = texts(language)
    word = word if word in PROBLEMS else "oauth_error"
    title, meaning, hint = (
        known.get(f"{word}_{part}") or known[f"{_SHARED[word]}_{part}"]
        for part in ("title", "meaning", "hint")
    )
    return title, meaning, hint


def scope_words(scopes: str, language: Language) -> list[tuple[str, str]]:
    """Each of `scopes`, such as ``"1 3"``, with what it is in words."""
    known = {str(int(scope)): scope for scope in Scope}
    words = []
    for number in scopes.split():
        scope = known.get(number)
        if scope is None:
            text = texts(language)["scope_unknown"].format(number=number)
        else:
            text = facts.text(scope.description, language)
        words.append((number, text[:1].upper() + text[1:]))
    return words


def moment(timestamp: float, language: Language) -> str:
    """A time as people write it; in UTC, as without a script nobody says where the user is."""
    when = datetime.datetime.fromtimestamp(timestamp, datetime.timezone.utc)
    known = texts(language)
    # Not strftime's month, which speaks the language of the server.
    return known["moment"].format(
        day=when.day, month=known[f"month_{when.month}"], year=when.year, time=f"{when:%H:%M}"
    )


def time_left(seconds: float, language: Language) -> str:
    """How far off something is, roughly."""
    known = texts(language)
    if seconds <= 0:
        return known["expired"]
    for unit, name in _UNITS:
        count = round(seconds / unit)
        if seconds >= unit * 0.95:
            key = f"in_one_{name}" if count == 1 else f"in_many_{name}s"
            return known[key].format(count=count)
    return known["soon"]
