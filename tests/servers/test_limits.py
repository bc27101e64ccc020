"""Answers that drip, that do not end, or that are larger than anybody wants."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from authlib_xiaomi import XiaomiOAuthError

from ..listeners import Listener, read_request
from .kinds import CLIENTS, KINDS, Kind
from .options import (
    MAX_API_RESPONSE_SIZE,
    MAX_RESPONSE_SIZE,
    TOO_LARGE,
    UNAVAILABLE,
    limits,
    timeout,
)

#: Seconds.
TIMEOUT = 0.3
#: Seconds within which an answer is given up that would take 20. It takes less, on a fast machine.
SOON = 6.0
CALLBACK = "http://localhost/auth"
TOKEN = {"access_token": "V3_x", "openId": "o", "union_id": "u", "scope": "1"}
PREFIX = b"&&&START&&&"
MIB = 1 << 20

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
Handler = Callable[[socket.socket], None]


class Slow(Listener):
    """Answers one request of each connection, and counts the bytes that it could send."""

    def __init__(self, answer: Callable[[Callable[[bytes], None]], None]) -> None:
        super().__init__(self._serve_all)
        self._answer = answer
        self.sent = 0

    def _serve_all(self, connection: socket.socket) -> None:
        def send(data: bytes) -> None:
            connection.sendall(data)
            self.sent += len(data)

        if read_request(connection):
            self._answer(send)

    @property
    def registration(self) -> dict[str, str]:
        return {
            "client_id": "1",
            "client_secret": "s",
            "authorize_url": f"{self.url}/oauth2/authorize",
            "access_token_url": f"{self.url}/oauth2/token",
            "api_base_url": f"{self.url}/",
        }


@pytest.fixture
def serve() -> Iterator[Callable[..., Slow]]:
    """Starts a server that answers as it is told."""
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(Slow(answer))


def requests_of(client: Kind) -> dict[str, Callable[[], Any]]:
    """Each kind of request: for a token, by ``userinfo``, and the application's own."""
    return {
        "token": partial(client.fetch, "a_code", CALLBACK),
        "refresh": partial(
            client.ask,
            "refresh_token",
            token={**TOKEN, "refresh_token": "R3_x", "redirect_uri": CALLBACK},
        ),
        "userinfo": partial(client.ask, "userinfo", token=TOKEN),
        "own": partial(client.ask, "get", "user/profile", token=TOKEN),
    }


def error_of(found: Any) -> Any:
    return found.error if isinstance(found, XiaomiOAuthError) else found


# Answers that drip


def drip(part: str, send: Callable[[bytes], None]) -> None:
    """Send one byte after the other, each long before a read times out, for 20 s."""
    if part == "headers":
        send(b"HTTP/1.1 200 OK\r\nX-Padding: ")
    elif part == "chunks":
        send(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    else:
        send(OK + b"Content-Length: 1000\r\n\r\n")
    for _ in range(1000):
        send(b"1\r\n \r\n" if part == "chunks" else b" ")
        time.sleep(0.02)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", ["headers", "body", "chunks"])
def test_an_answer_that_drips_is_given_up_after_a_small_multiple_of_the_timeout(
    serve: Callable[..., Slow], kind: str, part: str
) -> None:
    client = KINDS[kind](serve(partial(drip, part)).registration, **timeout(TIMEOUT))
    start = time.monotonic()
    found = client.run(*requests_of(client).values())
    assert list(map(error_of, found)) == [UNAVAILABLE] * 4
    assert time.monotonic() - start < SOON


@pytest.mark.parametrize("kind", KINDS)
def test_authlibs_name_for_the_timeout_counts(serve: Callable[..., Slow], kind: str) -> None:
    registration = serve(partial(drip, "body")).registration
    client = KINDS[kind](registration, default_timeout=TIMEOUT, retry_backoff=())
    found = client.run(requests_of(client)["userinfo"], seconds=SOON)
    assert list(map(error_of, found)) == [UNAVAILABLE]


# Answers that are too large


def without_end(send: Callable[[bytes], None]) -> None:
    """64 MiB, whose length nobody announces."""
    send(OK + b"\r\n" + PREFIX + b'{"pad": "')
    for _ in range(1024):
        send(b"x" * 65536)


def announced(send: Callable[[bytes], None]) -> None:
    send(OK + b"Content-Length: %d\r\n\r\n" % (64 * MIB))
    for _ in range(1024):
        send(b"x" * 65536)


def compressed(bomb: bytes, send: Callable[[bytes], None]) -> None:
    send(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(bomb), bomb))


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """256 MiB, in 256 kB."""
    return gzip.compress(b'{"pad": "' + b"x" * (256 * MIB), compresslevel=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("answer", [without_end, announced], ids=lambda answer: answer.__name__)
def test_a_huge_answer_is_given_up_while_it_is_read(
    serve: Callable[..., Slow], kind: str, answer: Any
) -> None:
    client = KINDS[kind]((server := serve(answer)).registration, **limits(api_response=MIB))
    found = client.run(*requests_of(client).values())
    assert list(map(error_of, found)) == [TOO_LARGE] * 4
    # What is on its way in the system's buffers counts as sent.
    assert server.sent < 4 * 12 * MIB


@pytest.mark.parametrize("kind", KINDS)
def test_a_compressed_answer_is_measured_unpacked_and_not_unpacked_whole(
    serve: Callable[..., Slow], kind: str, bomb: bytes
) -> None:
    client = KINDS[kind](serve(partial(compressed, bomb)).registration, **limits(api_response=MIB))
    tracemalloc.start()
    try:
        found = client.run(*requests_of(client).values())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert list(map(error_of, found)) == [TOO_LARGE] * 4
    assert peak < 128 * MIB


@pytest.mark.parametrize("kind", CLIENTS)
def test_an_application_may_get_32_mib_and_no_more(serve: Callable[..., Slow], kind: str) -> None:
    def answer(size: int, send: Callable[[bytes], None]) -> None:
        body = PREFIX + b'{"pad": "%b"}' % (b"x" * (size - len(PREFIX) - 11))
        send(OK + b"Content-Length: %d\r\n\r\n%b" % (size, body))

    def get(size: int) -> Any:
        client = KINDS[kind](serve(partial(answer, size)).registration)
        return client.run(requests_of(client)["own"])[0]

    size = MAX_API_RESPONSE_SIZE - 100
    assert len(get(size).content) == size - len(PREFIX)
    assert error_of(get(MAX_API_RESPONSE_SIZE + 100)) == TOO_LARGE


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_profile_may_have_1_mib_and_no_more(serve: Callable[..., Slow], kind: str) -> None:
    def answer(size: int, send: Callable[[bytes], None]) -> None:
        profile = {"result": "ok", "code": 0, "data": {"unionId": "u", "pad": ""}}
        body = json.dumps(profile).encode()
        body = body.replace(b'"pad": ""', b'"pad": "%b"' % (b"x" * (size - len(body))))
        send(OK + b"Content-Length: %d\r\n\r\n%b" % (size, body))

    def ask(size: int) -> Any:
        client = KINDS[kind](serve(partial(answer, size)).registration)
        return client.run(requests_of(client)["userinfo"])[0]

    assert ask(MAX_RESPONSE_SIZE - 100)["sub"] == "u"
    assert error_of(ask(MAX_RESPONSE_SIZE + 100)) == TOO_LARGE


@pytest.mark.parametrize("kind", KINDS)
def test_both_limits_are_options(serve: Callable[..., Slow], kind: str) -> None:
    def answer(send: Callable[[bytes], None]) -> None:
        send(OK + b"Content-Length: 2000\r\n\r\n" + b" " * 2000)

    client = KINDS[kind](serve(answer).registration, **limits(response=1000, api_response=3000))
    *given_up, own = client.run(*requests_of(client).values())
    assert list(map(error_of, given_up)) == [TOO_LARGE] * 3
    assert own.content == b" " * 2000


# Answers that are streamed


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_stream_gives_what_has_come_without_the_prefix(
    serve: Callable[..., Slow], kind: str
) -> None:
    has_first = threading.Event()
    in_time: list[bool] = []

    def answer(send: Callable[[bytes], None]) -> None:
        send(OK + b"Transfer-Encoding: chunked\r\n\r\n10\r\n" + PREFIX + b"first\r\n")
        in_time.append(has_first.wait(SOON))
        send(b"6\r\nsecond\r\n0\r\n\r\n")

    client = KINDS[kind](serve(answer).registration)

    def got(chunk: bytes) -> None:
        assert chunk == (b"second" if has_first.is_set() else b"first")
        has_first.set()

    assert client.do(partial(stream, client, got)) == b"firstsecond"
    assert in_time == [True]


@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize(
    ("pieces", "given"),
    [
        ((b"&&&ST", b"ART&&&", b"first", b"second"), b"firstsecond"),
        ((b"&&", b"&ST"), b"&&&ST"),
        ((PREFIX,), b""),
    ],
    ids=["in pieces", "not whole", "alone"],
)
def test_a_streams_prefix_may_come_in_pieces(
    serve: Callable[..., Slow], kind: str, pieces: tuple[bytes, ...], given: bytes
) -> None:
    def answer(send: Callable[[bytes], None]) -> None:
        send(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        for piece in pieces:
            send(b"%x\r\n%b\r\n" % (len(piece), piece))
        send(b"0\r\n\r\n")

    client = KINDS[kind](serve(answer).registration)
    assert client.do(partial(stream, client)) == given


@pytest.mark.parametrize("kind", CLIENTS)
def test_the_limits_of_a_stream_hold_for_each_read(serve: Callable[..., Slow], kind: str) -> None:
    def answer(send: Callable[[bytes], None]) -> None:
        send(OK + b"Content-Length: 10000\r\n\r\n")
        for _ in range(10):
            send(b"x" * 1000)
            time.sleep(0.25)

    options = {**timeout(0.7), **limits(response=5000, api_response=5000)}
    client = KINDS[kind](serve(answer).registration, **options)
    assert client.do(partial(stream, client)) == b"x" * 10000


@pytest.mark.parametrize("kind", CLIENTS)
def test_who_finds_all_connections_held_by_streams_is_told_so(
    serve: Callable[..., Slow], kind: str
) -> None:
    def answer(send: Callable[[bytes], None]) -> None:
        send(OK + b"Content-Length: 10\r\n\r\n" + b"x" * 10)

    client = KINDS[kind](serve(answer).registration, max_connections=1, pool_timeout=0.1)

    async def job() -> list[Any]:
        ask = [partial(stream, client), partial(client.ask, "get", "user/profile", token=TOKEN)]
        found = []
        for one in ask:
            with pytest.raises(XiaomiOAuthError) as caught:
                await one()
            found.append(caught.value.description)
        return found

    async def outer() -> list[Any]:
        if client.is_async:
            async with client.target.stream("GET", "user/profile", token=TOKEN):
                return await job()
        with client.target.get("user/profile", token=TOKEN, stream=True):
            return await job()

    for text in client.do(outer, SOON):
        assert "there was no free connection in time" in text


@pytest.mark.parametrize("kind", CLIENTS)
def test_the_head_of_a_stream_that_drips_is_given_up(serve: Callable[..., Slow], kind: str) -> None:
    client = KINDS[kind](serve(partial(drip, "headers")).registration, **timeout(TIMEOUT))
    with pytest.raises(XiaomiOAuthError, match="did not answer in time"):
        client.do(partial(stream, client), SOON)


async def stream(client: Kind, got: Callable[[bytes], None] = lambda _: None) -> bytes:
    """What is streamed, chunk by chunk."""
    chunks = []
    if client.is_async:
        async with client.target.stream("GET", "user/profile", token=TOKEN) as response:
            async for chunk in response.aiter_bytes():
                got(chunk)
                chunks.append(chunk)
    else:
        with client.target.get("user/profile", token=TOKEN, stream=True) as response:
            for chunk in response.iter_content(1000):
                got(chunk)
                chunks.append(chunk)
    return b"".join(chunks)


# Connections


@pytest.mark.parametrize("kind", KINDS)
def test_who_gets_no_connection_in_time_is_told_so(serve: Callable[..., Slow], kind: str) -> None:
    given_up = threading.Event()

    def answer(send: Callable[[bytes], None]) -> None:
        given_up.wait(30)
        body = b'{"result": "ok", "code": 0, "data": {"unionId": "u"}}'
        send(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    client = KINDS[kind](serve(answer).registration, max_connections=1, pool_timeout=0.2)

    async def ask() -> Any:
        try:
            return await client.ask("userinfo", token=TOKEN)
        except XiaomiOAuthError:
            given_up.set()
            raise

    found = client.run(ask, ask)
    (error,) = (one for one in found if isinstance(one, XiaomiOAuthError))
    assert error.error == UNAVAILABLE
    assert "no free connection in time" in str(error.description)
    assert "pool_timeout" in str(error.hint)
    assert [one["sub"] for one in found if one is not error] == ["u"]
