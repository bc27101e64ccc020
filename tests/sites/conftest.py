"""What the tests of the frameworks' apps want."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from authlib_xiaomi.sandbox import Sandbox

from .web import SITES, Site


@pytest.fixture
def xiaomi(shared_xiaomi: Sandbox) -> Sandbox:
    """A sandbox that shows nothing of the tests before."""
    return shared_xiaomi


@pytest.fixture(params=SITES, ids=[site.framework for site in SITES])
def new_site(request: pytest.FixtureRequest) -> Iterator[Callable[..., Site]]:
    """Makes sites of one framework; a test with it runs on each."""
    with ExitStack() as stack:

        def make(*args: Any, **kwargs: Any) -> Site:
            return stack.enter_context(request.param(*args, **kwargs))

        yield make


@pytest.fixture(params=SITES, ids=[site.framework for site in SITES], scope="module")
def module_site(
    request: pytest.FixtureRequest, shared_xiaomis: dict[str, Sandbox]
) -> Iterator[Site]:
    with request.param() as site:
        for name, xiaomi in shared_xiaomis.items():
            site.connect(xiaomi, name)
        yield site


@pytest.fixture
def shared_site(module_site: Site, like: str) -> Site:
    """An application with Xiaomi registered, which remembers nothing of the tests before."""
    module_site.forget()
    module_site.default = like
    return module_site


@pytest.fixture
def site(new_site: Callable[..., Site]) -> Site:
    """An application in which nothing is registered; a test with it runs on each framework."""
    return new_site()
