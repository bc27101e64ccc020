"""A web server that is not Xiaomi's: what comes here should not have, or is answered by hand."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Arrived:
    """A request."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def args(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class Elsewhere:
    """A server on a free port of this machine, while the ``with`` block lasts.

    It answers what :meth:`answer` says, one after the other, and then ``{}``.
    """

    def __init__(self) -> None:
        self.requests: list[Arrived] = []
        self._answers: deque[tuple[int, bytes, dict[str, str]]] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, body: bytes = b"{}", status: int = 200, **headers: str) -> None:
        """Let the next request be answered so; underscores in names are hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._answers.append((status, body, named))

    def __enter__(self) -> Elsewhere:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        here = self

        class Handler(BaseHTTPRequestHandler):
            def __getattr__(self, name: str) -> Any:
                if name.startswith("do_"):
                    return self._respond
                raise AttributeError(name)

            def _respond(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                here.requests.append(Arrived(self.command, self.path, headers, body))
                nothing = 200, b"{}", {}
                status, answer, named = here._answers.popleft() if here._answers else nothing
                self.send_response(status)
                for name, value in {"Content-Length": str(len(answer)), **named}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def nobody() -> Iterator[str]:
    """A URL where nobody listens, and nobody can as long as the ``with`` block lasts."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
