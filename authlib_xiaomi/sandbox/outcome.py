"""What became of a request: noted by what answers it, read by the log and the inspector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .refusal import Why

__all__ = ["OUTCOME", "Outcome", "note"]

#: The environment's key for the outcome of its request.
OUTCOME: Final = "authlib_xiaomi.sandbox.outcome"


class Outcome:
    """What is known of one request's answer, beside its status."""

    why: Why | None = None
    #: Xiaomi's number, where it was refused.
    code: int | None = None


def note(environ: Mapping[str, Any], why: Why | None, code: int | None = None) -> None:
    """Note what became of the request of `environ`."""
    outcome = environ[OUTCOME]
    outcome.why, outcome.code = why, code
