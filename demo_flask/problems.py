"""What users see when something goes wrong."""

from __future__ import annotations

import dataclasses
from typing import Final

from authlib.integrations.base_client import OAuthError
from flask import Blueprint, Flask, abort, current_app, render_template, request, url_for
from flask_login import current_user  # type: ignore[import-untyped]
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from authlib_xiaomi import ErrorCode
from authlib_xiaomi._tools import facts

from . import language
from .texts import PROBLEMS, problem_texts

__all__ = ["init_app"]

#: The fitting HTTP status. What is left is for this application's makers to repair: a wrong
#: AppSecret, a callback that is not registered, a scope that was not granted.
_STATUSES: Final = {
    "access_denied": 403,
    "invalid_grant": 400,
    "invalid_token": 403,
    "token_invalid": 403,
    "missing_token": 403,
    "mismatching_state": 400,
    "no_code": 400,
    "invalid_response": 502,
    "temporarily_unavailable": 503,
}
#: Where nothing but another sign-in helps.
_SIGN_IN_AGAIN: Final = ("invalid_grant", "invalid_token", "token_invalid", "missing_token")

_NUMBERS: Final[dict[int | None, ErrorCode]] = {int(known): known for known in ErrorCode}

blueprint = Blueprint("problems", __name__)


@dataclasses.dataclass(frozen=True)
class Problem:
    """What the page shows: of our words and Xiaomi's what is there, in the page's language."""

    status: int
    title: str
    meaning: str
    hint: str
    #: The word of the OAuth standards.
    error: str = ""
    #: Xiaomi's number, and its name.
    code: int | None = None
    name: str | None = None
    #: The text that came with it.
    detail: str = ""


def explain(error: str, code: int | None = None, detail: str = "", hint: str = "") -> Problem:
    """The problem that is called so.

    :param error: a word of the OAuth standards, or of Authlib.
    :param code: Xiaomi's number, if there is one.
    :param detail: what was said besides.
    :param hint: one that fits better than ours; in English.
    """
    spoken = language.current()
    title, meaning, our_hint = problem_texts(error, spoken)
    known = _NUMBERS.get(code)
    if known and spoken == "zh":
        meaning, our_hint = f"{facts.meaning(known, 'zh')}。", facts.hint(known, "zh")
    elif known:
        meaning, our_hint = f"{known.meaning[0].upper()}{known.meaning[1:]}.", known.hint
    if spoken == "en":
        our_hint = hint or our_hint
    return Problem(
        status=_STATUSES.get(error, 500),
        title=title,
        meaning=meaning,
        hint=our_hint,
        error="invalid_request" if error == "no_code" else error,
        code=code,
        name=known.name if known else None,
        detail="" if known and detail == known.meaning else detail,
    )


def oauth_error(error: OAuthError) -> tuple[str, int]:
    """The page for what Authlib raises: Xiaomi's errors, and its own, which have no number."""
    code = getattr(error, "code", None)
    word = error.error or "oauth_error"
    if word == "invalid_request" and code is None and request.endpoint == "sign_in.callback":
        word = "no_code"
    problem = explain(word, code, error.description or "", getattr(error, "hint", ""))
    if problem.status >= 500:
        # It has no secrets: the package takes them out.
        current_app.logger.warning("Xiaomi: %s", error)
    here = url_for(
        "problems.about",
        error=word if word in PROBLEMS else "oauth_error",
        code=code if code in _NUMBERS else None,
    )
    return _page(problem, here)


@blueprint.get("/problem/<error>")
def about(error: str) -> tuple[str, int]:
    """The same page by its name: what the language switch leads to, as the callback's own URL
    works once."""
    code = request.args.get("code", type=int)
    if error not in PROBLEMS or (code is not None and code not in _NUMBERS):
        abort(404)
    return _page(explain(error, code))


def http_error(error: HTTPException) -> tuple[str, int]:
    """The page for an error that is not Xiaomi's: no such page, a form that has no token."""
    status = error.code or 500
    word = "csrf" if isinstance(error, CSRFError) else f"http_{status}"
    if word not in PROBLEMS:
        word = "http_400" if status < 500 else "http_500"
    title, meaning, hint = problem_texts(word, language.current())
    return _page(Problem(status, title, meaning, hint), url_for("home.show"))


def _page(problem: Problem, here: str | None = None) -> tuple[str, int]:
    again = problem.error in _SIGN_IN_AGAIN or not current_user.is_authenticated
    values = {"here": here} if here else {}
    html = render_template(
        "problem.html",
        problem=problem,
        # Signing in is no way out of a page that does not exist.
        offer_sign_in=again and bool(problem.error),
        **values,
    )
    return html, problem.status


def init_app(app: Flask) -> None:
    """Show these pages in place of the frameworks'."""
    app.register_blueprint(blueprint)
    app.register_error_handler(OAuthError, oauth_error)
    app.register_error_handler(HTTPException, http_error)
