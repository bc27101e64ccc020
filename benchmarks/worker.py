"""The application's process: one framework with its three sites, measured in one way.

Run as ``python -m benchmarks.worker FRAMEWORK METRIC OPTIONS``, the options as JSON: see
:class:`Options`. It writes what it measured as a line of JSON.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import resource
import ssl
import sys
import threading
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .browser import AsyncVisit, Visit
from .sites import NAMES, Xiaomi

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """How to measure."""

    #: The stand-in's URLs: Xiaomi's two hosts, and what tells its counts.
    account: str
    api: str
    control: str
    rounds: int = 1
    #: Sign-ins, where their number is what matters.
    count: int = 1
    #: How long each site's turn is, where it is not.
    seconds: float = 1.0
    #: Users at once.
    users: int = 1

    def as_json(self) -> str:
        return json.dumps(asdict(self))


class Sites(ABC):
    """The three sites of one framework."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application

    @abstractmethod
    def login(self, site: str) -> None:
        """The first half of a sign-in."""

    @abstractmethod
    def sign_in(self, site: str, count: int) -> None:
        """`count` sign-ins, one after the other."""

    @abstractmethod
    def callback_seconds(self, site: str) -> float:
        """The time that passes in a sign-in's second half."""

    @abstractmethod
    def at_once(self, site: str, users: int, seconds: float) -> int:
        """`users` sign in again and again for `seconds`; how many sign-ins that makes."""


class SyncSites(Sites):
    def login(self, site: str) -> None:
        Visit(self._application, site).login()

    def sign_in(self, site: str, count: int) -> None:
        for _ in range(count):
            Visit(self._application, site).sign_in()

    def callback_seconds(self, site: str) -> float:
        visit = Visit(self._application, site)
        visit.login()
        start = time.perf_counter()
        visit.callback()
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


class AsyncSites(Sites):
    def __init__(self, application: Callable[..., Any]) -> None:
        super().__init__(application)
        # The same one throughout, as in a server: each loop has connections of its own.
        self._loop = asyncio.new_event_loop()

    def login(self, site: str) -> None:
        self._loop.run_until_complete(AsyncVisit(self._application, site).login())

    def sign_in(self, site: str, count: int) -> None:
        async def visits() -> None:
            for _ in range(count):
                await AsyncVisit(self._application, site).sign_in()

        self._loop.run_until_complete(visits())

    def callback_seconds(self, site: str) -> float:
        async def callback() -> float:
            visit = AsyncVisit(self._application, site)
            await visit.login()
            start = time.perf_counter()
            await visit.callback()
            return time.perf_counter() - start

        return self._loop.run_until_complete(callback())

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


_Rounds = dict[str, list[float]]


def _take_turns(sites: Sites, rounds: int, measure: Callable[[str], float]) -> _Rounds:
    """What `measure` gives for each site in each round."""
    measured: _Rounds = {site: [] for site in NAMES}
    for site in NAMES:  # the process's first, which has connections to make
        sites.sign_in(site, 1)
    for _ in range(rounds):
        for site, values in measured.items():
            gc.collect()  # nobody pays for another's garbage
            values.append(measure(site))
    return measured


def cpu(sites: Sites, options: Options) -> _Rounds:
    """Milliseconds of CPU per sign-in."""

    def measure(site: str) -> float:
        # Turns of the same length for all, not of the same number: after a few milliseconds the
        # processor's caches would still hold what another has left there.
        start, done, spent = time.process_time(), 0, 0.0
        while spent < options.seconds:
            sites.sign_in(site, 5)
            done += 5
            spent = time.process_time() - start
        return spent / done * 1000

    for site in NAMES:  # the interpreter adapts to what is run often
        measure(site)
    return _take_turns(sites, options.rounds, measure)


def waiting(sites: Sites, options: Options) -> _Rounds:
    """Seconds that a callback takes."""
    return _take_turns(sites, options.rounds, sites.callback_seconds)


def throughput(sites: Sites, options: Options) -> _Rounds:
    """Sign-ins per second with many users at once."""

    def measure(site: str) -> float:
        start = time.perf_counter()
        done = sites.at_once(site, options.users, options.seconds)
        return done / (time.perf_counter() - start)

    return _take_turns(sites, options.rounds, measure)


def connections(sites: Sites, options: Options) -> dict[str, _Rounds]:
    """New connections and TLS contexts, per sign-in."""
    contexts = _count_contexts()

    def opened() -> float:
        with urllib.request.urlopen(f"{options.control}/connections") as response:
            return float(json.load(response)["connections"])

    def counted(count: Callable[[], float], act: Callable[[], None], times: int) -> float:
        before = count()
        act()
        return (count() - before) / times

    many = options.count

    def logins(site: str) -> None:
        for _ in range(many):
            sites.login(site)

    made = {
        "connections": lambda site: counted(opened, lambda: sites.sign_in(site, many), many),
        "login_contexts": lambda site: counted(contexts, lambda: logins(site), many),
        "contexts": lambda site: counted(contexts, lambda: sites.sign_in(site, many), many),
    }
    return {name: _take_turns(sites, options.rounds, measure) for name, measure in made.items()}


def _count_contexts() -> Callable[[], float]:
    """Count the TLS contexts that are made from now on, by whatever library."""
    make, made = ssl.SSLContext.__new__, 0

    def count_and_make(cls: type[ssl.SSLContext], *args: Any, **kwargs: Any) -> ssl.SSLContext:
        nonlocal made
        made += 1
        return make(cls, *args, **kwargs)

    ssl.SSLContext.__new__ = staticmethod(count_and_make)  # type: ignore[assignment, method-assign]
    return lambda: made


def memory(sites: Sites, options: Options) -> list[float]:
    """MiB that the process occupies after a tenth of the sign-ins, and after all."""
    early = options.count // 10
    sites.sign_in("plugin", early)
    before = _occupied()
    sites.sign_in("plugin", options.count - early)
    return [before, _occupied()]


def _occupied() -> float:
    gc.collect()
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 2**20
    # Elsewhere the most that it ever occupied, which is as flat if nothing grows.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


METRICS: dict[str, Callable[[Sites, Options], Any]] = {
    "cpu": cpu,
    "waiting": waiting,
    "throughput": throughput,
    "connections": connections,
    "memory": memory,
}


def _main(framework: str, metric: str, given: str) -> None:
    options = Options(**json.loads(given))
    module = importlib.import_module(f".sites.{framework}_sites", __package__)
    application = module.create_app(Xiaomi(options.account, options.api))
    kind = AsyncSites if framework == "starlette" else SyncSites
    print(json.dumps(METRICS[metric](kind(application), options)))


if __name__ == "__main__":
    _main(*sys.argv[1:])
