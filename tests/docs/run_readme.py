"""Runs the guide's Python blocks."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from .pages import Block
from .processes import environment
from .runners import runs
from .stage import FlaskVisitor, Stage, with_asgi, with_django

FLASK = "README.md#flask"
FASTAPI = "README.md#starlette-and-fastapi"
DJANGO = "README.md#django"
TOKENS = "README.md#store-tokens"


def flask_app(stage: Stage, *more: str) -> tuple[Any, FlaskVisitor]:
    """The guide's Flask application, with `more` in place of its parts, and somebody there."""
    module = stage.module(stage.text(FLASK), *more)
    return module, FlaskVisitor(module.app, stage.xiaomi)


@runs(FLASK)
def _flask(block: Block, stage: Stage) -> None:
    _, browser = flask_app(stage)
    assert browser.get("/").text == '<a href="/login">Sign in with Xiaomi</a>'
    assert browser.sign_in().location == "/"
    assert browser.get("/").text == "Hello, Lei"
    browser.sign_in("fox")
    assert "&lt;b&gt;" in browser.get("/").text


@runs(FASTAPI)
def _fastapi(block: Block, stage: Stage) -> None:
    app = stage.module(block.text).app

    async def visit(browser: Any) -> list[str]:
        pages = [(await browser.get("/")).text]
        for user in ("lei", "fox"):
            location = (await browser.get("/login")).headers["Location"]
            await browser.get(stage.xiaomi.allow(location, user=user))
            pages.append((await browser.get("/")).text)
        return pages

    before, lei, fox = with_asgi(app, visit)
    assert (before, lei) == ('<a href="/login">Sign in with Xiaomi</a>', "Hello, Lei")
    assert "&lt;b&gt;" in fox


@runs(DJANGO, f"{DJANGO}-2")
def _django(block: Block, stage: Stage) -> None:
    own = stage.module(stage.text(DJANGO), name="django_settings").AUTHLIB_OAUTH_CLIENTS

    def visit(browser: Any) -> list[str]:
        # Authlib reads the settings when Xiaomi is registered, which is when this is imported.
        stage.module(stage.text(f"{DJANGO}-2"), name="urls")
        pages = [browser.get("/").content.decode()]
        for user in ("lei", "fox"):
            answer = browser.get(stage.xiaomi.allow(browser.get("/login").url, user=user))
            assert answer.url == "/"
            pages.append(browser.get("/").content.decode())
        return pages

    urls = stage.module("", name="urls")
    before, lei, fox = with_django(urls, visit, AUTHLIB_OAUTH_CLIENTS=own)
    assert (before, lei) == ('<a href="/login">Sign in with Xiaomi</a>', "Hello, Lei")
    assert "&lt;b&gt;" in fox


@runs("README.md#without-a-framework")
def _session(block: Block, stage: Stage) -> None:
    said: list[Any] = []

    def answer(question: str) -> str:
        url = re.search(r"http\S+", question)
        assert url
        return stage.xiaomi.allow(url[0], user="lei")

    stage.monkeypatch.setattr("builtins.input", answer)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", said.append)
        stage.module(block.text)
    assert said[0] == "Lei"
    assert said[1]["data"]["miliaoNick"] == "Lei"


@runs("README.md#options")
def _options(block: Block, stage: Stage) -> None:
    _, browser = flask_app(stage, block.text)
    query = parse_qs(urlsplit(browser.get("/login").location).query)
    assert query["scope"] == ["1 3"]
    browser.sign_in()
    assert browser.session["user"]["sub"] == stage.xiaomi.users["lei"].open_id


@runs("README.md#errors")
def _errors(block: Block, stage: Stage) -> None:
    with pytest.MonkeyPatch.context() as patch:
        logged: list[str] = []
        patch.setattr(logging, "warning", lambda text, *args: logged.append(text % args))
        _, browser = flask_app(stage, block.text)
        assert browser.get(stage.xiaomi.deny(browser.get("/login").location)).location == "/"
        assert logged == []
        stage.xiaomi.fail("token", code=96013)
        assert browser.sign_in().status_code == 400
        assert "96013 OA_INVALID_CODE" in logged[0]
        assert browser.get("/auth?code=1&state=2").status_code == 400


def with_tokens(stage: Stage, *more: str) -> tuple[Any, FlaskVisitor]:
    """The Flask application that stores tokens."""
    stage.module(stage.text(TOKENS))
    return flask_app(stage, stage.text(f"{TOKENS}-2"), *more)


def expire(tokens: Any, sub: str) -> str:
    """Let the stored token's access token be expired; its refresh token."""
    with tokens.Session(tokens.engine) as db, db.begin():
        row = db.get(tokens.XiaomiToken, sub)
        row.token = {**row.token, "expires_at": 1}
        return str(row.refresh_token)


def refreshes(stage: Stage) -> int:
    """How many refreshes arrived."""
    sent = [request.form for request in stage.xiaomi.requests if request.endpoint == "token"]
    return sum(form["grant_type"] == "refresh_token" for form in sent)


@runs(TOKENS, f"{TOKENS}-2")
def _tokens(block: Block, stage: Stage) -> None:
    _, browser = with_tokens(stage)
    tokens = sys.modules["tokens"]
    browser.sign_in()
    assert browser.get("/profile").json["data"]["miliaoNick"] == "Lei"
    assert refreshes(stage) == 0
    spent = expire(tokens, browser.session["user"]["sub"])
    assert browser.get("/profile").json["data"]["miliaoNick"] == "Lei"
    assert browser.get("/profile").json["data"]["miliaoNick"] == "Lei"
    assert refreshes(stage) == 1
    # A newer token is not overwritten by what came of an older one.
    now = expire(tokens, browser.session["user"]["sub"])
    assert now != spent
    tokens.save_token({"access_token": "late"}, refresh_token=spent)
    assert expire(tokens, browser.session["user"]["sub"]) == now


@runs("README.md#several-workers")
def _several_workers(block: Block, stage: Stage) -> None:
    stage.redis()
    module, browser = with_tokens(stage, block.text)
    browser.sign_in()
    expire(sys.modules["tokens"], browser.session["user"]["sub"])
    user = browser.session["user"]
    taken: list[str] = []
    lock = module.redis.lock
    stage.monkeypatch.setattr(
        module.redis, "lock", lambda name, **more: (taken.append(name), lock(name, **more))[1]
    )
    together = threading.Barrier(4)

    def visit(_: int) -> Any:
        other = FlaskVisitor(module.app, stage.xiaomi)
        other.remember(user=user)
        together.wait()
        return other.get("/profile").json["data"]["miliaoNick"]

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(visit, range(4))) == {"Lei"}
    assert refreshes(stage) == 1
    assert taken
    assert all(re.fullmatch("xiaomi:[0-9a-f]{32}", name) for name in taken)


@runs("README.md#test-your-own-sign-in")
def _own_tests(block: Block, stage: Stage) -> None:
    application = stage.text(FLASK) + "\n\n" + stage.text("README.md#errors")
    run_own_tests(stage, application, block.text, "test_sign_in.py", 3)


def run_own_tests(stage: Stage, application: str, tests: str, name: str, count: int) -> None:
    """Run a reader's tests as a reader does."""
    (stage.folder / "app.py").write_text(application, encoding="utf-8")
    (stage.folder / name).write_text(tests, encoding="utf-8")
    options = ["-q", "-p", "no:cacheprovider", "-W", "error"]
    # With an older Authlib there is httpx in place of httpx2, which is not the reader's affair.
    options += ["-W", "ignore:Using `httpx` with"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *options, name],
        cwd=stage.folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{count} passed" in result.stdout
