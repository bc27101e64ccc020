"""Xiaomi, as small as it can be: the two answers of a sign-in, from a process of their own.

Not :class:`authlib_xiaomi.sandbox.Sandbox`: what is measured is the application's process, and
on a machine with few cores a stand-in of Flask and threads would be the bottleneck. This one is
a bare ``asyncio.Protocol``, which costs about a tenth. It checks of a request just enough that a
broken contender does not look fast.

Each of Xiaomi's two hosts is a port here, as HTTP and as HTTPS, since a client that keeps its
connections keeps one to each. Answers have the form that ``protocol.md`` records. Each token is
another's, so that what is kept by token or user would show as memory that grows.

Run as ``python -m benchmarks.stand_in CERTIFICATE``: it writes its ports as a line of JSON and
serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import ssl
import sys
from functools import partial
from typing import Final
from urllib.parse import parse_qs

from .processes import serve_until_orphaned

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "MAC_KEY"]

CLIENT_ID: Final = "2882303761520000109"
CLIENT_SECRET: Final = "Benchm4rk+No/RealAppSecret=="
MAC_KEY: Final = "ORhx44qK6Alqf8vt2rGB5f-oPq0"

_numbers = itertools.count(1)


class Service:
    """What all listeners have in common."""

    def __init__(self) -> None:
        #: Connections accepted on Xiaomi's ports.
        self.connections = 0


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection, kept open for as long as its client likes."""

    def __init__(self, service: Service, *, counted: bool = True) -> None:
        self._service = service
        self._counted = counted
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._service.connections += self._counted

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (request := self._next_request()) is not None:
            self._transport.write(_http(self._answer(*request)))

    def _next_request(self) -> tuple[str, str, str] | None:
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end:
            return None
        lines = head.decode("latin-1").split("\r\n")
        names = (line.partition(":") for line in lines[1:])
        length = next((int(v) for name, _, v in names if name.lower() == "content-length"), 0)
        if len(rest) < length:
            return None
        self._received = rest[length:]
        method, target, _ = lines[0].split(" ")
        return method, target, rest[:length].decode("latin-1")

    def _answer(self, method: str, target: str, body: str) -> bytes:
        path, _, query = target.partition("?")
        if (method, path) == ("POST", "/oauth2/token"):
            return b"&&&START&&&" + _json(_token(parse_qs(body)))
        if (method, path) == ("GET", "/user/profile"):
            return _json(_profile(parse_qs(query)))
        if path == "/connections":
            return _json({"connections": self._service.connections})
        return b"what?"


def _token(form: dict[str, list[str]]) -> dict[str, object]:
    expected = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    if any(form.get(name) != [value] for name, value in expected.items()):
        return {"error": 96003, "error_description": "invalid client"}
    if not form.get("code") or not form.get("redirect_uri"):
        return {"error": 96013, "error_description": "invalid code"}
    number = next(_numbers)
    return {
        "access_token": f"V3_{number:0160x}",
        "expires_in": 7776000,
        "refresh_token": f"R3_{number:0160x}",
        "scope": "1",
        "token_type": "mac",
        "mac_key": MAC_KEY,
        "mac_algorithm": "HmacSha1",
        "openId": f"openid_{number:024x}",
        "union_id": f"union_{number:024x}",
    }


def _profile(query: dict[str, list[str]]) -> dict[str, object]:
    token = query.get("token", [""])[0]
    if query.get("clientId") != [CLIENT_ID] or not token.startswith("V3_"):
        return {"result": "error", "code": 96008, "description": "token invalid or expired"}
    icon = "https://s1.mi-img.com/mfsv2/avatar/fdsc3/p01/benchmark"
    sizes = {f"miliaoIcon_{size}": f"{icon}_{size}.jpg" for size in (75, 90, 120, 320, "orig")}
    data = {
        "unionId": f"union_{int(token[3:], 16):024x}",
        "miliaoNick": "雷小米",
        "miliaoIcon": f"{icon}.jpg",
        **sizes,
    }
    return {"result": "ok", "code": 0, "description": "no error", "data": data}


def _json(value: dict[str, object]) -> bytes:
    return json.dumps(value).encode()


def _http(body: bytes) -> bytes:
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: "
    return f"{head}{len(body)}\r\n\r\n".encode() + body


async def _serve(certificate: str) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    loop, service = asyncio.get_running_loop(), Service()
    counted = partial(Connection, service)
    uncounted = partial(Connection, service, counted=False)
    kinds = {
        "http": (counted, None),
        "http_api": (counted, None),
        "https": (counted, tls),
        "https_api": (counted, tls),
        "control": (uncounted, None),
    }
    ports = {}
    for kind, (protocol, context) in kinds.items():
        server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context, backlog=512)
        ports[kind] = server.sockets[0].getsockname()[1]
    await serve_until_orphaned(ports)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
