"""The user's browser, as little of it as a sign-in needs.

It calls the application as a server would, by WSGI or ASGI, in this process. The frameworks' own
test clients cost about as much as a sign-in, and would hide what is measured.
"""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

__all__ = ["AsyncVisit", "Visit"]

_codes = itertools.count(1)
_HOST, _PORT = "127.0.0.1", "8000"


class _Visit:
    """One user's way through one site's sign-in."""

    def __init__(self, application: Callable[..., Any], site: str) -> None:
        self._application = application
        self._site = site
        self._cookie = ""
        self._state = ""

    def _went_to_xiaomi(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        answer = {name.lower(): value for name, value in headers}
        if status != 302 or "set-cookie" not in answer:
            raise RuntimeError(f"{self._site}: no redirect to Xiaomi: {status} {body[:500]!r}")
        self._cookie = answer["set-cookie"].partition(";")[0]
        self._state = parse_qs(urlsplit(answer["location"]).query)["state"][0]

    def _is_signed_in(self, status: int, _headers: object, body: bytes) -> None:
        if status != 200 or not body.startswith("雷小米 union_".encode()):
            raise RuntimeError(f"{self._site}: nobody is signed in: {status} {body[:500]!r}")

    @property
    def _login(self) -> tuple[str, str]:
        return f"/{self._site}/login", ""

    @property
    def _callback(self) -> tuple[str, str]:
        return f"/{self._site}/callback", f"code=C3_{next(_codes):040x}&state={self._state}"


class Visit(_Visit):
    """A visit to a WSGI application."""

    def login(self) -> None:
        """Click on the button."""
        self._went_to_xiaomi(*self._get(*self._login))

    def callback(self) -> None:
        """Come back from Xiaomi with a code."""
        self._is_signed_in(*self._get(*self._callback))

    def sign_in(self) -> None:
        self.login()
        self.callback()

    def _get(self, path: str, query: str) -> tuple[int, list[tuple[str, str]], bytes]:
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": _HOST,
            "SERVER_PORT": _PORT,
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": f"{_HOST}:{_PORT}",
            "HTTP_COOKIE": self._cookie,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        started: list[Any] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: object = None
        ) -> Callable[[bytes], object]:
            started[:] = [int(status.split(" ")[0]), headers]
            return lambda data: None

        answer: Iterable[bytes] = self._application(environ, start_response)
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        return started[0], started[1], body


class AsyncVisit(_Visit):
    """A visit to an ASGI application."""

    async def login(self) -> None:
        """Click on the button."""
        self._went_to_xiaomi(*await self._get(*self._login))

    async def callback(self) -> None:
        """Come back from Xiaomi with a code."""
        self._is_signed_in(*await self._get(*self._callback))

    async def sign_in(self) -> None:
        await self.login()
        await self.callback()

    async def _get(self, path: str, query: str) -> tuple[int, list[tuple[str, str]], bytes]:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (b"host", f"{_HOST}:{_PORT}".encode()),
                (b"cookie", self._cookie.encode()),
            ],
            "server": (_HOST, int(_PORT)),
            "client": ("127.0.0.1", 50000),
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._application(scope, receive, send)
        headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in sent[0]["headers"]]
        return sent[0]["status"], headers, b"".join(m.get("body", b"") for m in sent[1:])
