"""When a request is sent once more.

A GET to the open API is: on a connection error, a reset, 502, 503 and 504. A code or a refresh
token works once, so a POST is only where it demonstrably never left.
"""

from __future__ import annotations

import time
from typing import Final

__all__ = ["PAUSES", "STATUSES", "WITHIN", "Repeats"]

#: Seconds to wait before each repetition; as many as there are.
PAUSES: Final = (0.1, 0.4)
#: Seconds after the first try within which a repetition may begin.
WITHIN: Final = 10.0
#: What a gateway answers for a server that it cannot reach.
STATUSES: Final = frozenset({502, 503, 504})


class Repeats:
    """The repetitions of one request."""

    def __init__(self, method: str) -> None:
        self._method = method
        self._until = time.monotonic() + WITHIN
        self._pauses = list(PAUSES)

    def pause(self, *, status: int = 0, failed: bool = False, left: bool = True) -> float | None:
        """Seconds to wait before the next try, or ``None`` where there is to be none.

        :param status: what was answered, if something was.
        :param failed: whether it was not answered.
        :param left: whether the request may have reached the other side.
        """
        repeatable = self._method == "GET" and (failed or status in STATUSES)
        if not (repeatable or (failed and not left)):
            return None
        if not self._pauses or time.monotonic() + self._pauses[0] > self._until:
            return None
        return self._pauses.pop(0)
