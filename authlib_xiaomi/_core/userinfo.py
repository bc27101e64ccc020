"""From Xiaomi's answers to Authlib's ``UserInfo``: who the user is, and the claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..errors import INVALID_RESPONSE, XiaomiOAuthError
from ..provider import CLAIMS, ID_NAMES, OPENID, PHONE_AND_EMAIL, PROFILE
from ..scopes import Scope
from . import log
from .tokens import XiaomiUserInfo

#: Claims about verification, which Xiaomi's documents nowhere promise.
_NEVER_CLAIMED: Final = ("sub", "email_verified", "phone_number_verified")


def needed_paths(token: Mapping[str, Any], granted: frozenset[int], subject: str) -> list[str]:
    """The paths of the open API that are to be asked, besides what `token` has already."""
    paths = [PROFILE] if Scope.PROFILE in granted else []
    if granted & {Scope.PHONE, Scope.EMAIL}:
        paths.append(PHONE_AND_EMAIL)
    if subject == "openId" and Scope.OPEN_ID in granted and not ids_in(token).get(subject):
        paths.append(OPENID)
    return paths


def user_of(
    token: Mapping[str, Any], outcomes: Iterable[tuple[str, Any]], subject: str
) -> XiaomiUserInfo:
    """The user of `token`.

    Claims are mapped as :data:`~authlib_xiaomi.provider.CLAIMS` says, empty ones left out; all
    of Xiaomi's own fields stand beside them. The identity is never guessed: the ``union_id`` of
    the token's answer and the ``unionId`` of the profile name the same user (doc 1517).

    :param outcomes: each path that was asked, with its ``data`` or its error.
    :param subject: which of Xiaomi's ids becomes ``sub``.
    :raises XiaomiOAuthError: ``invalid_response`` where that id is missing, where an id is not
        valid, or where an answer is about another user than the token; or the error of a path.
    """
    fields: dict[str, Any] = {}
    known = ids_in(token)
    for path, outcome in outcomes:
        if isinstance(outcome, Exception):
            # Phone and e-mail are granted on application only: a sign-in works without them.
            if path != PHONE_AND_EMAIL or not isinstance(outcome, XiaomiOAuthError):
                raise outcome
            log.warning("Signing in without phone and e-mail: %s", outcome)
            continue
        found = ids_in(outcome)
        if not _agree(known, found):
            raise _invalid(
                "the answer is about another user than the token", "api_base_url, proxies, caches"
            )
        known.update(found)
        fields.update(outcome)
    claims = {"sub": _subject(known, subject)}
    for claim, field in CLAIMS.items():
        value = fields.get(field)
        text = value.strip() if isinstance(value, str) else _number_as_text(value)
        if text and (claim != "picture" or text.startswith(("https://", "http://"))):
            claims[claim] = text
    own = {k: v for k, v in fields.items() if k not in CLAIMS and k not in _NEVER_CLAIMED}
    return XiaomiUserInfo({**own, **claims})


def same_user(known: Mapping[str, Any], other: Mapping[str, Any], *, named: bool = False) -> bool:
    """Whether the ids in `known` and `other` do not contradict each other.

    :param named: whether both must have an id of the same kind.
    """
    one, two = ids_in(known), ids_in(other)
    return _agree(one, two) and (not named or not one.keys().isdisjoint(two))


def _agree(one: Mapping[str, str], two: Mapping[str, str]) -> bool:
    return all(one[kind] == two[kind] for kind in one.keys() & two.keys())


def ids_in(fields: Mapping[str, Any]) -> dict[str, str]:
    """The user's ids by their kind, as strings.

    :raises XiaomiOAuthError: ``invalid_response`` for an invalid id: a placeholder such as
        ``"null"``, a control character, white space around it, or more than 255 characters; or
        where two names of one kind have different ids.
    """
    ids: dict[str, str] = {}
    for kind, names in ID_NAMES.items():
        for name in names:
            value = fields.get(name)
            if value in (None, ""):
                continue
            text = _number_as_text(value) or value
            if not _is_id(text) or ids.get(kind, text) != text:
                raise _invalid(
                    f"{name} in Xiaomi's answer, or in the token, is not a valid id",
                    "access_token_url, api_base_url, proxies",
                )
            ids[kind] = text
    return ids


def _invalid(description: str, places: str) -> XiaomiOAuthError:
    return XiaomiOAuthError(
        INVALID_RESPONSE,
        description,
        hint="Let the user sign in again. If it stays so, look at what answers for Xiaomi: "
        f"{places}.",
    )


def _subject(known: Mapping[str, str], subject: str) -> str:
    if subject in known:
        return known[subject]
    hint = {
        "unionId": 'Older apps get userId in its place: then register with subject="userId".',
        "openId": "Ask for scope 3 as well, which opens user/openidV2.",
        "userId": 'Newer apps get unionId in its place: register with subject="unionId".',
    }[subject]
    if not known:
        hint = "See that scope 1 is asked for and granted. " + hint
    raise XiaomiOAuthError(
        INVALID_RESPONSE,
        f"Xiaomi's answer has no {subject}, which is to identify the user"
        + (f"; it has {' and '.join(known)}" if known else ""),
        hint=hint,
    )


def _number_as_text(value: object) -> str:
    """A positive whole number as a string, since Xiaomi sends some strings so; else empty."""
    is_number = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return str(value) if is_number else ""


def _is_id(text: object) -> bool:
    return (
        isinstance(text, str)
        and 0 < len(text) <= 255  # OpenID Connect Core 5.1
        and text == text.strip()
        and text not in ("0", "null", "undefined", "None")  # placeholders
        and not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd]", text)
    )
