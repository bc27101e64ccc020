"""Xiaomi's rule for callbacks (passport index)."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def registered_uris(text: str) -> list[str]:
    """The callbacks in Xiaomi's console, where several are separated by ``;``."""
    return [uri.strip() for uri in text.split(";") if uri.strip()]


def differences(redirect_uri: str, registered: str) -> tuple[str, ...]:
    """The parts in which `redirect_uri` differs from one `registered` callback.

    They match when scheme and port are equal, the host is the same or a subdomain, and the path
    is the same or below; the query is free.

    :returns: of ``"scheme"``, ``"port"``, ``"host"`` and ``"path"``, in this order, those that
        differ; none where they match.
    :raises ValueError: where one of the two is not a URL.

    >>> differences("https://x.abc.com/oauth/path?x=1", "https://abc.com/oauth")
    ()
    >>> differences("http://abc.com:8080/", "http://abc.com/oauth")
    ('port', 'path')
    """
    asked, known = urlsplit(redirect_uri), urlsplit(registered)
    host, known_host = asked.hostname or "", known.hostname or ""
    path, known_path = asked.path.rstrip("/"), known.path.rstrip("/")
    below = path.startswith(known_path + "/") and ".." not in path.split("/")
    equal = {
        "scheme": asked.scheme == known.scheme,
        "port": port_of(asked) == port_of(known),
        "host": host == known_host or host.endswith("." + known_host),
        "path": path == known_path or below,
    }
    return tuple(part for part, same in equal.items() if not same)


def port_of(parts: SplitResult) -> int | None:
    """The port of a URL, by default that of its scheme.

    :raises ValueError: where it is not a port.
    """
    return parts.port or {"https": 443, "http": 80}.get(parts.scheme)
