"""What the wire adds to a request as it leaves, so that nothing above the wire sees it: the
credentials of an API call, or the form of a token request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import quote, unquote_plus, urlencode, urlsplit

from authlib.integrations.base_client import MissingTokenError

from .. import mac
from ..errors import XiaomiOAuthError
from ..redaction import secrets_in

#: When API calls are signed: where Xiaomi requires it, always, or never.
Signing = Literal["auto", True, False]


@dataclass(frozen=True, repr=False)
class Credentials:
    """A user's access token, and the key for signatures."""

    client_id: str
    access_token: str
    #: Empty where the token has no key, or one that cannot be used.
    mac_key: str
    signing: Signing

    @classmethod
    def of(cls, token: Mapping[str, Any], client_id: str | None, signing: Signing) -> Credentials:
        """The credentials in `token`.

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
        """What must not be logged."""
        return (self.access_token, self.mac_key)

    def signed(self) -> Credentials:
        """The same credentials, with which every request is signed."""
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
        """The header that signs a request, with a new nonce; ``None`` where it is not signed."""
        if self.signing is not True:
            return None
        return mac.authorization(self.access_token, self.mac_key, method, url)


@dataclass(frozen=True, repr=False)
class Form:
    """The form of a token request, encoded, and the secrets in it."""

    body: str
    secrets: tuple[str, ...]
    #: Whether it is the query of a GET, and not the body of a POST.
    in_query: bool = False

    @classmethod
    def of(cls, fields: Mapping[str, Any], *, in_query: bool = False) -> Form:
        """`fields`, encoded."""
        return cls(urlencode(fields), tuple(secrets_in(dict(fields))), in_query)

    def url(self, url: str) -> str:
        """`url`, with the form in its query if ``in_query``."""
        if not self.in_query:
            return url
        return f"{url}{'&' if urlsplit(url).query else '?'}{self.body}"
