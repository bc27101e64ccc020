"""The contenders: for each framework one application with three sites in it.

``/plugin/`` signs in with authlib_xiaomi, ``/authlib/`` with plain Authlib and the least code
that works with Xiaomi, ``/by_hand/`` with requests or httpx as a developer writes it who knows
neither. Each has a ``login`` and a ``callback``, and the three do the same: send the user to
Xiaomi with a state, exchange the code, read the profile, and keep its id and name in the session.

None of them is told which certificates to trust: for all alike that is in the environment
(``SSL_CERT_FILE``, ``REQUESTS_CA_BUNDLE``), as a bundle of certifi's and the stand-in's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..stand_in import CLIENT_ID, CLIENT_SECRET

__all__ = ["CALLBACK", "NAMES", "PREFIX", "Xiaomi", "user_of"]

#: The sites in each application, and what they are called in the table.
NAMES = {"plugin": "authlib_xiaomi", "authlib": "plain Authlib", "by_hand": "by hand"}

#: What Xiaomi puts before a token's JSON.
PREFIX = b"&&&START&&&"

#: Where Xiaomi sends the user back to.
CALLBACK = "http://127.0.0.1:8000/{}/callback"


@dataclass(frozen=True)
class Xiaomi:
    """Where the stand-in is."""

    account: str
    api: str

    def registration(self) -> dict[str, Any]:
        """What every registration has in common."""
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "authorize_url": f"{self.account}/oauth2/authorize",
            "access_token_url": f"{self.account}/oauth2/token",
            "api_base_url": f"{self.api}/",
        }


def user_of(answer: dict[str, Any]) -> dict[str, str]:
    """The user in an answer of ``user/profile``, as the hand-written sites read it."""
    if answer.get("result") != "ok":
        raise RuntimeError(f"Xiaomi says {answer.get('description')}")
    data = answer["data"]
    return {"id": data["unionId"], "name": data["miliaoNick"]}
