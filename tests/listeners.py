"""Servers that are not Xiaomi: they answer bytes, echo, forward, or only listen."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType


class Listener:
    """A TCP server of one's own on loopback; `handle` gets each connection in a thread."""

    def __init__(
        self, handle: Callable[[socket.socket], None], context: ssl.SSLContext | None = None
    ) -> None:
        self._handle = handle
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.connections = 0
        self.port: int = self._socket.getsockname()[1]
        scheme = "https" if context else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Listener:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._open:
            with suppress(OSError):  # it may have ended
                connection.shutdown(socket.SHUT_RDWR)  # wakes who reads from it
        for thread in self._threads:
            thread.join()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            connection.settimeout(30)
            self._open.append(connection)
            self._handle(connection)
        except OSError:
            pass  # the other end is gone, or does not trust us
        finally:
            connection.close()


def read_request(connection: socket.socket) -> bytes:
    """One HTTP request, with its body; empty at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += (more := connection.recv(65536))
        if not more:
            return b""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
    length = sum(int(value) for name, _, value in lines if name == b"content-length")
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class Answering(Listener):
    """Answers each request with what `answer` makes of it, and keeps what it got."""

    def __init__(
        self, answer: Callable[[bytes], bytes], context: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(self._answer_all, context)
        self._answer = answer
        self.requests: list[bytes] = []

    def _answer_all(self, connection: socket.socket) -> None:
        while request := read_request(connection):
            self.requests.append(request)
            connection.sendall(self._answer(request))


class Forwarding(Listener):
    """Takes each connection on to `port`, for a TLS front or a proxy's tunnel."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        super().__init__(self._forward, context)
        self._to = port

    def _forward(self, connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._to)) as other:
            self._open.append(other)
            ways = {connection: other, other: connection}
            # In one thread: a TLS connection is not to be read and written by two at once.
            while True:
                for source in select.select(ways, [], [])[0]:
                    data = source.recv(65536)  # of a TLS connection: a whole record
                    if not data:
                        return
                    ways[source].sendall(data)


def response(body: bytes, status: str = "200 OK", headers: dict[str, str] | None = None) -> bytes:
    """An HTTP response."""
    fields = {"Content-Type": "application/json", **(headers or {}), "Content-Length": len(body)}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
