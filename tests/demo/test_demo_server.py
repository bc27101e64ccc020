"""Serving the demo: what the log has, and what it has not."""

from __future__ import annotations

import http.client
import logging
import socket
from urllib.parse import urlsplit

import pytest

from demo_flask.server import address, listen

from .visitors import Demo


def send(demo: Demo, request: bytes) -> bytes:
    parts = urlsplit(demo.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), 10) as connection:
        connection.sendall(request)
        return connection.makefile("rb").read()


def test_the_log_has_the_path_and_not_the_query(
    demo: Demo, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connection = http.client.HTTPConnection(urlsplit(demo.url).netloc)
    connection.request("GET", "/sign-in/callback?code=TheCode&state=TheState")
    connection.getresponse().read()
    connection.close()

    assert "GET /sign-in/callback 400" in caplog.text
    assert "TheCode" not in caplog.text
    assert "TheState" not in caplog.text


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /sign-in/callback?code=TheCode HTTP/1.1 more",
        b"GET /sign-in/callback?code=TheCode HTTP/x",
        b"GET /sign-in/callback?code=TheCode&" + b"x" * 70_000 + b" HTTP/1.1",
        b"GET /\x1b[31m%s%n?code=TheCode HTTP/1.1",
    ],
)
def test_a_malformed_request_is_not_quoted(
    demo: Demo, caplog: pytest.LogCaptureFixture, request_line: bytes
) -> None:
    caplog.set_level(logging.DEBUG)

    send(demo, request_line + b"\r\n\r\n")

    assert caplog.text
    assert "TheCode" not in caplog.text
    assert "\x1b" not in caplog.text


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")]
)
def test_the_address_can_be_opened(host: str, shown: str) -> None:
    try:
        listener = listen(host, 0)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listener:
        port = listener.getsockname()[1]
        assert address(host, listener) == f"http://{shown}:{port}"
