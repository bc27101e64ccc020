"""What asynchronous clients do where synchronous ones block (see ``_core/runtime``), and values
that belong to one event loop. For asyncio and trio."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

import anyio

from ._core.runtime import Runtime, WaitTimeoutError

T = TypeVar("T")

#: An event loop holds its tasks weakly.
_shielded_tasks: set[asyncio.Future[Any]] = set()


class AsyncRuntime(Runtime):
    """The runtime of event loops. Futures may be set in other threads and loops."""

    is_async = True

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    async def wait(self, future: Future[T], seconds: float) -> T:
        loop, done = _current_loop(), anyio.Event()
        # The names of asyncio and of trio.
        schedule = getattr(loop, "call_soon_threadsafe", None) or loop.run_sync_soon

        def later(_: Any) -> None:
            with suppress(RuntimeError):  # the loop has ended, and nobody waits in it
                schedule(done.set)

        future.add_done_callback(later)
        with anyio.move_on_after(seconds):
            await done.wait()
        if not future.done():
            raise WaitTimeoutError
        return future.result()

    async def shielded(self, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if not isinstance(_current_loop(), asyncio.AbstractEventLoop):
            with anyio.CancelScope(shield=True):
                return await call()
        # A shielded scope of anyio does not protect from a cancellation by asyncio itself.
        task = asyncio.ensure_future(call())
        _shielded_tasks.add(task)
        task.add_done_callback(_done)
        return await asyncio.shield(task)

    async def gather(self, calls: Sequence[Callable[[], Coroutine[Any, Any, T]]]) -> list[T]:
        if len(calls) < 2:
            return [await call() for call in calls]
        results: dict[int, T] = {}
        errors: list[Exception] = []

        async def run(index: int, call: Callable[[], Coroutine[Any, Any, T]]) -> None:
            try:
                results[index] = await call()
            except Exception as error:  # noqa: BLE001  # else anyio would raise a group
                errors.append(error)

        async with anyio.create_task_group() as tasks:
            for index, call in enumerate(calls):
                tasks.start_soon(run, index, call)
        if errors:
            raise errors[0]
        return [results[index] for index in range(len(calls))]


def _done(task: asyncio.Future[Any]) -> None:
    _shielded_tasks.discard(task)
    with suppress(asyncio.CancelledError):
        task.exception()  # asyncio logs an exception that nobody has read


def _current_loop() -> Any:
    """The event loop: asyncio's, or trio's token for its own."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return sys.modules["trio"].lowlevel.current_trio_token()


#: The values of each event loop, by the LoopLocal and the process. A forked process keeps those of
#: its parent: to drop them would close the parent's connections.
_opened: Final[WeakKeyDictionary[Any, dict[Any, Any]]] = WeakKeyDictionary()


class LoopLocal(Generic[T]):
    """A value of each event loop, in each process, that is closed when the loop is shut down."""

    def get(self) -> T | None:
        """The value of this loop."""
        value: T | None = self._entry()[0]
        return value

    def set(self, value: T, close: Callable[[], Awaitable[None]]) -> None:
        """Set the value of this loop; `close` is awaited at its end."""
        closing = self._closing(close)
        # It yields before it awaits anything, so that one step starts it.
        with suppress(StopIteration):
            closing.__anext__().send(None)
        _opened.setdefault(_current_loop(), {})[self, os.getpid()] = value, closing

    async def aclose(self) -> None:
        """Close the value of this loop now."""
        _, closing = self._entry()
        if closing is not None:
            await closing.aclose()

    def _entry(self) -> Any:
        return _opened.get(_current_loop(), {}).get((self, os.getpid()), (None, None))

    async def _closing(self, close: Callable[[], Awaitable[None]]) -> AsyncGenerator[None, None]:
        """Awaits `close` when the event loop ends: a loop closes the asynchronous generators that
        were started in it."""
        process = os.getpid()
        try:
            yield
        finally:
            # A forked process must not end the connections of its parent.
            if process == os.getpid():
                del _opened[_current_loop()][self, process]
                await close()
