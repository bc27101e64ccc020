"""What is written once as coroutines, run to its end at once for synchronous clients."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import Any

import pytest

from authlib_xiaomi._core.runtime import Runtime, WaitTimeoutError, run_sync


async def given(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


def test_a_coroutine_that_never_suspends_runs_to_its_end() -> None:
    async def both() -> list[int]:
        return [await given(1), await given(2)]

    assert run_sync(both()) == [1, 2]


def test_what_a_coroutine_raises_is_raised() -> None:
    with pytest.raises(KeyError, match="lost"):
        run_sync(given(KeyError("lost")))


def test_a_coroutine_that_suspends_is_refused_and_ended() -> None:
    ended = []

    async def suspends() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            ended.append(True)

    with pytest.raises(RuntimeError, match="given something asynchronous"):
        run_sync(suspends())
    assert ended


def test_waiting_ends_with_what_another_thread_sets() -> None:
    future: Future[int] = Future()
    future.set_result(5)
    assert run_sync(Runtime().wait(future, 0)) == 5


def test_waiting_ends_after_so_many_seconds() -> None:
    with pytest.raises(WaitTimeoutError):
        run_sync(Runtime().wait(Future(), 0.01))


def test_results_come_in_the_order_of_the_calls() -> None:
    assert run_sync(Runtime().gather([lambda: given(1), lambda: given(2)])) == [1, 2]
