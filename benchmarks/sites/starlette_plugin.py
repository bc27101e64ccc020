"""Starlette and authlib_xiaomi."""

from __future__ import annotations

from typing import Any

from authlib.integrations.starlette_client import OAuth
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from authlib_xiaomi.starlette_client import XiaomiOAuth2App

from . import CALLBACK, TokenStore, Xiaomi, user_of

__all__ = ["views"]


def views(site: str, xiaomi: Xiaomi) -> tuple[Any, ...]:
    oauth: Any = OAuth()
    oauth.register("xiaomi", client_cls=XiaomiOAuth2App, **xiaomi.registration())
    store = TokenStore()

    async def login(request: Request) -> Response:
        response: Response = await oauth.xiaomi.authorize_redirect(request, CALLBACK.format(site))
        return response

    async def callback(request: Request) -> Response:
        store.token = await oauth.xiaomi.authorize_access_token(request)
        user = store.token["userinfo"]
        request.session["user"] = {"id": user["sub"], "name": user["name"]}
        return PlainTextResponse(f"{user['name']} {user['sub']}")

    async def api(request: Request) -> Response:
        response = await oauth.xiaomi.get("user/profile", token=store.token)
        user = user_of(response.json())
        return PlainTextResponse(f"{user['name']} {user['id']}")

    async def refresh(request: Request) -> Response:
        store.token = await oauth.xiaomi.refresh_token(token=store.token)
        return PlainTextResponse("refreshed")

    return login, callback, api, refresh
