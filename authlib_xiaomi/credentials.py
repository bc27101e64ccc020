"""What a request to the open API carries, added where it leaves: out of sight of all above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from authlib.integrations.base_client import MissingTokenError

from . import mac
from .errors import XiaomiOAuthError

__all__ = ["Credentials"]


@dataclass(frozen=True, repr=False)
class Credentials:
    """A user's access token, and the key to sign with if there is one."""

    client_id: str
    access_token: str
    mac_key: str | None

    @classmethod
    def of(cls, token: Mapping[str, Any], client_id: str | None, sign: bool) -> Credentials:
        """What `token` gives.

        :param sign: whether to sign when the token has a ``mac_key``.
        :raises MissingTokenError: where `token` has no ``access_token``.
        :raises XiaomiOAuthError: for a ``mac_algorithm`` that Xiaomi's documents don't have.
        """
        access_token = token.get("access_token")
        if not access_token or not isinstance(access_token, str):
            raise MissingTokenError(description="The token has no access_token.")
        mac_key = token.get("mac_key") if sign else None
        algorithm = token.get("mac_algorithm") or mac.ALGORITHM
        if mac_key and str(algorithm).lower() != mac.ALGORITHM.lower():
            raise XiaomiOAuthError(
                "unsupported_token_type",
                f"cannot sign with mac_algorithm {algorithm!r:.40}",
                hint='Xiaomi reads the profile unsigned as well: client_kwargs={"mac": False}.',
            )
        return cls(client_id or "", access_token, mac_key or None)

    def url(self, url: str) -> str:
        """`url` with ``clientId`` and ``token`` (passport open-api)."""
        parts = urlsplit(url)
        own = [f"clientId={quote(self.client_id)}", f"token={quote(self.access_token, safe='')}"]
        others = [p for p in parts.query.split("&") if p.partition("=")[0] not in _OWN]
        return parts._replace(query="&".join([p for p in others if p] + own)).geturl()

    def authorization(self, method: str, url: str) -> str | None:
        """The header that signs a request, with a nonce of its own; ``None`` without a key."""
        if self.mac_key is None:
            return None
        return mac.authorization(self.access_token, self.mac_key, method, url)


_OWN = ("clientId", "token")
