"""Which callbacks the sandbox's app may ask for, and how one differs from those. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from .._tools.callbacks import differences, port_of, registered_uris
from .invalid import InvalidValue
from .refusal import Why, because

__all__ = [
    "DEFAULT_REDIRECT_URIS",
    "Callbacks",
    "Difference",
    "as_ascii",
    "part_of",
    "pieces_of",
    "why_changed",
    "why_other",
]

#: The callbacks registered unless told otherwise. Only this very text admits any port: under
#: Xiaomi's rule the port must be equal (passport index), but a test's application listens on a
#: free one.
DEFAULT_REDIRECT_URIS: Final = "http://localhost;http://127.0.0.1"

#: What stays as it is in a URL: every ASCII character but the space and those not printable.
_ASCII: Final = "".join(chr(number) for number in range(33, 127))

_PIECES: Final = re.compile(
    r"(?P<scheme>[^:/?#]+)(?P<colon>://)(?P<user>[^/?#]*@)?"
    r"(?P<host>\[[^\]]*\]|[^:/?#]*)(?P<port>:[0-9]*)?(?P<path>[^?#]*)(?P<rest>.*)",
    re.DOTALL,
)


@dataclasses.dataclass(frozen=True)
class Difference:
    """How the callback that was asked for differs from one that is registered."""

    registered: str
    #: Of ``"scheme"``, ``"port"``, ``"host"`` and ``"path"`` those that differ; empty where the
    #: requested one is not a URL to compare.
    parts: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Callbacks:
    """The app's registered callbacks, and the rule for them (passport index).

    :param text: as in Xiaomi's console, several separated by ``;``.
    :param https_for_http: take ``https`` where ``http`` is registered.
    :param non_ascii_query: take a query that is not ASCII.
    :raises TypeError: where `text` is not a string.
    :raises ValueError: where it is empty, or one of them is not an absolute URL.
    """

    text: str
    https_for_http: bool
    non_ascii_query: bool

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise TypeError(
                "redirect_uris is one string, several callbacks separated by ';', "
                f"not {type(self.text).__name__}"
            )
        if not self.registered:
            raise InvalidValue("invalid_no_redirect_uris")
        for uri in self.registered:
            if not _is_absolute(uri):
                raise InvalidValue("invalid_redirect_uri", value=uri)

    @property
    def registered(self) -> list[str]:
        """Each of them."""
        return registered_uris(self.text)

    @property
    def any_port(self) -> bool:
        """Whether the port is not looked at."""
        return self.text == DEFAULT_REDIRECT_URIS

    def admit(self, redirect_uri: str) -> bool:
        """Whether Xiaomi would send a user back to `redirect_uri`."""
        if not self._is_plain(redirect_uri):
            return False
        try:
            return any(not self._differs(redirect_uri, uri) for uri in self.registered)
        except ValueError:
            return False

    def compare(self, redirect_uri: str) -> list[Difference]:
        """How `redirect_uri` differs from each, the nearest first."""
        is_url = _is_absolute(redirect_uri)
        found = [
            Difference(uri, self._differs(redirect_uri, uri) if is_url else ())
            for uri in self.registered
        ]
        return sorted(found, key=lambda difference: len(difference.parts))

    def _differs(self, redirect_uri: str, registered: str) -> tuple[str, ...]:
        # %2e is a dot to a browser.
        asked = urlsplit(redirect_uri.replace("%2e", ".").replace("%2E", "."))
        known = urlsplit(registered)
        if self.https_for_http and (asked.scheme, known.scheme) == ("https", "http"):
            port = port_of(asked)
            asked = asked._replace(
                scheme="http", netloc=_netloc(asked, None if port == 443 else port)
            )
        if self.any_port and port_of(asked):
            asked = asked._replace(netloc=_netloc(asked, None))
        return differences(urlunsplit(asked), registered)

    def _is_plain(self, redirect_uri: str) -> bool:
        """Whether a browser reads it as :func:`urlsplit` does."""
        head = redirect_uri.partition("?")[0]
        free = self.non_ascii_query
        strict = head if free else redirect_uri
        # A backslash is a slash to a browser.
        bad = "\\" in strict or " " in strict or not strict.isascii()
        return redirect_uri.isprintable() and not bad


def as_ascii(url: str) -> str:
    """`url`, with what is not ASCII percent-encoded."""
    return quote(url, safe=_ASCII)


def part_of(uri: str, part: str) -> str:
    """The scheme, port, host or path of `uri`, for people to read.

    :raises ValueError: where it is not a URL.
    """
    parts = urlsplit(uri)
    values = {"scheme": parts.scheme, "host": parts.hostname, "path": parts.path or "/"}
    return str(port_of(parts) or "-") if part == "port" else values[part] or "-"


def pieces_of(uri: str, parts: Collection[str]) -> list[tuple[str, bool]]:
    """`uri` cut into pieces, each with whether it is one of `parts`, which differ."""
    found = _PIECES.fullmatch(uri)
    if found is None:
        return [(uri, False)]
    return [(text, name in parts) for name, text in found.groupdict().items() if text]


def why_changed(uri: str, known: str) -> Why:
    """Why `uri` is not the callback of the authorization request, which was `known`."""
    parts = differences(uri, known)
    if set(parts) <= {"path"}:
        return because("why_callback_changed")
    return why_other(parts[0], uri, known)


def why_other(part: str, uri: str, known: str) -> Why:
    """Why `uri` is refused, where `part` of it is not that of `known`."""
    asked, registered = part_of(uri, part), part_of(known, part)
    return because(f"why_callback_{part}", asked=asked, registered=registered)


def _netloc(parts: SplitResult, port: int | None) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if port is None else f"{host}:{port}"


def _is_absolute(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        absolute = bool(parts.scheme and parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return absolute and not any(character.isspace() for character in uri)
