"""The application's process: one framework with its sites, measured in one way.

Run as ``python -m benchmarks.worker FRAMEWORK MEASUREMENT OPTIONS``, the options as JSON: see
:class:`Options`. It writes what it measured as a line of JSON.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from .sites import SITES, Xiaomi, create_app
from .visitors import AsyncVisitors, SyncVisitors, Visitors

__all__ = ["Options", "Rounds"]

#: What was measured of each site in each round.
Rounds = dict[str, list[float]]


@dataclass(frozen=True)
class Options:
    """How to measure."""

    #: The stand-in's URLs: Xiaomi's two hosts, and its counts.
    account: str
    api: str
    control: str
    rounds: int = 1
    #: How often something is done, where the number is what matters.
    count: int = 1
    #: How long a site's turn lasts, where it is not.
    seconds: float = 1.0
    #: Users at once.
    users: tuple[int, ...] = ()
    sites: tuple[str, ...] = tuple(SITES)

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def take_turns(names: Iterable[str], rounds: int, measure: Callable[[str], float]) -> Rounds:
    """What `measure` gives for each name in each round, all taking turns in a round."""
    measured: Rounds = {name: [] for name in names}
    for _ in range(rounds):
        for name, values in measured.items():
            gc.collect()  # nobody pays for another's garbage
            values.append(measure(name))
    return measured


def counts(control: str) -> dict[str, float]:
    """The stand-in's connections and CPU seconds so far."""
    with urllib.request.urlopen(f"{control}/counts") as response:
        counted: dict[str, float] = json.load(response)
    return counted


def _warm_up(visitors: Visitors, options: Options) -> None:
    """The first sign-ins of a process have connections to open and code to specialize."""
    for site in options.sites:
        visitors.visit(site, "sign_in", 2)


def cpu(visitors: Visitors, options: Options) -> dict[str, Rounds]:
    """Milliseconds of CPU, of a sign-in and of an API call."""
    _warm_up(visitors, options)

    def spent(site: str, page: str, times: int) -> float:
        start = time.process_time()
        visitors.visit(site, page, times)
        return (time.process_time() - start) / times

    measured = {}
    for page in ("sign_in", "api"):
        # Turns last equally long, and are not equally many visits: in a few milliseconds the
        # processor's caches would still hold what another site has left there.
        times = {}
        for site in options.sites:
            times[site] = max(1, round(options.seconds / spent(site, page, 3)))
            spent(site, page, times[site])

        def milliseconds(site: str, page: str = page, times: Any = times) -> float:
            return spent(site, page, times[site]) * 1000

        measured[page] = take_turns(options.sites, options.rounds, milliseconds)
    return measured


def waiting(visitors: Visitors, options: Options) -> dict[str, Rounds]:
    """Seconds that a callback takes, and a page with an API call."""
    _warm_up(visitors, options)
    return {
        page: take_turns(options.sites, options.rounds, partial(visitors.seconds, page=page))
        for page in ("callback", "api")
    }


def throughput(visitors: Visitors, options: Options) -> dict[str, dict[str, Rounds]]:
    """For each number of users at once: sign-ins per second, and how busy the stand-in was."""
    _warm_up(visitors, options)
    measured = {}
    for users in options.users:
        busy: Rounds = {site: [] for site in options.sites}

        def per_second(site: str, users: int = users, busy: Rounds = busy) -> float:
            before, start = counts(options.control), time.perf_counter()
            done = visitors.at_once(site, users, options.seconds)
            passed, after = time.perf_counter() - start, counts(options.control)
            busy[site].append((after["cpu_seconds"] - before["cpu_seconds"]) / passed * 100)
            return done / passed

        for site in options.sites:  # opens as many connections as it needs
            visitors.at_once(site, users, options.seconds / 4)
        rounds = take_turns(options.sites, options.rounds, per_second)
        measured[str(users)] = {"per_second": rounds, "busy": busy}
    return measured


def connections(visitors: Visitors, options: Options) -> dict[str, Rounds]:
    """New connections for a sign-in and for an API call, after the process's first."""
    _warm_up(visitors, options)

    def opened(site: str, page: str) -> float:
        before = counts(options.control)["connections"]
        visitors.visit(site, page, options.count)
        return (counts(options.control)["connections"] - before) / options.count

    return {
        page: take_turns(options.sites, 1, partial(opened, page=page))
        for page in ("sign_in", "api")
    }


def memory(visitors: Visitors, options: Options) -> Rounds:
    """MiB that a process occupies in which one site alone has served some sign-ins."""
    for site in options.sites:
        visitors.visit(site, "sign_in", options.count)
        visitors.visit(site, "api", options.count)
    return {site: [_occupied()] for site in options.sites}


def growth(visitors: Visitors, options: Options) -> dict[str, list[float]]:
    """What a process has after each tenth of the sign-ins and refreshes, and what CPU they took:
    as a multiple of sign-ins by hand between them, since a machine is not equally fast for long.
    """
    seen: dict[str, list[float]] = {"cpu": [], "memory": [], "files": [], "locks": []}
    visitors.visit("by_hand", "sign_in", 2)
    hundredth = options.count // 100
    for _ in range(10):
        ours = by_hand = 0.0
        for _ in range(10):
            start = time.process_time()
            visitors.visit("plugin", "sign_in", hundredth)
            visitors.visit("plugin", "refresh", hundredth)
            middle = time.process_time()
            visitors.visit("by_hand", "sign_in", max(1, hundredth // 4))
            ours, by_hand = ours + middle - start, by_hand + time.process_time() - middle
        seen["cpu"].append(ours / by_hand)
        seen["memory"].append(_occupied())
        seen["files"].append(len(os.listdir("/dev/fd")))
        seen["locks"].append(sum(_is_lock(it) for it in gc.get_objects()))
    return seen


def _occupied() -> float:
    gc.collect()
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 2**20
    # Elsewhere the most that it ever occupied, which stays the same where nothing grows.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def _is_lock(it: object) -> bool:
    return type(it).__name__.lower() in ("lock", "rlock", "condition", "semaphore", "event")


MEASUREMENTS: Final[dict[str, Callable[[Visitors, Options], Any]]] = {
    "cpu": cpu,
    "waiting": waiting,
    "throughput": throughput,
    "connections": connections,
    "memory": memory,
    "growth": growth,
}


def _main(framework: str, measurement: str, given: str) -> None:
    options = Options(**json.loads(given))
    xiaomi = Xiaomi(options.account, options.api)
    application = create_app(framework, xiaomi, options.sites)
    kind = AsyncVisitors if framework == "starlette" else SyncVisitors
    print(json.dumps(MEASUREMENTS[measurement](kind(application), options)))


if __name__ == "__main__":
    _main(*sys.argv[1:])
