"""The open points: what is said of Xiaomi's service, by whom, and what would confirm it. Pure.

The sources are named as in ``docs/protocol.md``, which has the same points by their ids. Those
that take a user are in ``points_sign_in``.
"""

from __future__ import annotations

from typing import Final

from .claims import Point, all_in, seen_as
from .points_sign_in import ENDING, SECOND_SIGN_IN, SIGN_IN

__all__ = ["POINTS"]

_WITHOUT_USER: Final = (
    Point(
        "wrong-code",
        "A code that does not exist is refused with 96013, by POST.",
        "passport error-code",
        "doc",
        seen_as(error=96013),
    ),
    Point(
        "wrong-code-get",
        "A code that does not exist is refused with 96013, by GET.",
        "passport error-code; doc 1708 (GET)",
        "doc",
        seen_as(error=96013),
    ),
    Point(
        "wrong-secret",
        "An AppSecret that is not the AppID's is refused with 96003, by POST.",
        "passport error-code",
        "doc",
        seen_as(error=96003),
    ),
    Point(
        "wrong-secret-get",
        "An AppSecret that is not the AppID's is refused with 96003, by GET.",
        "passport error-code",
        "doc",
        seen_as(error=96003),
    ),
    Point(
        "wrong-callback",
        "A callback that is not registered is refused with 96010, by POST.",
        "passport error-code; one recorded test",
        "tried",
        seen_as(error=96010),
    ),
    Point(
        "wrong-callback-get",
        "A callback that is not registered is refused with 96010, by GET.",
        "passport error-code; one recorded test",
        "tried",
        seen_as(error=96010),
    ),
    Point(
        "wrong-grant-type",
        "An unknown grant_type is refused with 96004 or 96006, by POST.",
        "doc 1519 (96004); passport error-code (96006)",
        "doc",
        seen_as(error=(96004, 96006)),
    ),
    Point(
        "wrong-grant-type-get",
        "An unknown grant_type is refused with 96004 or 96006, by GET.",
        "doc 1519 (96004); passport error-code (96006)",
        "doc",
        seen_as(error=(96004, 96006)),
    ),
    Point(
        "wrong-refresh-token",
        "A refresh token that does not exist is refused with 96009, by POST.",
        "passport error-code; POST: no source",
        "open",
        seen_as(error=96009),
    ),
    Point(
        "wrong-refresh-token-get",
        "A refresh token that does not exist is refused with 96009, by GET.",
        "doc 1516; passport error-code",
        "doc",
        seen_as(error=96009),
    ),
    Point(
        "token-error-status",
        "Errors of the token endpoint come with HTTP 400.",
        "one recorded test; AIVS SDK (400, 401); Logto's connector reckons with 200",
        "tried",
        all_in(400, 401),
    ),
    Point(
        "token-prefix",
        "An answer of the token endpoint starts with &&&START&&&, or not.",
        "doc 1708, passport authorization-code (it does); three live clients (not on a POST)",
        "live",
        all_in("yes", "with a space", "no"),
    ),
    Point(
        "plain-token",
        "/oauth2/auth/token is the same token endpoint without the prefix.",
        "AIVS SDK, by GET; doc 1835",
        "live",
        seen_as(error=96013, prefix="no"),
    ),
    Point(
        "wrong-access-token",
        "An access token that does not exist is refused with 96008 and HTTP 403.",
        "Logto's tests; passport open-api",
        "live",
        seen_as(error=96008, status=403),
    ),
    Point(
        "wrong-access-token-signed",
        "Such a token is refused with a signature, too: with 96008, or 96012 for the signature.",
        "no source",
        "open",
        seen_as(error=(96008, 96012)),
    ),
    Point(
        "clock",
        "This machine's clock is right, for signatures carry the minute.",
        "doc 1521",
        "doc",
        lambda seen: seen.get("difference") != "over 5 minutes",
    ),
    Point(
        "authorize",
        "An authorization request begins without an error.",
        "doc 1708",
        "live",
        seen_as(refused=False),
    ),
    Point(
        "authorize-wrong-callback",
        "A callback on another host is refused at once, and nobody is sent there.",
        "passport index; one recorded test",
        "tried",
        seen_as(refused=True, answer="page"),
    ),
    Point(
        "callback-below",
        "A callback below the registered one, with a query, passes.",
        "passport index; one recorded test",
        "tried",
        seen_as(refused=False),
    ),
    Point(
        "callback-not-ascii",
        "A callback whose query is not ASCII passes.",
        "passport index (the query is free)",
        "doc",
        seen_as(refused=False),
    ),
    Point(
        "callback-https",
        "A callback with https passes where http is registered.",
        "one recorded test; passport index says that it does not",
        "tried",
        seen_as(refused=False),
    ),
    Point(
        "skip-confirm-left-out",
        "skip_confirm can be left out.",
        "doc 1708; live clients",
        "live",
        seen_as(refused=False),
    ),
    Point(
        "skip-confirm-forms",
        "skip_confirm passes as true, False and 1.",
        "doc 1708 (true); ha_xiaomi_home (False); live clients (1)",
        "live",
        lambda seen: not any(form["refused"] for form in seen.values()),
    ),
    Point(
        "scope-left-out",
        "scope can be left out.",
        "ha_xiaomi_home",
        "live",
        seen_as(refused=False),
    ),
    Point(
        "scope-openid",
        "openid may stand beside the numbers of scope.",
        "doc 1835",
        "doc",
        seen_as(refused=False),
    ),
    Point(
        "scope-word",
        "A word in scope is ignored, or refused with 96007.",
        "two live clients (ignored); passport error-code (96007)",
        "live",
        lambda seen: not seen.get("refused") or seen.get("error") == 96007,
    ),
    Point(
        "extra-parameters",
        "Further parameters such as device_id are no error.",
        "ha_xiaomi_home (device_id); doc 2333 (scope_provider)",
        "live",
        seen_as(refused=False),
    ),
)

#: In the order in which they are tried.
POINTS: Final = (*_WITHOUT_USER, *SIGN_IN, *SECOND_SIGN_IN, *ENDING)
