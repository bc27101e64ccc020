"""Each how-to's application is run once, and visited by all tests that are about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from authlib_xiaomi.sandbox import Sandbox

from .application import Application, Browser, running


@pytest.fixture(scope="session")
def applications(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Application]]:
    """The running application of a how-to's page."""
    with ExitStack() as ending:
        known: dict[str, Application] = {}

        def application(page: str) -> Application:
            if page not in known:
                xiaomi = ending.enter_context(Sandbox())
                folder = tmp_path_factory.mktemp(Path(page).stem)
                known[page] = ending.enter_context(running(page, folder, xiaomi))
            return known[page]

        yield application


@pytest.fixture
def browsers(applications: Callable[..., Application]) -> Iterator[Callable[..., Browser]]:
    """New browsers, at the application of a how-to's page."""
    made: list[Browser] = []

    def browser(page: str) -> Browser:
        made.append(applications(page).browser())
        return made[-1]

    yield browser
    for each in made:
        each.close()
