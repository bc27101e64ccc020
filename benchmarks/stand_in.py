"""A stand-in for Xiaomi, as small as it can be, for a process of its own.

Not :class:`authlib_xiaomi.sandbox.Sandbox`: a server of Flask and threads would be the bottleneck
on a machine with few processors. This one is a bare ``asyncio.Protocol``. It checks just enough of
a request that a contender which is broken does not look fast. How busy its processor is belongs to
the figures, see ``throughput``.

Each of Xiaomi's two hosts is a port here, as HTTP and as HTTPS, since a client keeps connections
for each host; and once more as HTTPS that answers late, for bursts: at once answers would come
before all requests of a burst are sent. Answers have the form that ``docs/protocol.md`` records.
Each token is new and names a user of its own, so that whatever is remembered by token or by user
shows as memory that grows.

Run as ``python -m benchmarks.stand_in CERTIFICATE``: it writes its ports as a line of JSON and
serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import ssl
import sys
import time
from functools import partial
from typing import Final
from urllib.parse import parse_qs

from .processes import serve_until_orphaned
from .sites import CLIENT_ID, CLIENT_SECRET, MAC_KEY, PREFIX

#: Seconds that a late answer takes.
_LATE: Final = 0.2

_numbers = itertools.count(1)

#: 259200 seconds are 3 days. A token tells whose it is, and which of all.
_TOKEN: Final = (
    PREFIX.decode() + '{{"access_token": "V3_{0:080x}{1:080x}", "expires_in": 259200, '
    '"refresh_token": "R3_{0:080x}{1:080x}", "scope": "1", "token_type": "mac", '
    f'"mac_key": "{MAC_KEY}", "mac_algorithm": "HmacSHA1", '
    '"openId": "openid_{0:024x}", "union_id": "union_{0:024x}"}}'
)
_ICON: Final = "https://s1.mi-img.com/mfsv2/avatar/fdsc3/p01/benchmark"
_PROFILE: Final = (
    '{{"result": "ok", "code": 0, "description": "no error", "data": '
    '{{"unionId": "union_{0:024x}", "miliaoNick": "\\u96f7\\u5c0f\\u7c73", '
    f'"miliaoIcon": "{_ICON}.jpg", '
    + ", ".join(f'"miliaoIcon_{s}": "{_ICON}_{s}.jpg"' for s in (75, 90, 120, 320, "orig"))
    + "}}}}"
)
_WRONG_CLIENT: Final = '{"error": 96003, "error_description": "invalid client"}'
_WRONG_GRANT: Final = '{"error": 96013, "error_description": "invalid code"}'
_WRONG_TOKEN: Final = '{"result": "error", "code": 96008, "description": "token invalid"}'


class Counts:
    """What all listeners have in common."""

    #: Connections that were accepted on Xiaomi's ports.
    connections = 0


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection, kept open for as long as its client likes."""

    def __init__(self, counts: Counts, *, counted: bool = True, late: bool = False) -> None:
        self._counts = counts
        self._counted = counted
        self._late = late
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._counts.connections += self._counted

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (request := self._next_request()) is not None:
            answer = _http(self._answer(*request))
            if self._late:
                asyncio.get_running_loop().call_later(_LATE, self._transport.write, answer)
            else:
                self._transport.write(answer)

    def _next_request(self) -> tuple[str, str] | None:
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end:
            return None
        length = 0
        if head.startswith(b"POST"):
            _, _, after = head.lower().partition(b"\r\ncontent-length:")
            length = int(after.partition(b"\r\n")[0])
            if len(rest) < length:
                return None
        self._received = rest[length:]
        _, target, _ = head.decode("latin-1").split(" ", 2)
        return target, rest[:length].decode("latin-1")

    def _answer(self, target: str, body: str) -> str:
        path, _, query = target.partition("?")
        if path == "/oauth2/token":
            return _token(parse_qs(body or query))
        if path == "/user/profile":
            return _profile(parse_qs(query))
        return json.dumps(
            {"connections": self._counts.connections, "cpu_seconds": time.process_time()}
        )


def _token(form: dict[str, list[str]]) -> str:
    expected = {"client_id": [CLIENT_ID], "client_secret": [CLIENT_SECRET]}
    if any(form.get(name) != value for name, value in expected.items()):
        return _WRONG_CLIENT
    code, refresh_token = (form.get(name, [""])[0] for name in ("code", "refresh_token"))
    if not (code or refresh_token) or not form.get("redirect_uri"):
        return _WRONG_GRANT
    number = next(_numbers)
    return _TOKEN.format(_user(refresh_token) if refresh_token else number, number)


def _profile(query: dict[str, list[str]]) -> str:
    token = query.get("token", [""])[0]
    if query.get("clientId") != [CLIENT_ID] or not token.startswith("V3_"):
        return _WRONG_TOKEN
    return _PROFILE.format(_user(token))


def _user(token: str) -> int:
    return int(token[3:83], 16)


def _http(body: str) -> bytes:
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: "
    return f"{head}{len(body)}\r\n\r\n{body}".encode("ascii")


async def _serve(certificate: str) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    loop, counts = asyncio.get_running_loop(), Counts()
    counted, late = partial(Connection, counts), partial(Connection, counts, late=True)
    listeners = {
        "http": (counted, None),
        "http_api": (counted, None),
        "https": (counted, tls),
        "https_api": (counted, tls),
        "late": (late, tls),
        "late_api": (late, tls),
        "control": (partial(Connection, counts, counted=False), None),
    }
    ports = {}
    for name, (protocol, context) in listeners.items():
        server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context, backlog=1024)
        ports[name] = server.sockets[0].getsockname()[1]
    await serve_until_orphaned(ports)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
