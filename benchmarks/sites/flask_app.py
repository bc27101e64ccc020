"""The Flask application."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask

from . import Xiaomi

__all__ = ["create_app"]


def create_app(xiaomi: Xiaomi, modules: dict[str, Any]) -> Flask:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = secrets.token_hex()
    for site, module in modules.items():
        for view in module.views(site, xiaomi, app):
            app.add_url_rule(f"/{site}/{view.__name__}", f"{site}.{view.__name__}", view)
    return app
