"""The states of unfinished sign-ins in the user's session.

Authlib's framework integrations save and find them, under keys of their own. This package adds the
registration's name to each, and limits their number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final

from ..errors import LostState, StateMismatchError

#: How many unfinished sign-ins a session keeps for a registration: each tab may have one. Not more,
#: since a session may be a cookie, which holds 4 KB.
_MAX_STATES: Final = 5


def state_data(given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The state to save, and the data that the callback will need with it."""
    state = given.get("state")
    if not state:
        raise RuntimeError("Missing state value")
    # Authlib saves the URL, too, which is not needed any more.
    needed = {k: v for k, v in given.items() if k not in ("state", "url") and v is not None}
    return state, needed


@contextmanager
def others_kept(session: MutableMapping[str, Any], name: str, state: str) -> Iterator[None]:
    """A context in which Authlib saves `state`. At its end the state has the registration's name,
    and the newest of its other states are there again: Authlib may delete them."""
    saved = {key: session.pop(key) for key in list(session.keys()) if key.startswith(_key(name))}
    # The key may also be of a registration whose name begins with this one's.
    ours = [key for key in reversed(saved) if _field(saved[key], "for") in (name, None)]
    ours.sort(key=lambda key: _expiry(saved[key]), reverse=True)
    for key in ours[_MAX_STATES - 1 :]:
        del saved[key]
    try:
        yield
        key = _key(name, state)
        session[key] = {**session[key], "for": name}
    finally:  # also where the cache has failed
        session.update(saved)


def take_state(
    session: MutableMapping[str, Any], name: str, state: str, data: Any
) -> dict[str, Any]:
    """The `data` that Authlib has saved with `state`. The state is then marked as used. Raises
    StateMismatchError where the state is not one of the registration `name`."""
    key, digest = f"_used_states_{name}", hashlib.sha256(state.encode("utf-8", "replace"))
    used = session[key] if isinstance(session.get(key), list) else []
    mark = digest.hexdigest()[:12]
    if data is not None and _field(session.get(_key(name, state)), "for") == name:
        session[key] = [*used, mark][-_MAX_STATES:]
        return dict(data)
    if mark in used:
        reason: LostState = "used"
        text = "this callback was used already: it was reloaded, or requested twice"
        hint = "Redirect a user who is signed in to your site; let others sign in again."
    elif any(_field(value, "for") == name for value in session.values()):
        reason = "other"
        text = "the session waits for other sign-ins than this one"
        hint = "The callback is of an old tab or of another browser: let the user sign in again."
    else:
        reason = "lost"
        text = "the session waits for no sign-in: its cookie was lost on the way"
        hint = (
            "Look for another host name at the callback than at the login (localhost and "
            "127.0.0.1 are two), a session cookie with SameSite=Strict, http at one and https at "
            "the other, a secret key that changes with each start, or a session that was cleared."
        )
    raise StateMismatchError("mismatching_state", text, hint=hint, step="callback", reason=reason)


def _key(name: str, state: str = "") -> str:
    return f"_state_{name}_{state}"


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _expiry(value: Any) -> float:
    """When a state ends; one that somebody else has put there may not say so."""
    expiry = _field(value, "exp")
    return expiry if isinstance(expiry, (int, float)) else 0.0
