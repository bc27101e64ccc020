"""The application's hooks (``fetch_token``, ``update_token``, ``refresh_lock``, a cache's methods):
they are checked at registration, and called here."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from functools import partial
from typing import Any

from ..redaction import Secret


def check_hook(
    name: str, hook: Any, is_async: bool, args: tuple[str, ...], keywords: tuple[str, ...] = (),
    *, form: str | None = None,
) -> None:  # fmt: skip
    """Refuse a hook that cannot be called with `args` and `keywords`, or is of the wrong kind.

    :param form: what the message shows as correct; by default the signature.
    :raises TypeError: for such a hook.
    """
    if hook is None:
        return
    if form is None:
        form = f"def {name}({', '.join([*args, *keywords])})"
        form = f"async {form}" if is_async else form
    if not callable(hook):
        raise TypeError(f"{name} must be a function, not a {type(hook).__name__}: {form}")
    if not is_async and _is_coroutine_function(hook):
        raise TypeError(f"{name} must be a plain function here, not an async one: {form}")
    if is_async and _is_plain_function(hook):
        raise TypeError(f"{name} must be an async function here: {form}")
    if not accepts(hook, *args, **dict.fromkeys(keywords)):
        raise TypeError(f"{name} cannot take the arguments that it will be given: {form}")


def check_hooks(
    given: Mapping[str, Any],
    is_async: bool,
    fetch: tuple[str, ...] = (),
    update: tuple[str, ...] = (),
) -> None:
    """Check the hooks in `given`.

    :param fetch: the parameters of ``fetch_token``.
    :param update: those of ``update_token`` beside ``token`` and ``refresh_token``.
    :raises TypeError: for a hook that cannot be called so, or is of the wrong kind.
    """
    check_hook("fetch_token", given.get("fetch_token"), is_async, fetch)
    keywords = ("refresh_token", *update)
    check_hook("update_token", given.get("update_token"), is_async, ("token",), keywords)
    form = 'refresh_lock=lambda key: redis.lock(f"xiaomi:{key}", timeout=60), for example'
    check_hook("refresh_lock", given.get("refresh_lock"), False, ("key",), form=form)
    if given.get("refresh_lock") and not given.get("fetch_token"):
        raise TypeError(
            "refresh_lock needs fetch_token as well: after another process has refreshed, its "
            "token must be read again"
        )


def check_cache(cache: Any, is_async: bool) -> None:
    """Check that a registry's cache can keep states. Raises TypeError where it cannot."""
    methods = {"get": ("key",), "set": ("key", "value", "expires_in"), "delete": ("key",)}
    if cache is None:
        return
    for name, args in methods.items():
        if getattr(cache, name, None) is None:
            raise TypeError(f"cache must have a method {name}: a {type(cache).__name__} has none")
        check_hook(f"cache.{name}", getattr(cache, name), is_async, args)


def accepts(hook: Any, *args: Any, **kwargs: Any) -> bool:
    """Whether `hook` can be called with these arguments; true for functions that do not tell."""
    signature = _signature(hook)
    if signature is None:
        return not isinstance(hook, partial)
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def has_parameter(hook: Any, name: str) -> bool:
    """Whether `hook` has a parameter of this name."""
    signature = _signature(hook)
    return signature is not None and name in signature.parameters


def _signature(hook: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(hook)
    except (TypeError, ValueError):  # of some built-in functions
        return None


def _is_coroutine_function(hook: Any) -> bool:
    while isinstance(hook, partial):
        hook = hook.func
    called = type(hook).__call__ if not inspect.isroutine(hook) else None
    return inspect.iscoroutinefunction(hook) or inspect.iscoroutinefunction(called)


def _is_plain_function(hook: Any) -> bool:
    """Whether `hook` certainly returns nothing to await. A lambda and a decorated function may
    return the result of an async function."""
    plain = inspect.isfunction(hook) or inspect.ismethod(hook)
    undecided = getattr(hook, "__name__", "") == "<lambda>" or hasattr(hook, "__wrapped__")
    return plain and not undecided and not _is_coroutine_function(hook)


async def call_hook(name: str, call: Secret[Callable[[], Any]], is_async: bool) -> Secret[Any]:
    """The result of a hook, awaited for asynchronous clients. `call` is the hook with its
    arguments, hidden from crash reporters. Raises TypeError where the hook of a synchronous client
    returns something to await."""
    result = call.reveal()()
    if inspect.isawaitable(result):
        if is_async:
            return Secret(await result)
        if inspect.iscoroutine(result):
            result.close()
        raise TypeError(f"{name} must be a plain function here: it returned something to await")
    return Secret(result)


@asynccontextmanager
async def enter_lock(lock: Any, is_async: bool) -> AsyncIterator[None]:
    """The context of `lock`, which a ``refresh_lock`` has returned. Raises TypeError where it is
    not a context manager of the kind that the client needs."""
    wanted: Any = AbstractAsyncContextManager if is_async else AbstractContextManager
    if not isinstance(lock, wanted):
        kind = "an asynchronous context manager" if is_async else "a context manager"
        raise TypeError(f"refresh_lock must return {kind} here, not a {type(lock).__name__}")
    if is_async:
        async with lock:
            yield
    else:
        with lock:
            yield
