"""The three sites on Flask."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, request, session

from authlib_xiaomi.flask_client import XiaomiOAuth2App

from . import CALLBACK, PREFIX, Xiaomi, user_of

__all__ = ["create_app"]


def create_app(xiaomi: Xiaomi) -> Flask:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = secrets.token_hex()
    _plugin(app, xiaomi)
    _authlib(app, xiaomi)
    _by_hand(app, xiaomi)
    return app


def _signed_in(user: dict[str, str]) -> str:
    session["user"] = user
    return f"{user['name']} {user['id']}"


def _plugin(app: Flask, xiaomi: Xiaomi) -> None:
    oauth: Any = OAuth(app)
    oauth.register("plugin", client_cls=XiaomiOAuth2App, **xiaomi.registration())

    @app.get("/plugin/login")
    def plugin_login() -> Any:
        return oauth.plugin.authorize_redirect(CALLBACK.format("plugin"))

    @app.get("/plugin/callback")
    def plugin_callback() -> Any:
        user = oauth.plugin.authorize_access_token()["userinfo"]
        return _signed_in({"id": user["sub"], "name": user["name"]})


def _authlib(app: Flask, xiaomi: Xiaomi) -> None:
    oauth: Any = OAuth(app)

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

    @app.get("/authlib/login")
    def authlib_login() -> Any:
        return oauth.authlib.authorize_redirect(CALLBACK.format("authlib"))

    @app.get("/authlib/callback")
    def authlib_callback() -> Any:
        token = oauth.authlib.authorize_access_token()
        params = {"clientId": oauth.authlib.client_id, "token": token["access_token"]}
        response = oauth.authlib.get("user/profile", params=params, withhold_token=True)
        return _signed_in(user_of(response.json()))


def _by_hand(app: Flask, xiaomi: Xiaomi) -> None:
    own = xiaomi.registration()

    @app.get("/by_hand/login")
    def by_hand_login() -> Any:
        session["state"] = secrets.token_urlsafe()
        query = {
            "client_id": own["client_id"],
            "redirect_uri": CALLBACK.format("by_hand"),
            "response_type": "code",
            "scope": "1",
            "skip_confirm": "false",
            "state": session["state"],
        }
        return redirect(f"{own['authorize_url']}?{urlencode(query)}")

    @app.get("/by_hand/callback")
    def by_hand_callback() -> Any:
        if request.args["state"] != session.pop("state"):
            return "state", 400
        form = {
            "client_id": own["client_id"],
            "client_secret": own["client_secret"],
            "redirect_uri": CALLBACK.format("by_hand"),
            "grant_type": "authorization_code",
            "code": request.args["code"],
        }
        answer = requests.post(own["access_token_url"], data=form, timeout=5)
        token = json.loads(answer.content.removeprefix(PREFIX))
        query = {"clientId": own["client_id"], "token": token["access_token"]}
        profile = requests.get(f"{own['api_base_url']}user/profile", params=query, timeout=5)
        return _signed_in(user_of(profile.json()))
