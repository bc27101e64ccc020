"""The list of what arrived at Xiaomi's endpoints, and what was answered."""

from __future__ import annotations

import dataclasses
from collections import deque
from typing import TYPE_CHECKING, Final

from .outcome import words
from .refusal import Why

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

__all__ = ["RecordedRequest", "Recorder"]

#: Requests remembered; older ones are dropped, so that a long benchmark stays in memory.
_REMEMBERED: Final = 10_000


@dataclasses.dataclass
class RecordedRequest:
    """A request to one of Xiaomi's endpoints. Its ``repr`` shows no parameters."""

    #: As ``Sandbox.fail`` takes it: ``"token"``, ``"user/profile"``.
    endpoint: str
    method: str
    path: str
    #: The query, decoded. Of a repeated parameter the first.
    args: dict[str, str] = dataclasses.field(repr=False)
    #: The form of a POST, decoded; empty where there was none.
    form: dict[str, str] = dataclasses.field(repr=False)
    #: Whatever their case.
    headers: Headers = dataclasses.field(repr=False)
    #: When it arrived, in seconds since the epoch by the sandbox's clock.
    time: float = dataclasses.field(repr=False)
    #: The query as it was sent.
    query: str = dataclasses.field(default="", repr=False)
    #: The answer's HTTP status: ``None`` before it is answered, and where nothing is.
    status: int | None = None
    #: Xiaomi's error number, where the request was refused.
    error: int | None = None
    #: What happened, as the key of a text with its values: see :attr:`why`.
    reason: Why | None = dataclasses.field(default=None, repr=False)
    #: The answer, where it is JSON; its beginning, where it is long.
    answer: str = dataclasses.field(default="", repr=False)

    @property
    def why(self) -> str:
        """What happened, in words, such as ``"code used a second time"``."""
        return words(self.reason, "en")


class Recorder:
    """The newest requests."""

    def __init__(self) -> None:
        self._requests: deque[RecordedRequest] = deque(maxlen=_REMEMBERED)

    def add(self, request: RecordedRequest) -> None:
        """Note a request that has arrived."""
        self._requests.append(request)

    def all(self) -> list[RecordedRequest]:
        """Those noted, oldest first."""
        # deque.copy is one step under the interpreter's lock; iterating is not.
        return list(self._requests.copy())

    def clear(self) -> None:
        """Forget them."""
        self._requests.clear()
