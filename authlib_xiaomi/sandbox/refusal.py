"""How the sandbox refuses a request, and how it says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol, runtime_checkable

from .._tools.translations import Language
from ..errors import ErrorCode

__all__ = ["HasWords", "Refusal", "Why", "because", "text_for"]

#: Texts that the public documents print; for the others a short one of ours.
_TEXTS: Final[dict[int, str]] = {
    ErrorCode.OA_CLIENT_NOT_EXISTS: "client does not exist",
    ErrorCode.OA_INVALID_REQUEST: "invalid request",
    ErrorCode.OA_INVALID_CLIENT: "invalid client",
    ErrorCode.OA_INVALID_GRANT: "invalid grant",
    ErrorCode.OA_UNAUTHORIZED_CLIENT: "unauthorized client",
    ErrorCode.OA_UNSUPPORTED_GRANT_TYPE: "unsupported grant type",
    ErrorCode.OA_INVALID_SCOPE: "invalid scope",
    ErrorCode.OA_INVALID_TOKEN: "token invalid or expired",
    ErrorCode.OA_INVALID_REFRESHTOKEN: "invalid refresh token",
    ErrorCode.OA_INVALID_REDIRECT_URI: "invalid redirect uri",
    ErrorCode.OA_UNSUPPORTED_RESPONSE_TYPE: "unsupported response type",
    ErrorCode.OA_ACCESS_DENIED: "access denied",
    ErrorCode.OA_INVALID_CODE: "invalid code",
}


@runtime_checkable
class HasWords(Protocol):
    """What can be said in each language."""

    def words(self, language: Language) -> str:
        """It in words."""


class Why(NamedTuple):
    """What happened to a request, for the developer: a text's key, and values for its fields.

    No value is a secret, a token or a code: it is shown in the log and on a page.
    """

    key: str
    values: Mapping[str, object]


def because(key: str, /, **values: object) -> Why:
    """Why, in one call."""
    return Why(key, values)


class Refusal(Exception):  # noqa: N818  # Xiaomi's answer, not a failure
    """A request that Xiaomi would refuse.

    :param code: Xiaomi's number for it.
    :param description: Xiaomi's text; by default the one that goes with the number.
    :param why: what the developer is told; by default what the number means.
    """

    def __init__(self, code: int, description: str | None = None, why: Why | None = None) -> None:
        self.code = int(code)
        self.description = description
        self.why = why
        super().__init__(f"{self.code} {description or text_for(self.code)}")


def text_for(code: int, texts: Mapping[int, str] | None = None) -> str:
    """What goes beside an error number, one unknown to the sandbox included.

    :param texts: those that were given to the sandbox.
    """
    return {**_TEXTS, **(texts or {})}.get(code, "error")
