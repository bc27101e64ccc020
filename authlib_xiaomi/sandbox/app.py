"""The sandbox's Flask application."""

from __future__ import annotations

from functools import cache

from flask import Flask

from .control import Control
from .endpoints import endpoints
from .inspector import Inspector
from .views import Views

__all__ = ["create_app"]


@cache
def create_app() -> Flask:
    """The application: one for all sandboxes of the process, told apart by the environment."""
    app = Flask(
        __name__.rpartition(".")[0], static_url_path="/sandbox/static", static_folder="static"
    )
    app.register_blueprint(endpoints())
    for part in (Views, Inspector, Control):
        app.register_blueprint(part.blueprint())
    return app
