"""Running the probe in this process, with a user who does what the probe asks for."""

from __future__ import annotations

import io
import json
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from authlib_xiaomi.cli import main
from authlib_xiaomi.sandbox import Sandbox

#: Not a port of this machine, so that the callback is pasted.
CALLBACK = "http://probe.localhost.example/auth"

#: Gives the callback's URL for the authorization URL.
User = Callable[[str], str]


@dataclass
class Run:
    """What came of one run."""

    status: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        return dict(json.loads(self.out))

    @property
    def points(self) -> dict[str, dict[str, Any]]:
        return {point["id"]: point for point in self.report["points"]}

    def having(self, verdict: str) -> set[str]:
        """The ids of the points with that verdict."""
        return {name for name, point in self.points.items() if point["verdict"] == verdict}


class Screen(io.StringIO):
    """Standard error, and who reads it."""

    def __init__(self, read: Callable[[str], None]) -> None:
        super().__init__()
        self._read = read

    def write(self, text: str) -> int:
        count = super().write(text)
        self._read(text)
        return count


class Keyboard(io.StringIO):
    """Standard input: the callback of the URL that was shown last."""

    def __init__(self, user: User) -> None:
        super().__init__()
        self._user = user
        self.url = ""

    def readline(self, size: int | None = -1, /) -> str:
        return self._user(self.url)


class Probing:
    """Runs ``authlib-xiaomi probe``.

    :param settings: environment variables.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> None:
        self._monkeypatch = monkeypatch
        for name, value in settings.items():
            monkeypatch.setenv(name, value)

    def run(
        self,
        *args: str,
        user: User | None = None,
        waiting: User | None = None,
        browser: bool = False,
    ) -> Run:
        """Run it with `args`.

        :param user: pastes the callback.
        :param browser: whether a browser may be opened.
        :param waiting: comes back to the port that the probe waits on, in a thread.
        """
        keyboard = Keyboard(user or (lambda url: ""))
        threads: list[threading.Thread] = []

        def read(text: str) -> None:
            shown = re.search(r"https?://\S+/oauth2/authorize\S+", text)
            if shown:
                keyboard.url = shown[0]
            if waiting and text.startswith(("Waiting", "正在等待")):
                threads.append(threading.Thread(target=waiting, args=(keyboard.url,)))
                threads[-1].start()

        out, err = io.StringIO(), Screen(read)
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            patch.setattr(sys, "stdin", keyboard)
            status = main(["probe", *([] if browser else ["--no-browser"]), *args])
        for thread in threads:
            thread.join()
        return Run(status, out.getvalue(), err.getvalue())


def probing(xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch, **changes: str) -> Probing:
    """Runs the probe for the sandbox's application; `changes` are environment variables."""
    settings = {
        "XIAOMI_CLIENT_ID": xiaomi.client_id,
        "XIAOMI_CLIENT_SECRET": xiaomi.client_secret,
        "XIAOMI_REDIRECT_URI": CALLBACK,
    }
    return Probing(monkeypatch, settings | changes)
