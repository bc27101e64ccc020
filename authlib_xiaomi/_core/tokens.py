"""A user's token with its lifetime, and what is known about a user."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, overload

from authlib.oauth2.rfc6749 import OAuth2Token
from authlib.oidc.core import UserInfo

from ..redaction import REDACTED, Secret, secrets_in

if TYPE_CHECKING:
    from typing_extensions import Self


_Claim = Literal["sub", "name", "nickname", "picture", "phone_number", "email", "unionId", "openId"]
_Text = Literal[
    "access_token", "refresh_token", "token_type", "scope", "mac_key", "mac_algorithm", "openId",
    "union_id", "redirect_uri", "device_id", "id_token",
]  # fmt: skip


def epoch_seconds(value: object) -> int | None:
    """A lifetime or a point in time in whole seconds, as applications store it: a number, a
    ``Decimal``, the text of a number, ISO text, or a ``datetime`` (a naive one is UTC). ``None``
    where it cannot be read."""
    if isinstance(value, str):
        text = value.strip()
        if re.fullmatch(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?", text):
            value = float(text)
        else:
            with suppress(ValueError):  # Python 3.10 does not know the Z
                value = datetime.fromisoformat(re.sub("[Zz]$", "+00:00", text[:64]))
    if isinstance(value, datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=timezone.utc)).timestamp()
    if isinstance(value, Decimal) and value.is_finite():
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # No calendar holds a greater number. It is false for NaN, too.
    return int(value) if abs(value) <= 10**10 else None


class XiaomiUserInfo(UserInfo):
    """Who the user is: the standard claims, and Xiaomi's own fields beside them."""

    if TYPE_CHECKING:
        # For type checkers: the standard claims are texts.
        @overload
        def __getitem__(self, key: _Claim) -> str: ...
        @overload
        def __getitem__(self, key: str) -> Any: ...
        def __getitem__(self, key: str) -> Any: ...


class XiaomiToken(OAuth2Token):
    """Authlib's token, a ``dict``, with ``expires_at`` in whole seconds where the end is known. Its
    ``repr`` does not show secrets."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        # Authlib's constructor would let a stored token's ``expires_in`` count from now.
        dict.__init__(self, params)
        if "expires_at" in self:
            self["expires_at"] = epoch_seconds(self["expires_at"])
            if self["expires_at"] is None:
                del self["expires_at"]

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, key: Literal["userinfo"]) -> XiaomiUserInfo: ...
        @overload
        def __getitem__(self, key: _Text) -> str: ...
        @overload
        def __getitem__(self, key: Literal["expires_in", "expires_at"]) -> int: ...
        @overload
        def __getitem__(self, key: str) -> Any: ...
        def __getitem__(self, key: str) -> Any: ...

    @classmethod
    def issued(cls, params: Mapping[str, Any]) -> Self:
        """A token that Xiaomi has just issued: ``expires_in`` counts from now, and wins over an
        ``expires_at``."""
        token = cls({k: v for k, v in params.items() if k != "expires_in" or v is not None})
        if params.get("expires_in") is not None:
            token["expires_at"] = int(time.time()) + int(params["expires_in"])
        return token

    def copy(self) -> Self:
        """A copy of the same class."""
        return type(self)(self)

    def __repr__(self) -> str:
        secret = {name for name in self if self[name] in secrets_in(self)}
        shown = {k: REDACTED if k in secret else v for k, v in self.items()}
        return f"XiaomiToken({shown})"


#: A token below a client's public methods: crash reporters, which collect local variables, do not
#: see its values.
SecretToken = Secret[XiaomiToken]


def as_token(token: Any) -> SecretToken | None:
    """The token that an application gave: a mapping, which is copied, or an access token. Raises
    TypeError for anything else."""
    if isinstance(token, Secret):
        token = token.reveal()
    if isinstance(token, str):
        token = {"access_token": token.strip()} if token.strip() else None
    if token is None or isinstance(token, Mapping):
        return Secret(XiaomiToken(token)) if token else None
    raise TypeError(f"a token is a dict or an access token (str), not a {type(token).__name__}")


def hide_token(arguments: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of a call, with a ``token`` whose ``repr`` shows no secret."""
    token = as_token(arguments.get("token"))
    return {**arguments, "token": token} if token else arguments
