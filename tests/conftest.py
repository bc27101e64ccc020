"""What many tests want."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from authlib_xiaomi.sandbox import Sandbox

if TYPE_CHECKING:
    from .apps import Site, Store


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Lets the processes that the test starts be ended by Ctrl-C.

    A shell's background job ignores SIGINT, and so does all that it starts.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def xiaomi() -> Iterator[Sandbox]:
    """A Xiaomi of the test's own."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=["flask", "django", "starlette"])
def site(request: pytest.FixtureRequest, xiaomi: Sandbox) -> Iterator[Callable[..., Site]]:
    """Registers the sandbox with a framework: ``site(store, **options of register)``."""
    from .apps import Site, Store

    sites: list[Site] = []

    def make(store: Store | None = None, **options: object) -> Site:
        sites.append(Site(request.param, xiaomi, store or Store(None), **options))
        return sites[-1]

    yield make
    for made in sites:
        made.close()
