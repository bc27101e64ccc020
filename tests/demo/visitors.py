"""Who visits the demo, and what with."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authlib_xiaomi.sandbox import Sandbox

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

ROOT = Path(__file__).parents[2]
AXE = ROOT / ".tools/axe/node_modules/axe-core/axe.min.js"
SECRET_KEY = "a key that only these tests know"

MakeApp = Callable[..., Flask]


@dataclass
class User:
    """Somebody with a browser that has no pages: Flask's test client."""

    client: FlaskClient
    xiaomi: Sandbox

    def sign_in(self, name: str = "lei", path: str = "/sign-in") -> TestResponse:
        """Go to Xiaomi and come back; the answer to the callback."""
        return self.client.get(self.xiaomi.allow(self.client.get(path).location, user=name))

    def post(self, path: str, **kwargs: Any) -> TestResponse:
        """Send the form of the account page that goes to `path`."""
        page = self.client.get("/account").text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        return self.client.post(path, data={"csrf_token": token}, **kwargs)


@dataclass
class Demo:
    """The application, served."""

    url: str
    xiaomi: Sandbox


@dataclass
class Window:
    """A window of the browser, with all that a page should not cause."""

    page: Page
    #: HTTP statuses that the test means to see; the browser complains about them.
    statuses: set[int] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Note what goes wrong in `context`."""
        context.add_init_script(
            "addEventListener('securitypolicyviolation', event => console.error("
            "'policy: ' + event.violatedDirective + ' ' + event.blockedURI))"
        )
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        meant = any(f"a status of {status} " in message.text for status in self.statuses)
        if message.type in ("error", "warning") and not meant:
            self.complaints.append(message.text)

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1":
            self.complaints.append(f"a request to {request.url}")


def missing(what: str) -> NoReturn:
    """Skip the test; in CI nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
