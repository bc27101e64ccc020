"""Sign in with Xiaomi on FastAPI: the least that is a whole application.

In the environment: ``XIAOMI_CLIENT_ID`` and ``XIAOMI_CLIENT_SECRET``, Xiaomi's AppID and AppSecret.
``XIAOMI_AUTHORIZE_URL``, ``XIAOMI_ACCESS_TOKEN_URL`` and ``XIAOMI_API_BASE_URL`` lead to a sandbox.
"""

import html
import logging
import secrets

from authlib.integrations.starlette_client import OAuth, OAuthError
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.config import Config
from starlette.middleware.sessions import SessionMiddleware

from authlib_xiaomi import ErrorCode, XiaomiOAuthError
from authlib_xiaomi.starlette_client import XiaomiOAuth2App

config = Config()
oauth = OAuth(config)
oauth.register("xiaomi", client_cls=XiaomiOAuth2App)

app = FastAPI()
# Set SECRET_KEY, the same for all workers, or a restart signs everybody out.
key = config("SECRET_KEY", default="") or secrets.token_hex(32)
app.add_middleware(SessionMiddleware, secret_key=key, session_cookie="fastapi_example")


@app.get("/", response_class=HTMLResponse)
async def home(request: Request) -> str:
    user = request.session.get("user")
    if user is None:
        return page('<p><a href="/login">Sign in with Xiaomi</a></p>')
    # A name is free text, and can be missing.
    name = html.escape(user["name"] or user["sub"])
    return page(
        f'<p>Hello, {name}</p><form method="post" action="/logout"><button>Sign out</button></form>'
    )


@app.get("/login")
async def login(request: Request) -> RedirectResponse:
    return await oauth.xiaomi.authorize_redirect(request, request.url_for("auth"))


@app.get("/auth")
async def auth(request: Request) -> RedirectResponse:
    token = await oauth.xiaomi.authorize_access_token(request)
    user = token["userinfo"]
    # A new session, and in it no more than is shown: it is a cookie, which holds 4 KB.
    request.session.clear()
    request.session["user"] = {"sub": user["sub"], "name": user.get("name")}
    return RedirectResponse("/", 303)


@app.post("/logout")
async def logout(request: Request) -> RedirectResponse:
    request.session.clear()
    return RedirectResponse("/", 303)


@app.exception_handler(OAuthError)
async def sign_in_failed(request: Request, error: OAuthError) -> HTMLResponse | RedirectResponse:
    if isinstance(error, XiaomiOAuthError):
        if error.code == ErrorCode.OA_ACCESS_DENIED:  # the user declined
            return RedirectResponse("/", 303)
        logging.getLogger("uvicorn.error").warning("Sign-in failed: %s. %s", error, error.hint)
    return HTMLResponse(page('<p>That did not work. <a href="/login">Once more?</a></p>'), 400)


def page(body: str) -> str:
    return f'<!doctype html><html lang="en"><title>Sign in with Xiaomi</title>{body}</html>'
