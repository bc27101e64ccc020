"""Xiaomi's rule for callbacks (passport index), and what an application may ask for."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

__all__ = ["check_redirect_uri", "mismatch", "registered_uris"]


def registered_uris(text: str) -> list[str]:
    """The callbacks in Xiaomi's console, where several are separated by ``;``."""
    return [uri.strip() for uri in text.split(";") if uri.strip()]


def mismatch(redirect_uri: str, registered: str) -> str | None:
    """The part in which `redirect_uri` differs from one `registered` callback, or ``None``.

    They match when scheme and port are equal, the host is the same or a subdomain, and the path
    is the same or below; the query is free.

    :returns: ``"scheme"``, ``"port"``, ``"host"``, ``"path"`` or ``None``.

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


def check_redirect_uri(redirect_uri: object) -> str:
    """`redirect_uri` as a string, if Xiaomi could send a user back to it.

    :raises ValueError: where it is no absolute URL; the message says how to get one.
    """
    uri = str(redirect_uri)
    try:
        parts = urlsplit(uri)
        absolute = bool(parts.scheme and parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        absolute = False
    if absolute and not any(c.isspace() for c in uri):
        return uri
    raise ValueError(
        f"redirect_uri {uri!r:.200} is no absolute URL. Give the callback with scheme and host: "
        'url_for("auth", _external=True) in Flask, request.url_for("auth") in Starlette, '
        "request.build_absolute_uri(...) in Django."
    )


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"https": 443, "http": 80}.get(parts.scheme)
