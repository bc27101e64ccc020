"""One refresh for all who want it, and none is lost: in loops, threads, hooks, and at the end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from authlib_xiaomi import XiaomiOAuthError

from .crowd import Crowd, Person, identity
from .kinds import APPS, CLIENTS, KINDS, LONG, Kind, finish, maybe, within
from .options import timeout
from .waiting import async_wait_for, wait_for

ASYNC = [name for name, kind in KINDS.items() if kind.is_async]
SYNC = [name for name, kind in KINDS.items() if not kind.is_async]


class Site:
    """One user's token, a client, and hooks that keep the one for the other.

    :param on_load: a coroutine function that ``fetch_token`` calls, if it is not called by it.
    :param on_save: a coroutine function that ``update_token`` calls, given the new token.
    :param stores_first: whether ``update_token`` stores the token before it calls `on_save`.
    """

    def __init__(
        self,
        kind: str,
        crowd: Crowd,
        *,
        on_load: Callable[[Site], Any] | None = None,
        on_save: Callable[[Site, Any], Any] | None = None,
        stores_first: bool = True,
        **options: Any,
    ) -> None:
        self.crowd = crowd
        self.person: Person = crowd.person()
        self.token: Any = self.person.expired
        self.saved: list[Any] = []
        self._on_load, self._on_save, self._stores_first = on_load, on_save, stores_first
        self._loading = False
        self.client: Kind = KINDS[kind](
            crowd.xiaomi.registration(),
            fetch_token=self._load,
            update_token=self._save,
            scope="1 4 6",
            **options,
        )

    async def _load(self) -> Any:
        if self._on_load and not self._loading:
            self._loading = True
            try:
                await self._on_load(self)
            finally:
                self._loading = False
        return self.token

    async def _save(self, token: Any, **_: Any) -> None:
        if self._stores_first:
            self._store(token)
        if self._on_save:
            await self._on_save(self, token)
        if not self._stores_first:
            self._store(token)

    def _store(self, token: Any) -> None:
        self.saved.append(token)
        self.token = token

    async def ask(self, **kwargs: Any) -> Any:
        return identity(await self.client.ask("userinfo", **kwargs))

    @property
    def refreshes_once(self) -> bool:
        """Whether the old token was sent once, and its successor stored once."""
        sent = self.crowd.refreshes
        return sent == [self.person.token["refresh_token"]] and len(self.saved) == 1


# Hooks that use the client


async def _userinfo(site: Site, token: Any) -> Any:
    return await site.ask()


async def _userinfo_of_the_new(site: Site, token: Any) -> Any:
    return await site.ask(token=token)


async def _userinfo_of_the_old(site: Site, token: Any) -> Any:
    return await site.ask(token=site.person.expired)


async def _get(site: Site, token: Any) -> Any:
    answer = await site.client.ask("get", "user/profile")
    assert answer.json()["data"]["unionId"] == site.person.sub
    return site.person.identity


async def _refresh_of_the_old(site: Site, token: Any) -> Any:
    new = await site.client.ask("refresh_token", token=site.person.expired)
    assert new["access_token"] == token["access_token"]
    return site.person.identity


USES = [_userinfo, _userinfo_of_the_new, _userinfo_of_the_old, _get, _refresh_of_the_old]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stores_first", [True, False], ids=["after storing", "before storing"])
@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__.strip("_"))
def test_update_token_may_use_the_client_and_gets_the_new_token(
    crowd: Crowd, kind: str, stores_first: bool, use: Callable[..., Any]
) -> None:
    found: list[Any] = []

    async def on_save(site: Site, token: Any) -> None:
        found.append(await use(site, token))

    site = Site(kind, crowd, on_save=on_save, stores_first=stores_first)
    assert site.client.run(*[site.ask] * 4) == [site.person.identity] * 4
    assert found == [site.person.identity]
    assert site.refreshes_once
    used = {r.args["token"] for r in crowd.xiaomi.requests if r.endpoint == "user/profile"}
    assert used == {site.token["access_token"]}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("passed", [False, True], ids=["stored", "passed"])
def test_fetch_token_may_use_the_client_and_gets_the_new_token(
    crowd: Crowd, kind: str, passed: bool
) -> None:
    found: list[Any] = []

    async def on_load(site: Site) -> None:
        found.append(await site.ask(token=site.token))

    site = Site(kind, crowd, on_load=on_load)
    token = {"token": site.person.expired} if passed else {}
    assert site.client.do(partial(site.ask, **token)) == site.person.identity
    assert set(map(tuple, found)) <= {tuple(site.person.identity)}
    assert site.refreshes_once


@pytest.mark.parametrize("kind", CLIENTS)
def test_update_token_may_use_a_client_that_was_given_its_token(crowd: Crowd, kind: str) -> None:
    person = crowd.person()
    found: list[Any] = []

    async def update_token(token: Any, **_: Any) -> None:
        found.append(identity(await client.ask("userinfo")))

    client = KINDS[kind](
        crowd.xiaomi.registration(), scope="1 4 6", token=person.expired, update_token=update_token
    )

    async def job() -> Any:
        return identity(await client.ask("userinfo"))

    assert client.do(job) == person.identity
    assert found == [person.identity]
    assert crowd.refreshes == [person.token["refresh_token"]]


# Many at once


@pytest.mark.parametrize("kind", APPS)
def test_event_loops_and_threads_that_share_an_app_make_one_refresh(
    crowd: Crowd, kind: str
) -> None:
    site = Site(kind, crowd)
    crowd.xiaomi.fail("token", delay=0.2)  # so that all have come before it is answered
    jobs = [partial(site.ask), partial(site.ask, token=site.person.expired)] * 4
    if site.client.is_async:
        runs = [lambda: asyncio.run(site.client._gather(tuple(jobs)))] * 4
        found = [one for results in within(LONG, *runs) for one in results]
    else:
        found = site.client.run(*jobs * 4)
    assert found == [site.person.identity] * 32
    assert site.refreshes_once


@pytest.mark.parametrize("kind", KINDS)
def test_a_refresh_that_fails_loses_no_session_and_hangs_nobody(crowd: Crowd, kind: str) -> None:
    site = Site(kind, crowd)
    crowd.xiaomi.fail("token", status=503, delay=0.1)

    async def twice() -> Any:
        with suppress(XiaomiOAuthError):
            await site.ask()
        return await site.ask()

    assert site.client.run(*[twice] * 8) == [site.person.identity] * 8
    assert len(crowd.refreshes) == 2
    assert len(site.saved) == 1


# Requests that are given up


@pytest.mark.parametrize("kind", ASYNC)
def test_the_first_of_many_that_want_a_refresh_may_be_cancelled(crowd: Crowd, kind: str) -> None:
    site = Site(kind, crowd)
    crowd.xiaomi.fail("token", delay=0.3)

    async def job() -> list[Any]:
        tasks = [asyncio.create_task(site.ask()) for _ in range(8)]
        await async_wait_for(lambda: crowd.refreshes)
        for task in tasks[:3]:
            task.cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    found = site.client.do(job)
    assert [type(one) for one in found[:3]] == [asyncio.CancelledError] * 3
    assert found[3:] == [site.person.identity] * 5
    assert site.refreshes_once


@pytest.mark.parametrize("kind", ASYNC)
def test_a_refresh_that_nobody_waits_for_any_more_is_stored(crowd: Crowd, kind: str) -> None:
    site = Site(kind, crowd)
    crowd.xiaomi.fail("token", delay=0.3)

    async def job() -> Any:
        asking = asyncio.create_task(site.ask())
        await async_wait_for(lambda: crowd.refreshes)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        return await site.ask()

    assert site.client.do(job) == site.person.identity
    assert site.refreshes_once


# Shutdown


async def _slow(site: Site, token: Any) -> None:
    pause: Any = asyncio.sleep if site.client.is_async else time.sleep
    await maybe(pause(0.2))


@pytest.mark.parametrize("kind", SYNC)
def test_close_waits_until_a_refresh_on_its_way_is_stored(crowd: Crowd, kind: str) -> None:
    site = Site(kind, crowd, on_save=_slow, stores_first=False)
    crowd.xiaomi.fail("token", delay=0.3)
    asking = threading.Thread(target=site.client._in_context, args=(site.ask,), daemon=True)
    asking.start()
    wait_for(lambda: crowd.refreshes)
    within(LONG, lambda: finish(site.client.close()))
    assert site.refreshes_once
    asking.join()


@pytest.mark.parametrize("kind", ASYNC)
@pytest.mark.parametrize("is_given_up", [False, True], ids=["wanted", "given up"])
def test_aclose_waits_until_a_refresh_on_its_way_is_stored(
    crowd: Crowd, kind: str, is_given_up: bool
) -> None:
    site = Site(kind, crowd, on_save=_slow, stores_first=False)
    crowd.xiaomi.fail("token", delay=0.3)

    async def job() -> bool:
        asking = asyncio.create_task(site.ask())
        await async_wait_for(lambda: crowd.refreshes)
        if is_given_up:
            asking.cancel()
        await site.client.close()
        stored = site.refreshes_once
        await asyncio.gather(asking, return_exceptions=True)
        return stored

    assert site.client.do(job)


@pytest.mark.parametrize("kind", KINDS)
def test_close_does_not_wait_longer_than_a_refresh_may_take(crowd: Crowd, kind: str) -> None:
    site = Site(kind, crowd, **timeout(0.3))
    crowd.xiaomi.fail("token", delay=60, reset=True)

    async def job() -> Any:
        asking = asyncio.create_task(site.ask())
        await async_wait_for(lambda: crowd.refreshes)
        await site.client.close()
        await asyncio.gather(asking, return_exceptions=True)

    start = time.monotonic()
    if site.client.is_async:
        site.client.do(job)
    else:
        asking = partial(site.client._in_context, site.ask)
        thread = threading.Thread(target=within, args=(LONG, asking), daemon=True)
        thread.start()
        wait_for(lambda: crowd.refreshes)
        within(LONG, lambda: finish(site.client.close()))
        thread.join(LONG)
    assert time.monotonic() - start < 10
