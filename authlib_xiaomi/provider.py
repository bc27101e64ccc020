"""All that Xiaomi is to this package: its endpoints, its defaults, its names for a user.

Sources, here and in the other modules: "doc" is Xiaomi's guide at
dev.mi.com/xiaomihyperos/documentation (with its pId), "passport" is
xiaomi-passport.github.io (with the page), "sdk" is Xiaomi's own SDKs on GitHub.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal
from urllib.parse import urljoin, urlsplit

#: Where the user's browser is sent (doc 1708).
AUTHORIZE_URL: Final = "https://account.xiaomi.com/oauth2/authorize"
#: Where a code or a refresh token becomes an access token (doc 1708, doc 1516).
ACCESS_TOKEN_URL: Final = "https://account.xiaomi.com/oauth2/token"
#: The open API's root (doc 1517).
API_BASE_URL: Final = "https://open.account.xiaomi.com/"

#: Paths of the open API (passport open-api).
PROFILE: Final = "user/profile"
OPENID: Final = "user/openidV2"
PHONE_AND_EMAIL: Final = "user/phoneAndEmail"

#: Xiaomi's ids of a user, as an application may choose one for the ``sub`` claim.
#: ``unionId`` is one user across all apps of one developer, ``openId`` one user in one app,
#: ``userId`` what older apps get in place of ``unionId`` (passport open-api).
Subject = Literal["unionId", "openId", "userId"]

#: The names under which Xiaomi gives each id: in the token's answer, in the profile, and in
#: the answer of ``user/openidV2``, which writes it in lower case (passport open-api).
ID_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "unionId": ("unionId", "union_id"),
    "openId": ("openId", "open_id", "openid"),
    "userId": ("userId", "user_id"),
}

#: Standard claims (OpenID Connect Core 5.1), and Xiaomi's field for each.
CLAIMS: Final[dict[str, str]] = {
    "name": "miliaoNick",
    "nickname": "miliaoNick",
    "picture": "miliaoIcon",
    "phone_number": "phone",
    "email": "email",
}

#: The user is asked each time. Xiaomi's own default has changed over the years (asks:
#: passport authorization-code; does not: doc 1708), so the parameter is always sent.
SKIP_CONFIRM: Final = False
#: Seconds to wait for Xiaomi to connect and to answer.
TIMEOUT: Final = 5.0
#: Xiaomi looks for the credentials in the form, not in a Basic header (doc 1708).
TOKEN_ENDPOINT_AUTH_METHOD: Final = "client_secret_post"
#: Connections that a registration keeps at most; more may be open while they are needed.
MAX_CONNECTIONS: Final = 100
#: Seconds after which a kept connection is not used again.
MAX_IDLE: Final = 30.0


def api_url(base_url: str, url: str) -> str:
    """The absolute form of `url`, a path of the open API or a URL."""
    return url if url.startswith(("https://", "http://")) else urljoin(base_url, url)


def same_origin(url: str, other: str) -> bool:
    """Whether two URLs have scheme, host and port in common.

    What decides whether a request may carry the user's token.
    """
    return _origin(url) == _origin(other)


def origin(url: str) -> str:
    """The scheme, host and port of `url`, as a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"


def with_origin(url: str, other: str) -> str:
    """`url`, with its origin written as in `other`."""
    scheme, _, netloc, _ = origin(other).split("/")
    return urlsplit(url)._replace(scheme=scheme.rstrip(":"), netloc=netloc).geturl()


# The same few URLs come again with each request.
@lru_cache(maxsize=64)
def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, port
