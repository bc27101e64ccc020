"""Servers as users start them: in processes of their own, on free ports, ended with the test."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import requests

from authlib_xiaomi.sandbox import Sandbox

from .pages import ROOT

#: Seconds; far more than anything takes.
LONG = 60.0


def environment(**more: str) -> dict[str, str]:
    """This process's environment, without what is meant for other applications."""
    ours = ("XIAOMI_", "FLASK_", "DJANGO_", "SECRET_KEY", "LANG", "LC_")
    rest = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = os.pathsep.join(filter(None, [str(ROOT), rest.get("PYTHONPATH")]))
    return {**rest, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "LANG": "C.UTF-8", **more}


@contextmanager
def serving(
    command: Sequence[str], cwd: Path, env: Mapping[str, str], after: str = ""
) -> Iterator[str]:
    """Run a server as long as the block; the URL that it prints, without the last slash.

    :param after: what stands before the URL, where it prints several.
    """
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    too_late = threading.Timer(LONG, _kill, [process, signal.SIGKILL])
    too_late.start()
    said: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            url = re.search(rf"{after}(http://127\.0\.0\.1:[1-9]\d*)", line)
            if url:
                break
        else:
            raise AssertionError(f"{command} did not start:\n{''.join(said)}")
        # Else it waits once its pipe is full.
        rest = threading.Thread(target=said.extend, args=[process.stdout])
        rest.start()
        try:
            yield url[1]
        finally:
            _kill(process, signal.SIGTERM)
            rest.join()
        assert "Traceback" not in "".join(said), "".join(said)
    finally:
        too_late.cancel()
        _kill(process, signal.SIGKILL)
        process.communicate()


def _kill(process: subprocess.Popen[str], number: int) -> None:
    # With its children: a development server watches the one that serves.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


class Browser:
    """Somebody's browser, at an application that is served."""

    def __init__(self, url: str, xiaomi: Sandbox) -> None:
        self._url = url
        self._xiaomi = xiaomi
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, url: str) -> requests.Response:
        """Fetch a page, following no redirect."""
        return self._request("GET", url)

    def post(self, url: str, **form: str) -> requests.Response:
        """Send a form."""
        return self._request("POST", url, data=form)

    def login(self) -> str:
        """Where the login page leads."""
        return self.get("/login").headers["Location"]

    def sign_in(self, user: str) -> requests.Response:
        """Sign in as `user`; the callback's answer."""
        return self.get(self._xiaomi.allow(self.login(), user=user))

    def _request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        url = f"{self._url}{url}" if url.startswith("/") else url
        return self._session.request(method, url, allow_redirects=False, timeout=LONG, **kwargs)
