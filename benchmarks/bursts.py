"""Many ``userinfo()`` at once on one client, in threads or in tasks.

Run as ``python -m benchmarks.bursts KIND OPTIONS``, with the kind ``threads`` or ``asyncio`` and
the options of :class:`~benchmarks.worker.Options` as JSON. It writes what it measured as a line of
JSON: for each contender and number of users the milliseconds of CPU per call in each round, and
the connections that the first burst opened, and all later ones.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Final

from .sites import CALLBACK, CLIENT_ID, CLIENT_SECRET, MAC_KEY, Xiaomi
from .worker import Options, counts, take_turns

__all__ = ["KINDS", "SITES"]

SITES: Final = ("plugin", "by_hand")

_TOKEN: Final = {
    "access_token": f"V3_{1:080x}{1:080x}",
    "token_type": "mac",
    "mac_key": MAC_KEY,
    "mac_algorithm": "HmacSHA1",
    "scope": "1",
    "expires_at": 4102444800,
}

#: Makes a number of calls, that many users at once.
_Burst = Callable[[int], None]


def _options(xiaomi: Xiaomi) -> dict[str, Any]:
    return {
        "redirect_uri": CALLBACK.format("plugin"),
        "token_endpoint": f"{xiaomi.account}/oauth2/token",
        "api_base_url": f"{xiaomi.api}/",
    }


def _threads(xiaomi: Xiaomi, users: int) -> dict[str, _Burst]:
    from authlib_xiaomi.requests_client import XiaomiOAuth2Session

    from .sites.by_hand_requests import Client

    session = XiaomiOAuth2Session(CLIENT_ID, CLIENT_SECRET, **_options(xiaomi))
    client = Client(xiaomi, CALLBACK.format("by_hand"))
    pool = _started_pool(users)

    def bursting(call: Callable[[], Any]) -> _Burst:
        def burst(calls: int) -> None:
            for made in [pool.submit(call) for _ in range(calls)]:
                made.result()

        return burst

    return {
        "plugin": bursting(lambda: session.userinfo(token=_TOKEN)),
        "by_hand": bursting(lambda: client.fetch_user(_TOKEN)),
    }


def _started_pool(users: int) -> ThreadPoolExecutor:
    """A pool whose threads all run already, so that a burst does not pay for their start."""
    pool, barrier = ThreadPoolExecutor(users), Barrier(users)
    for started in [pool.submit(barrier.wait) for _ in range(users)]:
        started.result()
    return pool


def _asyncio(xiaomi: Xiaomi, users: int) -> dict[str, _Burst]:
    from authlib_xiaomi.httpx_client import AsyncXiaomiOAuth2Client

    from .sites.by_hand_httpx import Client

    loop = asyncio.new_event_loop()

    async def make() -> tuple[Any, Any]:
        ours = AsyncXiaomiOAuth2Client(CLIENT_ID, CLIENT_SECRET, **_options(xiaomi))
        return ours, Client(xiaomi, CALLBACK.format("by_hand"))

    ours, client = loop.run_until_complete(make())

    def bursting(call: Callable[[], Coroutine[Any, Any, Any]]) -> _Burst:
        async def user(calls: int) -> None:
            for _ in range(calls):
                await call()

        async def everyone(calls: int) -> None:
            await asyncio.gather(*(user(calls // users) for _ in range(users)))

        return lambda calls: loop.run_until_complete(everyone(calls))

    return {
        "plugin": bursting(lambda: ours.userinfo(token=_TOKEN)),
        "by_hand": bursting(lambda: client.fetch_user(_TOKEN)),
    }


KINDS: Final = {"threads": _threads, "asyncio": _asyncio}


def measure(kind: str, options: Options) -> dict[str, Any]:
    """Let the contenders take turns, with few and with many at once.

    For each number there are clients of their own: few users do not find the many connections.
    """
    xiaomi = Xiaomi(options.account, options.api)
    bursts = {users: KINDS[kind](xiaomi, users) for users in options.users}
    opened: dict[str, dict[str, float]] = {"first": {}, "later": dict.fromkeys(SITES, 0)}

    def run(site: str, users: int) -> tuple[float, float]:
        before, start = counts(options.control)["connections"], time.process_time()
        calls = users if users == max(options.users) else 5 * users
        bursts[users][site](calls)
        spent = (time.process_time() - start) / calls * 1000
        return spent, counts(options.control)["connections"] - before

    # Code is specialized before the burst whose connections count; the largest comes last.
    for users in sorted(options.users):
        for site in SITES:
            _, opened["first"][site] = run(site, users)

    def one_turn(name: str) -> float:
        site, users = name.split(" ")
        spent, new = run(site, int(users))
        opened["later"][site] += new
        return spent

    names = [f"{site} {users}" for site in SITES for users in options.users]
    rounds = take_turns(names, options.rounds, one_turn)
    cpu = {
        str(users): {site: rounds[f"{site} {users}"] for site in SITES} for users in options.users
    }
    return {"cpu": cpu, "opened": opened}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Options(**json.loads(sys.argv[2])))))
    # The pools' threads and the loop's connections end with the process.
