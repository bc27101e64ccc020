"""The three sites on Starlette."""

from __future__ import annotations

import importlib
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.starlette_client import OAuth
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from authlib_xiaomi.httpx_client import AsyncXiaomiOAuth2Client
from authlib_xiaomi.starlette_client import XiaomiOAuth2App

from . import CALLBACK, PREFIX, Xiaomi, user_of

__all__ = ["create_app"]

# The one that Authlib uses, httpx2 or httpx.
_names = (cls.__module__.partition(".")[0] for cls in AsyncXiaomiOAuth2Client.__mro__)
httpx: Any = importlib.import_module(next(n for n in _names if n.startswith("httpx")))

_View = Callable[[Request], Awaitable[Response]]


def create_app(xiaomi: Xiaomi) -> Starlette:
    sites = {"plugin": _plugin(xiaomi), "authlib": _authlib(xiaomi), "by_hand": _by_hand(xiaomi)}
    return Starlette(
        routes=[
            Route(f"/{name}/{view.__name__}", view)
            for name, views in sites.items()
            for view in views
        ],
        middleware=[Middleware(SessionMiddleware, secret_key=secrets.token_hex())],
    )


def _signed_in(request: Request, user: dict[str, str]) -> Response:
    request.session["user"] = user
    return PlainTextResponse(f"{user['name']} {user['id']}")


def _plugin(xiaomi: Xiaomi) -> tuple[_View, _View]:
    oauth: Any = OAuth()
    oauth.register("plugin", client_cls=XiaomiOAuth2App, **xiaomi.registration())

    async def login(request: Request) -> Response:
        response: Response = await oauth.plugin.authorize_redirect(
            request, CALLBACK.format("plugin")
        )
        return response

    async def callback(request: Request) -> Response:
        user = (await oauth.plugin.authorize_access_token(request))["userinfo"]
        return _signed_in(request, {"id": user["sub"], "name": user["name"]})

    return login, callback


def _authlib(xiaomi: Xiaomi) -> tuple[_View, _View]:
    oauth: Any = OAuth()

    def without_prefix(response: Any) -> Any:
        response._content = response.content.removeprefix(PREFIX)
        return response

    oauth.register(
        "authlib",
        **xiaomi.registration(),
        authorize_params={"skip_confirm": "false"},
        client_kwargs={"scope": "1", "token_endpoint_auth_method": "client_secret_post"},
        compliance_fix=lambda client: client.register_compliance_hook(
            "access_token_response", without_prefix
        ),
    )
    app = oauth.authlib

    async def login(request: Request) -> Response:
        response: Response = await app.authorize_redirect(request, CALLBACK.format("authlib"))
        return response

    async def callback(request: Request) -> Response:
        token = await app.authorize_access_token(request)
        params = {"clientId": app.client_id, "token": token["access_token"]}
        response = await app.get("user/profile", params=params, withhold_token=True)
        return _signed_in(request, user_of(response.json()))

    return login, callback


def _by_hand(xiaomi: Xiaomi) -> tuple[_View, _View]:
    own = xiaomi.registration()

    async def login(request: Request) -> Response:
        request.session["state"] = secrets.token_urlsafe()
        query = {
            "client_id": own["client_id"],
            "redirect_uri": CALLBACK.format("by_hand"),
            "response_type": "code",
            "scope": "1",
            "skip_confirm": "false",
            "state": request.session["state"],
        }
        return RedirectResponse(f"{own['authorize_url']}?{urlencode(query)}", 302)

    async def callback(request: Request) -> Response:
        if request.query_params["state"] != request.session.pop("state"):
            return PlainTextResponse("state", 400)
        form = {
            "client_id": own["client_id"],
            "client_secret": own["client_secret"],
            "redirect_uri": CALLBACK.format("by_hand"),
            "grant_type": "authorization_code",
            "code": request.query_params["code"],
        }
        async with httpx.AsyncClient() as client:
            answer = await client.post(own["access_token_url"], data=form)
            token = json.loads(answer.content.removeprefix(PREFIX))
            query = {"clientId": own["client_id"], "token": token["access_token"]}
            profile = await client.get(f"{own['api_base_url']}user/profile", params=query)
        return _signed_in(request, user_of(profile.json()))

    return login, callback
