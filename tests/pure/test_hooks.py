"""The application's hooks: which are refused before they can cost a session."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial, wraps
from typing import Any

import pytest

from authlib_xiaomi._core.hooks import (
    accepts,
    call_hook,
    check_cache,
    check_hook,
    check_hooks,
    enter_lock,
    has_parameter,
)
from authlib_xiaomi._core.runtime import run_sync
from authlib_xiaomi.redaction import Secret


def check(hook: Any, is_async: bool = False) -> None:
    check_hook("update_token", hook, is_async, ("token",), ("refresh_token", "access_token"))


def plain(token: Any, refresh_token: Any = None, access_token: Any = None) -> Any:
    return token


async def awaited(token: Any, refresh_token: Any = None, access_token: Any = None) -> Any:
    return token


class Hook:
    """A hook that is an object."""

    def __call__(self, token: Any, **old: Any) -> Any:
        return token

    def method(self, *args: Any, **kwargs: Any) -> Any:
        return args


class AsyncHook:
    """An asynchronous hook that is an object."""

    async def __call__(self, token: Any, **old: Any) -> Any:
        return token


@wraps(plain)
def decorated(*args: Any, **kwargs: Any) -> Any:
    return awaited(*args, **kwargs)


PLAIN = [plain, Hook().method]
AWAITED = [awaited, partial(awaited), AsyncHook(), partial(AsyncHook())]
EITHER = [None, lambda *args, **kwargs: None, partial(plain), Hook(), decorated, dict]


@pytest.mark.parametrize("hook", [*PLAIN, *EITHER])
def test_a_hook_that_may_be_plain_is_taken_by_what_is_synchronous(hook: Any) -> None:
    check(hook)


@pytest.mark.parametrize("hook", [*AWAITED, *EITHER])
def test_a_hook_that_may_be_awaited_is_taken_by_what_is_asynchronous(hook: Any) -> None:
    check(hook, is_async=True)


@pytest.mark.parametrize("hook", AWAITED)
def test_an_async_hook_is_refused_by_what_is_synchronous(hook: Any) -> None:
    with pytest.raises(TypeError, match="must be a plain function") as caught:
        check(hook)
    assert "def update_token(token, refresh_token, access_token)" in str(caught.value)


@pytest.mark.parametrize("hook", PLAIN)
def test_a_plain_hook_is_refused_by_what_is_asynchronous(hook: Any) -> None:
    with pytest.raises(TypeError, match="must be an async function here: async def update_token"):
        check(hook, is_async=True)


@pytest.mark.parametrize("hook", ["save", 5, object(), {"save": plain}])
def test_what_cannot_be_called_is_no_hook(hook: Any) -> None:
    with pytest.raises(TypeError, match=r"update_token must be a function, not an? "):
        check(hook)


@pytest.mark.parametrize(
    "hook",
    [
        lambda: None,
        lambda token: None,
        lambda token, refresh_token: None,
        lambda token, other, refresh_token=None, access_token=None: None,
        lambda *, token, refresh_token, access_token: None,
    ],
)
def test_a_hook_that_cannot_take_what_it_is_given_is_refused(hook: Any) -> None:
    with pytest.raises(TypeError, match=r"cannot take the arguments .*update_token"):
        check(hook)


def test_a_function_that_does_not_tell_its_parameters_is_taken() -> None:
    assert accepts(dict, 1, 2, 3)  # built in, without a signature
    assert not has_parameter(dict, "request")


# What only a call can show


def test_something_to_await_is_refused_by_what_is_synchronous() -> None:
    with pytest.raises(TypeError, match="fetch_token must be a plain function here"):
        run_sync(call_hook("fetch_token", Secret(partial(awaited, 1)), False))


def test_something_to_await_that_is_no_coroutine_is_refused_too() -> None:
    class Awaitable:
        def __await__(self) -> Any:
            yield

    with pytest.raises(TypeError, match="fetch_token must be a plain function here"):
        run_sync(call_hook("fetch_token", Secret(Awaitable), False))


@pytest.mark.parametrize("hook", [plain, awaited, decorated])
def test_what_is_asynchronous_takes_both_from_a_hook_that_it_could_not_tell(hook: Any) -> None:
    found = asyncio.run(call_hook("fetch_token", Secret(partial(hook, 1)), True))
    assert found.reveal() == 1


# Locks


@contextmanager
def lock(key: str) -> Any:
    yield


@asynccontextmanager
async def async_lock(key: str) -> Any:
    yield


async def coroutine(key: str) -> Any:
    return threading.Lock()


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("factory", [None, lock, async_lock, lambda key: None, dict])
def test_a_refresh_lock_is_a_function_of_a_key(factory: Any, is_async: bool) -> None:
    check_hooks({"refresh_lock": factory, "fetch_token": lambda: None}, is_async)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    "factory", ["redis", 5, object(), threading.Lock(), coroutine, lambda: None, lambda a, b: None]
)
def test_another_refresh_lock_is_refused_with_an_example(factory: Any, is_async: bool) -> None:
    with pytest.raises(TypeError, match=r"^refresh_lock .*: .*lambda key: redis\.lock"):
        check_hooks({"refresh_lock": factory, "fetch_token": lambda: None}, is_async)


@pytest.mark.parametrize(
    ("made", "is_async", "kind"),
    [
        (lambda: async_lock("k"), False, "a context manager"),
        (lambda: lock("k"), True, "an asynchronous context manager"),
        (threading.Lock, True, "an asynchronous context manager"),
        (object, False, "a context manager"),
        (object, True, "an asynchronous context manager"),
        (lambda: None, False, "a context manager"),
    ],
)
def test_a_lock_of_the_wrong_kind_is_refused(made: Any, is_async: bool, kind: str) -> None:
    async def enter() -> None:
        async with enter_lock(made(), is_async):
            raise AssertionError

    with pytest.raises(TypeError, match=f"refresh_lock must return {kind} here, not a"):
        run_sync(enter())


def test_a_lock_of_a_synchronous_client_is_entered_and_left() -> None:
    seen: list[str] = []

    @contextmanager
    def manager() -> Iterator[None]:
        seen.append("in")
        try:
            yield
        except KeyError:
            seen.append("error")

    async def use() -> None:
        async with enter_lock(manager(), is_async=False):
            raise KeyError

    run_sync(use())
    assert seen == ["in", "error"]


# Caches


class Cache:
    """A cache for a synchronous registry."""

    def get(self, key: str) -> Any: ...

    def set(self, key: str, value: Any, expires: int) -> None: ...

    def delete(self, key: str) -> None: ...


class AsyncCache:
    """A cache for an asynchronous registry."""

    async def get(self, key: str) -> Any: ...

    async def set(self, key: str, value: Any, expires: int) -> None: ...

    async def delete(self, key: str) -> None: ...


class HalfACache:
    """A cache without ``delete``."""

    get, set = Cache.get, Cache.set


class OldCache(Cache):
    """A cache whose values have no end."""

    def set(self, key: str, value: Any) -> None: ...  # type: ignore[override]


@pytest.mark.parametrize(
    ("cache", "is_async"), [(None, False), (None, True), (Cache(), False), (AsyncCache(), True)]
)
def test_a_cache_keeps_states(cache: Any, is_async: bool) -> None:
    check_cache(cache, is_async)


@pytest.mark.parametrize(
    ("cache", "is_async", "message"),
    [
        (AsyncCache(), False, r"cache\.get must be a plain function here"),
        (Cache(), True, r"cache\.get must be an async function here"),
        (OldCache(), False, r"cache\.set cannot take .*def cache\.set\(key, value, expires_in\)"),
        (HalfACache(), False, r"cache must have a method delete: a HalfACache has none"),
        ({}, True, r"cache must have a method set"),
    ],
)
def test_another_cache_is_refused(cache: Any, is_async: bool, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        check_cache(cache, is_async)
