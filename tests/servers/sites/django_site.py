"""A site on Django."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django
from authlib.integrations.django_client import OAuth, OAuthError
from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import RequestFactory
from django.urls import path

from authlib_xiaomi.django_client import XiaomiOAuth2App

from ..store import Store, file_lock
from . import SECRET_KEY, Settings, failure, who

settings = Settings.load()
store = Store(settings.folder)
django_settings.configure(
    SECRET_KEY=SECRET_KEY,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        f"{__name__}.failures",
    ],
)
django.setup()
oauth = OAuth()
oauth.register(
    "xiaomi",
    client_cls=XiaomiOAuth2App,
    scope="1 4 6",
    fetch_token=lambda request: store.load(request.resolver_match.kwargs.get("sub")),
    update_token=store.save,
    refresh_lock=file_lock(settings.folder) if settings.lock else None,
    client_kwargs=settings.client_kwargs,
    **settings.registration,
)


def login(request: HttpRequest) -> Any:
    return oauth.xiaomi.authorize_redirect(request, request.build_absolute_uri("/auth"))


def auth(request: HttpRequest) -> Any:
    token = oauth.xiaomi.authorize_access_token(request)
    user = token.pop("userinfo")
    request.session.flush()
    request.session["sub"] = user["sub"]
    store.put(user["sub"], token)
    return JsonResponse(who(user))


def me(request: HttpRequest) -> Any:
    return JsonResponse({"sub": request.session.get("sub")})


def ask(request: HttpRequest, sub: str) -> Any:
    return JsonResponse(who(oauth.xiaomi.userinfo(request=request)))


class failures:  # noqa: N801  # a middleware's name is a path in the settings
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OAuthError):
            return None
        said, status = failure(error)
        return JsonResponse(said, status=status) if said else HttpResponse(status=status)


urlpatterns = [
    path("login", login),
    path("auth", auth),
    path("me", me),
    path("as/<sub>", ask),
]
application = get_wsgi_application()

if settings.used_at_start:
    oauth.xiaomi.userinfo(
        token=store.load(settings.used_at_start), request=RequestFactory().get("/")
    )
