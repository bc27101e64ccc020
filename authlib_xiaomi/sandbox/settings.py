"""What a sandbox was told to be, checked."""

from __future__ import annotations

import dataclasses
from typing import Final

from ..scopes import Scope, ScopeLike, format_scope
from .callbacks import Callbacks
from .invalid import InvalidValue
from .modes import Options
from .refusal import Refusal, text_for

__all__ = ["DEFAULT_CLIENT_ID", "DEFAULT_CLIENT_SECRET", "Settings"]

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
            raise InvalidValue("invalid_client_id", value=self.client_id)
        if not self.client_secret:
            raise InvalidValue("invalid_client_secret")
        if self.options["signatures"] == "required" and not self.options["mac"]:
            raise InvalidValue("invalid_signatures")

    def text(self, refusal: Refusal) -> str:
        """Xiaomi's text beside the number of a refusal."""
        texts = self.options["error_texts"]
        known = texts.get(refusal.code)
        return known or refusal.description or text_for(refusal.code)
