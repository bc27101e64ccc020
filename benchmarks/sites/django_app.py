"""The Django application."""

from __future__ import annotations

import secrets
import sys
from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import URLPattern, path

from . import Xiaomi

__all__ = ["create_app"]

urlpatterns: list[URLPattern] = []


def create_app(xiaomi: Xiaomi, modules: dict[str, Any]) -> Any:
    settings.configure(
        SECRET_KEY=secrets.token_hex(),
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=sys.modules[__name__],
        MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
        # A cookie, as the other frameworks have by default: a database would hide the rest.
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        LOGGING_CONFIG=None,
    )
    django.setup()
    for site, module in modules.items():
        urlpatterns.extend(
            path(f"{site}/{view.__name__}", view) for view in module.views(site, xiaomi)
        )
    return get_wsgi_application()
