"""The demo, served or not, beside a sandbox of the test's own; and a browser to look at it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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


@pytest.fixture
def make_app(xiaomi_sandbox: Sandbox, tmp_path: Path) -> Iterator[MakeApp]:
    """Makes the application over the test's sandbox and database; keywords are configuration."""
    made = []

    def make(**config: Any) -> Flask:
        app = create_app(
            {
                **xiaomi_sandbox.config(),
                "SANDBOX": xiaomi_sandbox.url,
                "DATABASE": str(tmp_path / "demo.sqlite3"),
                "SECRET_KEY": SECRET_KEY,
                **config,
            },
            tmp_path / "instance",
        )
        made.append(app)
        return app

    yield make
    for app in made:
        dispose(app)
        with app.app_context():
            xiaomi().close()


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
    """Serves the application on a free port; keywords are configuration."""
    with ExitStack() as ending:

        def start(**config: Any) -> Demo:
            listener = ending.enter_context(listen("127.0.0.1", 0))
            server = serve(make_app(**config), listener)
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            # Last in, first out.
            ending.callback(server.server_close)
            ending.callback(thread.join)
            ending.callback(server.shutdown)
            return Demo(address("127.0.0.1", listener), xiaomi_sandbox)

        yield start


@pytest.fixture
def demo(serve_demo: Callable[..., Demo]) -> Demo:
    """The application, served on a free port."""
    return serve_demo()


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


@pytest.fixture
def open_window(browser: Browser) -> Iterator[Callable[..., Window]]:
    """Opens a window; keywords are Playwright's, of ``new_context``."""
    with ExitStack() as ending:
        windows = []

        def opened(**options: Any) -> Window:
            context = browser.new_context(**{"locale": "en-US", **options})
            context.set_default_timeout(15_000)
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
def window(open_window: Callable[..., Window]) -> Window:
    """A window."""
    return open_window()
