"""A site on Starlette."""

from __future__ import annotations

from typing import Any

from authlib.integrations.starlette_client import OAuth, OAuthError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from authlib_xiaomi.starlette_client import XiaomiOAuth2App

from ..store import Store, async_file_lock
from . import SECRET_KEY, Settings, failure, who

settings = Settings.load()
store = Store(settings.folder)


async def fetch_token(request: Request) -> Any:
    return store.load(request.path_params.get("sub"))


async def update_token(token: Any, refresh_token: Any = None, access_token: Any = None) -> None:
    store.save(token, refresh_token, access_token)


oauth = OAuth()
oauth.register(
    "xiaomi",
    client_cls=XiaomiOAuth2App,
    scope="1 4 6",
    fetch_token=fetch_token,
    update_token=update_token,
    refresh_lock=async_file_lock(settings.folder) if settings.lock else None,
    client_kwargs=settings.client_kwargs,
    **settings.registration,
)


async def login(request: Request) -> Any:
    return await oauth.xiaomi.authorize_redirect(request, request.url_for("auth"))


async def auth(request: Request) -> Any:
    token = await oauth.xiaomi.authorize_access_token(request)
    user = token.pop("userinfo")
    request.session.clear()
    request.session["sub"] = user["sub"]
    store.put(user["sub"], token)
    return JSONResponse(who(user))


async def me(request: Request) -> Any:
    return JSONResponse({"sub": request.session.get("sub")})


async def ask(request: Request) -> Any:
    return JSONResponse(who(await oauth.xiaomi.userinfo(request=request)))


async def failed(request: Request, error: Any) -> Response:
    said, status = failure(error)
    return JSONResponse(said, status) if said else Response(status_code=status)


app = Starlette(
    routes=[
        Route("/login", login),
        Route("/auth", auth, name="auth"),
        Route("/me", me),
        Route("/as/{sub}", ask),
    ],
    middleware=[Middleware(SessionMiddleware, secret_key=SECRET_KEY)],
    exception_handlers={OAuthError: failed},
)
