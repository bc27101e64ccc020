"""What keeps browsers out of trouble: headers, cookies, and where redirects may lead."""

from __future__ import annotations

from flask import Flask, current_app, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.wrappers import Response

from .xiaomi import PICTURE_HOSTS

__all__ = ["init_app", "local_path"]

#: A session is a cookie, and a cookie holds 4 KB.
_LONGEST_PATH = 500


def local_path(target: str | None) -> str | None:
    """`target`, if it is a path of this site; anything else could lead a user elsewhere.

    Stricter than it must be, as browsers are laxer: they take ``\\`` for ``/``, and leave out
    tabs and line feeds.
    """
    if not target or len(target) > _LONGEST_PATH:
        return None
    if not target.startswith("/") or target.startswith("//") or "\\" in target:
        return None
    return target if target.isprintable() and " " not in target else None


class _Sessions(SecureCookieSessionInterface):
    """Flask's, with cookies that are ``Secure`` where the request is."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def _add_headers(response: Response) -> Response:
    pictures = [f"https://*.{host}" for host in PICTURE_HOSTS]
    if current_app.config["SANDBOX"]:
        pictures.append(current_app.config["SANDBOX"])
    headers = response.headers
    headers["Content-Security-Policy"] = "; ".join(
        [
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            f"img-src 'self' {' '.join(pictures)}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )
    headers["X-Content-Type-Options"] = "nosniff"
    # Not no-referrer: under HTTPS, Flask-WTF looks at it for forms.
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    """Add the headers and the cookies' rule."""
    app.session_interface = _Sessions()
    app.after_request(_add_headers)
