"""Django and authlib_xiaomi."""

from __future__ import annotations

from typing import Any

from authlib.integrations.django_client import OAuth
from django.http import HttpRequest, HttpResponse

from authlib_xiaomi.django_client import XiaomiOAuth2App

from . import CALLBACK, TokenStore, Xiaomi, user_of

__all__ = ["views"]


def views(site: str, xiaomi: Xiaomi) -> tuple[Any, ...]:
    oauth: Any = OAuth()
    oauth.register("xiaomi", client_cls=XiaomiOAuth2App, **xiaomi.registration())
    store = TokenStore()

    def login(request: HttpRequest) -> HttpResponse:
        response: HttpResponse = oauth.xiaomi.authorize_redirect(request, CALLBACK.format(site))
        return response

    def callback(request: HttpRequest) -> HttpResponse:
        store.token = oauth.xiaomi.authorize_access_token(request)
        user = store.token["userinfo"]
        request.session["user"] = {"id": user["sub"], "name": user["name"]}
        return HttpResponse(f"{user['name']} {user['sub']}")

    def api(request: HttpRequest) -> HttpResponse:
        response = oauth.xiaomi.get("user/profile", token=store.token)
        user = user_of(response.json())
        return HttpResponse(f"{user['name']} {user['id']}")

    def refresh(request: HttpRequest) -> HttpResponse:
        store.token = oauth.xiaomi.refresh_token(token=store.token)
        return HttpResponse("refreshed")

    return login, callback, api, refresh
