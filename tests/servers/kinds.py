"""The apps and the clients, synchronous and asynchronous, driven alike.

A test is written once, with coroutine functions. What a synchronous method returns is a result
and what an asynchronous one returns is awaitable: :func:`maybe` takes both. :meth:`Kind.run` runs
the coroutines at the same time, in threads or in tasks.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any, ClassVar

from .crowd import client_options

Job = Callable[[], Coroutine[Any, Any, Any]]

#: Seconds after which something is said to hang; far more than anything takes.
LONG = 60.0


async def maybe(value: Any) -> Any:
    """`value`, awaited if it is awaitable."""
    return await value if inspect.isawaitable(value) else value


def finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never has to wait, as those over synchronous methods."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise AssertionError("a synchronous client gave something to wait for")


def within(seconds: float, *functions: Callable[[], Any]) -> list[Any]:
    """Call `functions` at the same time, each in a thread; what they return or raise.

    :raises AssertionError: where one has not ended in time; its thread is left behind.
    """
    results: list[Any] = [None] * len(functions)
    together = threading.Barrier(len(functions))

    def call(number: int, function: Callable[[], Any]) -> None:
        together.wait()
        try:
            results[number] = function()
        except Exception as error:
            results[number] = error

    threads = [
        threading.Thread(target=call, args=each, daemon=True) for each in enumerate(functions)
    ]
    for thread in threads:
        thread.start()
    hung = [thread for thread in threads if thread.join(seconds) or thread.is_alive()]
    assert not hung, f"{len(hung)} of {len(threads)} calls did not end in {seconds} s"
    return results


class Kind:
    """One client, or one app of a framework, with the hooks of a site.

    :param registration: what ``Sandbox.registration()`` gives.
    :param fetch_token: a coroutine function without parameters.
    :param update_token: a coroutine function, given the token and the old ones by name.
    :param options: those of a client; an app gets them as ``client_kwargs``.
    """

    name: ClassVar[str]
    #: Its class, which is imported when it is used: each program of ``jobs`` uses one kind alone.
    home: ClassVar[str]
    is_async: ClassVar[bool] = False
    is_app: ClassVar[bool] = False
    has_request: ClassVar[bool] = False

    def __init__(
        self,
        registration: Mapping[str, str],
        *,
        fetch_token: Callable[[], Awaitable[Any]] | None = None,
        update_token: Callable[..., Awaitable[Any]] | None = None,
        refresh_lock: Any = None,
        **options: Any,
    ) -> None:
        hooks: dict[str, Any] = {"refresh_lock": refresh_lock}
        if fetch_token is not None:
            hooks["fetch_token"] = self.hook(lambda *_: fetch_token())
        if update_token is not None:
            hooks["update_token"] = self.hook(update_token)
        given = {name: hook for name, hook in hooks.items() if hook is not None}
        self.target = self.make(dict(registration), given, options)

    @classmethod
    def imported(cls) -> Any:
        """The class of its client or app."""
        module, _, name = cls.home.rpartition(".")
        return getattr(import_module(module), name)

    def make(
        self, registration: dict[str, str], hooks: dict[str, Any], options: dict[str, Any]
    ) -> Any:
        raise NotImplementedError

    def hook(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A coroutine function, as a hook of this kind is."""
        if not self.is_async:
            return lambda *args, **kwargs: finish(function(*args, **kwargs))

        async def call(*args: Any, **kwargs: Any) -> Any:
            return await function(*args, **kwargs)

        return call

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method, as a view or a job would."""
        if self.has_request:
            kwargs = {"request": SimpleNamespace(), **kwargs}
        return getattr(self.target, method)(*args, **kwargs)

    async def ask(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method and wait for its result."""
        return await maybe(self.call(method, *args, **kwargs))

    async def fetch(self, code: str, redirect_uri: str) -> Any:
        """Exchange a code for a token."""
        name = "fetch_access_token" if self.is_app else "fetch_token"
        return await maybe(getattr(self.target, name)(code=code, redirect_uri=redirect_uri))

    async def close(self) -> None:
        await maybe(self.target.aclose() if self.is_async else self.target.close())

    def run(self, *jobs: Job, seconds: float = LONG) -> list[Any]:
        """Run coroutine functions at the same time; what they return or raise. Then close."""
        if self.is_async:
            found = within(seconds, lambda: asyncio.run(self._gather(jobs)))[0]
            if isinstance(found, Exception):
                raise found
            return list(found)
        try:
            return within(seconds, *(lambda job=job: self._in_context(job) for job in jobs))
        finally:
            within(seconds, lambda: finish(self.close()))

    def do(self, job: Job, seconds: float = LONG) -> Any:
        """Run one coroutine function; what it returns."""
        found = self.run(job, seconds=seconds)[0]
        if isinstance(found, Exception):
            raise found
        return found

    async def _gather(self, jobs: tuple[Job, ...]) -> list[Any]:
        try:
            return await asyncio.gather(*(job() for job in jobs), return_exceptions=True)
        finally:
            await self.close()

    def _in_context(self, job: Job) -> Any:
        return finish(job())


class Session(Kind):
    name = "session"
    home = "authlib_xiaomi.requests_client.XiaomiOAuth2Session"

    def make(self, registration: Any, hooks: Any, options: Any) -> Any:
        return self.imported()(**{**client_options(registration), **hooks, **options})


class AsyncClient(Session):
    name = "async client"
    is_async = True
    home = "authlib_xiaomi.httpx_client.AsyncXiaomiOAuth2Client"


class App(Kind):
    is_app = True

    def make(self, registration: Any, hooks: Any, options: Any) -> Any:
        own = {"redirect_uri": options.pop("redirect_uri", None), "client_kwargs": options}
        app_class = self.imported()
        oauth = self.oauth(import_module(f"authlib.integrations.{self.name}_client").OAuth)
        return oauth.register("xiaomi", client_cls=app_class, **registration, **hooks, **own)

    def oauth(self, cls: Any) -> Any:
        """Authlib's registry."""
        return cls()


class FlaskKind(App):
    name = "flask"
    home = "authlib_xiaomi.flask_client.XiaomiOAuth2App"

    def oauth(self, cls: Any) -> Any:
        from flask import Flask

        self.flask = Flask(__name__)
        return cls(self.flask)

    def _in_context(self, job: Job) -> Any:
        with self.flask.test_request_context():
            return finish(job())


class DjangoKind(App):
    name = "django"
    has_request = True
    home = "authlib_xiaomi.django_client.XiaomiOAuth2App"

    @classmethod
    def imported(cls) -> Any:
        from django.conf import settings

        if not settings.configured:
            settings.configure(SECRET_KEY="a key for the tests")
        return super().imported()


class StarletteKind(App):
    name = "starlette"
    is_async = True
    has_request = True
    home = "authlib_xiaomi.starlette_client.XiaomiOAuth2App"


KINDS: dict[str, type[Kind]] = {
    cls.name: cls for cls in (Session, AsyncClient, FlaskKind, DjangoKind, StarletteKind)
}
CLIENTS = [Session.name, AsyncClient.name]
APPS = [FlaskKind.name, DjangoKind.name, StarletteKind.name]
