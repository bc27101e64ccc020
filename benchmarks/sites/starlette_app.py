"""The Starlette application."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import Route

from . import Xiaomi

__all__ = ["create_app"]


def create_app(xiaomi: Xiaomi, modules: dict[str, Any]) -> Starlette:
    return Starlette(
        routes=[
            Route(f"/{site}/{view.__name__}", view)
            for site, module in modules.items()
            for view in module.views(site, xiaomi)
        ],
        middleware=[Middleware(SessionMiddleware, secret_key=secrets.token_hex())],
    )
