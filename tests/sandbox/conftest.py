"""The sandbox's visitors. The sandbox itself, `xiaomi`, is the one of all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from authlib_xiaomi.sandbox import Sandbox

from .application import Application, Browser


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
