"""URLs: which are allowed, and which belong to Xiaomi."""

from __future__ import annotations

import ipaddress
import os
import re
from functools import lru_cache
from urllib.parse import SplitResult, urljoin, urlsplit


def api_url(base_url: str, url: str) -> str:
    """The absolute form of `url`, a path of the open API or a URL."""
    return url if url.startswith(("https://", "http://")) else urljoin(base_url, url)


def same_origin(url: str, other: str) -> bool:
    """Whether two URLs have the same scheme, host and port."""
    return _origin(url) == _origin(other)


def goes_to_api(url: str, base_url: str) -> bool:
    """Whether a request to `url` goes to the open API, and so gets the user's token. Raises
    ValueError for the open API's host with another scheme or port: the request would arrive without
    the token."""
    if same_origin(url, base_url):
        return True
    host = _origin(url)[1] or ""
    if host == _origin(base_url)[1] and not _is_loopback(host):
        raise ValueError(
            f"requests to the open API start with {origin(base_url)}, not {origin(url)}: the token "
            "is sent nowhere else"
        )
    return False


def origin(url: str) -> str:
    """The scheme, host and port of `url`, as a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"


def with_origin(url: str, other: str) -> str:
    """`url`, with its origin written as in `other`."""
    parts = urlsplit(other)
    return urlsplit(url)._replace(scheme=parts.scheme, netloc=parts.netloc).geturl()


# Only hosts, never whole URLs: a URL may carry a token, and this cache would keep it.
def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = url.split("/", 3)  # scheme, nothing, host, the rest
    return _parsed_origin(parts[0], parts[2] if len(parts) > 2 else "")


@lru_cache(maxsize=64)
def _parsed_origin(scheme: str, netloc: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(f"{scheme}//{re.split('[?#]', netloc)[0]}")
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def check_endpoint(name: str, url: object) -> str:
    """`url`, if it can be an endpoint that gets credentials.

    :param name: the option, for the message.
    :raises ValueError: where it is no absolute URL, has a password in it, or is an ``http`` URL of
        another machine and Authlib's ``AUTHLIB_INSECURE_TRANSPORT`` is not set.
    """
    parts = _absolute(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in ("https", "http"):
        raise ValueError(f"{name} must be a URL with https:// and a host, not {url!r:.200}")
    insecure = parts.scheme == "http" and not _is_loopback(parts.hostname or "")
    if insecure and not os.environ.get("AUTHLIB_INSECURE_TRANSPORT"):
        raise ValueError(
            f"{name} must start with https://, not {url!r:.200}: AppSecret and tokens would be "
            "sent in clear text. http:// is allowed for localhost and 127.0.0.1; for another "
            "host of a test network set AUTHLIB_INSECURE_TRANSPORT=1 in the environment."
        )
    if "@" in parts.netloc:
        raise ValueError(f"{name} must not have a user name or a password in it: none is sent")
    return str(url)


@lru_cache(maxsize=64)
def _absolute(url: str) -> SplitResult | None:
    """The parts of an absolute URL; ``None`` where `url` is not one."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme and parts.hostname and parts.port != 0 and not re.search(r"\s", url)
    except ValueError:
        return None
    return parts if valid else None


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_redirect_uri(redirect_uri: object) -> str:
    """`redirect_uri` as a string. Raises ValueError where it is no absolute URL. The message says
    how to get one."""
    uri = str(redirect_uri)
    if _absolute(uri) is not None:
        return uri
    raise ValueError(
        f"redirect_uri {uri!r:.200} is no absolute URL. Give the callback with scheme and host: "
        'url_for("auth", _external=True) in Flask, request.url_for("auth") in Starlette, '
        "request.build_absolute_uri(...) in Django."
    )
