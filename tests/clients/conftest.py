"""The clients without a framework, the asynchronous one among them, driven alike."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from authlib_xiaomi.httpx_client import AsyncXiaomiOAuth2Client
from authlib_xiaomi.requests_client import XiaomiOAuth2Session
from authlib_xiaomi.sandbox import Sandbox

from ..tls import TRUSTED

CALLBACK = "http://localhost:5000/auth"
CLASSES = [XiaomiOAuth2Session, AsyncXiaomiOAuth2Client]


class Task:
    """One task of an event loop, which makes calls one after the other."""

    def __init__(self, portal: BlockingPortal) -> None:
        self._portal = portal
        self._calls: asyncio.Queue[tuple[Callable[[], Any], Future[Any]] | None] = asyncio.Queue()
        self._ended = portal.start_task_soon(self._work)

    async def _work(self) -> None:
        while (given := await self._calls.get()) is not None:
            call, outcome = given
            try:
                result = call()
                outcome.set_result(await result if inspect.isawaitable(result) else result)
            except Exception as error:
                outcome.set_exception(error)

    def run(self, call: Callable[[], Any]) -> Any:
        outcome: Future[Any] = Future()
        self._portal.call(self._calls.put_nowait, (call, outcome))
        return outcome.result()

    def end(self) -> None:
        self._portal.call(self._calls.put_nowait, None)
        self._ended.result()


class Client:
    """A client whose methods return what they have, whether or not its own are to be awaited.

    One thread uses it, or one task.
    """

    def __init__(self, cls: type, portal: BlockingPortal, *args: Any, **kwargs: Any) -> None:
        self.is_async = cls is AsyncXiaomiOAuth2Client
        self.is_httpx = cls is not XiaomiOAuth2Session
        self._task = Task(portal) if self.is_async else None
        if self.is_httpx:
            kwargs.setdefault("verify", TRUSTED)
        for hook in {"fetch_token", "update_token"} & kwargs.keys():
            kwargs[hook] = self._function(kwargs[hook])
        try:
            self.client: Any = self._run(lambda: cls(*args, **kwargs))
        except BaseException:
            self._end_task()
            raise

    def _run(self, call: Callable[[], Any]) -> Any:
        return self._task.run(call) if self._task else call()

    def _end_task(self) -> None:
        if self._task:
            self._task.end()

    def __getattr__(self, name: str) -> Any:
        value = self._run(lambda: getattr(self.client, name))
        if not callable(value):
            return value
        return lambda *args, **kwargs: self._run(lambda: value(*args, **kwargs))

    @property
    def token(self) -> Any:
        return self._run(lambda: self.client.token)

    @token.setter
    def token(self, token: Any) -> None:
        self._run(lambda: setattr(self.client, "token", token))

    def read_stream(self, url: str) -> bytes:
        """What streaming `url` gives."""
        if not self.is_httpx:
            with self.client.get(url, stream=True) as response:
                return b"".join(response.iter_content(100))
        if not self.is_async:
            with self.client.stream("GET", url) as response:
                return b"".join(response.iter_bytes())

        async def read() -> bytes:
            async with self.client.stream("GET", url) as response:
                return b"".join([chunk async for chunk in response.aiter_bytes()])

        return self._run(read)

    def _function(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call` as this client's hooks are."""
        if not self.is_async:
            return call

        async def awaited(*args: Any, **kwargs: Any) -> Any:
            return call(*args, **kwargs)

        return awaited

    def end(self) -> None:
        self._run(self.client.aclose if self.is_async else self.client.close)
        self._end_task()


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def xiaomi(shared_xiaomi: Sandbox) -> Sandbox:
    """A sandbox that shows nothing of the tests before."""
    return shared_xiaomi


@pytest.fixture(params=CLASSES, ids=lambda cls: cls.__name__)
def make(request: pytest.FixtureRequest, portal: BlockingPortal) -> Iterator[Callable[..., Client]]:
    """Makes clients of one class; a test with it runs on each."""
    made: list[Client] = []

    def make(*args: Any, **kwargs: Any) -> Client:
        made.append(Client(request.param, portal, *args, **kwargs))
        return made[-1]

    yield make
    for client in made:
        client.end()


@pytest.fixture
def connect(make: Callable[..., Client]) -> Callable[..., Client]:
    """Makes clients of a sandbox."""

    def connect(xiaomi: Sandbox, **options: Any) -> Client:
        config = xiaomi.registration()
        given = {
            "client_id": config["client_id"],
            "client_secret": config["client_secret"],
            "redirect_uri": CALLBACK,
            "authorization_endpoint": config["authorize_url"],
            "token_endpoint": config["access_token_url"],
            "api_base_url": config["api_base_url"],
            "retry_backoff": (0.0, 0.0),
        }
        return make(**{**given, **options})

    return connect


@pytest.fixture
def client(connect: Callable[..., Client], xiaomi: Sandbox) -> Client:
    """A client of the sandbox."""
    return connect(xiaomi)


@pytest.fixture
def signed_in(client: Client, xiaomi: Sandbox) -> Client:
    """A client that has a user's token."""
    url, state = client.create_authorization_url()
    client.fetch_token(authorization_response=xiaomi.allow(url), state=state)
    return client
