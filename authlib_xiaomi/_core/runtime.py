"""How code that is written once runs in synchronous and in asynchronous clients.

It is ``async def``. An asynchronous client awaits it. A synchronous client runs it to its end by
one ``send``: what it awaits there never suspends, since a :class:`Runtime` blocks instead.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, wait
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def run_sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError("a synchronous client was given something asynchronous")


def synchronous(
    method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]],
) -> Callable[[object], Callable[Concatenate[Any, P], T]]:
    """A decorator that puts `method`, run to its end by :func:`run_sync`, in the place of a stub.
    Type checkers need the stub: an assignment does not change the type of an inherited method."""

    @wraps(method)
    def call(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            coroutine = method(self, *args, **kwargs)
        finally:
            del args, kwargs  # a traceback shows what a frame still has
        return run_sync(coroutine)

    def replace(stub: object) -> Callable[Concatenate[Any, P], T]:
        return call

    return replace


class WaitTimeoutError(Exception):
    """A future was not set in time."""


class Runtime:
    """What differs between synchronous and asynchronous clients. This class is for threads and
    greenlets; ``_async_runtime`` has the one for event loops."""

    #: Whether the application's hooks are awaited.
    is_async = False

    async def sleep(self, seconds: float) -> None:
        """Wait for some seconds."""
        time.sleep(seconds)  # noqa: ASYNC251  # this coroutine runs in no event loop

    async def wait(self, future: Future[T], seconds: float) -> T:
        """The result of `future`, which another thread, task or event loop sets. Raises
        WaitTimeoutError where it is not set within some seconds."""
        if not wait([future], seconds).done:
            raise WaitTimeoutError
        return future.result()

    async def shielded(self, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Await `call()`. It goes on to its end even if the caller is cancelled meanwhile."""
        return await call()

    async def gather(self, calls: Sequence[Callable[[], Coroutine[Any, Any, T]]]) -> list[T]:
        """The results of all `calls`, in their order. Event loops make the calls concurrently."""
        return [await call() for call in calls]


_resettable: weakref.WeakSet[Any] = weakref.WeakSet()


def reset_after_fork(one: Any) -> None:
    """Call ``one.reset_after_fork()`` in each process that is forked from now on. Everything that
    holds connections or waits for other threads is registered here."""
    _resettable.add(one)


def _reset_all() -> None:
    for one in list(_resettable):
        one.reset_after_fork()


# Windows has no fork, and nothing to register.
getattr(os, "register_at_fork", lambda **_: None)(after_in_child=_reset_all)
