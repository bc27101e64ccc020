"""What a user who has signed in can see and do."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, redirect, render_template, session, url_for
from flask_login import current_user  # type: ignore[import-untyped]
from werkzeug.wrappers import Response

from . import language
from .database import keep_user
from .sign_in import login_manager
from .texts import moment, scope_words, time_left
from .xiaomi import fetch_token, picture_of, xiaomi

__all__ = ["init_app"]

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.before_request
def members_only() -> Response | None:
    """Everything here is for those who have signed in."""
    if current_user.is_authenticated:
        return None
    response: Response = login_manager.unauthorized()
    return response


@blueprint.get("")
def show() -> str:
    """Who the user is, and what the application may do."""
    return _page(refreshed=session.pop("refreshed", None))


@blueprint.post("/call")
def call() -> str:
    """Call Xiaomi's API. Authlib takes the token from ``fetch_token``, and refreshes one that has
    expired; Xiaomi's errors are exceptions."""
    before = fetch_token() or {}
    started = time.monotonic()
    userinfo: Mapping[str, Any] = xiaomi().userinfo()
    milliseconds = round((time.monotonic() - started) * 1000)
    # A name or picture that was changed at Xiaomi is changed here.
    if userinfo["sub"] == current_user.sub:
        user = keep_user(current_user.sub, userinfo.get("name"), picture_of(userinfo))
        current_user.name, current_user.picture = user.name, user.picture
    return _page(
        answer=json.dumps(userinfo, ensure_ascii=False, indent=2),
        milliseconds=milliseconds,
        renewed=fetch_token() != before,
    )


@blueprint.post("/refresh")
def refresh() -> Response:
    """Refresh the token, though it has not expired. ``update_token`` keeps the new one."""
    before = fetch_token() or {}
    after = xiaomi().refresh_token()
    session["refreshed"] = [_fingerprints(before), _fingerprints(after)]
    # So that a reload of the page does not refresh again.
    return redirect(url_for("account.show", _anchor="outcome"), 303)


def _page(**outcome: Any) -> str:
    token = fetch_token() or {}
    spoken = language.current()
    expires = token.get("expires_at")
    return render_template(
        "account.html",
        token=token,
        scopes=scope_words(token.get("scope", ""), spoken),
        expires=moment(expires, spoken) if expires else None,
        left=time_left(expires - time.time(), spoken) if expires else None,
        **outcome,
    )


def _fingerprints(token: Mapping[str, Any]) -> dict[str, str]:
    """Something to tell tokens apart by, as no page should show one."""
    return {
        name: hashlib.sha256(str(token.get(name)).encode()).hexdigest()[:8]
        for name in ("access_token", "refresh_token")
    }


def init_app(app: Flask) -> None:
    """Add the blueprint."""
    app.register_blueprint(blueprint)
