"""The points that take a sign-in, or two of them. Pure."""

from __future__ import annotations

from typing import Final

from .claims import Point, has, seen_as, succeeded
from .facts import Seen

__all__ = ["ENDING", "SECOND_SIGN_IN", "SIGN_IN"]


def _granted(seen: Seen) -> bool | None:
    """Confirmed where the scopes are those asked for, or more than one where none was."""
    if seen.get("asked") == "in particular":
        return seen.get("granted") == "as asked"
    # An application may have no other scope.
    return None if seen.get("granted") == "the profile" else True


SIGN_IN: Final = (
    Point(
        "callback",
        "The user comes back with code and state.",
        "doc 1708",
        "live",
        has("code", "state"),
        "sign-in",
    ),
    Point(
        "declined",
        "A declined consent comes back with 96012, or with access_denied, and with the state.",
        "doc 1519 (96012); miloco (access_denied)",
        "open",
        seen_as(error=(96012, "access_denied", "OA_ACCESS_DENIED"), state=True),
        "sign-in",
    ),
    Point(
        "token",
        "The token answer has an access token, its lifetime, a refresh token and the scope.",
        "doc 1708",
        "live",
        has("access_token", "expires_in", "refresh_token", "scope"),
        "sign-in",
    ),
    Point(
        "token-lifetime",
        "An access token lives three days (259200 seconds).",
        "doc 1520; tried in 2026; 7200 was seen, 7776000 in older documents",
        "tried",
        seen_as(seconds=259200),
        "sign-in",
    ),
    Point(
        "token-mac",
        "A token is of the kind mac, with a mac_key for HmacSHA1.",
        "live clients; doc 1708 has HmacSha1",
        "live",
        seen_as(token_type="mac", mac_key=True, mac_algorithm="HmacSHA1"),
        "sign-in",
    ),
    Point(
        "token-scope",
        "The granted scopes are those asked for; all of the application's, where none was.",
        "doc 1708; ha_xiaomi_home (none)",
        "live",
        _granted,
        "sign-in",
    ),
    Point(
        "token-ids",
        "The token answer has openId and union_id; the latter is the profile's unionId.",
        "doc 1708; Logto's connector",
        "live",
        seen_as(openId=True, union_id=("the profile's unionId", "in the token alone")),
        "sign-in",
    ),
    Point(
        "profile",
        "The profile is read without a signature.",
        "ha_xiaomi_home, miloco, Xiaomi's Java and Android SDKs, Logto, JustAuth",
        "live",
        succeeded,
        "sign-in",
    ),
    Point(
        "profile-fields",
        "The profile has unionId.",
        "doc 1517",
        "live",
        has("unionId"),
        "sign-in",
    ),
    Point(
        "profile-signed",
        "The profile is read with a signature.",
        "doc 1521, doc 1522",
        "doc",
        succeeded,
        "sign-in",
    ),
    Point(
        "signed-decoded",
        "The values of a query may be signed decoded.",
        "passport mac-signature-verification; Python and PHP SDKs",
        "sdk",
        succeeded,
        "sign-in",
    ),
    Point(
        "signed-encoded",
        "The values of a query may be signed percent-encoded.",
        "Java, Android and C# SDKs",
        "sdk",
        succeeded,
        "sign-in",
    ),
    Point(
        "nonce-encoded",
        "The nonce may be sent percent-encoded.",
        "Java, Android and C# SDKs",
        "sdk",
        succeeded,
        "sign-in",
    ),
    Point(
        "nonce-again",
        "A nonce that was used is refused, and the text says so.",
        "passport faq; doc 1522",
        "doc",
        lambda seen: seen.get("error") is not None and "nonce" in str(seen.get("text")).lower(),
        "sign-in",
    ),
    Point(
        "wrong-signature",
        "A wrong signature is refused with 96012.",
        "passport error-code",
        "doc",
        seen_as(error=96012),
        "sign-in",
    ),
    Point(
        "open-id",
        "user/openidV2 gives openId, the token answer's.",
        "Java SDK (openId); passport open-api (openid)",
        "sdk",
        seen_as(key="openId", same=True),
        "sign-in",
    ),
    Point(
        "missing-scope",
        "An API whose scope was not granted refuses with 96007.",
        "passport error-code",
        "doc",
        seen_as(error=96007),
        "sign-in",
    ),
    Point(
        "friends",
        "user/relation gives the friends as numbers, separated by commas.",
        "Java SDK",
        "sdk",
        seen_as(friends=("numbers and commas", "empty text")),
        "sign-in",
    ),
    Point(
        "refresh",
        "A refresh is taken by POST.",
        "no source; doc 1516 and live clients use GET",
        "open",
        has("access_token"),
        "sign-in",
    ),
    Point(
        "refresh-get",
        "Where a refresh is not taken by POST, it is by GET.",
        "doc 1516; live clients",
        "live",
        has("access_token"),
        "sign-in",
    ),
    Point(
        "refresh-changes",
        "A refresh gives a new access token, a new refresh token and a new mac_key.",
        "doc 1516; one recorded test (mac_key)",
        "tried",
        seen_as(access_token="new", refresh_token="new", mac_key=("new", "none")),
        "sign-in",
    ),
    Point(
        "refresh-token-again",
        "A refresh token works once: the second time it is refused with 96009.",
        "doc 1516",
        "live",
        seen_as(error=96009),
        "sign-in",
    ),
    Point(
        "old-access-token",
        "The access token of before a refresh has ended (96008).",
        "no source",
        "open",
        seen_as(error=96008),
        "sign-in",
    ),
    Point(
        "refresh-without-redirect-uri",
        "A refresh without redirect_uri is refused.",
        "doc 1516",
        "doc",
        lambda seen: seen.get("error") is not None,
        "sign-in",
    ),
)

SECOND_SIGN_IN: Final = (
    Point(
        "second-sign-in-access-token",
        "A second sign-in leaves the access token of the first alive.",
        "live clients",
        "live",
        succeeded,
        "twice",
    ),
    Point(
        "second-sign-in-refresh-token",
        "A second sign-in of the user ends the refresh token of the first (96009).",
        "Xiaomi's maintainer of ha_xiaomi_home",
        "live",
        seen_as(error=96009),
        "twice",
    ),
)

ENDING: Final = (
    Point(
        "code-again",
        "A code works once: the second time it is refused with 96013.",
        "doc 1708; passport authorization-code",
        "doc",
        seen_as(error=96013),
        "sign-in",
    ),
    Point(
        "token-after-code-again",
        "The token lives on after its code was sent again.",
        "no source",
        "open",
        succeeded,
        "sign-in",
    ),
)
