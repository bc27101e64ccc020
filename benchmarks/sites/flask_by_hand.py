"""Flask and requests, by hand."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, redirect, request, session

from . import CALLBACK, TokenStore, Xiaomi
from .by_hand_requests import Client

__all__ = ["views"]


def views(site: str, xiaomi: Xiaomi, app: Flask) -> tuple[Any, ...]:
    client, store = Client(xiaomi, CALLBACK.format(site)), TokenStore()

    def login() -> Any:
        session["state"] = state = secrets.token_urlsafe()
        return redirect(client.authorization_url(state))

    def callback() -> Any:
        if request.args.get("state") != session.pop("state", None):
            return "The state is wrong.", 400
        if "error" in request.args:
            return "The sign-in failed.", 400
        store.token = client.fetch_token(request.args["code"])
        session["user"] = user = client.fetch_user(store.token)
        return f"{user['name']} {user['id']}"

    def api() -> Any:
        user = client.fetch_user(store.token)
        return f"{user['name']} {user['id']}"

    return login, callback, api
