"""How the sandbox says no."""

from __future__ import annotations

from typing import Final

from ..errors import ErrorCode

__all__ = ["Refusal"]

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


class Refusal(Exception):  # noqa: N818  # Xiaomi's answer, no failure
    """A request that Xiaomi would refuse.

    :param code: Xiaomi's number for it.
    :param description: Xiaomi's text; by default the one that goes with the number.
    """

    def __init__(self, code: int, description: str | None = None) -> None:
        self.code = int(code)
        self.description = description or text_for(self.code)
        super().__init__(f"{self.code} {self.description}")


def text_for(code: int) -> str:
    """What the sandbox says beside an error number, one unknown to it included."""
    return _TEXTS.get(code, "error")
