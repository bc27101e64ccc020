"""Where a signed-in user comes back: the port of a loopback callback, or standard input."""

from __future__ import annotations

import html
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from ..checks import is_loopback

__all__ = ["Listening", "browser_is_there", "listening", "open_browser", "parameters", "port_of"]

_PAGE: Final = (
    '<!doctype html><html lang="{language}"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    "<title>authlib-xiaomi probe</title><p>{text}"
)


def port_of(redirect_uri: str) -> tuple[str, int] | None:
    """Host and port on which this machine can take the callback itself; ``None`` where it is
    another machine's, or wants TLS."""
    parts = urlsplit(redirect_uri)
    if parts.scheme != "http" or not is_loopback(parts.hostname):
        return None
    host = "127.0.0.1" if parts.hostname == "localhost" else str(parts.hostname)
    return host, parts.port or 80


def parameters(text: str, state: str) -> dict[str, str] | None:
    """The parameters of a callback's URL, as it may be pasted: with white space, quotes or
    brackets around it, or with ``&amp;`` for ``&``.

    :returns: ``None`` where it is no callback, or that of another sign-in.
    """
    text = html.unescape(text.strip().strip("\"'`<>“”‘’ "))
    try:
        sent = dict(parse_qsl(urlsplit(text).query, keep_blank_values=True))
    except ValueError:
        return None
    # How a declined sign-in comes back is one of the open points: its state may be missing.
    ours = sent.get("state", state) == state if "error" in sent else sent.get("state") == state
    return sent if ours and (sent.get("code") or sent.get("error")) else None


class Listening:
    """The wait for one callback.

    :param language: of the pages.
    :param state: what the callback must bring back.
    :param pages: the text of the page for a callback that was taken, and for one that was not.
    """

    def __init__(
        self, redirect_uri: str, language: str, state: str, pages: Mapping[bool, str]
    ) -> None:
        self._path = urlsplit(redirect_uri).path or "/"
        self._language = language
        self._state = state
        self._pages = pages
        self._came: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()

    def wait(self, seconds: float) -> dict[str, str] | None:
        """The parameters of the callback; ``None`` where nobody came."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            # In short pieces: on Windows Ctrl-C is heard only between them.
            with suppress(queue.Empty):
                return self._came.get(timeout=0.5)
        return None

    def answer(self, url: str) -> tuple[int, bytes]:
        """Status and page for a browser that came to `url`."""
        if urlsplit(url).path != self._path:
            return 404, b""
        sent = parameters(url, self._state)
        if sent is not None:
            self._came.put(sent)
        text = _PAGE.format(language=self._language, text=html.escape(self._pages[bool(sent)]))
        return 200 if sent else 400, text.encode()


@contextmanager
def listening(place: tuple[str, int], waiting: Listening) -> Iterator[None]:
    """Serve `waiting` within this context.

    :raises OSError: where the port cannot be had.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0  # a browser may connect and say nothing

        def do_GET(self) -> None:
            status, page = waiting.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")  # its URL has the code
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Nothing: the URL has the code."""

    with _Server(place, Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, place: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        super().__init__(place, handler)

    def handle_error(self, *_: object) -> None:
        """Say nothing: a browser has gone away."""


def browser_is_there(environ: Mapping[str, str]) -> bool:
    """Whether this machine has a browser with a window of its own, as far as can be told."""
    names = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform in ("darwin", "win32") or any(environ.get(name) for name in names)


def open_browser(url: str) -> None:
    """Open `url` in the user's browser, in a process of its own, whose output is not shown."""
    command = [sys.executable, "-m", "webbrowser", url]
    threading.Thread(
        target=subprocess.run,
        args=(command,),
        kwargs={
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
        },
        daemon=True,
    ).start()
