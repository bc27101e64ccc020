"""What a sign-in leaves in the user's session on its way: little, and not for long."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Final

__all__ = ["NEWEST", "put_back", "state_data", "take_out"]

#: How many unfinished sign-ins a session keeps for a registration: as many as a user has tabs
#: open for it, or nearly. A session may be a cookie, and a cookie holds 4 KB.
NEWEST: Final = 5


def state_data(given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The state to save, and what the callback will need with it.

    :raises RuntimeError: where there is no state.
    """
    state = given.get("state")
    if not state:
        raise RuntimeError("Missing state value")
    # The URL is what Authlib saves besides: the user has left for it already.
    needed = {k: v for k, v in given.items() if k not in ("state", "url") and v is not None}
    return state, needed


def take_out(session: MutableMapping[str, Any], name: str) -> dict[str, Any]:
    """Take the states that are saved for registration `name` out of `session`.

    :returns: those that are to be put back once a new one is saved: the newest.
    """
    # Authlib's key, and its contents, {"exp": …, "data": …}, to which put_back adds one.
    prefix = f"_state_{name}_"
    saved = {key: session.pop(key) for key in list(session.keys()) if key.startswith(prefix)}
    # The key may be that of a registration called name_…, which has its own.
    ours = [key for key in reversed(saved) if _registration(saved[key]) in (name, None)]
    ours.sort(key=lambda key: _expiry(saved[key]), reverse=True)
    for key in ours[NEWEST - 1 :]:
        del saved[key]
    return saved


def put_back(
    session: MutableMapping[str, Any], name: str, state: str, others: dict[str, Any]
) -> None:
    """Put into `session` what :func:`take_out` returned, and mark the new one as `name`'s."""
    key = f"_state_{name}_{state}"
    session[key] = {**session[key], "for": name}
    for key, value in others.items():
        session[key] = value


def _registration(value: Any) -> Any:
    return value.get("for") if isinstance(value, dict) else None


def _expiry(value: Any) -> float:
    exp = value.get("exp") if isinstance(value, dict) else None
    return exp if isinstance(exp, (int, float)) else 0.0
