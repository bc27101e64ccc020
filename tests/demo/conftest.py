"""The demo, served or not, beside a sandbox of the test's own; and a browser to look at it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from authlib_xiaomi.sandbox import Sandbox
from demo_flask import create_app
from demo_flask.database import dispose
from demo_flask.server import address, listen, serve
from demo_flask.xiaomi import xiaomi

from .visitors import AXE, ROOT, SECRET_KEY, Demo, MakeApp, User, Window, missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@contextmanager
def application(xiaomi_sandbox: Sandbox, folder: Path, **config: Any) -> Iterator[Flask]:
    """The application over a sandbox, with its database in a folder."""
    given = {
        **xiaomi_sandbox.config(),
        "DATABASE": str(folder / "demo.sqlite3"),
        "SECRET_KEY": SECRET_KEY,
    }
    app = create_app({**given, **config}, folder / "instance")
    try:
        yield app
    finally:
        dispose(app)
        with app.app_context():
            xiaomi().close()


@contextmanager
def served(app: Flask, xiaomi_sandbox: Sandbox) -> Iterator[Demo]:
    """The application on a free port."""
    with listen("127.0.0.1", 0) as listener:
        server = serve(app, listener)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Demo(address("127.0.0.1", listener), xiaomi_sandbox)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.fixture
def make_app(xiaomi_sandbox: Sandbox, tmp_path: Path) -> Iterator[MakeApp]:
    """Makes the application over the test's sandbox and database; keywords are configuration."""
    with ExitStack() as ending:

        def make(**config: Any) -> Flask:
            return ending.enter_context(application(xiaomi_sandbox, tmp_path, **config))

        yield make


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """The application."""
    return make_app()


@pytest.fixture
def user(app: Flask, xiaomi_sandbox: Sandbox) -> User:
    """Somebody who visits the application."""
    return User(app.test_client(), xiaomi_sandbox)


# In a browser


@pytest.fixture
def serve_demo(make_app: MakeApp, xiaomi_sandbox: Sandbox) -> Iterator[Callable[..., Demo]]:
    """Serves an application of the test's own; keywords are configuration."""
    with ExitStack() as ending:

        def start(**config: Any) -> Demo:
            return ending.enter_context(served(make_app(**config), xiaomi_sandbox))

        yield start


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The application, for tests that only visit it, each in a browser of its own."""
    with (
        Sandbox() as sandbox,
        application(sandbox, tmp_path_factory.mktemp("demo")) as app,
        served(app, sandbox) as demo,
    ):
        yield demo


# Of the module, not of the session: while Playwright runs, no other test can run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium that knows this machine only."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        missing("Playwright is missing: pip install playwright")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        missing("Chromium is missing: apt-get install chromium, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--no-proxy-server",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    if not AXE.exists():
        folder = AXE.relative_to(ROOT).parents[2]
        missing(f"axe-core is missing: npm install --prefix {folder} --no-save axe-core@4")
    return AXE.read_text()


@contextmanager
def opened_windows(browser: Browser) -> Iterator[Callable[..., Window]]:
    """What opens windows, whose pages must give the browser nothing to complain about."""
    with ExitStack() as ending:
        windows = []

        def opened(**options: Any) -> Window:
            context = browser.new_context(**{"locale": "en-US", **options})
            context.set_default_timeout(30_000)
            ending.callback(context.close)
            window = Window(context.new_page())
            window.watch(context)
            windows.append(window)
            return window

        yield opened
        for window in windows:
            # What the page has said by now has arrived when this is answered.
            window.page.evaluate("1")
    assert [complaint for window in windows for complaint in window.complaints] == []


@pytest.fixture
def open_window(browser: Browser) -> Iterator[Callable[..., Window]]:
    """Opens a window; keywords are Playwright's, of ``new_context``."""
    with opened_windows(browser) as opened:
        yield opened


@pytest.fixture
def window(open_window: Callable[..., Window]) -> Window:
    """A window."""
    return open_window()
