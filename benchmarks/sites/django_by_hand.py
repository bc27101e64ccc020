"""Django and requests, by hand."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from . import CALLBACK, TokenStore, Xiaomi
from .by_hand_requests import Client

__all__ = ["views"]


def views(site: str, xiaomi: Xiaomi) -> tuple[Any, ...]:
    client, store = Client(xiaomi, CALLBACK.format(site)), TokenStore()

    def login(request: HttpRequest) -> HttpResponse:
        request.session["state"] = state = secrets.token_urlsafe()
        return HttpResponseRedirect(client.authorization_url(state))

    def callback(request: HttpRequest) -> HttpResponse:
        if request.GET.get("state") != request.session.pop("state", None):
            return HttpResponse("The state is wrong.", status=400)
        if "error" in request.GET:
            return HttpResponse("The sign-in failed.", status=400)
        store.token = client.fetch_token(request.GET["code"])
        request.session["user"] = user = client.fetch_user(store.token)
        return HttpResponse(f"{user['name']} {user['id']}")

    def api(request: HttpRequest) -> HttpResponse:
        user = client.fetch_user(store.token)
        return HttpResponse(f"{user['name']} {user['id']}")

    return login, callback, api
