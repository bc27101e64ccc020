"""The contenders: for each framework one application, with a site for each contender.

A site has these pages:

- ``login`` sends the user to Xiaomi, with a state;
- ``callback`` checks the state, exchanges the code, reads the profile, keeps its id and name in the
  session and the token in a :class:`TokenStore`;
- ``api`` reads the profile with the stored token;
- ``refresh``, of ``authlib_xiaomi`` alone, refreshes the stored token.

Each site is a module of its own and imports nothing of the others, so that import time and memory
can be told apart. None is told which certificates to trust: that is in the environment
(``SSL_CERT_FILE``, ``REQUESTS_CA_BUNDLE``), the same for all.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

__all__ = [
    "CALLBACK",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "FRAMEWORKS",
    "HTTPX_LIMITS",
    "MAC_KEY",
    "PREFIX",
    "SITES",
    "TokenStore",
    "Xiaomi",
    "create_app",
    "site_module",
    "user_of",
]

#: The frameworks, and what they are called in tables.
FRAMEWORKS: Final = {"flask": "Flask", "starlette": "Starlette", "django": "Django"}

#: The contenders, and what they are called in tables.
SITES: Final = {
    "authlib": "plain Authlib",
    "authlib_kept": "Authlib, kept",
    "plugin": "authlib_xiaomi",
    "by_hand": "by hand",
}

CLIENT_ID: Final = "2882303761520000109"
CLIENT_SECRET: Final = "Benchm4rk+No/RealAppSecret=="
MAC_KEY: Final = "ORhx44qK6Alqf8vt2rGB5f-oPq0"

#: httpx's limits, for all who choose them: as many connections as there are users, kept longer
#: than the others' turns last.
HTTPX_LIMITS: Final = {
    "max_connections": 100,
    "max_keepalive_connections": 100,
    "keepalive_expiry": 30.0,
}

#: What Xiaomi puts before a token's JSON.
PREFIX: Final = b"&&&START&&&"

#: Where Xiaomi sends the user back to.
CALLBACK: Final = "http://127.0.0.1:8000/{}/callback"


@dataclass(frozen=True)
class Xiaomi:
    """Where the stand-in is."""

    account: str
    api: str

    def registration(self) -> dict[str, Any]:
        """What every registration with Authlib has in common."""
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "authorize_url": f"{self.account}/oauth2/authorize",
            "access_token_url": f"{self.account}/oauth2/token",
            "api_base_url": f"{self.api}/",
        }


class TokenStore:
    """In place of a database: it holds the newest token alone, so that it does not grow."""

    token: Any = None


def user_of(answer: dict[str, Any]) -> dict[str, str]:
    """The user in an answer of ``user/profile``, as sites without ``authlib_xiaomi`` read it."""
    if answer.get("code") != 0:
        raise RuntimeError(f"Xiaomi says {answer.get('description')}")
    data = answer["data"]
    return {"id": data["unionId"], "name": data["miliaoNick"]}


def site_module(framework: str, site: str) -> str:
    """The name of the module with a contender's site."""
    return f"{__name__}.{framework}_{site.removesuffix('_kept')}"


def create_app(framework: str, xiaomi: Xiaomi, sites: Iterable[str] = SITES) -> Any:
    """The application of `framework` with the given sites: WSGI, or ASGI with Starlette."""
    app = importlib.import_module(f"{__name__}.{framework}_app")
    modules = {site: importlib.import_module(site_module(framework, site)) for site in sites}
    return app.create_app(xiaomi, modules)
