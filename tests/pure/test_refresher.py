"""Refreshes of one registration, without HTTP: what is remembered, and how long one waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import anyio
import anyio.lowlevel
import pytest

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi._async_runtime import AsyncRuntime
from authlib_xiaomi._core.refresh import Refresher
from authlib_xiaomi._core.runtime import Runtime, WaitTimeoutError, run_sync
from authlib_xiaomi._core.token_source import TokenStore
from authlib_xiaomi._core.tokens import SecretToken, XiaomiToken
from authlib_xiaomi.httpx_client import AsyncXiaomiOAuth2Client
from authlib_xiaomi.redaction import Secret

RUNTIME = Runtime()
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
    runtime: Runtime = RUNTIME,
) -> str:  # fmt: skip
    """The new refresh token."""
    found, _ = run_sync(refresher.refresh("1", old, TokenStore(runtime), xiaomi.exchange, limit))
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

    class Failing(Runtime):
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


class Watched(Runtime):
    """Tells when somebody waits for another one."""

    def __init__(self) -> None:
        self.waits = threading.Event()

    async def wait(self, future: Any, seconds: float) -> Any:
        self.waits.set()
        return await super().wait(future, seconds)


def test_who_waits_for_a_refresh_that_is_interrupted_makes_it() -> None:
    runtime, began = Watched(), threading.Event()

    def interrupted() -> None:
        began.set()
        assert runtime.waits.wait(20)
        raise KeyboardInterrupt

    refresher, xiaomi = Refresher(), Xiaomi()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(refresh, refresher, token(1), Xiaomi(interrupted))
        assert began.wait(20)
        found, issued = run_sync(
            refresher.refresh("1", token(1), TokenStore(runtime), xiaomi.exchange, 20)
        )
        with pytest.raises(KeyboardInterrupt):
            first.result()
    assert (found.reveal()["refresh_token"], issued) == ("R3_after_R3_1", True)


def test_a_hook_that_reads_the_store_may_use_the_client() -> None:
    refresher, xiaomi, inner = Refresher(), Xiaomi(), []

    def load() -> None:
        inner.append(refresh(refresher, token(1), xiaomi))

    store = TokenStore(RUNTIME, load)
    run_sync(refresher.refresh("1", token(1), store, xiaomi.exchange, 5))
    assert (inner, xiaomi.seen) == (["R3_after_R3_1"], ["R3_1"])


def test_a_hook_whose_own_refresh_is_refused_is_told_so() -> None:
    refresher, told = Refresher(), []

    async def refused(old: SecretToken) -> SecretToken:
        raise XiaomiOAuthError.from_xiaomi(96009)

    async def ask() -> Any:
        return await refresher.refresh("1", token(1), TokenStore(RUNTIME), refused, 5)

    def load() -> None:
        with pytest.raises(XiaomiOAuthError) as caught:
            run_sync(ask())
        told.append(caught.value.code)

    store = TokenStore(RUNTIME, load)
    with pytest.raises(XiaomiOAuthError) as caught:
        run_sync(refresher.refresh("1", token(1), store, refused, 5))
    assert {caught.value.code, *told} == {96009}


def test_who_has_waited_too_long_gives_up_no_refresh_but_that_one() -> None:
    go_on, began = threading.Event(), threading.Event()

    class Late(Runtime):
        """The refresh that was waited for ends while one gives up."""

        async def wait(self, future: Any, seconds: float) -> Any:
            go_on.set()
            assert (await super().wait(future, 20))[1]
            raise WaitTimeoutError

    def hang() -> None:
        began.set()
        assert go_on.wait(20)

    refresher = Refresher()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(refresh, refresher, token(1), Xiaomi(hang))
        assert began.wait(20)
        with pytest.raises(XiaomiOAuthError, match="is late"):
            run_sync(refresher.refresh("1", token(1), TokenStore(Late()), Xiaomi().exchange, 1))
        assert first.result() == "R3_after_R3_1"
    assert refresh(refresher, token(1), Xiaomi()) == "R3_after_R3_1"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
class TestTasks:
    """The same in an event loop."""

    class Watched(AsyncRuntime):
        def __init__(self) -> None:
            self.waits = anyio.Event()

        async def wait(self, future: Any, seconds: float) -> Any:
            self.waits.set()
            return await super().wait(future, seconds)

    def test_tasks_that_want_the_same_token_wait_for_one_refresh(self, backend: str) -> None:
        async def main() -> None:
            refresher, runtime, found, seen = Refresher(), self.Watched(), [], []

            async def exchange(old: SecretToken) -> SecretToken:
                seen.append(old.reveal()["refresh_token"])
                await runtime.waits.wait()
                return token("new")

            async def one() -> None:
                store = TokenStore(runtime)
                new, _ = await refresher.refresh("1", token(1), store, exchange, 20)
                found.append(new.reveal()["refresh_token"])

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(one)
                tasks.start_soon(one)
            assert (found, seen) == (["R3_new"] * 2, ["R3_1"])

        anyio.run(main, backend=backend)

    def test_a_task_waits_so_long_and_no_longer(self, backend: str) -> None:
        async def main() -> None:
            refresher, runtime = Refresher(), self.Watched()
            store, began, over = TokenStore(runtime), anyio.Event(), anyio.Event()

            async def exchange(old: SecretToken) -> SecretToken:
                began.set()
                await over.wait()
                return token("new")

            async def first() -> None:
                await refresher.refresh("1", token(1), store, exchange, 20)

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(first)
                await began.wait()
                with pytest.raises(XiaomiOAuthError, match="is late"):
                    await refresher.refresh("1", token(1), store, exchange, 0.01)
                over.set()

        anyio.run(main, backend=backend)

    def test_a_task_of_a_hook_waits_for_the_exchange_and_not_for_the_hook(
        self, backend: str
    ) -> None:
        async def main() -> None:
            refresher, runtime, found = Refresher(), self.Watched(), []

            async def exchange(old: SecretToken) -> SecretToken:
                await runtime.waits.wait()
                return token("new")

            async def refreshed(store: TokenStore) -> None:
                new, _ = await refresher.refresh("1", token(1), store, exchange, 20)
                found.append(new.reveal()["refresh_token"])

            async with anyio.create_task_group() as tasks:

                async def load() -> None:
                    tasks.start_soon(refreshed, TokenStore(runtime))

                await refreshed(TokenStore(runtime, load))
            assert found == ["R3_new"] * 2

        anyio.run(main, backend=backend)

    def test_a_task_of_a_hook_waits_for_the_exchange_so_long_and_no_longer(
        self, backend: str
    ) -> None:
        async def main() -> None:
            refresher, runtime, over = Refresher(), self.Watched(), anyio.Event()

            async def exchange(old: SecretToken) -> SecretToken:
                await over.wait()
                return token("new")

            async def nested() -> None:
                with pytest.raises(XiaomiOAuthError, match="is late"):
                    await refresher.refresh("1", token(1), TokenStore(runtime), exchange, 0.01)
                over.set()

            async with anyio.create_task_group() as tasks:

                async def load() -> None:
                    tasks.start_soon(nested)

                store = TokenStore(runtime, load)
                await refresher.refresh("1", token(1), store, exchange, 20)

        anyio.run(main, backend=backend)


def test_a_token_assigned_in_a_task_of_trio_is_that_tasks() -> None:
    client = AsyncXiaomiOAuth2Client("1")

    async def main() -> None:
        seen = []

        async def one(name: str) -> None:
            client.token = {"access_token": name}
            await anyio.lowlevel.checkpoint()
            seen.append(client.token["access_token"])

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one, "V3_1")
            tasks.start_soon(one, "V3_2")
        assert sorted(seen) == ["V3_1", "V3_2"]

    anyio.run(main, backend="trio")
