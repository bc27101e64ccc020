"""Which token follows which, and what it inherits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from ..provider import ID_NAMES
from ..redaction import Secret
from .tokens import SecretToken, XiaomiToken
from .userinfo import same_user

#: What an answer to a refresh may leave out, and what stays true of the user all the same.
#: Not mac_key: it goes with the access token that it came with.
_INHERITED: Final = (
    "refresh_token",
    "scope",
    "device_id",
    "sub",
    *(name for names in ID_NAMES.values() for name in names),
)


def refresh_key(client_id: str | None, token: Mapping[str, Any]) -> str:
    """What names a refresh: the same for the same token on every host, and one way."""
    text = f"authlib-xiaomi\n{client_id}\n{token['refresh_token']}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def same_refresh_token(one: SecretToken, other: SecretToken) -> bool:
    return bool(one.reveal().get("refresh_token") == other.reveal().get("refresh_token"))


def successor_of(stored: SecretToken | None, old: SecretToken, trusted: bool) -> SecretToken | None:
    """`stored`, if it is what became of `old`, and the same user's. One with the same refresh
    token is no successor."""
    if stored is None or same_refresh_token(stored, old):
        return None
    known, found = old.reveal(), stored.reveal()
    is_new = found.get("access_token") not in (None, "", known.get("access_token"))
    return stored if is_new and same_user(known, found, named=not trusted) else None


def inherit(token: SecretToken, old: SecretToken) -> SecretToken:
    known: Mapping[str, Any] = old.reveal()
    new = token.reveal()
    user = known.get("userinfo")
    if isinstance(user, Mapping) and user.get("sub"):
        known = {"sub": user["sub"], **known}
    kept = {name: known[name] for name in _INHERITED if known.get(name) and not new.get(name)}
    return Secret(XiaomiToken({**new, **kept}))
