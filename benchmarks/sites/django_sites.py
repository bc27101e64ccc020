"""The three sites on Django."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import django
import requests
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from authlib_xiaomi.django_client import XiaomiOAuth2App

from . import CALLBACK, PREFIX, Xiaomi, user_of

__all__ = ["create_app"]

_View = Callable[[HttpRequest], HttpResponse]

urlpatterns: list[URLPattern] = []


def create_app(xiaomi: Xiaomi) -> Any:
    settings.configure(
        SECRET_KEY=secrets.token_hex(),
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=sys.modules[__name__],
        MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
        # A cookie, as the other frameworks have by default: no database in the way.
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        LOGGING_CONFIG=None,
    )
    django.setup()
    for name, views in (
        ("plugin", _plugin(xiaomi)),
        ("authlib", _authlib(xiaomi)),
        ("by_hand", _by_hand(xiaomi)),
    ):
        urlpatterns.extend(path(f"{name}/{view.__name__}", view) for view in views)
    return get_wsgi_application()


def _signed_in(request: HttpRequest, user: dict[str, str]) -> HttpResponse:
    request.session["user"] = user
    return HttpResponse(f"{user['name']} {user['id']}")


def _plugin(xiaomi: Xiaomi) -> tuple[_View, _View]:
    oauth: Any = OAuth()
    oauth.register("plugin", client_cls=XiaomiOAuth2App, **xiaomi.registration())

    def login(request: HttpRequest) -> HttpResponse:
        response: HttpResponse = oauth.plugin.authorize_redirect(request, CALLBACK.format("plugin"))
        return response

    def callback(request: HttpRequest) -> HttpResponse:
        user = oauth.plugin.authorize_access_token(request)["userinfo"]
        return _signed_in(request, {"id": user["sub"], "name": user["name"]})

    return login, callback


def _authlib(xiaomi: Xiaomi) -> tuple[_View, _View]:
    oauth: Any = OAuth()

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
    app = oauth.authlib

    def login(request: HttpRequest) -> HttpResponse:
        response: HttpResponse = app.authorize_redirect(request, CALLBACK.format("authlib"))
        return response

    def callback(request: HttpRequest) -> HttpResponse:
        token = app.authorize_access_token(request)
        params = {"clientId": app.client_id, "token": token["access_token"]}
        response = app.get("user/profile", params=params, withhold_token=True)
        return _signed_in(request, user_of(response.json()))

    return login, callback


def _by_hand(xiaomi: Xiaomi) -> tuple[_View, _View]:
    own = xiaomi.registration()

    def login(request: HttpRequest) -> HttpResponse:
        request.session["state"] = secrets.token_urlsafe()
        query = {
            "client_id": own["client_id"],
            "redirect_uri": CALLBACK.format("by_hand"),
            "response_type": "code",
            "scope": "1",
            "skip_confirm": "false",
            "state": request.session["state"],
        }
        return HttpResponseRedirect(f"{own['authorize_url']}?{urlencode(query)}")

    def callback(request: HttpRequest) -> HttpResponse:
        if request.GET["state"] != request.session.pop("state"):
            return HttpResponse("state", status=400)
        form = {
            "client_id": own["client_id"],
            "client_secret": own["client_secret"],
            "redirect_uri": CALLBACK.format("by_hand"),
            "grant_type": "authorization_code",
            "code": request.GET["code"],
        }
        answer = requests.post(own["access_token_url"], data=form, timeout=5)
        token = json.loads(answer.content.removeprefix(PREFIX))
        query = {"clientId": own["client_id"], "token": token["access_token"]}
        profile = requests.get(f"{own['api_base_url']}user/profile", params=query, timeout=5)
        return _signed_in(request, user_of(profile.json()))

    return login, callback
