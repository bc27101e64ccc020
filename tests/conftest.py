"""What many tests want."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from authlib_xiaomi.sandbox import Sandbox

from .elsewhere import Elsewhere
from .measuring import measure_no_process

if TYPE_CHECKING:
    from .apps import Site, Store

#: Xiaomi as it must be expected, as options of the sandbox: whatever signs users in, fails or
#: refreshes is tested with each.
XIAOMIS: dict[str, dict[str, Any]] = {
    "live": {"like": "live"},
    "documents": {"like": "documents"},
}

#: For a test that does not depend on what Xiaomi answers, or that says so itself, in every byte.
ONE_XIAOMI = pytest.mark.parametrize("like", ["live"], indirect=True)

NewXiaomi = Callable[..., Sandbox]


@pytest.fixture(scope="session", autouse=True)
def _signals_end_what_is_started() -> Iterator[None]:
    """Lets signals end the processes that the tests start.

    A shell's background job ignores SIGINT, what nohup starts SIGHUP, and so does all below them.
    """
    names = [name for name in ("SIGINT", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.getsignal(getattr(signal, name)) for name in names}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "SIGHUP" in names:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for name, handler in before.items():
        signal.signal(getattr(signal, name), handler)


@pytest.fixture(scope="session", autouse=True)
def _processes_are_measured_where_a_test_asks_for_it() -> None:
    # Here, not when this module is imported: pytest-xdist's own processes are to be measured.
    measure_no_process()


@pytest.fixture(params=XIAOMIS)
def like(request: pytest.FixtureRequest) -> str:
    """The name of the Xiaomi that the test is run with."""
    return str(request.param)


@pytest.fixture
def new_xiaomi(like: str) -> Iterator[NewXiaomi]:
    """Makes sandboxes of the test's own; keywords are the sandbox's."""
    with ExitStack() as ending:

        def make(**options: Any) -> Sandbox:
            return ending.enter_context(Sandbox(**{**XIAOMIS[like], **options}))

        yield make


@pytest.fixture
def xiaomi(new_xiaomi: NewXiaomi) -> Sandbox:
    """A sandbox of the test's own."""
    return new_xiaomi()


@pytest.fixture(scope="session")
def shared_xiaomis() -> Iterator[dict[str, Sandbox]]:
    """Sandboxes for tests that leave them as they found them, but for what arrived there."""
    with ExitStack() as ending:
        yield {name: ending.enter_context(Sandbox(**options)) for name, options in XIAOMIS.items()}


@pytest.fixture
def shared_xiaomi(shared_xiaomis: dict[str, Sandbox], like: str) -> Sandbox:
    """A sandbox that shows nothing of the tests before."""
    shared_xiaomis[like].clear()
    return shared_xiaomis[like]


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """A server that is not Xiaomi's."""
    with Elsewhere() as server:
        yield server


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
