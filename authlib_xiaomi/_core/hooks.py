"""The application's hooks: whether they fit, and how they are called."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from functools import partial
from typing import Any

from ..redaction import Secret


def check_hook(name: str, hook: Any, is_async: bool, *args: str, **keywords: str) -> None:
    """Refuse a hook that cannot be called as it will be.

    :param name: the option.
    :param args: the names of its positional arguments, and `keywords` of the others.
    :raises TypeError: with the signature that is wanted.
    """
    if hook is None:
        return
    form = f"{'async ' if is_async else ''}def {name}({', '.join([*args, *keywords])})"
    if not callable(hook):
        raise TypeError(f"{name} must be a function, not a {type(hook).__name__}: {form}")
    if not is_async and _is_coroutine_function(hook):
        raise TypeError(f"{name} must be a plain function here, not an async one: {form}")
    if is_async and _is_plain_function(hook):
        raise TypeError(f"{name} must be an async function here: {form}")
    if not accepts(hook, *args, **dict.fromkeys(keywords)):
        raise TypeError(f"{name} cannot take the arguments that it will be given: {form}")


def check_hooks(given: Mapping[str, Any], is_async: bool, *args: str, **old: str) -> None:
    """Refuse hooks among the options `given` that cannot be called as they will be.

    :param args: what ``fetch_token`` gets.
    :param old: what ``update_token`` gets beside the token and ``refresh_token``.
    :raises TypeError: with the signature that is wanted.
    """
    update, lock = given.get("update_token"), given.get("refresh_lock")
    check_hook("fetch_token", given.get("fetch_token"), is_async, *args)
    check_hook("update_token", update, is_async, "token", refresh_token="None", **old)
    check_lock(lock, is_async)
    if lock and not given.get("fetch_token"):
        raise TypeError(
            "refresh_lock wants fetch_token as well: after another process has refreshed, its "
            "token must be read again"
        )


def accepts(hook: Any, *args: Any, **kwargs: Any) -> bool:
    """Whether `hook` can be called with these arguments. True where that cannot be known."""
    try:
        signature = inspect.signature(hook)
    except (TypeError, ValueError):  # some built-in functions do not tell
        return not isinstance(hook, partial)
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def has_parameter(hook: Any, name: str) -> bool:
    """Whether `hook` names a parameter so."""
    try:
        return name in inspect.signature(hook).parameters
    except (TypeError, ValueError):
        return False


def _is_coroutine_function(hook: Any) -> bool:
    while isinstance(hook, partial):
        hook = hook.func
    called = type(hook).__call__ if not inspect.isroutine(hook) else None
    return inspect.iscoroutinefunction(hook) or inspect.iscoroutinefunction(called)


def _is_plain_function(hook: Any) -> bool:
    """Whether `hook` certainly returns nothing to await, as far as its definition shows: a lambda
    and a decorated function may return what another one gave."""
    plain = inspect.isfunction(hook) or inspect.ismethod(hook)
    undecided = getattr(hook, "__name__", "") == "<lambda>" or hasattr(hook, "__wrapped__")
    return plain and not undecided and not _is_coroutine_function(hook)


async def call_hook(name: str, call: Secret[Callable[[], Any]], is_async: bool) -> Secret[Any]:
    """What a hook returns, awaited where that is how the client works.

    :param call: the hook with its arguments, out of sight of crash reporters.
    :raises TypeError: where a synchronous client gets something to await.
    """
    result = call.reveal()()
    if inspect.isawaitable(result):
        if is_async:
            return Secret(await result)
        if inspect.iscoroutine(result):
            result.close()
        raise TypeError(f"{name} must be a plain function here: it returned something to await")
    return Secret(result)


def check_lock(refresh_lock: Any, is_async: bool) -> None:
    """Refuse a ``refresh_lock`` that cannot be called with a key.

    :raises TypeError: with an example.
    """
    example = 'refresh_lock=lambda key: redis.lock(f"xiaomi:{key}", timeout=60)'
    if refresh_lock is None:
        return
    if not callable(refresh_lock):
        kind = type(refresh_lock).__name__
        raise TypeError(
            f"refresh_lock must be a function of a key that returns a lock, not a {kind}; for "
            f"example {example}"
        )
    if inspect.iscoroutinefunction(refresh_lock):
        kind = "an asynchronous context manager" if is_async else "a context manager"
        raise TypeError(f"refresh_lock must be a plain function that returns {kind}: {example}")
    if not accepts(refresh_lock, "key"):
        raise TypeError(f"refresh_lock must take one argument, the key: {example}")


def enter_lock(lock: Any, is_async: bool) -> Any:
    """`lock`, what a ``refresh_lock`` returned, as an asynchronous context manager.

    :raises TypeError: where it is of the other kind, or none.
    """
    wanted: Any = AbstractAsyncContextManager if is_async else AbstractContextManager
    if not isinstance(lock, wanted):
        kind = "an asynchronous context manager" if is_async else "a context manager"
        raise TypeError(f"refresh_lock must return {kind} here, not a {type(lock).__name__}")
    return lock if is_async else _as_async(lock)


@asynccontextmanager
async def _as_async(manager: AbstractContextManager[Any]) -> AsyncIterator[None]:
    with manager:
        yield


def check_cache(cache: Any, is_async: bool) -> None:
    """Refuse a registry's cache that cannot keep states.

    :raises TypeError: where a method is missing, or of the wrong kind.
    """
    for name in ("get", "set", "delete") if cache is not None else ():
        method = getattr(cache, name, None)
        if not callable(method):
            raise TypeError(f"cache must have a method {name}(): a {type(cache).__name__} has none")
        if not is_async and _is_coroutine_function(method):
            raise TypeError(f"cache.{name}() must be a plain function here, not an async one")
        if is_async and _is_plain_function(method):
            raise TypeError(f"cache.{name}() must be an async function here")
