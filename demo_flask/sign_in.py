"""The way to Xiaomi and back, and out again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, redirect, request, session, url_for
from flask_login import (  # type: ignore[import-untyped]
    LoginManager,
    current_user,
    login_user,
    logout_user,
)
from werkzeug.wrappers import Response

from authlib_xiaomi import StateMismatchError

from . import language
from .database import User, keep_user, transaction
from .security import local_path
from .xiaomi import picture_of, xiaomi

__all__ = ["CALLBACK", "blueprint", "init_app"]

#: To be entered in Xiaomi's console, after the application's address.
CALLBACK = "/sign-in/callback"

blueprint = Blueprint("sign_in", __name__)
# The default protection, "basic", stays: "strong" would sign out a phone that changes its network.
login_manager = LoginManager()


@blueprint.get("/sign-in")
def start() -> Response:
    """Send the user to Xiaomi."""
    session["next"] = local_path(request.args.get("next"))
    callback = current_app.config.get("XIAOMI_REDIRECT_URI") or url_for(
        "sign_in.callback", _external=True
    )
    locale = "zh_CN" if language.current() == "zh" else "en_US"
    response: Response = xiaomi().authorize_redirect(callback, _locale=locale)
    return response


@blueprint.get(CALLBACK)
def callback() -> Response:
    """Xiaomi sends the user back here. What goes wrong is for :mod:`demo_flask.problems`."""
    try:
        token = xiaomi().authorize_access_token()
    except StateMismatchError:
        if not current_user.is_authenticated:
            raise
        # The page was reloaded after the sign-in: nothing is taken from it.
        return redirect(url_for("account.show"), 303)
    userinfo: Any = token["userinfo"]
    user = keep_user(userinfo["sub"], userinfo.get("name"), picture_of(userinfo), token)
    target = session.get("next")
    forget_session()
    login_user(user)
    return redirect(target or url_for("account.show"), 303)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session. The token stays: Xiaomi has no way to give it back."""
    logout_user()
    forget_session()
    return redirect(url_for("home.show"), 303)


def forget_session() -> None:
    """Begin a new session, so that nothing is carried from one user to another."""
    chosen = session.get(language.KEY)
    session.clear()
    if chosen:
        session[language.KEY] = chosen


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load_user(user_id: str) -> User | None:
    """The user of a session, for Flask-Login."""
    with transaction() as db:
        return db.get(User, user_id)


@login_manager.unauthorized_handler  # type: ignore[untyped-decorator]
def ask_to_sign_in() -> Response:
    """Home, and not straight to Xiaomi: the policy for forms would stop a form on that way."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else url_for("account.show")
    return redirect(url_for("home.show", next=wanted), 303)


def init_app(app: Flask) -> None:
    """Add the blueprint, and Flask-Login."""
    login_manager.init_app(app)
    app.register_blueprint(blueprint)
