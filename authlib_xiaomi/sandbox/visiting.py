"""What a browser would do with an authorization URL, without one."""

from __future__ import annotations

from urllib.parse import urlsplit

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from .faults import ENDPOINTS
from .front import Front
from .views import ERROR_HEADER, VISITOR

__all__ = ["AuthorizationRefused", "visit"]


class AuthorizationRefused(ValueError):  # noqa: N818  # reads as what Xiaomi did
    """An authorization request that Xiaomi shows an error for, or that a fault has met.

    :ivar code: Xiaomi's number, or ``None`` where a fault answered without one.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


def visit(front: Front, url: str, authorize_url: str, user: str | None, allowed: bool) -> str:
    """Answer an authorization request, as `user`.

    :param url: the sandbox's own.
    :returns: the URL that the user is sent back to.
    :raises AuthorizationRefused: where Xiaomi shows an error itself, or a fault answers.
    :raises ValueError: where `authorize_url` is not one of this sandbox.
    """
    parts, own = urlsplit(authorize_url), urlsplit(url)
    hosts = {own.hostname, "localhost", "127.0.0.1", "::1"}
    here = parts.scheme == "http" and parts.hostname in hosts and parts.port == own.port
    if not here or parts.path != ENDPOINTS["authorize"]:
        raise ValueError(
            f"{authorize_url.partition('?')[0]!r:.200} is not this sandbox's authorization "
            f"URL, {url}{ENDPOINTS['authorize']}: register with xiaomi.registration()"
        )
    environ = EnvironBuilder(parts.path, url, query_string=parts.query).get_environ()
    environ[VISITOR] = user, allowed
    response = Response.from_app(front, environ, buffered=True)
    if "Location" in response.headers:
        return response.headers["Location"]
    number, _, text = response.headers.get(ERROR_HEADER, "").partition(" ")
    if number:
        raise AuthorizationRefused(f"Xiaomi shows error {number}: {text}", int(number))
    raise AuthorizationRefused(f"Xiaomi answers with HTTP status {response.status_code}")
