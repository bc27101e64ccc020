"""Starlette and plain Authlib, with connections that are kept or as it comes."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

from authlib.integrations.starlette_client import OAuth
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from . import CALLBACK, HTTPX_LIMITS, TokenStore, Xiaomi, user_of
from .authlib_fixes import profile_request, registration

__all__ = ["views"]

# The one that Authlib prefers.
httpx: Any = importlib.import_module("httpx2" if find_spec("httpx2") else "httpx")


class KeptTransport(httpx.AsyncHTTPTransport):  # type: ignore[misc]
    """Authlib makes a client for each call, and each client closes its transport."""

    def __init__(self) -> None:
        super().__init__(limits=httpx.Limits(**HTTPX_LIMITS))

    async def __aenter__(self) -> KeptTransport:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass


def views(site: str, xiaomi: Xiaomi) -> tuple[Any, ...]:
    transport = KeptTransport() if site == "authlib_kept" else None
    oauth: Any = OAuth()
    oauth.register("xiaomi", **registration(xiaomi, transport=transport))
    store = TokenStore()

    async def login(request: Request) -> Response:
        response: Response = await oauth.xiaomi.authorize_redirect(request, CALLBACK.format(site))
        return response

    async def callback(request: Request) -> Response:
        store.token = await oauth.xiaomi.authorize_access_token(request)
        request.session["user"] = user = await _fetch_user()
        return PlainTextResponse(f"{user['name']} {user['id']}")

    async def api(request: Request) -> Response:
        user = await _fetch_user()
        return PlainTextResponse(f"{user['name']} {user['id']}")

    async def _fetch_user() -> dict[str, str]:
        response = await oauth.xiaomi.get(**profile_request(oauth.xiaomi.client_id, store.token))
        return user_of(response.json())

    return login, callback, api
