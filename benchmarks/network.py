"""A network of 60 ms: a process in front of the stand-in that passes bytes on late.

It terminates nothing: TLS goes through it as it is. What comes from either side is passed on half
a round trip later. The handshake of TCP cannot be delayed here, as the kernel answers a
``connect()`` to loopback at once: in its place the first bytes of a new connection take one round
trip more. So everything that a client does between the two, such as making a TLS context, counts.

Run as ``python -m benchmarks.network ROUND_TRIP PORT…``, with the round trip in seconds: it
writes the ports that lead to those given as a line of JSON, and serves until its standard input
ends.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from .processes import serve_until_orphaned


class _End(asyncio.Protocol):
    """One end of a connection: what it receives, the other end sends late."""

    def __init__(self, delay: float, extra: float = 0.0) -> None:
        self._delay = delay
        self._extra = extra
        self._due = 0.0
        self._transport: asyncio.Transport | None = None
        self._waiting: list[Callable[[asyncio.Transport], object]] = []
        self.other: _End

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        for act in self._waiting:
            act(transport)

    def data_received(self, data: bytes) -> None:
        self._later(lambda transport: transport.write(data))

    def connection_lost(self, exc: Exception | None) -> None:
        self._later(lambda transport: transport.close())

    def _later(self, act: Callable[[asyncio.Transport], object]) -> None:
        loop = asyncio.get_running_loop()
        # Never before what came earlier.
        self._due = max(self._due + 1e-6, loop.time() + self._delay + self._extra)
        self._extra = 0.0
        loop.call_at(self._due, self.other.act, act)

    def act(self, act: Callable[[asyncio.Transport], object]) -> None:
        """Do something with this end's transport, as soon as it is there."""
        if self._transport is None:
            self._waiting.append(act)
        else:
            act(self._transport)


class _Near(_End):
    """A client's end, which opens a connection to the stand-in."""

    def __init__(self, port: int, delay: float) -> None:
        super().__init__(delay, extra=2 * delay)
        self._port = port
        self.other = _End(delay)
        self.other.other = self

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        connect = loop.create_connection(lambda: self.other, "127.0.0.1", self._port)
        self._connecting = loop.create_task(connect)


async def _serve(round_trip: float, ports: list[int]) -> None:
    loop, here = asyncio.get_running_loop(), {}
    for port in ports:
        near = partial(_Near, port, round_trip / 2)
        server = await loop.create_server(near, "127.0.0.1", 0, backlog=512)
        here[str(port)] = server.sockets[0].getsockname()[1]
    await serve_until_orphaned(here)


if __name__ == "__main__":
    # Not epoll, whose timeouts are whole milliseconds: four of them would be a tenth of a round
    # trip at each sign-in.
    _loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    _loop.run_until_complete(_serve(float(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
