"""What users see when something goes wrong."""

from __future__ import annotations

import dataclasses
from typing import Final

from authlib.integrations.base_client import OAuthError
from flask import Blueprint, Flask, abort, current_app, render_template, request, url_for
from flask_login import current_user  # type: ignore[import-untyped]
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from authlib_xiaomi import ErrorCode, MissingCodeError, StateMismatchError
from authlib_xiaomi._tools import facts

from . import language
from .texts import PROBLEMS, problem_texts

__all__ = ["init_app"]

#: The fitting HTTP status. What is left is for this application's makers to repair: a wrong
#: AppSecret, a callback that is not registered, a scope that was not granted.
_STATUSES: Final = {
    "access_denied": 403,
    "declined": 403,
    "invalid_grant": 400,
    "invalid_token": 403,
    "token_invalid": 403,
    "missing_token": 403,
    "mismatching_state": 400,
    "state_used": 400,
    "state_other": 400,
    "state_lost": 400,
    "state_missing": 400,
    "no_code": 400,
    "invalid_response": 502,
    "temporarily_unavailable": 503,
}
#: Where nothing but another sign-in helps.
_SIGN_IN_AGAIN: Final = ("invalid_grant", "invalid_token", "token_invalid", "missing_token")

#: Our words for those of others that have more than one meaning.
_STANDARD_WORDS: Final = {
    "declined": "access_denied",
    "no_code": "missing_code",
    **{word: "mismatching_state" for word in _STATUSES if word.startswith("state_")},
}

_NUMBERS: Final[dict[int | None, ErrorCode]] = {int(known): known for known in ErrorCode}

blueprint = Blueprint("problems", __name__)


@dataclasses.dataclass(frozen=True)
class Problem:
    """What the page shows: of our words and Xiaomi's what is there, in the page's language."""

    #: What this application calls it.
    word: str
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


def explain(word: str, code: int | None = None, detail: str = "", hint: str = "") -> Problem:
    """The problem that is called so.

    :param word: one of the OAuth standards, of Authlib, or ours.
    :param code: Xiaomi's number, if there is one.
    :param detail: what was said besides.
    :param hint: one that fits better than ours; in English.
    """
    spoken = language.current()
    title, meaning, our_hint = problem_texts(word, spoken)
    known = _NUMBERS.get(code) if word != "declined" else None
    if known:
        text, end = facts.text(known.meaning, spoken), "。" if spoken == "zh" else "."
        meaning, our_hint = (
            f"{text[0].upper()}{text[1:]}{end}",
            facts.text(known.hint, spoken),
        )
    if spoken == "en" and word not in _STANDARD_WORDS:
        our_hint = hint or our_hint
    number = _NUMBERS.get(code)
    return Problem(
        word=word,
        status=_STATUSES.get(word, 500),
        title=title,
        meaning=meaning,
        hint=our_hint,
        error=_STANDARD_WORDS.get(word, word),
        code=code,
        name=number.name if number else None,
        detail="" if number and detail == number.meaning else detail,
    )


def word_of(error: OAuthError) -> str:
    """What this application calls the error: its own word, or ours for one case of it."""
    step = getattr(error, "step", None)
    if isinstance(error, StateMismatchError):
        return f"state_{error.reason}" if error.reason else "mismatching_state"
    if isinstance(error, MissingCodeError):
        return "no_code"
    if step == "callback" and error.error == "access_denied":
        return "declined"
    return error.error or "oauth_error"


def oauth_error(error: OAuthError) -> tuple[str, int]:
    """The page for what Authlib raises: Xiaomi's errors, and its own, which have no number."""
    if error.error == "speculative_request":
        # A browser prefetches; the user's own request follows, and signs in.
        return "", 204
    code = getattr(error, "code", None)
    word = word_of(error)
    problem = explain(word, code, error.description or "", getattr(error, "hint", ""))
    if problem.status >= 500:
        # It has no secrets: the package takes them out.
        step = getattr(error, "step", None)
        current_app.logger.warning("Xiaomi, step %s: %s; %s", step, error, problem.hint)
    here = url_for(
        "problems.about",
        word=word if word in PROBLEMS else "oauth_error",
        code=code if code in _NUMBERS else None,
    )
    return _page(problem, here)


@blueprint.get("/problem/<word>")
def about(word: str) -> tuple[str, int]:
    """The same page by its name: what the language switch leads to, as the callback's own URL
    works once."""
    code = request.args.get("code", type=int)
    if word not in PROBLEMS or (code is not None and code not in _NUMBERS):
        abort(404)
    return _page(explain(word, code))


def http_error(error: HTTPException) -> tuple[str, int]:
    """The page for an error that is not Xiaomi's: no such page, a form that has no token."""
    status = error.code or 500
    word = "csrf" if isinstance(error, CSRFError) else f"http_{status}"
    if word not in PROBLEMS:
        word = "http_400" if status < 500 else "http_500"
    title, meaning, hint = problem_texts(word, language.current())
    return _page(Problem(word, status, title, meaning, hint), url_for("home.show"))


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
