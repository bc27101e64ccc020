"""The user's browser, as little of it as a sign-in needs.

It calls the application as a server would, by WSGI or ASGI, in this process. The frameworks' own
test clients cost about as much as a sign-in, and would hide what is measured.
"""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

__all__ = ["AsyncVisit", "Visit"]

_codes = itertools.count(1)
_HOST: Final = "127.0.0.1"
_PORT: Final = "8000"

_Answer = tuple[int, list[tuple[str, str]], bytes]


class _Visit:
    """One user on one site."""

    def __init__(self, application: Callable[..., Any], site: str) -> None:
        self._application = application
        self._site = site
        self._cookie = ""
        self._state = ""

    def _callback_query(self) -> str:
        return f"code=C3_{next(_codes):040x}&state={self._state}"

    def _remember_state(self, answer: _Answer) -> None:
        status, headers, body = answer
        found = {name.lower(): value for name, value in headers}
        if status != 302 or "set-cookie" not in found:
            raise RuntimeError(f"{self._site}: no redirect to Xiaomi: {status} {body[:500]!r}")
        self._cookie = found["set-cookie"].partition(";")[0]
        self._state = parse_qs(urlsplit(found["location"]).query)["state"][0]

    def _expect(self, start: str, answer: _Answer) -> None:
        status, _, body = answer
        if status != 200 or not body.startswith(start.encode()):
            raise RuntimeError(f"{self._site}: not {start!r} but {status} {body[:500]!r}")


_USER: Final = "雷小米 union_"


class Visit(_Visit):
    """A visit to a WSGI application."""

    def login(self) -> None:
        """Click on the button."""
        self._remember_state(self._get("login"))

    def callback(self) -> None:
        """Come back from Xiaomi with a code."""
        self._expect(_USER, self._get("callback", self._callback_query()))

    def sign_in(self) -> None:
        """Both of these."""
        self.login()
        self.callback()

    def api(self) -> None:
        """Open a page that calls Xiaomi with the stored token."""
        self._expect(_USER, self._get("api"))

    def refresh(self) -> None:
        """Open a page that refreshes the stored token."""
        self._expect("refreshed", self._get("refresh"))

    def _get(self, page: str, query: str = "") -> _Answer:
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": f"/{self._site}/{page}",
            "QUERY_STRING": query,
            "SERVER_NAME": _HOST,
            "SERVER_PORT": _PORT,
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": _HOST,
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
    """A visit to an ASGI application; the same pages."""

    async def login(self) -> None:
        self._remember_state(await self._get("login"))

    async def callback(self) -> None:
        self._expect(_USER, await self._get("callback", self._callback_query()))

    async def sign_in(self) -> None:
        await self.login()
        await self.callback()

    async def api(self) -> None:
        self._expect(_USER, await self._get("api"))

    async def refresh(self) -> None:
        self._expect("refreshed", await self._get("refresh"))

    async def _get(self, page: str, query: str = "") -> _Answer:
        path = f"/{self._site}/{page}"
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
            "client": (_HOST, 50000),
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._application(scope, receive, send)
        headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in sent[0]["headers"]]
        return sent[0]["status"], headers, b"".join(m.get("body", b"") for m in sent[1:])
