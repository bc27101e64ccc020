"""How the sandbox speaks HTTP."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import requests

from authlib_xiaomi.sandbox import Sandbox

from .application import Application


@pytest.fixture
def raw(xiaomi: Sandbox) -> Iterator[socket.socket]:
    port = int(xiaomi.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        yield connection


def until_closed(connection: socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


def test_a_connection_is_kept(xiaomi: Sandbox, app: Application) -> None:
    token = app.token()
    app.call("user/profile", token)
    app.refresh(token["refresh_token"])
    assert xiaomi.connections == 1


def test_each_new_connection_counts(xiaomi: Sandbox) -> None:
    for _ in range(3):
        requests.get(xiaomi.url)
    assert xiaomi.connections == 3


def test_allowing_makes_no_connection(xiaomi: Sandbox, app: Application) -> None:
    app.code()
    assert xiaomi.connections == 0


def test_a_connection_is_kept_after_a_refusal_with_a_body_unread(
    xiaomi: Sandbox, app: Application
) -> None:
    app.http.put(f"{xiaomi.url}/oauth2/token", data=b"x" * 10_000)
    app.http.get(xiaomi.url)
    assert xiaomi.connections == 1


def test_kept_connections_can_be_dropped(xiaomi: Sandbox, app: Application) -> None:
    token = app.token()
    xiaomi.drop_connections()
    assert app.call("user/profile", token).status_code == 200
    assert xiaomi.connections == 2


def test_dropping_the_connections_of_a_stopped_sandbox_does_nothing(xiaomi: Sandbox) -> None:
    xiaomi.stop()
    xiaomi.drop_connections()
    assert xiaomi.connections == 0


def test_two_requests_sent_at_once_are_answered_in_order(raw: socket.socket) -> None:
    request = b"GET /%s HTTP/1.1\r\nHost: localhost\r\nConnection: %s\r\n\r\n"
    raw.sendall(request % (b"pictures/a.svg", b"keep-alive") + request % (b"nothing", b"close"))
    answer = until_closed(raw)
    assert answer.index(b"200 OK") < answer.index(b"404 NOT FOUND")


def test_answers_say_their_length(xiaomi: Sandbox, app: Application) -> None:
    response = app.post({})
    assert response.raw.version == 11
    assert int(response.headers["Content-Length"]) == len(response.content)


def test_head_gets_the_length_and_no_body(xiaomi: Sandbox, app: Application) -> None:
    response = app.http.head(f"{xiaomi.url}/pictures/lei.svg")
    assert int(response.headers["Content-Length"]) > 100
    assert response.content == b""


def test_an_unchanged_style_sheet_is_not_sent_again(xiaomi: Sandbox, app: Application) -> None:
    url = f"{xiaomi.url}/sandbox/static/sandbox.css"
    etag = app.http.get(url).headers["ETag"]
    assert app.http.get(url, headers={"If-None-Match": etag}).status_code == 304
    assert app.http.get(url).text.startswith(":root")
    assert xiaomi.connections == 1


def test_what_serves_is_not_told(app: Application) -> None:
    assert app.post({}).headers["Server"] == "Xiaomi-sandbox"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"Content-Length: 70000", b"413"),
        (b"Content-Length: -1", b"411"),
        (b"Content-Length: many", b"411"),
        (b"Transfer-Encoding: chunked", b"411"),
    ],
)
def test_a_body_that_is_too_large_or_of_unknown_length_ends_the_connection(
    raw: socket.socket, headers: bytes, status: bytes
) -> None:
    raw.sendall(b"POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n\r\n")
    assert until_closed(raw).startswith(b"HTTP/1.1 " + status)


def test_a_body_that_ends_early_is_not_answered(xiaomi: Sandbox, raw: socket.socket) -> None:
    raw.sendall(b"POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx")
    raw.shutdown(socket.SHUT_WR)
    assert until_closed(raw) == b""
    assert xiaomi.requests == []


def test_a_client_that_resets_harms_nobody(xiaomi: Sandbox, raw: socket.socket) -> None:
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    raw.sendall(b"GET /")
    raw.close()
    assert requests.get(xiaomi.url).ok


def test_headers_sent_twice_are_joined(xiaomi: Sandbox, raw: socket.socket) -> None:
    raw.sendall(
        b"GET /user/profile HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\nX-A: 2\r\n"
        b"Content-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    until_closed(raw)
    assert xiaomi.requests[0].headers["X-A"] == "1,2"
    assert xiaomi.requests[0].headers["Content-Type"] == "text/plain"


def test_nothing_is_printed(
    xiaomi: Sandbox, app: Application, capfd: pytest.CaptureFixture[str]
) -> None:
    app.call("user/profile", app.token())
    app.http.get(f"{xiaomi.url}/nothing")
    xiaomi.fail("token", reset=True)
    with pytest.raises(requests.ConnectionError):
        app.post({})
    assert capfd.readouterr() == ("", "")


def test_a_stopped_sandbox_closes_its_port_and_its_connections(
    xiaomi: Sandbox, raw: socket.socket
) -> None:
    xiaomi.stop()
    assert raw.recv(1) == b""
    with pytest.raises(requests.ConnectionError):
        requests.get(xiaomi.url)


def test_a_sandbox_can_be_started_again_and_knows_what_it_knew(
    xiaomi: Sandbox, app: Application
) -> None:
    url, token = xiaomi.url, app.token()
    xiaomi.stop()
    xiaomi.start()
    assert xiaomi.url == url
    assert app.call("user/profile", token).status_code == 200
    assert xiaomi.connections == 2


def test_starting_and_stopping_twice_does_no_harm(xiaomi: Sandbox) -> None:
    assert xiaomi.start() is xiaomi
    xiaomi.stop()
    xiaomi.stop()


def test_a_port_in_use_is_an_os_error(xiaomi: Sandbox) -> None:
    port = int(xiaomi.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        Sandbox(port=port).start()


def test_it_may_listen_on_ipv6() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with Sandbox(host="::1") as xiaomi:
        assert xiaomi.url.startswith("http://[::1]:")
        assert requests.get(xiaomi.url).ok


def test_one_exposed_everywhere_is_reached_at_loopback() -> None:
    with Sandbox(host="0.0.0.0", insecure_expose=True) as xiaomi:
        assert xiaomi.url.startswith("http://127.0.0.1:")
        assert requests.get(xiaomi.url).ok
