"""What several want at once is done by one of them: threads, tasks, and event loops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Generic

from .runtime import Runtime, T, WaitTimeoutError, reset_after_fork


class SingleFlight(Generic[T]):
    """Who comes first leads, the others follow: they wait for the same result.

    No lock is held and none is made at import: what decides between threads is the one step of
    ``dict.setdefault``, so that greenlets and forked processes need nothing of their own.
    """

    def __init__(self) -> None:
        self.reset_after_fork()
        reset_after_fork(self)

    def reset_after_fork(self) -> None:
        """The threads that lead are not in this process."""
        self.flights: dict[str, Future[T]] = {}

    def join(self, key: str) -> tuple[Future[T], bool]:
        """The flight of `key`, and whether it is for the caller to lead."""
        mine: Future[T] = Future()
        flight = self.flights.setdefault(key, mine)
        return flight, flight is mine

    async def lead(self, key: str, flight: Future[T], call: Callable[[], Awaitable[T]]) -> T:
        """Await `call()`, for the followers too."""
        try:
            result = await call()
        except BaseException as error:
            self._end(key, flight)
            flight.set_exception(error if isinstance(error, Exception) else InterruptedError())
            raise
        self._end(key, flight)
        flight.set_result(result)
        return result

    async def follow(self, key: str, flight: Future[T], runtime: Runtime, seconds: float) -> T:
        """Wait for the result of another one; a WaitTimeoutError after so many seconds."""
        try:
            return await runtime.wait(flight, seconds)
        except WaitTimeoutError:
            self._end(key, flight)  # its event loop may be gone, and it with it
            raise

    def _end(self, key: str, flight: Future[T]) -> None:
        if self.flights.get(key) is flight:
            del self.flights[key]
