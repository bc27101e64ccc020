"""What a request carries, added where it leaves: everything above never sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import quote, unquote_plus, urlencode, urlsplit

from authlib.integrations.base_client import MissingTokenError

from .. import mac
from ..errors import XiaomiOAuthError
from ..redaction import secrets_in

#: When API calls are signed: when that is needed, always, or never.
Signing = Literal["auto", True, False]


@dataclass(frozen=True, repr=False)
class Credentials:
    """A user's access token, and the key to sign with."""

    client_id: str
    access_token: str
    #: The key; empty where the token has none, or none that can be used.
    mac_key: str
    #: When to sign with it.
    signing: Signing

    @classmethod
    def of(cls, token: Mapping[str, Any], client_id: str | None, signing: Signing) -> Credentials:
        """What `token` gives.

        :raises MissingTokenError: where `token` has no ``access_token``.
        :raises XiaomiOAuthError: with ``signing=True``, where the token's key cannot be used.
        """
        access_token = token.get("access_token")
        if not access_token or not isinstance(access_token, str):
            raise MissingTokenError(description="The token has no access_token.")
        mac_key, algorithm = token.get("mac_key"), token.get("mac_algorithm")
        usable = isinstance(mac_key, str) and bool(mac_key) and mac.is_supported(algorithm)
        if signing is True and mac_key and not usable:
            raise XiaomiOAuthError(
                "unsupported_token_type",
                f"cannot sign with mac_algorithm {algorithm!r:.40}"
                if isinstance(mac_key, str)
                else "cannot sign: the token's mac_key is not a string",
                hint='Xiaomi reads the profile unsigned as well: mac="auto", the default, signs '
                "only where that is needed.",
            )
        key = str(mac_key) if usable else ""
        return cls(client_id or "", access_token, key, signing if usable else False)

    @property
    def secrets(self) -> tuple[str | None, ...]:
        """The secrets among them."""
        return (self.access_token, self.mac_key)

    def signed(self) -> Credentials:
        """The same, to be signed with."""
        return replace(self, signing=True)

    def url(self, url: str) -> str:
        """`url` with ``clientId`` and ``token`` (passport open-api)."""
        parts = urlsplit(url)
        own = [f"clientId={quote(self.client_id)}", f"token={quote(self.access_token, safe='')}"]
        others = [
            parameter
            for parameter in filter(None, parts.query.split("&"))
            if unquote_plus(parameter.partition("=")[0]) not in ("clientId", "token")
        ]
        return parts._replace(query="&".join(others + own)).geturl()

    def authorization(self, method: str, url: str) -> str | None:
        """The header that signs a request, with a nonce of its own; ``None`` where it is not to
        be signed."""
        if self.signing is not True:
            return None
        return mac.authorization(self.access_token, self.mac_key, method, url)


@dataclass(frozen=True, repr=False)
class Form:
    """The form of a token request, encoded, and the secrets in it."""

    body: str
    secrets: tuple[str, ...]
    #: Whether it goes into the query of a GET.
    in_query: bool = False

    @classmethod
    def of(cls, fields: Mapping[str, Any], *, in_query: bool = False) -> Form:
        """`fields`, encoded."""
        return cls(urlencode(fields), tuple(secrets_in(dict(fields))), in_query)

    def url(self, url: str) -> str:
        """`url`, with the form as its query where it goes there."""
        if not self.in_query:
            return url
        return f"{url}{'&' if urlsplit(url).query else '?'}{self.body}"
