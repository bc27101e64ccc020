"""Xiaomi, as this application knows it: the registration, and where tokens are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask, current_app
from flask_login import current_user  # type: ignore[import-untyped]
from sqlalchemy import select

from authlib_xiaomi.flask_client import OAuth, XiaomiOAuth2App

from .configuration import ConfigurationError
from .database import StoredToken, transaction

__all__ = [
    "PICTURE_HOSTS",
    "fetch_token",
    "init_app",
    "picture_of",
    "register",
    "renew_token",
    "who_is_it",
    "xiaomi",
]

#: Where Xiaomi keeps its users' pictures. Not documented; seen are s1.mi-img.com and
#: cdn.cnbj1.fds.api.mi-img.com. The second name is Xiaomi's own, for pictures that are not the
#: user's. Neither lets anybody else put a page there.
PICTURE_HOSTS: Final = ("mi-img.com", "xiaomi.com")


def init_app(app: Flask) -> None:
    """Register Xiaomi; its settings are in ``app.config``.

    :raises ConfigurationError: for one that is not valid.
    """
    # One for each application, not a global one: Authlib's registry keeps the first
    # application's credentials.
    try:
        register(app)
    except ValueError as error:
        raise ConfigurationError(f"in the settings XIAOMI_…: {error}") from error


# What the account page shows as the lines that did it.


def register(app: Flask) -> None:
    oauth = OAuth(app, fetch_token=fetch_token, update_token=update_token)
    oauth.register("xiaomi")  # reads XIAOMI_CLIENT_ID, XIAOMI_CLIENT_SECRET, ...


def who_is_it() -> Mapping[str, Any]:
    return xiaomi().userinfo()  # fetch_token gives the user's token


def renew_token() -> Mapping[str, Any]:
    return xiaomi().refresh_token()  # update_token stores the new one


def xiaomi() -> XiaomiOAuth2App:
    """Xiaomi, for the current application and user."""
    app: XiaomiOAuth2App = current_app.extensions["authlib.integrations.flask_client"].xiaomi
    return app


def fetch_token(name: str = "xiaomi") -> dict[str, Any] | None:
    """The current user's token, for Authlib."""
    if not current_user.is_authenticated:
        return None
    with transaction() as db:
        stored = db.get(StoredToken, current_user.id)
        return stored.token if stored else None


def update_token(
    name: str,
    token: dict[str, Any],
    refresh_token: str | None = None,
    access_token: str | None = None,
) -> None:
    """Keep a token that was refreshed; Authlib calls this.

    :param refresh_token: the one it came of. A Xiaomi refresh token works once, so there is one
        row at most that has it; none where the user has signed in anew meanwhile, and then the
        newer token stays.
    """
    with transaction() as db:
        query = select(StoredToken).where(StoredToken.refresh_token == refresh_token)
        stored = db.scalar(query)
        if stored is not None:
            stored.replace(token)


def picture_of(userinfo: Mapping[str, Any]) -> str | None:
    """The user's picture, if it is where the Content-Security-Policy lets the browser load it."""
    url = str(userinfo.get("picture") or "")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    sandbox = current_app.config["SANDBOX"]
    if sandbox and url.startswith(f"{sandbox}/"):
        return url
    if port is None and host.endswith(tuple(f".{known}" for known in PICTURE_HOSTS)):
        # Older profiles have http:, and the same picture is there with https:.
        return parts._replace(scheme="https", netloc=host).geturl()
    return None
