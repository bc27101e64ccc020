"""Sign in with Xiaomi on FastAPI, and call Xiaomi's API with a token that is stored and refreshed.

In the environment: ``XIAOMI_CLIENT_ID`` and ``XIAOMI_CLIENT_SECRET``, Xiaomi's AppID and AppSecret;
``SECRET_KEY``, which signs the session's cookie; ``DATABASE``, a file for the tokens.
"""

from __future__ import annotations

import html
import json
import logging
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.starlette_client import OAuth

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=os.environ["SECRET_KEY"])
logger = logging.getLogger("uvicorn.error")


# One row for each user, and the newest token wins: a second sign-in ends the first refresh token.
DATABASE = os.environ.get("DATABASE", "tokens.sqlite3")


def execute(query: str, *values: str | None) -> Any:
    """The first column of the first row; None where there is none."""
    with closing(sqlite3.connect(DATABASE)) as db, db:
        row = db.execute(query, values).fetchone()
        return row[0] if row else None


execute("create table if not exists tokens (sub text primary key, token text, refresh_token text)")


async def store_token(sub: str, token: Mapping[str, Any]) -> None:
    query = "insert or replace into tokens values (?, ?, ?)"
    await run_in_threadpool(execute, query, sub, json.dumps(token), token.get("refresh_token"))


async def load_token(request: Request) -> dict[str, Any] | None:
    """The token of the user whose request this is."""
    user = request.session.get("user")
    query = "select token from tokens where sub = ?"
    found = await run_in_threadpool(execute, query, user["sub"]) if user else None
    return json.loads(found) if found else None


async def save_token(
    token: Mapping[str, Any], refresh_token: str | None = None, access_token: str | None = None
) -> None:
    """After a refresh: a new token for the one that had this refresh_token."""
    query = "update tokens set token = ?, refresh_token = ? where refresh_token = ?"
    new = json.dumps(token), token.get("refresh_token")
    await run_in_threadpool(execute, query, *new, refresh_token)


oauth = OAuth()
oauth.register("xiaomi", fetch_token=load_token, update_token=save_token)


@app.get("/")
async def home(request: Request) -> HTMLResponse:
    return page(request)


@app.get("/login")
async def login(request: Request) -> RedirectResponse:
    return await oauth.xiaomi.authorize_redirect(request, request.url_for("auth"))


@app.get("/auth")
async def auth(request: Request) -> RedirectResponse:
    token = await oauth.xiaomi.authorize_access_token(request)
    user = token.pop("userinfo")
    await store_token(user["sub"], token)
    # A new session, and in it no more than is shown: it is a cookie, which holds 4 KB.
    request.session.clear()
    request.session["user"] = {"sub": user["sub"], "name": user.get("name")}
    return RedirectResponse("/", 303)


@app.get("/profile")
async def profile(request: Request) -> Response:
    if "user" not in request.session:
        return RedirectResponse("/", 303)
    return JSONResponse((await oauth.xiaomi.get("user/profile", request=request)).json())


@app.post("/logout")
async def logout(request: Request) -> RedirectResponse:
    request.session.clear()
    return RedirectResponse("/", 303)


@app.exception_handler(XiaomiOAuthError)
async def failed(request: Request, error: XiaomiOAuthError) -> Response:
    if error.error == "speculative_request":  # a prefetch by the browser
        return Response(status_code=204)
    if error.step == "callback" and error.error == "access_denied":
        return page(request, "You did not allow access. Nothing was shared.")
    if error.step == "callback" and "user" in request.session:  # a reload, or an old tab
        return RedirectResponse("/", 303)
    logger.error("Sign-in failed: %s. %s", error, error.hint)
    return page(request, "That did not work. Please try again.", 400)


def page(request: Request, message: str = "", status: int = 200) -> HTMLResponse:
    body = '<p><a href="/login">Sign in with Xiaomi</a></p>'
    if user := request.session.get("user"):
        # A name is free text, and can be missing.
        body = f"""<p>Hello, {html.escape(user["name"] or user["sub"])}</p>
<p><a href="/profile">Your profile at Xiaomi</a></p>
<form method="post" action="/logout"><button>Sign out</button></form>"""
    title = '<!doctype html><html lang="en"><title>Sign in with Xiaomi</title>'
    return HTMLResponse(f'{title}<p role="alert">{message}</p>{body}', status)
