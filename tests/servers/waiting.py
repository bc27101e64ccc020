"""Waiting for what happens on the other side of a socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from .kinds import LONG

_PAUSE = 0.01


def wait_for(condition: Callable[[], object]) -> None:
    """Return as soon as `condition` is true.

    :raises AssertionError: where it does not come true in time.
    """
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(_PAUSE)


async def async_wait_for(condition: Callable[[], object]) -> None:
    """The same for a coroutine."""
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(_PAUSE)
