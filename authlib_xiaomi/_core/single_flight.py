"""One call for all threads, tasks and event loops that need its result at the same time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Generic

from .runtime import Runtime, T, WaitTimeoutError, reset_after_fork


class SingleFlight(Generic[T]):
    """The first caller leads: it makes the call. The others follow: they wait for its result.

    There is no lock, which greenlets and forked processes would need to be handled for: the atomic
    ``dict.setdefault`` decides who is first.
    """

    def __init__(self) -> None:
        self.reset_after_fork()
        reset_after_fork(self)

    def reset_after_fork(self) -> None:
        """Forget all flights: the threads that lead them are in the parent process."""
        self.flights: dict[str, Future[T]] = {}

    def join(self, key: str) -> tuple[Future[T], bool]:
        """The flight of `key`, and whether the caller is to lead it."""
        mine: Future[T] = Future()
        flight = self.flights.setdefault(key, mine)
        return flight, flight is mine

    async def lead(self, key: str, flight: Future[T], call: Callable[[], Awaitable[T]]) -> T:
        """Await `call()`, and give its result or exception to the followers, too."""
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
        """Wait for the leader's result. Raises WaitTimeoutError where there is none within some
        seconds."""
        try:
            return await runtime.wait(flight, seconds)
        except WaitTimeoutError:
            self._end(key, flight)  # the leader's event loop may have ended before it
            raise

    def _end(self, key: str, flight: Future[T]) -> None:
        if self.flights.get(key) is flight:
            del self.flights[key]
