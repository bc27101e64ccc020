"""The options of clients and registrations: what they may be, and what to say if they are not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

__all__ = [
    "check_leeway",
    "check_refresh_lock",
    "check_timeout",
    "check_url",
    "parse_client_id",
    "parse_flag",
    "reject_misspelt",
]

#: What OpenID Connect Discovery, RFC 8414 and Authlib may bring along besides.
_METADATA = (
    "issuer", "jwks", "jwks_uri", "_endpoint", "_supported", "grant_type", "response_type",
    "response_mode", "nonce", "prompt", "login_hint",
)  # fmt: skip


def reject_misspelt(where: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse an option that looks like a `known` one and is not.

    Authlib keeps what it does not know as the server's metadata, and so do we, but for names
    that are all but the name of an option.

    :raises TypeError: naming the option that was likely meant.
    """
    known = set(known)
    for name in given:
        if name not in known and not name.endswith(_METADATA):
            near = get_close_matches(name, known, n=1, cutoff=0.8)
            if near:
                raise TypeError(f"{where} got {name!r}; did you mean {near[0]!r}?")


def parse_client_id(client_id: object) -> str | None:
    """An AppID as a string.

    :raises ValueError: for a float, which cannot hold one: AppIDs exceed 2**53.
    """
    if client_id is None or isinstance(client_id, str):
        return client_id
    if isinstance(client_id, int) and not isinstance(client_id, bool):
        return str(client_id)
    raise ValueError(
        f"client_id cannot be a {type(client_id).__name__}: give Xiaomi's AppID as str or int"
    )


def parse_flag(name: str, value: object) -> bool:
    """A boolean option; configuration files have strings for it.

    :raises ValueError: where it is neither.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValueError(f"{name} must be True or False, not {value!r}")


def check_url(name: str, url: str | None) -> str | None:
    """`url`, if it is one of the web, or ``None``.

    :raises ValueError: where it is something else.
    """
    if url is None:
        return None
    try:
        parts = urlsplit(url) if isinstance(url, str) and not re.search(r"\s", url) else None
        if parts and parts.scheme in ("https", "http") and parts.hostname and parts.port != 0:
            return url
    except ValueError:
        pass
    raise ValueError(f"{name} must be a URL with https:// and a host, not {url!r:.200}")


def check_timeout(timeout: object) -> None:
    """Refuse a timeout that no HTTP library takes, such as the string of an environment.

    :raises ValueError: where it is none.
    """
    is_number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
    if isinstance(timeout, (str, bytes, bool)) or (is_number and not timeout > 0):  # type: ignore[operator]
        raise ValueError(f"timeout must be a number of seconds above 0, not {timeout!r}")


def check_leeway(leeway: object) -> None:
    """Refuse what is no number of seconds.

    :raises ValueError: where it is none.
    """
    if isinstance(leeway, bool) or not isinstance(leeway, (int, float)):
        raise ValueError(f"leeway must be a number of seconds, not {leeway!r}")


def check_refresh_lock(refresh_lock: Any) -> Any:
    """`refresh_lock`, if it can be called.

    :raises TypeError: where it cannot.
    """
    if refresh_lock is None or callable(refresh_lock):
        return refresh_lock
    raise TypeError(
        f"refresh_lock must be a function of a key that returns a lock, not a "
        f"{type(refresh_lock).__name__}; for example "
        'refresh_lock=lambda key: redis.lock(f"xiaomi:{key}", timeout=30)'
    )
