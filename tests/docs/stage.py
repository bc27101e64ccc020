"""Where a block runs: modules that it may be in, a sandbox in place of Xiaomi, and helpers.

The blocks are written for readers, so what they need besides is here: the environment that they
read, and the modules that they import.
"""

from __future__ import annotations

import ast
import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests

from authlib_xiaomi import _app, _client
from authlib_xiaomi.sandbox import Sandbox

from .pages import Block, read
from .processes import LONG


class Stage:
    """What a block may need while it runs; ends with the test."""

    def __init__(
        self, block: Block, xiaomi: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._page = read(block.page)
        self.xiaomi = xiaomi
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.ending = ExitStack()
        monkeypatch.chdir(folder)
        for name in os.environ:
            if name.startswith(("XIAOMI_", "FLASK_", "DJANGO_")):
                monkeypatch.delenv(name)
        monkeypatch.setenv("SECRET_KEY", "a key for the tests")
        monkeypatch.setenv("FLASK_SECRET_KEY", "a key for the tests")
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{folder}/database.sqlite3")
        for prefix in ("XIAOMI", "FLASK_XIAOMI"):
            for name, value in xiaomi.config(prefix).items():
                monkeypatch.setenv(name, value)
        self._lead_to_the_sandbox()

    def _lead_to_the_sandbox(self) -> None:
        """For applications that say nothing of where Xiaomi is, as they are in production."""
        registration = self.xiaomi.registration()
        for module in (_app, _client):
            for name in ("authorize_url", "access_token_url", "api_base_url"):
                self.monkeypatch.setattr(module, name.upper(), registration[name])

    def text(self, key: str) -> str:
        """The text of another block, in this page's language if it is of this page."""
        page = self._page if key in {b.key for b in self._page.blocks} else read(key.split("#")[0])
        return next(block.text for block in page.blocks if block.key == key)

    def module(self, text: str, *more: str, name: str | None = None, file: str = "") -> Any:
        """Import `text` as the module that its first line names; `more` take the place of parts.

        What else was given in `more` of the same name takes the place of what is in `text`.
        """
        for other in more:
            text = in_place_of(text, other)
        named = re.match(r"# (?:\w+/)*(\w+)\.py\n", text)
        name = name or (named[1] if named else "block")
        module = ModuleType(name)
        path = self.folder / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        module.__file__ = str(path)
        self.monkeypatch.setitem(sys.modules, name, module)
        self.ending.callback(close, module)
        exec(compile(text, file or str(path), "exec"), module.__dict__)
        return module

    def redis(self) -> str:
        """The URL of a Redis of the test's own."""
        url = self.ending.enter_context(redis_server(self.folder))
        self.monkeypatch.setenv("REDIS_URL", url)
        return url


def close(module: Any) -> None:
    """End what a block has opened."""
    oauth = getattr(module, "oauth", None)
    client = getattr(oauth, "xiaomi", None) if oauth is not None else None
    if client is not None and hasattr(client, "close"):
        client.close()
    for name, end in (("engine", "dispose"), ("redis", "close")):
        function = getattr(getattr(module, name, None), end, None)
        if function is not None and not asyncio.iscoroutinefunction(function):
            function()
    if isinstance(session := getattr(module, "session", None), requests.Session):
        session.close()


def in_place_of(text: str, other: str) -> str:
    """`text`, with what `other` defines or registers anew taken out, and `other` at its end."""
    new = {_names(node) for node in ast.parse(other).body} - {None}
    lines = text.splitlines(keepends=True)
    for node in reversed(ast.parse(text).body):
        if _names(node) in new:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            del lines[first - 1 : node.end_lineno]
    return f"{''.join(lines)}\n\n{other}"


def _names(node: ast.stmt) -> str | None:
    """What a statement is about, if there can be only one such."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name
    if isinstance(node, ast.Expr) and ast.unparse(node).startswith("oauth.register("):
        return "oauth.register"
    return None


class FlaskVisitor:
    """A browser, at a Flask application that is not served."""

    def __init__(self, app: Any, xiaomi: Sandbox) -> None:
        self._xiaomi = xiaomi
        self._client = app.test_client()

    def get(self, url: str, **kwargs: Any) -> Any:
        return self._client.get(url, **kwargs)

    def post(self, url: str) -> Any:
        return self._client.post(url)

    def sign_in(self, user: str = "lei") -> Any:
        """Sign in; the callback's answer."""
        return self.get(self._xiaomi.allow(self.get("/login").location, user=user))

    @property
    def session(self) -> dict[str, Any]:
        with self._client.session_transaction() as session:
            return dict(session)

    def remember(self, **values: Any) -> None:
        """Put `values` into the session."""
        with self._client.session_transaction() as session:
            session.update(values)


def with_asgi(app: Any, visit: Callable[[Any], Any]) -> Any:
    """What ``await visit(browser)`` returns, with a browser at an ASGI application."""
    from authlib_xiaomi.httpx_client import httpx

    async def run() -> Any:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
            return await visit(browser)

    return asyncio.run(run())


def with_django(urls: Any, visit: Callable[[Any], Any], **settings: Any) -> Any:
    """What ``visit(browser)`` returns, with a browser at Django pages."""
    import django
    from django.conf import settings as all_settings
    from django.test import Client, override_settings
    from django.urls import clear_url_caches

    if not all_settings.configured:
        all_settings.configure(SECRET_KEY="a key for the tests")
        django.setup()
    given = {
        "ROOT_URLCONF": urls.__name__,
        "ALLOWED_HOSTS": ["testserver", "localhost"],
        "MIDDLEWARE": ["django.contrib.sessions.middleware.SessionMiddleware"],
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    }
    with override_settings(**{**given, **settings}):
        clear_url_caches()
        try:
            return visit(Client(SERVER_NAME="localhost"))
        finally:
            clear_url_caches()


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A Redis as long as the block; its URL."""
    program = shutil.which("redis-server")
    if program is None:
        missing = "redis-server is missing (Debian: apt-get install redis-server)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(
        [program, *options, "--dir", str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        deadline = time.monotonic() + LONG
        for line in process.stdout:
            if "eady to accept connections" in line:
                break
            assert time.monotonic() < deadline
        else:
            raise AssertionError("redis-server did not start")
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate()
