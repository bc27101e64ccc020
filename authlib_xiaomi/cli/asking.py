"""What asking a server comes to: an answer, or none. Without an HTTP library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["TIMEOUT", "Answer", "Unreachable"]

#: Seconds to wait for an answer.
TIMEOUT: Final = 10.0


@dataclass(frozen=True)
class Answer:
    """An HTTP answer.

    :param milliseconds: from the connection's beginning to the answer's headers.
    :param time: of this machine's clock, when the headers came.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    milliseconds: int
    time: float


class Unreachable(Exception):  # noqa: N818  # it says what a server is
    """No answer. The message is one of ``name``, ``timeout``, ``proxy``, ``certificate``,
    ``bundle`` and ``connection``; what went wrong in detail stays out, as it may quote."""
