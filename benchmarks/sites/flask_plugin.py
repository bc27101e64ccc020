"""Flask and authlib_xiaomi."""

from __future__ import annotations

from typing import Any

from authlib.integrations.flask_client import OAuth
from flask import Flask, session

from authlib_xiaomi.flask_client import XiaomiOAuth2App

from . import CALLBACK, TokenStore, Xiaomi, user_of

__all__ = ["views"]


def views(site: str, xiaomi: Xiaomi, app: Flask) -> tuple[Any, ...]:
    oauth: Any = OAuth(app)
    oauth.register("xiaomi", client_cls=XiaomiOAuth2App, **xiaomi.registration())
    store = TokenStore()

    def login() -> Any:
        return oauth.xiaomi.authorize_redirect(CALLBACK.format(site))

    def callback() -> Any:
        store.token = oauth.xiaomi.authorize_access_token()
        user = store.token["userinfo"]
        session["user"] = {"id": user["sub"], "name": user["name"]}
        return f"{user['name']} {user['sub']}"

    def api() -> Any:
        response = oauth.xiaomi.get("user/profile", token=store.token)
        user = user_of(response.json())
        return f"{user['name']} {user['id']}"

    def refresh() -> Any:
        store.token = oauth.xiaomi.refresh_token(token=store.token)
        return "refreshed"

    return login, callback, api, refresh
