"""Which callbacks an application may ask for."""

from __future__ import annotations

from urllib.parse import urlsplit

__all__ = ["check_redirect_uri"]


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
