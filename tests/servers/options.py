"""The names of options and errors that these tests lean on, in one place."""

from __future__ import annotations

from typing import Any, Final

#: Repeat at once.
NO_BACKOFF: Final[dict[str, Any]] = {"retry_backoff": ()}

#: The error word of an answer that does not come, or does not end.
UNAVAILABLE: Final = "temporarily_unavailable"
#: The error word of an answer that is larger than the limit.
TOO_LARGE: Final = "invalid_response"
#: The error word of a callback that no user has asked for yet.
SPECULATIVE: Final = "speculative_request"

#: Bytes: the default limit of token answers and profiles, and that of other API calls.
MAX_RESPONSE_SIZE: Final = 1 << 20
MAX_API_RESPONSE_SIZE: Final = 32 << 20


def limits(*, response: int | None = None, api_response: int | None = None) -> dict[str, Any]:
    """Options that set the limits of an answer's size, in bytes."""
    named = {"max_response_size": response, "max_api_response_size": api_response}
    return {name: value for name, value in named.items() if value is not None}


def timeout(seconds: float) -> dict[str, Any]:
    """Options that set the time limit of a request, without repetitions."""
    return {"timeout": seconds, **NO_BACKOFF}
