"""Facts about Xiaomi: its endpoints, its names for a user, and this package's defaults for it.

Read these modules in this order: ``provider``, ``scopes``, ``errors`` and ``mac`` (facts about
Xiaomi), then ``_core/responses`` (its answers), ``_core/userinfo`` (who the user is),
``_core/tokens`` and ``_core/refresh`` (one user's token), ``_core/exchange`` (one request), and
then the clients and the apps.

Sources, here and in the other modules: "doc" is Xiaomi's guide at
dev.mi.com/xiaomihyperos/documentation (with its pId), "passport" is xiaomi-passport.github.io
(with the page), "sdk" is one of Xiaomi's own SDKs on GitHub, "live" is code that is known to talk
to the live service (ha_xiaomi_home, xiaomi-miloco, the Logto connector, JustAuth, the SDKs).
"""

from __future__ import annotations

from typing import Final, Literal

__all__ = [
    "ACCESS_TOKEN_URL", "ANSWER_FACTOR", "API_BASE_URL", "AUTHORIZE_URL", "CLAIMS",
    "CONNECT_TIMEOUT", "ID_NAMES", "MAX_CONNECTIONS", "MAX_IDLE", "OPENID", "PHONE_AND_EMAIL",
    "POOL_TIMEOUT", "PROFILE", "SKIP_CONFIRM", "TIMEOUT", "Subject",
]  # fmt: skip

#: Where the user's browser is sent (doc 1708).
AUTHORIZE_URL: Final = "https://account.xiaomi.com/oauth2/authorize"
#: Where a code or a refresh token is exchanged for an access token (doc 1708, doc 1516).
ACCESS_TOKEN_URL: Final = "https://account.xiaomi.com/oauth2/token"
#: The root of the open API (doc 1517).
API_BASE_URL: Final = "https://open.account.xiaomi.com/"

#: Paths of the open API (passport open-api).
PROFILE: Final = "user/profile"
OPENID: Final = "user/openidV2"
PHONE_AND_EMAIL: Final = "user/phoneAndEmail"

#: Xiaomi's ids of a user; an application chooses one for the ``sub`` claim.
#: ``unionId`` is one user across all apps of one developer, ``openId`` one user in one app,
#: ``userId`` is what apps from before 2018-06-01 get beside ``unionId`` (doc 1517).
Subject = Literal["unionId", "openId", "userId"]

#: The names under which Xiaomi gives each id: in the token's answer, in the profile, and in
#: the answer of ``user/openidV2`` (doc 1517, passport open-api, live: Logto).
ID_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "unionId": ("unionId", "union_id"),
    "openId": ("openId", "open_id", "openid"),
    "userId": ("userId",),  # not user_id: applications have ids of their own under this name
}

#: Standard claims (OpenID Connect Core 5.1), and Xiaomi's field for each.
CLAIMS: Final[dict[str, str]] = {
    "name": "miliaoNick",
    "nickname": "miliaoNick",
    "picture": "miliaoIcon",
    "phone_number": "phone",
    "email": "email",
}

#: The user is asked each time. Xiaomi's own default has changed over the years (it asks:
#: passport authorization-code; it does not: doc 1708), so the parameter is always sent.
SKIP_CONFIRM: Final = False
#: Seconds to wait for a connection. Live clients wait 10 to 30 s in all.
CONNECT_TIMEOUT: Final = 5.0
#: Seconds to wait for an answer. A refresh that is given up too early is a lost session.
TIMEOUT: Final = 10.0
#: How many times as long as a single read of it a whole answer may take.
ANSWER_FACTOR: Final = 3
#: Connections to one host that a registration opens at most.
MAX_CONNECTIONS: Final = 100
#: Seconds to wait for a free connection when all of them are in use.
POOL_TIMEOUT: Final = 60.0
#: Seconds after which an idle connection is not used again.
MAX_IDLE: Final = 30.0
