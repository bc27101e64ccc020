"""Flask and plain Authlib, with connections that are kept or as it comes."""

from __future__ import annotations

from typing import Any

from authlib.integrations.flask_client import OAuth
from flask import Flask, session

from . import CALLBACK, TokenStore, Xiaomi, user_of
from .authlib_fixes import profile_request, registration
from .kept_adapter import KeptAdapter

__all__ = ["views"]


def views(site: str, xiaomi: Xiaomi, app: Flask) -> tuple[Any, ...]:
    adapter = KeptAdapter() if site == "authlib_kept" else None
    oauth: Any = OAuth(app)
    oauth.register("xiaomi", **registration(xiaomi, adapter=adapter))
    store = TokenStore()

    def login() -> Any:
        return oauth.xiaomi.authorize_redirect(CALLBACK.format(site))

    def callback() -> Any:
        store.token = oauth.xiaomi.authorize_access_token()
        session["user"] = user = _fetch_user()
        return f"{user['name']} {user['id']}"

    def api() -> Any:
        user = _fetch_user()
        return f"{user['name']} {user['id']}"

    def _fetch_user() -> dict[str, str]:
        response = oauth.xiaomi.get(**profile_request(oauth.xiaomi.client_id, store.token))
        return user_of(response.json())

    return login, callback, api
