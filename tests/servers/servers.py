"""Servers as they stand in production: each in processes of its own, on a free port."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from .kinds import LONG
from .sites import Settings

ROOT = Path(__file__).parents[2]
_SITES = "tests.servers.sites"
_GUNICORN = ("gunicorn", "--bind", "127.0.0.1:0", "--graceful-timeout", "10", "--no-control-socket")


@dataclass(frozen=True)
class Deployment:
    """One way to run a site."""

    command: Sequence[str]
    #: Several processes, which need a lock between them.
    lock: bool = False
    #: Used once before the server forks.
    used_at_start: bool = False


def _gunicorn(site: str, *options: str) -> Sequence[str]:
    return (*_GUNICORN, *options, f"{_SITES}.{site}")


_FLASK, _DJANGO = "flask_site:app", "django_site:application"
_STARLETTE = f"{_SITES}.starlette_site:app"

DEPLOYMENTS = {
    "gunicorn sync": Deployment(_gunicorn(_FLASK, "--workers=2"), lock=True),
    "gunicorn threads": Deployment(_gunicorn(_FLASK, "--threads=16")),
    "gunicorn threads preload": Deployment(
        _gunicorn(_FLASK, "--workers=2", "--threads=8", "--preload"), lock=True, used_at_start=True
    ),
    "gunicorn gevent": Deployment(_gunicorn(_FLASK, "--worker-class=gevent")),
    # The package is imported, and used, before gevent patches the standard library.
    "gunicorn gevent preload": Deployment(
        _gunicorn(_FLASK, "--worker-class=gevent", "--preload"), used_at_start=True
    ),
    "django": Deployment(
        _gunicorn(_DJANGO, "--workers=2", "--threads=8", "--preload"), lock=True, used_at_start=True
    ),
    "uvicorn": Deployment(
        ("uvicorn", "--port=0", "--workers=2", "--no-access-log", _STARLETTE), lock=True
    ),
    "hypercorn": Deployment(
        ("hypercorn", "--bind=127.0.0.1:0", "--workers=2", _STARLETTE), lock=True
    ),
}


class Server:
    """A server that runs."""

    def __init__(self, process: subprocess.Popen[str], url: str, said: list[str]) -> None:
        self.process = process
        self.url = url
        #: What it has printed.
        self.said = said

    @property
    def workers(self) -> list[int]:
        """The ids of its processes, but for the first; on Linux alone."""
        return _descendants(self.process.pid)


@contextmanager
def serving(deployment: Deployment, settings: Settings) -> Iterator[Server]:
    """A site that is served as long as the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", *deployment.command],
        cwd=ROOT,
        env={**os.environ, **settings.dump(), "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    said: list[str] = []
    reader = threading.Thread(target=_read, args=(process, said), daemon=True)
    reader.start()
    try:
        yield Server(process, _url(process, said), said)
        process.terminate()
        process.wait(LONG)
    finally:
        _kill_all(process)
        reader.join()
        process.communicate()


def _read(process: subprocess.Popen[str], said: list[str]) -> None:
    assert process.stdout
    said.extend(iter(process.stdout.readline, ""))


def _url(process: subprocess.Popen[str], said: list[str]) -> str:
    deadline = time.monotonic() + LONG
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:([1-9]\d*)", "".join(said))
        # uvicorn says where it will listen before it does.
        if found and _listens(int(found[1])):
            return found[0]
        time.sleep(0.01)
    raise AssertionError(f"the server did not start:\n{''.join(said)}")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def _kill_all(process: subprocess.Popen[str]) -> None:
    """The process and its children, which have a process group of their own."""
    with suppress(ProcessLookupError):  # they may have ended
        os.killpg(process.pid, signal.SIGKILL)


def _descendants(parent: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_descendants(child)]
    return found


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Leave a redirect to the caller."""


@dataclass(frozen=True)
class Answer:
    """What a site answered."""

    status: int
    headers: Any
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def cookies(self) -> dict[str, str]:
        """What it sets; an empty one is deleted."""
        lines = self.headers.get_all("Set-Cookie") or []
        pairs = (line.partition(";")[0].partition("=") for line in lines)
        return {name: value for name, _, value in pairs}


_opener = build_opener(ProxyHandler({}), _NoRedirects())


def fetch(url: str, method: str = "GET", **headers: str) -> Answer:
    """Send a request over a connection of its own; underscores in names are hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        response = _opener.open(Request(url, method=method, headers=named), timeout=LONG)
    except HTTPError as error:
        response = error  # an answer, too
    with response:
        return Answer(response.status, response.headers, response.read().decode())


class Browser:
    """A browser with its cookies."""

    def __init__(self, server: Server) -> None:
        self._url = server.url
        self.cookies: dict[str, str] = {}

    def open(self, url: str, method: str = "GET", **headers: str) -> Answer:
        """Fetch a page of the site; `url` may be a path."""
        url = f"{self._url}{url}" if url.startswith("/") else url
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = fetch(url, method, **headers)
        self.cookies.update(answer.cookies)
        return answer

    def login(self) -> str:
        """Where the login page leads."""
        return str(self.open("/login").headers["Location"])

    @property
    def user(self) -> Any:
        """Who is signed in."""
        return self.open("/me").json["sub"]
