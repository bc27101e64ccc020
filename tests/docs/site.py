"""The documentation site in Chromium: every page, on a narrow screen.

``make smoke`` builds the site and runs this. Not one of ``make test``'s files, and so not named
like them: the site's tools are in an environment of their own.
"""

# ruff: noqa: F811  # fixtures of another folder are imported

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ..demo.conftest import axe, browser, open_window  # noqa: F401
from ..demo.visitors import Window
from .pages import ROOT

SITE = ROOT / "site"
WIDTH = 360
#: Whether a signature is wider than its box.
CUT = """() => [...document.querySelectorAll(".doc-signature code")].some(
  code => code.scrollWidth > code.clientWidth)"""


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    """Where the site is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(SITE)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def addresses() -> list[str]:
    """Of each page."""
    assert (SITE / "index.html").exists(), "make docs builds the site"
    folders = sorted(path.parent for path in SITE.rglob("index.html"))
    return [folder.relative_to(SITE).as_posix() for folder in map(Path, folders)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_the_window_or_has_a_serious_barrier(
    url: str, open_window: Callable[..., Window], axe: str, scheme: str
) -> None:
    viewport = {"width": WIDTH, "height": 740}
    page = open_window(viewport=viewport, color_scheme=scheme, bypass_csp=True).page
    wrong: list[object] = []
    for address in addresses():
        page.goto(url + address)
        if page.evaluate("document.documentElement.scrollWidth") > WIDTH:
            wrong.append((address, "is wider than the window"))
        if page.evaluate(CUT):
            wrong.append((address, "has a signature that is cut"))
        page.evaluate(axe)
        wrong += [
            (address, violation["id"], [node["html"] for node in violation["nodes"]][:3])
            for violation in page.evaluate(
                "axe.run({resultTypes: ['violations']}).then(result => result.violations)"
            )
            if violation["impact"] in ("serious", "critical")
        ]
    assert wrong == []


@pytest.mark.parametrize("page", ["apps", "clients"])
def test_every_method_of_the_reference_is_described(page: str) -> None:
    text = (SITE / "reference" / page / "index.html").read_text(encoding="utf-8")
    methods = text.split('<div class="doc doc-object doc-function">')[1:]
    described = [re.search(r'<div class="doc doc-contents[^>]*>\s*<p>', one) for one in methods]
    assert described
    assert all(described)
