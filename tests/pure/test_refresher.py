"""Refreshes of one registration, without HTTP: what is remembered, and how long one waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import pytest

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi._core.refresh import Refresher
from authlib_xiaomi._core.runtime import SyncRuntime, run_sync
from authlib_xiaomi._core.token_source import TokenStore
from authlib_xiaomi._core.tokens import SecretToken, XiaomiToken
from authlib_xiaomi.redaction import Secret

RUNTIME = SyncRuntime()
T = TypeVar("T")


def token(name: object) -> SecretToken:
    return Secret(XiaomiToken({"access_token": f"V3_{name}", "refresh_token": f"R3_{name}"}))


class Xiaomi:
    """Exchanges refresh tokens, and notes them."""

    def __init__(self, wait: Callable[[], object] = lambda: None) -> None:
        self.seen: list[str] = []
        self._wait = wait

    async def exchange(self, old: SecretToken) -> SecretToken:
        name = old.reveal()["refresh_token"]
        self.seen.append(name)
        self._wait()
        return token(f"after_{name}")


def refresh(
    refresher: Refresher, old: SecretToken, xiaomi: Xiaomi, limit: float = 5.0,
    runtime: SyncRuntime = RUNTIME,
) -> str:  # fmt: skip
    """The new refresh token."""
    found, _ = run_sync(
        refresher.refresh("1", old, TokenStore(runtime), xiaomi.exchange, runtime, limit)
    )
    return str(found.reveal()["refresh_token"])


def test_a_refresh_token_is_exchanged_once() -> None:
    refresher, xiaomi = Refresher(), Xiaomi()
    assert {refresh(refresher, token(1), xiaomi) for _ in range(3)} == {"R3_after_R3_1"}
    assert xiaomi.seen == ["R3_1"]


def test_what_is_remembered_has_a_bound() -> None:
    refresher, xiaomi = Refresher(), Xiaomi()
    for number in range(4200):
        refresh(refresher, token(number), xiaomi)
    xiaomi.seen.clear()
    refresh(refresher, token(4199), xiaomi)
    assert xiaomi.seen == []  # still known
    refresh(refresher, token(0), xiaomi)
    assert xiaomi.seen == ["R3_0"]  # forgotten, and so sent


def test_who_waits_for_another_ones_refresh_waits_so_long_and_no_longer() -> None:
    go_on, began = threading.Event(), threading.Event()

    def hang() -> None:
        began.set()
        go_on.wait(20)

    refresher, xiaomi = Refresher(), Xiaomi(hang)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(refresh, refresher, token(1), xiaomi)
        assert began.wait(20)
        with pytest.raises(XiaomiOAuthError, match="is late") as caught:
            refresh(refresher, token(1), xiaomi, limit=0.01)
        assert caught.value.retryable
        go_on.set()
        assert first.result() == "R3_after_R3_1"


def test_a_refresh_of_which_nothing_comes_is_given_up_for_those_who_follow() -> None:
    go_on, began = threading.Event(), threading.Event()

    def hang() -> None:
        began.set()
        go_on.wait(20)

    refresher = Refresher()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(refresh, refresher, token(1), Xiaomi(hang))
        assert began.wait(20)
        with pytest.raises(XiaomiOAuthError, match="is late"):
            refresh(refresher, token(1), Xiaomi(), limit=0.01)
        assert refresh(refresher, token(1), Xiaomi(), limit=0.01) == "R3_after_R3_1"
        go_on.set()


def test_who_waits_for_several_that_fail_one_after_the_other_waits_no_longer_in_all() -> None:
    go_on, began = threading.Event(), threading.Event()

    class Failing(SyncRuntime):
        """Each refresh that is waited for fails in its hook, as with a store that is down."""

        waits = 0

        async def wait(self, future: Future[T], seconds: float) -> T:
            self.waits += 1
            if seconds and self.waits < 10_000:
                raise OSError("the store is down")
            return await super().wait(future, 0)

    def hang() -> None:
        began.set()
        go_on.wait(20)

    refresher, runtime = Refresher(), Failing()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(refresh, refresher, token(1), Xiaomi(hang))
        assert began.wait(20)
        with pytest.raises(XiaomiOAuthError, match="is late"):
            refresh(refresher, token(1), Xiaomi(), 0.01, runtime)
        go_on.set()
    assert 1 < runtime.waits < 10_000
