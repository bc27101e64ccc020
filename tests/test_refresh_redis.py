"""Several processes with one Redis, as a site has them: one refresh among them all."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from authlib_xiaomi.sandbox import Sandbox

from .apps import refreshes, sign_in
from .conftest import ONE_XIAOMI
from .redis_server import redis_server

# What the processes do among themselves does not depend on it.
pytestmark = ONE_XIAOMI

WORKER = Path(__file__).parent / "workers" / "refresh.py"


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture
def database(redis_url: str) -> Iterator[Any]:
    with redis.Redis.from_url(redis_url) as database:
        database.flushall()
        yield database


@pytest.fixture
def token(xiaomi: Sandbox, database: Any) -> dict[str, Any]:
    """An expired token, in the database."""
    token = sign_in(xiaomi)
    database.set("token", json.dumps(token))
    return token


class Worker:
    """A process of the site."""

    def __init__(self, xiaomi: Sandbox, url: str, **options: Any) -> None:
        config = {
            "registration": xiaomi.registration(),
            "redis": url,
            "threads": 8,
            "lock_timeout": 30,
            "timeout": 30,
            **options,
        }
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), json.dumps(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def is_ready(self) -> None:
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n"

    def start(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def results(self) -> list[str]:
        output, _ = self.process.communicate(timeout=60)
        found: list[str] = json.loads(output)
        return found

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    workers: list[Worker] = []
    yield workers
    for worker in workers:
        worker.end()


def test_4_processes_of_8_threads_make_one_refresh_of_one_token(
    xiaomi: Sandbox, redis_url: str, database: Any, token: dict[str, Any], workers: list[Worker]
) -> None:
    workers += [Worker(xiaomi, redis_url) for _ in range(4)]
    for worker in workers:
        worker.is_ready()
    for worker in workers:
        worker.start()
    assert [worker.results() for worker in workers] == [["ok"] * 8] * 4
    assert len(refreshes(xiaomi)) == 1
    assert database.get("saved") == b"1"


def test_a_holder_killed_before_xiaomi_saw_the_token_is_followed_by_the_next(
    xiaomi: Sandbox, redis_url: str, database: Any, token: dict[str, Any], workers: list[Worker]
) -> None:
    xiaomi.fail("token", delay=60, reset=True)  # the request hangs, and is not processed
    holder = Worker(xiaomi, redis_url, threads=1, lock_timeout=1)
    other = Worker(xiaomi, redis_url, lock_timeout=1)
    workers += [holder, other]
    holder.is_ready()
    other.is_ready()
    holder.start()
    wait_for(lambda: len(refreshes(xiaomi)) == 1)
    holder.end()
    other.start()
    assert other.results() == ["ok"] * 8
    assert len(refreshes(xiaomi)) == 2
    assert database.get("saved") == b"1"


def test_a_holder_killed_after_xiaomi_took_the_token_leaves_a_clear_error(
    xiaomi: Sandbox, redis_url: str, database: Any, token: dict[str, Any], workers: list[Worker]
) -> None:
    # What nobody can mend: the new token was on its way to a process that is no more.
    xiaomi.fail("token", delay=60, after=True)
    holder = Worker(xiaomi, redis_url, threads=1, lock_timeout=1)
    other = Worker(xiaomi, redis_url, threads=2, lock_timeout=1)
    workers += [holder, other]
    holder.is_ready()
    other.is_ready()
    holder.start()
    wait_for(lambda: len(refreshes(xiaomi)) == 1)
    holder.end()
    other.start()
    assert [result.partition("[")[2] for result in other.results()] == [
        "96009 OA_INVALID_REFRESHTOKEN]"
    ] * 2
    assert len(refreshes(xiaomi)) == 2


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
