"""A site on Flask."""

from __future__ import annotations

from typing import Any

from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, request, session, url_for

from authlib_xiaomi.flask_client import XiaomiOAuth2App

from ..store import Store, file_lock
from . import SECRET_KEY, Settings, failure, who

settings = Settings.load()
store = Store(settings.folder)
app = Flask(__name__)
app.secret_key = SECRET_KEY
oauth = OAuth(app)
oauth.register(
    "xiaomi",
    client_cls=XiaomiOAuth2App,
    scope="1 4 6",
    fetch_token=lambda: store.load((request.view_args or {}).get("sub")),
    update_token=store.save,
    refresh_lock=file_lock(settings.folder) if settings.lock else None,
    client_kwargs=settings.client_kwargs,
    **settings.registration,
)


@app.get("/login")
def login() -> Any:
    return oauth.xiaomi.authorize_redirect(url_for("auth", _external=True))


@app.get("/auth")
def auth() -> Any:
    token = oauth.xiaomi.authorize_access_token()
    user = token.pop("userinfo")
    session.clear()
    session["sub"] = user["sub"]
    store.put(user["sub"], token)
    return who(user)


@app.get("/me")
def me() -> Any:
    return {"sub": session.get("sub")}


@app.get("/as/<sub>")
def ask(sub: str) -> Any:
    return who(oauth.xiaomi.userinfo())


@app.errorhandler(OAuthError)
def failed(error: OAuthError) -> Any:
    return failure(error)


if settings.used_at_start:
    with app.test_request_context():
        oauth.xiaomi.userinfo(token=store.load(settings.used_at_start))
