"""A network of 60 ms: a process in front of the stand-in that lets bytes through late.

It terminates nothing: TLS goes through it as it is. What comes from either side is passed on
half a round trip later. TCP's handshake cannot be delayed from here, as the kernel answers a
``connect()`` to loopback at once: in its place the first bytes of a new connection take one round
trip more. So nothing that a client does between the two, such as to make a TLS context, passes
unseen.

Run as ``python -m benchmarks.network ROUND_TRIP PORT…``, with the round trip in seconds: it
writes the ports that lead to those given as a line of JSON and serves until its standard input
ends.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
from contextlib import suppress
from functools import partial

from .processes import serve_until_orphaned

_Late = asyncio.Queue[tuple[float, bytes]]


async def _receive(
    reader: asyncio.StreamReader, late: _Late, delay: float, handshake: float = 0
) -> None:
    loop = asyncio.get_running_loop()
    data = b"to be received"
    while data:
        try:
            data = await reader.read(1 << 16)
        except OSError:
            data = b""
        late.put_nowait((loop.time() + delay + handshake, data))
        handshake = 0


async def _send(late: _Late, writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due, data = await late.get()
        await asyncio.sleep(due - loop.time())
        if not data:
            break
        writer.write(data)
    with suppress(OSError):
        writer.write_eof()


async def _pass_on(
    port: int, delay: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    there: _Late = asyncio.Queue()
    back: _Late = asyncio.Queue()
    try:
        await asyncio.gather(
            _receive(reader, there, delay, handshake=2 * delay),
            _send(there, far_writer),
            _receive(far_reader, back, delay),
            _send(back, writer),
        )
    finally:
        for each in (far_writer, writer):
            each.close()


async def _serve(round_trip: float, ports: list[int]) -> None:
    here = {}
    # The loop itself would forget them: it has but weak references to its tasks.
    passing: set[asyncio.Task[None]] = set()

    def accept(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_pass_on(port, round_trip / 2, reader, writer))
        passing.add(task)
        task.add_done_callback(passing.discard)

    for port in ports:
        server = await asyncio.start_server(partial(accept, port), "127.0.0.1", 0, backlog=512)
        here[str(port)] = server.sockets[0].getsockname()[1]
    await serve_until_orphaned(here)


if __name__ == "__main__":
    # Not epoll, whose timeouts are whole milliseconds: four of them would be a tenth of a round
    # trip at each sign-in.
    _loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    _loop.run_until_complete(_serve(float(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
