"""Django and plain Authlib, with connections that are kept or as it comes."""

from __future__ import annotations

from typing import Any

from authlib.integrations.django_client import OAuth
from django.http import HttpRequest, HttpResponse

from . import CALLBACK, TokenStore, Xiaomi, user_of
from .authlib_fixes import profile_request, registration
from .kept_adapter import KeptAdapter

__all__ = ["views"]


def views(site: str, xiaomi: Xiaomi) -> tuple[Any, ...]:
    adapter = KeptAdapter() if site == "authlib_kept" else None
    oauth: Any = OAuth()
    oauth.register("xiaomi", **registration(xiaomi, adapter=adapter))
    store = TokenStore()

    def login(request: HttpRequest) -> HttpResponse:
        response: HttpResponse = oauth.xiaomi.authorize_redirect(request, CALLBACK.format(site))
        return response

    def callback(request: HttpRequest) -> HttpResponse:
        store.token = oauth.xiaomi.authorize_access_token(request)
        request.session["user"] = user = _fetch_user()
        return HttpResponse(f"{user['name']} {user['id']}")

    def api(request: HttpRequest) -> HttpResponse:
        user = _fetch_user()
        return HttpResponse(f"{user['name']} {user['id']}")

    def _fetch_user() -> dict[str, str]:
        response = oauth.xiaomi.get(**profile_request(oauth.xiaomi.client_id, store.token))
        return user_of(response.json())

    return login, callback, api
