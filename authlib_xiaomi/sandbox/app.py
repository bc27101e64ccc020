"""The sandbox's Flask application."""

from __future__ import annotations

from flask import Flask

from .endpoints import Service, endpoints
from .pages import Pages
from .views import Views

__all__ = ["create_app"]


def create_app(service: Service) -> Flask:
    """The application for one sandbox."""
    app = Flask(
        __name__.rpartition(".")[0], static_url_path="/sandbox/static", static_folder="static"
    )
    pages = Pages(service.settings)
    app.register_blueprint(endpoints(service))
    app.register_blueprint(Views(service, pages).blueprint())
    return app
