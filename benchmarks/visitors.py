"""Visitors of one framework's sites: one after the other, or many at once."""

from __future__ import annotations

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from .browser import AsyncVisit, Visit

__all__ = ["AsyncVisitors", "SyncVisitors", "Visitors"]


class Visitors(ABC):
    """What the measurements ask for. `page` is a method of :class:`~benchmarks.browser.Visit`."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application

    @abstractmethod
    def visit(self, site: str, page: str, times: int = 1) -> None:
        """Visit a page `times` times, one after the other."""

    @abstractmethod
    def seconds(self, site: str, page: str) -> float:
        """The time that passes during one visit; a ``callback`` has its ``login`` before it."""

    @abstractmethod
    def at_once(self, site: str, users: int, seconds: float) -> int:
        """`users` sign in again and again for `seconds`; the number of sign-ins."""


class SyncVisitors(Visitors):
    """Visitors of a WSGI application; users at once are threads."""

    def visit(self, site: str, page: str, times: int = 1) -> None:
        for _ in range(times):
            getattr(Visit(self._application, site), page)()

    def seconds(self, site: str, page: str) -> float:
        visit = Visit(self._application, site)
        if page == "callback":
            visit.login()
        start = time.perf_counter()
        getattr(visit, page)()
        return time.perf_counter() - start

    def at_once(self, site: str, users: int, seconds: float) -> int:
        until = time.perf_counter() + seconds
        done = []

        def user() -> None:
            while time.perf_counter() < until:
                Visit(self._application, site).sign_in()
                done.append(True)

        threads = [threading.Thread(target=user) for _ in range(users)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(done)


class AsyncVisitors(Visitors):
    """Visitors of an ASGI application; users at once are tasks."""

    def __init__(self, application: Callable[..., Any]) -> None:
        super().__init__(application)
        # The same one throughout, as in a server: each event loop has its own connections.
        self._loop = asyncio.new_event_loop()

    def visit(self, site: str, page: str, times: int = 1) -> None:
        async def visits() -> None:
            for _ in range(times):
                await getattr(AsyncVisit(self._application, site), page)()

        self._loop.run_until_complete(visits())

    def seconds(self, site: str, page: str) -> float:
        async def visit_page() -> float:
            visit = AsyncVisit(self._application, site)
            if page == "callback":
                await visit.login()
            start = time.perf_counter()
            await getattr(visit, page)()
            return time.perf_counter() - start

        return self._loop.run_until_complete(visit_page())

    def at_once(self, site: str, users: int, seconds: float) -> int:
        until = time.perf_counter() + seconds

        async def user() -> int:
            done = 0
            while time.perf_counter() < until:
                await AsyncVisit(self._application, site).sign_in()
                done += 1
            return done

        async def everyone() -> list[int]:
            return await asyncio.gather(*(user() for _ in range(users)))

        return sum(self._loop.run_until_complete(everyone()))
