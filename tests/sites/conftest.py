"""What the tests of the frameworks' apps want."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from authlib_xiaomi.sandbox import Sandbox

from ..elsewhere import Elsewhere
from .web import SITES, Site


@pytest.fixture(scope="session")
def session_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def xiaomi(session_sandbox: Sandbox) -> Sandbox:
    """A Xiaomi that shows nothing of the tests before."""
    session_sandbox.clear()
    return session_sandbox


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """A server that is not Xiaomi's."""
    with Elsewhere() as server:
        yield server


@pytest.fixture(params=SITES, ids=[site.framework for site in SITES])
def new_site(request: pytest.FixtureRequest) -> Iterator[Callable[..., Site]]:
    """Makes sites of one framework; a test with it runs on each."""
    with ExitStack() as stack:

        def make(*args: Any, **kwargs: Any) -> Site:
            return stack.enter_context(request.param(*args, **kwargs))

        yield make


@pytest.fixture(params=SITES, ids=[site.framework for site in SITES], scope="module")
def module_site(request: pytest.FixtureRequest, session_sandbox: Sandbox) -> Iterator[Site]:
    with request.param() as site:
        yield site.connect(session_sandbox)


@pytest.fixture
def shared_site(module_site: Site) -> Site:
    """An application with Xiaomi registered, which remembers nothing of the tests before."""
    module_site.forget()
    return module_site


@pytest.fixture
def site(new_site: Callable[..., Site]) -> Site:
    """An application in which nothing is registered; a test with it runs on each framework."""
    return new_site()
