"""The first page, with the button."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template, request

from .security import local_path

__all__ = ["init_app"]

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def show() -> str:
    """The page; with ``next``, for somebody who came to a page that is for members."""
    return render_template("home.html", next=local_path(request.args.get("next")))


def init_app(app: Flask) -> None:
    """Add the blueprint."""
    app.register_blueprint(blueprint)
