"""What is begun must be ended, even if nobody waits for it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import anyio

__all__ = ["to_the_end"]

T = TypeVar("T")

#: An event loop holds its tasks weakly.
_under_way: set[asyncio.Future[Any]] = set()


async def to_the_end(call: Callable[[], Awaitable[T]]) -> T:
    """Await `call()`; where the caller is cancelled meanwhile, it goes on without them."""
    if not _is_asyncio():
        with anyio.CancelScope(shield=True):
            return await call()
    # Of asyncio's own cancelling, a shielded scope of anyio's knows nothing.
    task = asyncio.ensure_future(call())
    _under_way.add(task)
    task.add_done_callback(_done)
    return await asyncio.shield(task)


def _done(task: asyncio.Future[Any]) -> None:
    _under_way.discard(task)
    with suppress(asyncio.CancelledError):
        task.exception()  # looked at: where nobody waits, nobody is to be told


def _is_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # trio
        return False
    return True
