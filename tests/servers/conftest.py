"""A sandbox with as many users as a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from authlib_xiaomi.sandbox import Sandbox

from .crowd import Crowd
from .servers import DEPLOYMENTS, Server, serving
from .sites import Settings
from .store import Store


@pytest.fixture(scope="session")
def everybody() -> Iterator[Crowd]:
    """The users of one sandbox, for all tests."""
    with Sandbox(users={}) as xiaomi:
        crowd = Crowd(xiaomi)
        yield crowd
        crowd.close()


@pytest.fixture
def crowd(everybody: Crowd) -> Crowd:
    """The users, where nothing is left of the tests before."""
    everybody.xiaomi.clear()
    return everybody


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tokens and the locks of the served sites are."""
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def table(folder: Path) -> Store:
    """The tokens of the served sites."""
    return Store(folder)


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, everybody: Crowd, folder: Path, table: Store
) -> Iterator[Server]:
    """A site that is served as a parameter of the test says."""
    deployment = DEPLOYMENTS[request.param]
    settings = Settings(everybody.xiaomi.registration(), str(folder), lock=deployment.lock)
    if deployment.used_at_start:
        first = everybody.person()
        table.put(first.sub, first.token)
        settings.used_at_start = first.sub
    with serving(deployment, settings) as server:
        yield server
