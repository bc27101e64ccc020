"""What is measured: which process does what, how often, and the figures of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from typing import Any, Final, TypeVar

from . import bursts
from .figures import Figure, Target, of_rounds
from .processes import call, serving
from .sites import FRAMEWORKS, SITES, site_module
from .worker import Options

__all__ = ["METRICS", "Bench"]

T = TypeVar("T")

#: Seconds that the network is told.
ROUND_TRIP: Final = 0.06

#: The goals for the CPU time of a sign-in.
_SIGN_IN: Final = {
    "flask": (Target(1.10, "by_hand"), Target(0.058, "authlib")),
    "starlette": (Target(1.10, "by_hand"), Target(0.038, "authlib")),
    "django": (),
}
_API_CALL: Final = (Target(1.20, "by_hand"),)
_NONE: Final = (Target(0),)

#: Where two frameworks share all that matters, as Flask and Django do.
_DIFFERENT: Final = ("flask", "starlette")


@dataclass(frozen=True)
class Bench:
    """A run: where the stand-in is, whom the sites trust, and how much is measured."""

    ports: dict[str, int]
    environment: dict[str, str]
    #: A smoke test: as little as possible.
    quick: bool
    #: Sign-ins and refreshes, for ``growth``.
    count: int

    def options(
        self, *, listener: str = "https", far: dict[str, int] | None = None, **options: Any
    ) -> str:
        """Options of a worker.

        :param listener: ``https``, ``http``, or ``late`` for TLS with answers that are late.
        :param far: the ports to take in place of the stand-in's own.
        """
        scheme, at = "http" if listener == "http" else "https", "127.0.0.1"
        account, api = self.ports[listener], self.ports[f"{listener}_api"]
        if far:
            account, api = far[str(account)], far[str(api)]
        control = f"http://{at}:{self.ports['control']}"
        given = Options(f"{scheme}://{at}:{account}", f"{scheme}://{at}:{api}", control, **options)
        return given.as_json()

    def worker(self, framework: str, measurement: str, **options: Any) -> Any:
        """What an application's process measures."""
        arguments = (framework, measurement, self.options(**options))
        return call("benchmarks.worker", *arguments, environment=self.environment)

    def each(
        self, measure: Callable[[str], T], names: Any = FRAMEWORKS, at_once: bool = False
    ) -> Iterator[tuple[str, T]]:
        """What `measure` gives for each name; `at_once` where time does not matter."""
        with ThreadPoolExecutor(2 if at_once else 1) as pool:
            yield from zip(names, pool.map(measure, names), strict=True)


def cpu(bench: Bench) -> Iterator[Figure]:
    rounds, seconds = (1, 0.02) if bench.quick else (12, 0.15)
    measure = partial(bench.worker, measurement="cpu", rounds=rounds, seconds=seconds)
    for framework, measured in bench.each(measure, at_once=bench.quick):
        name, targets = FRAMEWORKS[framework], _SIGN_IN[framework]
        yield of_rounds("cpu", "CPU of a sign-in", name, "ms", measured["sign_in"], targets)
        targets = _API_CALL if targets else ()
        yield of_rounds("api_cpu", "CPU of an API call", name, "ms", measured["api"], targets)


def round_trips(bench: Bench) -> Iterator[Figure]:
    rounds = 1 if bench.quick else 8
    with serving("benchmarks.network", ROUND_TRIP, *bench.ports.values()) as far:
        control = bench.ports["control"]
        round_trip = _seconds_of_a_request(far[str(control)]) - _seconds_of_a_request(control)
        measure = partial(bench.worker, measurement="waiting", far=far, rounds=rounds)
        for framework, measured in bench.each(measure, at_once=bench.quick):
            for page, metric, title, most in (
                ("callback", "round_trips", "round trips of a sign-in", 2.1),
                ("api", "api_round_trips", "round trips of an API call", 1.1),
            ):
                trips = {s: [t / round_trip for t in each] for s, each in measured[page].items()}
                targets = (Target(most),)
                yield of_rounds(metric, title, FRAMEWORKS[framework], "", trips, targets)


def _seconds_of_a_request(port: int) -> float:
    """What a request takes at least on an open connection. Through the network and past it, the
    difference is a round trip as it really is, with the cost of timers and processes."""
    connection, taken = HTTPConnection("127.0.0.1", port), []
    for _ in range(9):
        start = time.perf_counter()
        connection.request("GET", "/counts")
        connection.getresponse().read()
        taken.append(time.perf_counter() - start)
    connection.close()
    return min(taken)


def connections(bench: Bench) -> Iterator[Figure]:
    measure = partial(bench.worker, measurement="connections", count=1 if bench.quick else 10)
    for framework, measured in bench.each(measure):
        for page, metric, title in (
            ("sign_in", "connections", "new connections of a sign-in"),
            ("api", "api_connections", "new connections of an API call"),
        ):
            yield of_rounds(metric, title, FRAMEWORKS[framework], "", measured[page], _NONE)


def throughput(bench: Bench) -> Iterator[Figure]:
    rounds, seconds = (1, 0.05) if bench.quick else (4, 0.4)
    users = (1, 8) if bench.quick else (1, 8, 64)
    measure = partial(
        bench.worker, measurement="throughput", rounds=rounds, seconds=seconds, users=users
    )
    for framework, measured in bench.each(measure):
        name = FRAMEWORKS[framework]
        for number, each in measured.items():
            title = f"sign-ins per second, {number} at once"
            yield of_rounds(
                f"throughput_{number}", title, name, "/s", each["per_second"], more=True
            )
            yield of_rounds(
                f"stand_in_{number}", f"the stand-in's processor, {number} at once", name, "%",
                each["busy"], compared=False,
            )  # fmt: skip


def burst(bench: Bench) -> Iterator[Figure]:
    few, many, rounds = (2, 8, 1) if bench.quick else (20, 500, 4)
    options = bench.options(listener="late", rounds=rounds, users=(few, many))
    measure = partial(_measure_burst, environment=bench.environment, options=options)
    for kind, measured in bench.each(measure, bursts.KINDS):
        cpu = [
            of_rounds(
                f"burst_cpu_{users}", f"CPU of a userinfo(), {users} at once", kind, "ms",
                measured["cpu"][str(users)],
            )
            for users in (few, many)
        ]  # fmt: skip
        yield from cpu
        ratios = {site: cpu[1].values[site] / cpu[0].values[site] for site in bursts.SITES}
        title = f"CPU with {many} at once, times that with {few}"
        yield Figure(
            "burst_ratio", title, kind, "×", ratios, targets=(Target(1.5),), compared=False
        )
        for when, most in (("first", 100), ("later", 0)):
            title = f"connections opened by the {when} burst{'s' if when == 'later' else ''}"
            opened = measured["opened"][when]
            yield Figure(
                f"burst_{when}", title, kind, "", opened, targets=(Target(most),), compared=False
            )


def _measure_burst(kind: str, environment: dict[str, str], options: str) -> Any:
    return call("benchmarks.bursts", kind, options, environment=environment)


def memory(bench: Bench) -> Iterator[Figure]:
    def occupied(framework: str) -> dict[str, list[float]]:
        measured: dict[str, list[float]] = {}
        for site in SITES:
            count = 2 if bench.quick else 20
            measured |= bench.worker(framework, "memory", sites=(site,), count=count)
        return measured

    for framework, measured in bench.each(occupied, at_once=True):
        yield of_rounds("memory", "memory", FRAMEWORKS[framework], "MiB", measured)


def growth(bench: Bench) -> Iterator[Figure]:
    measure = partial(bench.worker, measurement="growth", listener="http", count=bench.count)
    measure = partial(measure, sites=("plugin", "by_hand"))
    within = f"{bench.count:,} sign-ins and refreshes"
    for framework, seen in bench.each(measure, _DIFFERENT, at_once=True):
        name = FRAMEWORKS[framework]
        # By then all that is remembered for a while has reached its limit. 1 MiB for 10,000 is less
        # for each than a dictionary, a token or a URL.
        for what, unit, most in (("memory", "MiB", 1), ("files", "", 0), ("locks", "", 0)):
            values = {"plugin": seen[what][9] - seen[what][4]}
            title = f"growth of {what}, second half of {within}"
            yield Figure(f"growth_{what}", title, name, unit, values, {}, (Target(most),))
        # The first tenth warms up.
        values = {"plugin": seen["cpu"][9] / seen["cpu"][1]}
        title = f"CPU to by hand, last to second tenth of {within}"
        yield Figure("growth_cpu", title, name, "×", values, {}, (Target(1.1),))


def imports(bench: Bench) -> Iterator[Figure]:
    rounds = 1 if bench.quick else 8
    sites = [site for site in SITES if site != "authlib_kept"]  # the same module as "authlib"
    for framework, name in FRAMEWORKS.items():
        measured: dict[str, list[float]] = {site: [] for site in sites}
        for number in range(rounds + 1):
            for site in sites:
                module = site_module(framework, site)
                seconds = call("benchmarks.imports", module, environment=bench.environment)
                if number or bench.quick:  # the first round reads the files from the disk
                    measured[site].append(seconds * 1000)
        yield of_rounds("imports", "import time", name, "ms", measured)


METRICS: Final[dict[str, Callable[[Bench], Iterator[Figure]]]] = {
    "cpu": cpu,
    "round_trips": round_trips,
    "connections": connections,
    "throughput": throughput,
    "burst": burst,
    "memory": memory,
    "growth": growth,
    "imports": imports,
}
