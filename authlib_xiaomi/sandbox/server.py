"""A small HTTP/1.1 server for one WSGI application.

Not werkzeug's: that one closes the connection after each answer, and here it must stay open as
Xiaomi's does, since clients are tested for how they keep connections. Each connection has its
own thread; an answer leaves in one piece.
"""

from __future__ import annotations

import io
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Final
from urllib.parse import unquote_to_bytes

__all__ = ["Server", "reachable"]

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Bytes; Xiaomi's requests have a few hundred.
_LARGEST_BODY: Final = 1 << 16
#: Seconds to wait at the end for a request that is being answered.
_PATIENCE: Final = 2.0


class Server:
    """Listens from the moment it is made.

    :param application: what answers. A ``ConnectionError`` from it resets the connection.
    :param host: an address or a name.
    :param port: 0 for a free one.
    :raises OSError: where it cannot listen there.
    """

    def __init__(self, application: WSGI, host: str, port: int) -> None:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self.application = application
        self._listener = socket.create_server(address[:2], family=family, backlog=256)
        #: Where it listens.
        self.host: str = self._listener.getsockname()[0]
        self.port: int = self._listener.getsockname()[1]
        #: How many connections it has accepted.
        self.connections = 0
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        self._stopping = False
        self._thread = threading.Thread(
            target=self._accept, name=f"xiaomi-sandbox-{self.port}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End all connections, and listen no more."""
        with self._lock:
            self._stopping = True
        # Closing a listener does not wake the thread that waits on it, on every system; a
        # connection does.
        with suppress(OSError), socket.create_connection((reachable(self.host), self.port), 1.0):
            pass
        self._thread.join()
        self._listener.close()
        for thread in self.drop_connections():
            thread.join(_PATIENCE)

    def drop_connections(self) -> list[threading.Thread]:
        """End all connections, and go on listening.

        :returns: their threads, which may still be at work.
        """
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            return list(self._open.values())

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with self._lock:
                if self._stopping:
                    connection.close()
                    return
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._open[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            _Handler(connection, self)
        except OSError:
            pass  # the client has gone, or the server has stopped
        finally:
            with self._lock:
                del self._open[connection]
            connection.close()


def reachable(host: str) -> str:
    """Where this machine reaches a server that listens on `host`, which may be everywhere."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # listens nowhere


class _Handler(BaseHTTPRequestHandler):
    """One connection, with its requests one after the other."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # buffered, so that an answer is one packet
    disable_nagle_algorithm = True
    server: Server  # type: ignore[assignment]
    connection: socket.socket

    def __init__(self, connection: socket.socket, server: Server) -> None:
        super().__init__(connection, connection.getpeername(), server)  # type: ignore[arg-type]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: a request's URL holds a token."""

    def version_string(self) -> str:
        """Not Python's version."""
        return "Xiaomi-sandbox"

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            self.send_error(411)
            self.close_connection = True
            return
        if int(length) > _LARGEST_BODY:
            self.send_error(413)
            self.close_connection = True
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return
        try:
            status, headers, answer = self._run(body)
        except ConnectionError:
            # With this option closing sends RST in place of FIN.
            linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            return
        announced = next((v for n, v in headers if n.lower() == "content-length"), "0")
        if announced != str(len(answer)) and self.command != "HEAD":
            self.close_connection = True  # a truncated answer was asked for
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    # The names by which http.server calls it.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815

    def _run(self, body: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
        started: list[Any] = []

        def start_response(
            status: str,
            headers: list[tuple[str, str]],
            exc_info: tuple[type[BaseException], BaseException, TracebackType] | None = None,
        ) -> Callable[[bytes], object]:
            started[:] = [status, headers]
            return written.write

        written = io.BytesIO()
        chunks = self.server.application(self._environ(body), start_response)
        try:
            for chunk in chunks:
                written.write(chunk)
        finally:
            getattr(chunks, "close", lambda: None)()
        return started[0], started[1], written.getvalue()

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "REQUEST_URI": self.path,
            "SERVER_NAME": self.server.host,
            "SERVER_PORT": str(self.server.port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            if key not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"):
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ
