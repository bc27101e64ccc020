"""Why Xiaomi cannot be reached is told apart."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
import trustme

from authlib_xiaomi import XiaomiOAuthError

from ..listeners import Answering, Listener, response
from .kinds import CLIENTS, KINDS
from .options import UNAVAILABLE, timeout

UNKNOWN = "account.xiaomi.invalid"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(autouse=True)
def _no_such_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that nobody has, whatever the machine's resolver does with it."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host in (UNKNOWN, UNKNOWN.encode()):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def _no_tls(stack: ExitStack) -> str:
    return stack.enter_context(Listener(_refuse)).url.replace("http:", "https:")


def _not_trusted(stack: ExitStack) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return stack.enter_context(Answering(lambda _: response(b"{}"), context)).url


def _refused(stack: ExitStack) -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


SITUATIONS: dict[str, Callable[[ExitStack], str]] = {
    "no TLS": _no_tls,
    "not trusted": _not_trusted,
    "no such name": lambda _: f"https://{UNKNOWN}",
    "refused": _refused,
    "silent": lambda stack: stack.enter_context(Listener(_wait)).url,
}


def _refuse(connection: socket.socket) -> None:
    """What a web server says to anything that is not HTTP."""
    connection.recv(65536)
    connection.sendall(response(b"", "400 Bad Request"))


def _wait(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


@pytest.mark.parametrize("kind", CLIENTS)
def test_each_reason_has_a_text_of_its_own(stack: ExitStack, kind: str) -> None:
    texts = {}
    for name, start in SITUATIONS.items():
        url = start(stack)
        client = KINDS[kind](
            {
                "client_id": "1",
                "client_secret": "s",
                "authorize_url": url,
                "access_token_url": url,
                "api_base_url": url,
            },
            **timeout(1.5),
        )
        error = client.run(partial(client.fetch, "a_code", "http://localhost/auth"))[0]
        assert isinstance(error, XiaomiOAuthError), error
        assert error.error == UNAVAILABLE
        texts[name] = error.description.replace(url, "URL")
    assert len(set(texts.values())) == len(texts), texts
