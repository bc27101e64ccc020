"""What a sandbox was told to be, checked."""

from __future__ import annotations

import dataclasses
import ipaddress
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from .._tools.callbacks import mismatch, registered_uris
from ..redirect_uri import check_redirect_uri
from ..scopes import Scope, ScopeLike, format_scope

__all__ = [
    "DEFAULT_CLIENT_ID",
    "DEFAULT_CLIENT_SECRET",
    "DEFAULT_REDIRECT_URIS",
    "Settings",
    "check_host",
    "check_port",
]

#: An AppID as Xiaomi's are: over 2^53.
DEFAULT_CLIENT_ID: Final = "2882303761520000109"
#: With characters that must be encoded in a form, as real ones have.
DEFAULT_CLIENT_SECRET: Final = "Sandb0x+No/RealAppSecret=="
#: The callbacks registered unless told otherwise. Only this very text admits any port: under
#: Xiaomi's rule the port must be equal (passport index), but a test's application listens on a
#: free one.
DEFAULT_REDIRECT_URIS: Final = "http://localhost;http://127.0.0.1"


@dataclasses.dataclass(frozen=True)
class Settings:
    """A sandbox's app, as Xiaomi's console would show it, and its quirks.

    :raises TypeError: where a value has the wrong type.
    :raises ValueError: where a value makes no sense; the message names it.
    """

    client_id: str
    client_secret: str = dataclasses.field(repr=False)
    redirect_uris: str
    scopes: frozenset[int]
    require_mac: bool
    mac: bool
    union_id: bool
    old_app: bool
    token_expires_in: int
    code_expires_in: int
    prefix: bool
    api_prefix: bool
    stray_spaces: bool
    strings_for_numbers: bool

    @classmethod
    def of(
        cls, client_id: str | int, scopes: ScopeLike | None, client_secret: str, **rest: object
    ) -> Settings:
        """The settings for the keywords of :class:`~authlib_xiaomi.sandbox.Sandbox`."""
        if isinstance(client_id, bool) or not isinstance(client_id, (str, int)):
            raise TypeError(f"client_id is a decimal string, not {type(client_id).__name__}")
        if not isinstance(client_secret, str):
            raise TypeError(f"client_secret is a string, not {type(client_secret).__name__}")
        numbers = list(Scope) if scopes is None else format_scope(scopes).split()
        granted = frozenset(map(int, numbers))
        return cls(str(client_id), client_secret, scopes=granted, **rest)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        if not (self.client_id.isascii() and self.client_id.isdigit()):
            raise ValueError(f"client_id {self.client_id!r} is no AppID: those are decimal numbers")
        if not self.client_secret:
            raise ValueError("client_secret is empty")
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.type == "bool" and not isinstance(value, bool):
                raise TypeError(f"{field.name} is True or False, not {value!r}")
            if field.type == "int":
                if isinstance(value, bool) or not isinstance(value, int):
                    raise TypeError(f"{field.name} is a whole number of seconds, not {value!r}")
                if value <= 0:
                    raise ValueError(f"{field.name} is {value}; it must be a second or more")
        if not isinstance(self.redirect_uris, str):
            raise TypeError(
                "redirect_uris is one string, several callbacks separated by ';', "
                f"not {type(self.redirect_uris).__name__}"
            )
        registered = registered_uris(self.redirect_uris)
        if not registered:
            raise ValueError("redirect_uris is empty")
        bad = next((uri for uri in registered if not _is_absolute(uri)), None)
        if bad is not None:
            raise ValueError(
                f"redirect_uris: {bad!r} is no absolute URL; write it with scheme and host"
            )
        if self.require_mac and not self.mac:
            raise ValueError("require_mac=True needs mac=True: without a key nobody can sign")

    def admits(self, redirect_uri: str) -> bool:
        """Whether Xiaomi would send a user back to `redirect_uri` (passport index)."""
        # What a browser reads differently from urlsplit must not pass: a backslash is a slash to
        # it, and %2e a dot.
        plain = redirect_uri.replace("%2e", ".").replace("%2E", ".")
        if "\\" in plain or not plain.isascii() or not plain.isprintable() or " " in plain:
            return False
        try:
            parts = urlsplit(plain)
            if self.redirect_uris == DEFAULT_REDIRECT_URIS and (parts.port or 1) > 0:
                plain = urlunsplit(parts._replace(netloc=parts.hostname or ""))
            return any(mismatch(plain, uri) is None for uri in registered_uris(self.redirect_uris))
        except ValueError:
            return False


def _is_absolute(uri: str) -> bool:
    try:
        check_redirect_uri(uri)
    except ValueError:
        return False
    return True


def check_host(host: str, insecure_expose: bool) -> str:
    """`host`, if the sandbox may listen there.

    Whoever reaches a sandbox can sign in as anybody, so it stays on loopback unless told.

    :raises TypeError: where it is no string.
    :raises ValueError: where it is no loopback address and `insecure_expose` is false.
    """
    if not isinstance(host, str):
        raise TypeError(f"host is a string, not {host!r}")
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback and not insecure_expose:
        raise ValueError(
            f"host {host!r} is not a loopback address: everybody who reaches the sandbox can sign "
            "in as anybody. Use 127.0.0.1, or say insecure_expose"
        )
    return host


def check_port(port: int) -> int:
    """`port`, if it is one; 0 stands for a free one.

    :raises TypeError: where it is no number.
    :raises ValueError: where it is out of range.
    """
    if isinstance(port, bool) or not isinstance(port, int):
        raise TypeError(f"port is a number, not {port!r}")
    if not 0 <= port <= 65535:
        raise ValueError(f"port is {port}; it must be from 0 to 65535")
    return port
