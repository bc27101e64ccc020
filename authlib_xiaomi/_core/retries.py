"""When a request is sent once more."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from .failures import Failure

#: Those that change nothing, and may be sent again whatever has become of them.
SAFE_METHODS: Final = ("GET", "HEAD")


@dataclass(frozen=True)
class RetryPolicy:
    """When a request is sent once more.

    A GET is: after a connection error, a reset, 502, 503 and 504. A code or a refresh token works
    once, so a POST is sent again only where it certainly never arrived.
    """

    #: Seconds to wait before each repetition; as many as there are.
    backoff: tuple[float, ...] = (0.1, 0.4)
    #: Seconds after the first try within which a repetition may begin.
    max_elapsed: float = 10.0
    #: What a gateway answers for a server that it cannot reach.
    statuses: frozenset[int] = frozenset({502, 503, 504})

    def delay(
        self, attempt: int, started: float, method: str, status: int, failure: Failure | None
    ) -> float | None:
        """Seconds to wait before the next try, or ``None`` where there is to be none.

        :param attempt: 0 for the first try.
        :param started: when the first try began, by ``time.monotonic``.
        :param status: what was answered; 0 where nothing was.
        """
        if failure is None:
            again = method in SAFE_METHODS and status in self.statuses
        else:
            again = failure.broken and (method in SAFE_METHODS or not failure.arrived)
        if not again or attempt >= len(self.backoff):
            return None
        late = time.monotonic() + self.backoff[attempt] > started + self.max_elapsed
        return None if late else self.backoff[attempt]
