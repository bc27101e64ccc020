"""The sandbox in either mode, its visitors, and a clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from authlib_xiaomi.sandbox import Sandbox
from authlib_xiaomi.sandbox.modes import MODES

from .application import Application, Browser


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=MODES)
def xiaomi(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox that behaves as the live service does, and one as documented."""
    with Sandbox(like=request.param) as sandbox:
        yield sandbox


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=MODES)
def timed(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Application]:
    """An application of a sandbox whose clock the test sets."""
    with Sandbox(like=request.param, clock=clock) as sandbox:
        application = Application(sandbox)
        with application.http:
            yield application


@pytest.fixture
def app(xiaomi: Sandbox) -> Iterator[Application]:
    application = Application(xiaomi)
    with application.http:
        yield application


@pytest.fixture
def browser() -> Iterator[Browser]:
    visitor = Browser()
    with visitor.http:
        yield visitor
