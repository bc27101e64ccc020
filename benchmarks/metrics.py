"""What is measured: which process does what, how often, and what figures come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from .figures import FRAMEWORKS, Figure, Target, of_rounds
from .imports import MODULES
from .processes import call, serving
from .sites import NAMES
from .worker import Options

__all__ = ["METRICS", "Bench"]

T = TypeVar("T")

#: Seconds.
ROUND_TRIP: Final = 0.06

# What issue 4 asks for.
_CPU: Final = {framework: Target(0.10, of_ratio=True) for framework in FRAMEWORKS}
_CPU["starlette"] = Target(0.06, of_ratio=True)
_ROUND_TRIPS: Final = Target(2.3)
_NONE: Final = Target(0)
#: "Flat": over 18,000 sign-ins this is 58 bytes each, less than a dictionary, a token or a URL.
_FLAT: Final = Target(1.0)


@dataclass(frozen=True)
class Bench:
    """A run: where the stand-in is, whom the sites trust, whether it is but a smoke test."""

    ports: dict[str, int]
    environment: dict[str, str]
    quick: bool

    def worker(self, framework: str, metric: str, *, tls: bool = True, **options: Any) -> Any:
        """What the application's process measures."""
        scheme = "https" if tls else "http"
        account, api = self.ports[scheme], self.ports[f"{scheme}_api"]
        return self.worker_at(framework, metric, account, api, scheme, **options)

    def each(self, measure: Callable[[str], T], at_once: bool) -> Iterator[tuple[str, T]]:
        """What `measure` gives for each framework; `at_once` where time does not matter."""
        with ThreadPoolExecutor(len(FRAMEWORKS) if at_once else 1) as pool:
            yield from zip(FRAMEWORKS, pool.map(measure, FRAMEWORKS), strict=True)

    def worker_at(
        self, framework: str, metric: str, account: int, api: int, scheme: str, **options: Any
    ) -> Any:
        """The same, with Xiaomi's two hosts at the given ports."""
        at = "127.0.0.1"
        control = f"http://{at}:{self.ports['control']}"
        given = Options(f"{scheme}://{at}:{account}", f"{scheme}://{at}:{api}", control, **options)
        arguments = (framework, metric, given.as_json())
        return call("benchmarks.worker", *arguments, environment=self.environment)


def cpu(bench: Bench) -> Iterator[Figure]:
    rounds, seconds = (1, 0.05) if bench.quick else (15, 0.3)
    measure = partial(bench.worker, metric="cpu", rounds=rounds, seconds=seconds)
    for framework, measured in bench.each(measure, bench.quick):
        target = _CPU[framework]
        yield of_rounds("cpu", "CPU per sign-in", framework, "ms", measured, target)


def round_trips(bench: Bench) -> Iterator[Figure]:
    rounds = 1 if bench.quick else 15
    https = bench.ports["https"], bench.ports["https_api"]
    with serving("benchmarks.network", ROUND_TRIP, *https) as far:
        account, api = (far[str(port)] for port in https)

        def measure(framework: str) -> tuple[Any, Any]:
            delayed = bench.worker_at(framework, "waiting", account, api, "https", rounds=rounds)
            return delayed, bench.worker(framework, "waiting", rounds=rounds)

        for framework, (delayed, direct) in bench.each(measure, bench.quick):
            trips = {site: [s / ROUND_TRIP for s in each] for site, each in delayed.items()}
            yield of_rounds(
                "round_trips", "round trips per sign-in", framework, "", trips, _ROUND_TRIPS
            )
            network = {
                site: [(s - d) / ROUND_TRIP for s, d in zip(each, direct[site], strict=True)]
                for site, each in delayed.items()
            }
            yield of_rounds(
                "network_round_trips", "round trips, network's share", framework, "", network
            )


def connections(bench: Bench) -> Iterator[Figure]:
    count = 1 if bench.quick else 20
    titles = {
        "connections": "new connections per sign-in",
        "login_contexts": "TLS contexts per authorization URL",
        "contexts": "TLS contexts per sign-in",
    }
    for framework in FRAMEWORKS:
        measured = bench.worker(framework, "connections", count=count)
        for name, title in titles.items():
            target = None if name == "contexts" else _NONE
            yield of_rounds(name, title, framework, "", measured[name], target)


def throughput(bench: Bench) -> Iterator[Figure]:
    rounds, seconds = (1, 0.2) if bench.quick else (5, 2.0)
    users = 8 if bench.quick else 32
    title = f"sign-ins per second, {users} users"
    measure = partial(
        bench.worker, metric="throughput", rounds=rounds, seconds=seconds, users=users
    )
    for framework, measured in bench.each(measure, bench.quick):
        yield of_rounds("throughput", title, framework, "/s", measured, more=True)


def memory(bench: Bench) -> Iterator[Figure]:
    count = 200 if bench.quick else 20_000

    measure = partial(bench.worker, metric="memory", tls=False, count=count)
    for framework, (before, after) in bench.each(measure, True):
        for at, value in ((count // 10, before), (count, after)):
            title = f"memory after {at:,} sign-ins"
            yield Figure(f"memory_{at}", title, framework, "MiB", {"plugin": value})
        yield Figure(
            "memory", "memory that has grown", framework, "MiB", {"plugin": after - before},
            target=_FLAT,
        )  # fmt: skip


def imports(bench: Bench) -> Iterator[Figure]:
    cold, rounds = (0, 1) if bench.quick else (1, 15)
    for framework, modules in MODULES.items():
        measured: dict[str, list[float]] = {site: [] for site in NAMES}
        for _ in range(cold + rounds):
            for site, names in modules.items():
                seconds = call("benchmarks.imports", *names, environment=bench.environment)
                measured[site].append(seconds * 1000)
        # The first round is the disk's.
        warm = {site: values[cold:] for site, values in measured.items()}
        yield of_rounds("imports", "import time", framework, "ms", warm)


METRICS: Final[dict[str, Callable[[Bench], Iterator[Figure]]]] = {
    "cpu": cpu,
    "round_trips": round_trips,
    "connections": connections,
    "throughput": throughput,
    "memory": memory,
    "imports": imports,
}
