"""This machine's clock beside that of a server. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from .findings import Finding
from .texts import Say

__all__ = ["check_clock", "clock_difference"]

#: Seconds by which a clock may be off. Xiaomi does not say how old a nonce's minute may be; one
#: is rounding, and five is what such schemes allow as a rule.
_WORTH_A_LOOK: Final = 60
_TOO_FAR: Final = 300


def clock_difference(headers: Mapping[str, str], now: float) -> float | None:
    """By how many seconds this machine's clock is ahead of the one that made the answer."""
    try:
        made = parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    age = headers.get("Age", "")  # a cache's, on the way
    return now - made - (int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0)


def check_clock(clocks: list[tuple[str, float]], say: Say) -> Finding:
    """Whether this machine's clock is right.

    :param clocks: hosts, and by how much this clock is ahead of theirs.
    """
    if not clocks:
        return Finding("clock", "unchecked", say("clock_unknown"))
    host, difference = min(clocks, key=lambda clock: abs(clock[1]))
    seconds = round(abs(difference))
    if seconds <= 2:  # the header has whole seconds, and took its time
        return Finding("clock", "ok", say("clock_equal", host=host))
    found = say(
        "clock_ahead" if difference > 0 else "clock_behind", time=_duration(seconds, say), host=host
    )
    if seconds <= _WORTH_A_LOOK:
        return Finding("clock", "ok", found)
    return Finding("clock", "warning" if seconds <= _TOO_FAR else "wrong", found, say("clock_do"))


def _duration(seconds: int, say: Say) -> str:
    if seconds < 120:
        return say("seconds", n=seconds)
    if seconds < 7200:
        return say("minutes", n=round(seconds / 60))
    return say("hours", n=round(seconds / 3600))
