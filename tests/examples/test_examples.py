"""The examples, with a sandbox in place of Xiaomi: what users do, and what goes wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from authlib_xiaomi.sandbox import Account, Sandbox

from ..docs.pages import ROOT
from ..docs.processes import environment, serving
from ..docs.visitor import Visitor

COMMANDS = {
    "fastapi": ["-m", "uvicorn", "app:app", "--port", "0"],
    "django": ["manage.py", "runserver", "0"],
}
KEY = "a key that is long enough"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(token_expires_in=30) as xiaomi:  # each call of the API refreshes
        xiaomi.users["nobody"] = Account(1000000009, "union_nobody")
        yield xiaomi


@pytest.fixture(scope="module", params=COMMANDS)
def url(
    request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where the example is served."""
    command = [sys.executable, "-W", "error", *COMMANDS[request.param]]
    folder = tmp_path_factory.mktemp("example")
    places = {"DATABASE": str(folder / "tokens.sqlite3"), "SESSIONS": str(folder)}
    keys = {"SECRET_KEY": KEY, "DJANGO_SECRET_KEY": KEY}
    env = environment(**sandbox.config(), **places, **keys)
    with serving(command, ROOT / "examples" / request.param, env) as url:
        yield url


@pytest.fixture
def visitor(url: str, sandbox: Sandbox) -> Iterator[Visitor]:
    with Visitor(url) as visitor:
        yield visitor
    sandbox.clear()


def test_a_user_signs_in_and_out(visitor: Visitor) -> None:
    assert 'href="/login"' in visitor.get("/").text
    assert visitor.sign_in("lei").headers["Location"] == "/"
    assert "Hello, Lei" in visitor.get("/").text
    assert visitor.submit(visitor.get("/"), "/logout").headers["Location"] == "/"
    assert 'href="/login"' in visitor.get("/").text


def test_the_stored_token_is_refreshed_and_used(visitor: Visitor, sandbox: Sandbox) -> None:
    visitor.sign_in("lei")
    for _ in range(2):
        assert visitor.get("/profile").json()["data"]["miliaoNick"] == "Lei"
    sent = [request.form for request in sandbox.requests if request.endpoint == "token"]
    assert sum(form["grant_type"] == "refresh_token" for form in sent) == 2


def test_nobody_has_no_profile(visitor: Visitor) -> None:
    assert visitor.get("/profile").headers["Location"] == "/"


def test_a_link_signs_nobody_out(visitor: Visitor) -> None:
    visitor.sign_in("lei")
    assert visitor.get("/logout").status_code == 405
    assert "Hello, Lei" in visitor.get("/").text


def test_a_name_is_escaped(visitor: Visitor) -> None:
    visitor.sign_in("fox")
    page = visitor.get("/").text
    assert "&lt;b&gt;米粉&lt;/b&gt; 🦊" in page
    assert "<b>" not in page


def test_a_user_without_a_name_is_greeted_all_the_same(visitor: Visitor) -> None:
    visitor.sign_in("nobody")
    assert "Hello, union_nobody" in visitor.get("/").text


def test_a_user_who_declines_is_told_so_calmly(visitor: Visitor) -> None:
    answer = visitor.decline()
    assert (answer.status_code, "You did not allow access" in answer.text) == (200, True)
    assert 'href="/login"' in answer.text


def test_a_reload_or_an_old_tab_leads_a_user_onward(visitor: Visitor) -> None:
    callback = visitor.callback(visitor.login())
    for url in (callback, callback, "/auth", "/auth?code=1&state=theirs"):
        assert visitor.get(url).headers["Location"] == "/"
    assert "Hello, Lei" in visitor.get("/").text


@pytest.mark.parametrize("ahead", ["prefetch", "prefetch;prerender"])
def test_a_browser_that_looks_ahead_spends_nothing(visitor: Visitor, ahead: str) -> None:
    callback = visitor.callback(visitor.login())
    answer = visitor.get(callback, headers={"Sec-Purpose": ahead})
    assert (answer.status_code, answer.content) == (204, b"")
    assert visitor.get(callback).headers["Location"] == "/"
    assert "Hello, Lei" in visitor.get("/").text


@pytest.mark.parametrize(("endpoint", "code"), [("token", 96013), ("user/profile", 96012)])
def test_a_failure_has_a_page(visitor: Visitor, sandbox: Sandbox, endpoint: str, code: int) -> None:
    callback = visitor.callback(visitor.login())
    sandbox.fail(endpoint, code=code, times=None)
    answer = visitor.get(callback)
    assert (answer.status_code, "That did not work" in answer.text) == (400, True)
    assert "Hello" not in visitor.get("/").text


@pytest.mark.parametrize("query", ["", "?code=theirs&state=theirs", "?state={state}"])
def test_a_callback_that_nobody_waits_for_is_refused(visitor: Visitor, query: str) -> None:
    state = parse_qs(urlsplit(visitor.login()).query)["state"][0]
    answer = visitor.get(f"/auth{query.format(state=state)}")
    assert (answer.status_code, "That did not work" in answer.text) == (400, True)
    assert "Hello" not in answer.text
