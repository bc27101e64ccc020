"""The sandbox's clock, which can be moved on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from .invalid import InvalidValue

__all__ = ["Clock"]


class Clock:
    """The time, in seconds since the epoch, with what was added to it.

    :param source: gives the time.
    :raises TypeError: where it is not a function.
    """

    def __init__(self, source: Callable[[], float]) -> None:
        if not callable(source):
            raise TypeError(f"clock is a function that gives the time, not {source!r}")
        self._source = source
        #: Seconds added so far.
        self.ahead = 0.0

    @property
    def days(self) -> str:
        """How many days were added, for people to read."""
        return f"{self.ahead / 86400:g}"

    def __call__(self) -> float:
        return self._source() + self.ahead

    def advance(self, seconds: float | timedelta) -> None:
        """Move on.

        :raises TypeError: where `seconds` is neither a number nor a ``timedelta``.
        :raises ValueError: where it is below 0.
        """
        passed = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
        if isinstance(passed, bool) or not isinstance(passed, (int, float)):
            raise TypeError(f"seconds is a number or a timedelta, not {passed!r}")
        # Some centuries are more than enough, and no overflow anywhere.
        if not 0 <= passed <= 10**10:
            raise InvalidValue("invalid_advance", value=passed)
        self.ahead += passed
