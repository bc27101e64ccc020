"""Xiaomi's rule for callbacks (passport index)."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

__all__ = ["mismatch", "registered_uris"]


def registered_uris(text: str) -> list[str]:
    """The callbacks in Xiaomi's console, where several are separated by ``;``."""
    return [uri.strip() for uri in text.split(";") if uri.strip()]


def mismatch(redirect_uri: str, registered: str) -> str | None:
    """The part in which `redirect_uri` differs from one `registered` callback, or ``None``.

    They match when scheme and port are equal, the host is the same or a subdomain, and the path
    is the same or below; the query is free.

    :returns: ``"scheme"``, ``"port"``, ``"host"``, ``"path"`` or ``None``.
    :raises ValueError: where one of the two is no URL.

    >>> mismatch("https://x.abc.com/oauth/path?x=1", "https://abc.com/oauth") is None
    True
    >>> mismatch("https://abc.com:8080/oauth", "https://abc.com/oauth")
    'port'
    """
    asked, known = urlsplit(redirect_uri), urlsplit(registered)
    if asked.scheme != known.scheme:
        return "scheme"
    if _port(asked) != _port(known):
        return "port"
    host, known_host = asked.hostname or "", known.hostname or ""
    if host != known_host and not host.endswith("." + known_host):
        return "host"
    path, known_path = asked.path.rstrip("/"), known.path.rstrip("/")
    below = path.startswith(known_path + "/") and ".." not in path.split("/")
    if path != known_path and not below:
        return "path"
    return None


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"https": 443, "http": 80}.get(parts.scheme)
