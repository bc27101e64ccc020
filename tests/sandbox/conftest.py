"""The sandbox and its visitors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from authlib_xiaomi.sandbox import Sandbox

from .application import Application, Browser


@pytest.fixture
def xiaomi() -> Iterator[Sandbox]:
    """A sandbox of the test's own, as it is by default."""
    with Sandbox() as sandbox:
        yield sandbox


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
