"""What a user who has signed in can see and do."""

from __future__ import annotations

import hashlib
import inspect
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, redirect, render_template, session, url_for
from flask_login import current_user  # type: ignore[import-untyped]
from werkzeug.wrappers import Response

from . import language, xiaomi
from .database import keep_user
from .sent import recording
from .sign_in import login_manager
from .texts import moment, scope_words, time_left
from .xiaomi import fetch_token, picture_of

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
    refreshed = session.pop("refreshed", None)
    if refreshed:
        return _page(kind="refreshed", code=_code(xiaomi.renew_token), **refreshed)
    return _page()


@blueprint.post("/call")
def call() -> str:
    """Call Xiaomi's API. Authlib takes the token from ``fetch_token``, and refreshes one that has
    expired; Xiaomi's errors are exceptions."""
    before = fetch_token() or {}
    with recording() as sent:
        userinfo = xiaomi.who_is_it()
    # A name or picture that was changed at Xiaomi is changed here.
    if userinfo["sub"] == current_user.sub:
        user = keep_user(current_user.sub, userinfo.get("name"), picture_of(userinfo))
        current_user.name, current_user.picture = user.name, user.picture
    return _page(
        kind="called",
        userinfo=userinfo,
        json=json.dumps(userinfo, ensure_ascii=False, indent=2),
        sent=sent,
        renewed=fetch_token() != before,
        code=_code(xiaomi.who_is_it),
    )


@blueprint.post("/refresh")
def refresh() -> Response:
    """Refresh the token, though it has not expired. ``update_token`` keeps the new one."""
    before = fetch_token() or {}
    with recording() as sent:
        after = xiaomi.renew_token()
    session["refreshed"] = {
        "before": _fingerprints(before),
        "after": _fingerprints(after),
        "sent": sent,
    }
    # So that a reload of the page does not refresh again.
    return redirect(url_for("account.show", _anchor="outcome"), 303)


def _page(kind: str | None = None, **outcome: Any) -> str:
    token = fetch_token() or {}
    spoken = language.current()
    expires = token.get("expires_at")
    return render_template(
        "account.html",
        token=token,
        scopes=scope_words(token.get("scope", ""), spoken),
        expires=moment(expires, spoken) if expires else None,
        left=time_left(expires - time.time(), spoken) if expires else None,
        kind=kind,
        **outcome,
    )


def _code(function: Callable[..., Any]) -> dict[str, str]:
    """The lines that did it, as they stand in the file, so that they cannot be others."""
    parts = (xiaomi.register, function)
    return {
        "file": f"demo_flask/{Path(inspect.getsourcefile(function) or '').name}",
        "text": "\n".join(inspect.getsource(part) for part in parts).rstrip(),
    }


def _fingerprints(token: Mapping[str, Any]) -> dict[str, str]:
    """Something to tell tokens apart by, as no page should show one."""
    return {
        name: hashlib.sha256(str(token.get(name)).encode()).hexdigest()[:8]
        for name in ("access_token", "refresh_token")
    }


def init_app(app: Flask) -> None:
    """Add the blueprint."""
    app.register_blueprint(blueprint)
