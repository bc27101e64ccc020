"""Which language a page is in."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Flask, redirect, request, session, url_for
from werkzeug.wrappers import Response

from .security import local_path
from .texts import LANGUAGES, Language, texts

__all__ = ["KEY", "current", "init_app"]

#: In the session: the language that the user has chosen.
KEY: Final = "language"

blueprint = Blueprint("language", __name__)


def current() -> Language:
    """What the user has chosen here, or else what the browser asks for."""
    wanted = session.get(KEY) or request.accept_languages.best_match(LANGUAGES)
    return "zh" if wanted == "zh" else "en"


@blueprint.get("/language/<any(en, zh):language>")
def choose(language: str) -> Response:
    """Remember the choice, and go back to the page that it was made on."""
    session[KEY] = language
    return redirect(local_path(request.args.get("next")) or url_for("home.show"), 303)


def _for_templates() -> dict[str, Any]:
    language = current()
    # What a form led to cannot be had with a link.
    here = request.full_path.rstrip("?") if request.method == "GET" else url_for("account.show")
    return {"lang": language, "t": texts(language), "here": here}


def init_app(app: Flask) -> None:
    """Give templates the words, as ``t``."""
    app.register_blueprint(blueprint)
    app.context_processor(_for_templates)
