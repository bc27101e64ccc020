# app.py: sign in with Xiaomi, on FastAPI
import logging
import os
from html import escape

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.middleware.sessions import SessionMiddleware

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.starlette_client import OAuth

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=os.environ["SECRET_KEY"])
oauth = OAuth()
oauth.register("xiaomi")  # with XIAOMI_CLIENT_ID and XIAOMI_CLIENT_SECRET of the environment


def page(request: Request, message: str = "", status: int = 200) -> HTMLResponse:
    title = '<!doctype html><html lang="en"><title>Sign in with Xiaomi</title>'
    body = '<p><a href="/login">Sign in with Xiaomi</a></p>'
    if user := request.session.get("user"):
        picture = user["picture"] and f'<img src="{escape(user["picture"])}" alt="" width="90">'
        body = f"""{picture or ""}<p>Hello, {escape(user["name"] or user["sub"])}</p>
<form method="post" action="/logout"><button>Sign out</button></form>"""
    return HTMLResponse(f'{title}<p role="alert">{message}</p>{body}', status)


@app.get("/")
async def home(request: Request) -> HTMLResponse:
    return page(request)


@app.get("/login")
async def login(request: Request) -> RedirectResponse:
    return await oauth.xiaomi.authorize_redirect(request, request.url_for("auth"))


@app.get("/auth")
async def auth(request: Request) -> RedirectResponse:
    user = (await oauth.xiaomi.authorize_access_token(request))["userinfo"]
    request.session.clear()
    request.session["user"] = {name: user.get(name) for name in ("sub", "name", "picture")}
    return RedirectResponse("/", 303)


@app.post("/logout")
async def logout(request: Request) -> RedirectResponse:
    request.session.clear()
    return RedirectResponse("/", 303)


@app.exception_handler(XiaomiOAuthError)
async def sign_in_failed(request: Request, error: XiaomiOAuthError) -> Response:
    if error.error == "speculative_request":  # a prefetch by the browser
        return Response(status_code=204)
    if error.step == "callback" and error.error == "access_denied":
        return page(request, "You did not allow access. Nothing was shared.")
    if error.step == "callback" and "user" in request.session:  # a reload, or an old tab
        return RedirectResponse("/", 303)
    logging.getLogger("uvicorn.error").error("Sign-in failed: %s. %s", error, error.hint)
    return page(request, "The sign-in failed. Please try again.", 400)
