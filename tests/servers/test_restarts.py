"""A server that is told to begin anew loses no session."""

from __future__ import annotations

import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from .crowd import Crowd
from .servers import Server, fetch
from .store import Store
from .waiting import wait_for

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
    pytest.mark.parametrize(
        "server", ["gunicorn threads preload", "gunicorn gevent", "uvicorn"], indirect=True
    ),
]


def test_a_refresh_on_its_way_is_stored_and_answered(
    server: Server, crowd: Crowd, table: Store
) -> None:
    person = crowd.person()
    table.put(person.sub, person.expired)
    crowd.xiaomi.fail("token", delay=0.5)
    before = set(server.workers)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(fetch, f"{server.url}/as/{person.sub}")
        wait_for(lambda: crowd.refreshes)
        server.process.send_signal(signal.SIGHUP)
        assert asking.result().json["identity"] == person.identity
    assert table.refreshed(person.sub) == 1
    wait_for(lambda: set(server.workers) - before)
    assert fetch(f"{server.url}/as/{person.sub}").json["identity"] == person.identity
    assert crowd.refreshes == [person.token["refresh_token"]]
