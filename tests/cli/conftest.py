"""The command line, run as a user would, in this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from authlib_xiaomi.cli import main
from authlib_xiaomi.cli.screen import Screen
from authlib_xiaomi.sandbox import Sandbox

#: As a user's own locale and settings must not decide what the tests see.
_FOREIGN = (
    "LANG",
    "LC_",
    "XIAOMI_",
    "NO_COLOR",
    "FORCE_COLOR",
    "FLASK_",
    "DJANGO_",
    "TERM",
    "HTTP",
    "ALL_PROXY",
    "REQUESTS_",
    "CURL_",
)

Run = Callable[..., Result]


class _Program(click.Command):
    """What CliRunner runs: ``main``, with an exit status as the interpreter makes it."""

    def main(self, args: list[str], **_: object) -> None:  # type: ignore[override]
        sys.exit(main(args))


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own, in which it runs, and an environment without settings."""
    for name in list(os.environ):
        if name.upper().startswith(_FOREIGN):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run() -> Run:
    """Runs the command line: ``run("explain", "96010")``."""

    def run(*args: str, env: Mapping[str, str] | None = None, text: str | bytes = "") -> Result:
        result = CliRunner().invoke(_Program("authlib-xiaomi"), list(args), text, env=env)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the command line believe that a person reads it, on 80 columns without colours."""
    screen = Screen(terminal=True, columns=80)
    monkeypatch.setattr("authlib_xiaomi.cli.actions.screen_of", lambda: screen)


@pytest.fixture
def settings(xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox whose AppID and AppSecret are in the environment, with a callback of its."""
    monkeypatch.setenv("XIAOMI_CLIENT_ID", xiaomi.client_id)
    monkeypatch.setenv("XIAOMI_CLIENT_SECRET", xiaomi.client_secret)
    monkeypatch.setenv("XIAOMI_REDIRECT_URI", "http://localhost:8000/auth")
    return xiaomi
