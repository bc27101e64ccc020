"""From Xiaomi's answers to Authlib's ``UserInfo``: who the user is, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from authlib.oidc.core import UserInfo

from .errors import INVALID_RESPONSE, XiaomiOAuthError
from .provider import CLAIMS, ID_NAMES, OPENID, PHONE_AND_EMAIL, PROFILE, Subject
from .scopes import Scope

__all__ = ["build_userinfo", "check_subject", "names_same_user", "needed_paths", "same_user"]

#: Claims about verification, which Xiaomi's documents nowhere promise.
_NEVER_CLAIMED = ("sub", "email_verified", "phone_number_verified")


def check_subject(subject: object) -> str:
    """`subject`, if it is one of Xiaomi's ids.

    :raises ValueError: where it is not.
    """
    if subject in get_args(Subject):
        return str(subject)
    choices = ", ".join(map(repr, get_args(Subject)))
    raise ValueError(f"subject {subject!r} is none of Xiaomi's ids; choose one of {choices}")


def needed_paths(token: Mapping[str, Any], granted: frozenset[int], subject: str) -> list[str]:
    """The paths of the open API to ask, given what the token says already."""
    paths = []
    if Scope.PROFILE in granted:
        paths.append(PROFILE)
    if granted & {Scope.PHONE, Scope.EMAIL}:
        paths.append(PHONE_AND_EMAIL)
    if subject == "openId" and Scope.OPEN_ID in granted and not _id_in(token, subject):
        paths.append(OPENID)
    return paths


def build_userinfo(
    token: Mapping[str, Any], answers: Mapping[str, Mapping[str, Any]], subject: str
) -> UserInfo:
    """The user of `token`.

    Claims are mapped as :data:`~authlib_xiaomi.provider.CLAIMS` says, empty ones left out; all
    of Xiaomi's own fields stand beside them. The identity is never guessed.

    :param answers: the ``data`` of each path that was asked.
    :param subject: which of Xiaomi's ids becomes ``sub``.
    :raises XiaomiOAuthError: ``invalid_response`` where that id is missing, or where an answer
        is about another user than the token.
    """
    fields: dict[str, Any] = {}
    known = token
    for data in answers.values():
        if not same_user(known, data):
            raise XiaomiOAuthError(
                INVALID_RESPONSE,
                "the answer is about another user than the token",
                hint="Let the user sign in again. If it stays so, look at what answers for "
                "Xiaomi: api_base_url, proxies, caches.",
            )
        known = {**known, **{name: value for name, value in data.items() if value}}
        fields.update(data)
    # Where a profile was asked for, it is the profile that says whose it is.
    who = answers.get(PROFILE, known) if subject != "openId" else known
    claims = {"sub": _subject(who, subject)}
    for claim, field in CLAIMS.items():
        value = _text(fields.get(field))
        if value and (claim != "picture" or _is_web_url(value)):
            claims[claim] = value
    own = {k: v for k, v in fields.items() if k not in CLAIMS and k not in _NEVER_CLAIMED}
    return UserInfo({**own, **claims})


def same_user(known: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether nothing in `other` says that it is about another user than `known`."""
    return all(one == two for one, two in _common_ids(known, other))


def names_same_user(known: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both name their user, and name the same one."""
    return bool(list(_common_ids(known, other))) and same_user(known, other)


def _common_ids(known: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind in ID_NAMES:
        one, two = _id_in(known, kind), _id_in(other, kind)
        if one and two:
            yield one, two


def _subject(known: Mapping[str, Any], subject: str) -> str:
    value = _id_in(known, subject)
    if value:
        return value
    present = [kind for kind in ID_NAMES if _id_in(known, kind)]
    hint = {
        "unionId": 'Older apps get userId in its place: then register with subject="userId".',
        "openId": "Ask for scope 3 as well, which opens user/openidV2.",
        "userId": 'Newer apps get unionId in its place: register with subject="unionId".',
    }[subject]
    if not present:
        hint = "See that scope 1 is asked for and granted. " + hint
    raise XiaomiOAuthError(
        INVALID_RESPONSE,
        f"Xiaomi's answer has no {subject}, which is to identify the user"
        + (f"; it has {' and '.join(present)}" if present else ""),
        hint=hint,
    )


def _id_in(fields: Mapping[str, Any], kind: str) -> str | None:
    """The user's id of that kind, as a string; ``None`` where it is missing or empty."""
    values = (_text(fields.get(name)) for name in ID_NAMES[kind])
    return next((value for value in values if value and "\ufffd" not in value), None)


def _text(value: object) -> str:
    """`value` as text; empty where it is none. Xiaomi has numbers for some strings."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def _is_web_url(value: str) -> bool:
    return value.startswith(("https://", "http://"))
