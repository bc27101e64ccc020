"""How the shared decisions run on asyncio and trio. See ``_core/runtime``."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Generic, TypeVar

import anyio
from anyio.lowlevel import RunVar

from ._core.runtime import WaitTimeoutError

T = TypeVar("T")

#: An event loop holds its tasks weakly.
_shielded_tasks: set[asyncio.Future[Any]] = set()


class AsyncRuntime:
    """Tasks of an event loop. Futures may be set in other threads and loops."""

    is_async = True

    async def sleep(self, seconds: float) -> None:
        """See :class:`~authlib_xiaomi._core.runtime.Runtime`."""
        await anyio.sleep(seconds)

    async def wait(self, future: Future[T], seconds: float) -> T:
        """See :class:`~authlib_xiaomi._core.runtime.Runtime`."""
        done = anyio.Event()
        future.add_done_callback(_in_this_loop(done.set))
        with anyio.move_on_after(seconds):
            await done.wait()
        if not future.done():
            raise WaitTimeoutError
        return future.result()

    async def shielded(self, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """See :class:`~authlib_xiaomi._core.runtime.Runtime`."""
        if _running_loop() is None:
            with anyio.CancelScope(shield=True):
                return await call()
        # A shielded scope of anyio's does not stop a cancellation of asyncio's own.
        task = asyncio.ensure_future(call())
        _shielded_tasks.add(task)
        task.add_done_callback(_done)
        return await asyncio.shield(task)

    async def gather(self, calls: Sequence[Callable[[], Coroutine[Any, Any, T]]]) -> list[T]:
        """See :class:`~authlib_xiaomi._core.runtime.Runtime`."""
        if len(calls) < 2:
            return [await call() for call in calls]
        results: dict[int, T] = {}
        errors: list[Exception] = []

        async def run(index: int, call: Callable[[], Coroutine[Any, Any, T]]) -> None:
            try:
                results[index] = await call()
            except Exception as error:  # noqa: BLE001  # else it would come in a group
                errors.append(error)

        async with anyio.create_task_group() as tasks:
            for index, call in enumerate(calls):
                tasks.start_soon(run, index, call)
        if errors:
            raise errors[0]
        return [results[index] for index in range(len(calls))]


def _in_this_loop(call: Callable[[], None]) -> Callable[[Any], None]:
    """`call`, to be made in this event loop by whichever thread."""
    loop = _running_loop()
    if loop is not None:
        schedule: Any = loop.call_soon_threadsafe
    else:
        schedule = sys.modules["trio"].lowlevel.current_trio_token().run_sync_soon

    def later(_: Any) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody waits in it
            schedule(call)

    return later


def _done(task: asyncio.Future[Any]) -> None:
    _shielded_tasks.discard(task)
    with suppress(asyncio.CancelledError):
        task.exception()  # looked at: where nobody waits, nobody is to be told


def _running_loop() -> Any:
    """asyncio's loop, or ``None`` under trio."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


_number = itertools.count()


class LoopLocal(Generic[T]):
    """A value of each event loop, in each process, that is closed when the loop is shut down."""

    def __init__(self) -> None:
        # The name is this one's alone: older releases of anyio tell variables apart by it.
        self._entry: RunVar[_Entry[T] | None] = RunVar(f"authlib_xiaomi.{next(_number)}")
        self._last: tuple[Any, weakref.ref[_Entry[T]]] | None = None

    def get(self) -> T | None:
        """The value of this loop."""
        last, loop = self._last, _running_loop()
        if last is not None and loop is not None and last[0]() is loop:
            entry: _Entry[T] | None = last[1]()  # without anyio's way to find the loop's variables
        else:
            entry = self._entry.get(None)
        return entry.value if entry is not None and entry.is_open() else None

    def set(self, value: T, close: Callable[[], Awaitable[None]]) -> None:
        """Set the value of this loop; `close` is awaited at its end."""
        before = self._entry.get(None)
        if before is not None and before.process != os.getpid():
            _inherited.append(before)
        entry = _Entry(value, self._entry, close)
        self._entry.set(entry)
        loop = _running_loop()
        self._last = (weakref.ref(loop), weakref.ref(entry)) if loop is not None else None

    async def aclose(self) -> None:
        """Close the value of this loop now."""
        entry = self._entry.get(None)
        if entry is not None:
            await entry.closing.aclose()


class _Entry(Generic[T]):
    def __init__(self, value: T, variable: RunVar[Any], close: Callable[[], Awaitable[None]]):
        self.value = value
        self.process = os.getpid()
        self.closing = self._closing(variable, close)
        self.closed = False
        # It yields without awaiting anything, and so needs no loop to get there.
        with suppress(StopIteration):
            self.closing.__anext__().send(None)

    def is_open(self) -> bool:
        """Whether it is of this process, and not closed."""
        return not self.closed and self.process == os.getpid()

    async def _closing(
        self, variable: RunVar[Any], close: Callable[[], Awaitable[None]]
    ) -> AsyncGenerator[None, None]:
        """Event loops close the asynchronous generators that were started in them at their end."""
        try:
            yield
        finally:
            self.closed = True
            # A forked process must not end the connections of its parent.
            if self.process == os.getpid():
                variable.set(None)  # else it would hold the loop, which holds it
                await close()


#: What a forked process has of its parent: to collect it would close the parent's connections.
_inherited: list[_Entry[Any]] = []
