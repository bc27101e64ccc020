"""What a sandbox was told to be, checked."""

from __future__ import annotations

import dataclasses
import ipaddress
from typing import Final

from ..scopes import Scope, ScopeLike, format_scope
from .callbacks import Callbacks
from .modes import Options
from .refusal import Refusal, text_for

__all__ = ["DEFAULT_CLIENT_ID", "DEFAULT_CLIENT_SECRET", "Settings", "check_host", "check_port"]

#: An AppID as Xiaomi's are: over 2^53.
DEFAULT_CLIENT_ID: Final = "2882303761520000109"
#: With characters that must be encoded in a form, as real ones have.
DEFAULT_CLIENT_SECRET: Final = "Sandb0x+No/RealAppSecret=="


@dataclasses.dataclass(frozen=True)
class Settings:
    """A sandbox's app, as Xiaomi's console would show it, and how Xiaomi behaves.

    :raises TypeError: where a value has the wrong type.
    :raises ValueError: where a value is not valid; the message names it.
    """

    client_id: str
    client_secret: str = dataclasses.field(repr=False)
    callbacks: Callbacks
    scopes: frozenset[int]
    options: Options

    @classmethod
    def of(
        cls,
        client_id: str | int,
        client_secret: str,
        redirect_uris: str,
        scopes: ScopeLike | None,
        options: Options,
    ) -> Settings:
        """The settings for the keywords of :class:`~authlib_xiaomi.sandbox.Sandbox`."""
        if isinstance(client_id, bool) or not isinstance(client_id, (str, int)):
            raise TypeError(f"client_id is a decimal string, not {type(client_id).__name__}")
        if not isinstance(client_secret, str):
            raise TypeError(f"client_secret is a string, not {type(client_secret).__name__}")
        callbacks = Callbacks(redirect_uris, options["https_for_http"], options["non_ascii_query"])
        numbers = map(str, map(int, Scope)) if scopes is None else format_scope(scopes).split()
        granted = frozenset(int(number) for number in numbers if number.isdigit())
        return cls(str(client_id), client_secret, callbacks, granted, options)

    def __post_init__(self) -> None:
        if not (self.client_id.isascii() and self.client_id.isdigit()):
            raise ValueError(
                f"client_id {self.client_id!r} is not an AppID: those are decimal numbers"
            )
        if not self.client_secret:
            raise ValueError("client_secret is empty")
        if self.options["signatures"] == "required" and not self.options["mac"]:
            raise ValueError("signatures='required' needs mac=True: without a key nobody can sign")

    def text(self, refusal: Refusal) -> str:
        """Xiaomi's text beside the number of a refusal."""
        texts = self.options["error_texts"]
        known = texts.get(refusal.code)
        return known or refusal.description or text_for(refusal.code)


def check_host(host: str, insecure_expose: bool) -> str:
    """`host`, if the sandbox may listen there.

    Whoever reaches a sandbox can sign in as anybody, so it stays on loopback unless told.

    :raises TypeError: where it is not a string.
    :raises ValueError: where it is not a loopback address and `insecure_expose` is false.
    """
    if not isinstance(host, str):
        raise TypeError(f"host is a string, not {host!r}")
    if not is_loopback(host) and not insecure_expose:
        raise ValueError(
            f"host {host!r} is not a loopback address: everybody who reaches the sandbox can sign "
            "in as anybody. Use 127.0.0.1, or say insecure_expose"
        )
    return host


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address, is this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_port(port: int) -> int:
    """`port`, if it is one; 0 stands for a free one.

    :raises TypeError: where it is not a number.
    :raises ValueError: where it is out of range.
    """
    if isinstance(port, bool) or not isinstance(port, int):
        raise TypeError(f"port is a number, not {port!r}")
    if not 0 <= port <= 65535:
        raise ValueError(f"port is {port}; it must be from 0 to 65535")
    return port
