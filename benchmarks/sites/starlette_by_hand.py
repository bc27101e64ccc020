"""Starlette and httpx, by hand."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from . import CALLBACK, TokenStore, Xiaomi
from .by_hand_httpx import Client

__all__ = ["views"]


def views(site: str, xiaomi: Xiaomi) -> tuple[Any, ...]:
    client, store = Client(xiaomi, CALLBACK.format(site)), TokenStore()

    async def login(request: Request) -> Response:
        request.session["state"] = state = secrets.token_urlsafe()
        return RedirectResponse(client.authorization_url(state), 302)

    async def callback(request: Request) -> Response:
        if request.query_params.get("state") != request.session.pop("state", None):
            return PlainTextResponse("The state is wrong.", 400)
        if "error" in request.query_params:
            return PlainTextResponse("The sign-in failed.", 400)
        store.token = await client.fetch_token(request.query_params["code"])
        request.session["user"] = user = await client.fetch_user(store.token)
        return PlainTextResponse(f"{user['name']} {user['id']}")

    async def api(request: Request) -> Response:
        user = await client.fetch_user(store.token)
        return PlainTextResponse(f"{user['name']} {user['id']}")

    return login, callback, api
