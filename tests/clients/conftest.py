"""The clients without a framework, the async one among them, driven alike."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from authlib_xiaomi.httpx_client import AsyncXiaomiOAuth2Client
from authlib_xiaomi.requests_client import XiaomiOAuth2Session
from authlib_xiaomi.sandbox import Sandbox

CALLBACK = "http://localhost:5000/auth"
CLASSES = [XiaomiOAuth2Session, AsyncXiaomiOAuth2Client]


class Waiting:
    """A client whose methods wait, whether or not its own are to be awaited."""

    def __init__(self, client: Any, portal: BlockingPortal) -> None:
        self.client = client
        self._portal = portal

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.client, name)
        return self._waiting(value) if callable(value) else value

    def _waiting(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def run(*args: Any, **kwargs: Any) -> Any:
            result = call(*args, **kwargs)
            return await result if inspect.isawaitable(result) else result

        def wait(*args: Any, **kwargs: Any) -> Any:
            return self._portal.call(lambda: run(*args, **kwargs))

        return wait

    @property
    def is_async(self) -> bool:
        return isinstance(self.client, AsyncXiaomiOAuth2Client)

    @property
    def is_httpx(self) -> bool:
        return not isinstance(self.client, XiaomiOAuth2Session)

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

        return self._portal.call(read)

    def function(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call` as this client's callbacks are."""
        if not self.is_async:
            return call

        async def awaited(*args: Any, **kwargs: Any) -> Any:
            return call(*args, **kwargs)

        return awaited

    def end(self) -> None:
        self._waiting(self.client.aclose if self.is_async else self.client.close)()


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def xiaomi(shared_xiaomi: Sandbox) -> Sandbox:
    """A sandbox that shows nothing of the tests before."""
    return shared_xiaomi


@pytest.fixture(params=CLASSES, ids=lambda cls: cls.__name__)
def make(
    request: pytest.FixtureRequest, portal: BlockingPortal
) -> Iterator[Callable[..., Waiting]]:
    """Makes clients of one class; a test with it runs on each."""
    made: list[Waiting] = []

    def make(*args: Any, **kwargs: Any) -> Waiting:
        made.append(Waiting(request.param(*args, **kwargs), portal))
        return made[-1]

    yield make
    for client in made:
        client.end()


@pytest.fixture
def connect(make: Callable[..., Waiting]) -> Callable[..., Waiting]:
    """Makes clients of a sandbox."""

    def connect(xiaomi: Sandbox, **options: Any) -> Waiting:
        config = xiaomi.registration()
        given = {
            "client_id": config["client_id"],
            "client_secret": config["client_secret"],
            "redirect_uri": CALLBACK,
            "authorization_endpoint": config["authorize_url"],
            "token_endpoint": config["access_token_url"],
            "api_base_url": config["api_base_url"],
        }
        return make(**{**given, **options})

    return connect


@pytest.fixture
def client(connect: Callable[..., Waiting], xiaomi: Sandbox) -> Waiting:
    """A client of the sandbox."""
    return connect(xiaomi)


@pytest.fixture
def signed_in(client: Waiting, xiaomi: Sandbox) -> Waiting:
    """A client that has a user's token."""
    url, state = client.create_authorization_url()
    client.fetch_token(authorization_response=xiaomi.allow(url), state=state)
    return client
