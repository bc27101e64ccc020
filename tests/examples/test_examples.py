"""The examples, as a user starts them, with a sandbox in place of Xiaomi."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

from authlib_xiaomi.sandbox import Sandbox

from ..docs.pages import ROOT
from ..docs.processes import Browser, environment, serving

COMMANDS = {
    "fastapi": ["-m", "uvicorn", "app:app", "--port", "0"],
    "django": ["manage.py", "runserver", "0"],
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as xiaomi:
        yield xiaomi


@pytest.fixture(scope="module", params=COMMANDS)
def url(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[str]:
    """Where the example is served."""
    command = [sys.executable, "-W", "error", *COMMANDS[request.param]]
    folder = ROOT / "examples" / request.param
    with serving(command, folder, environment(**sandbox.config())) as url:
        yield url


@pytest.fixture
def browser(url: str, sandbox: Sandbox) -> Iterator[Browser]:
    with Browser(url, sandbox) as browser:
        yield browser
    sandbox.clear()


def test_a_user_signs_in_and_out(browser: Browser) -> None:
    assert 'href="/login"' in browser.get("/").text
    assert browser.sign_in("lei").headers["Location"] == "/"
    page = browser.get("/").text
    assert "Hello, Lei" in page
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    form = {"csrfmiddlewaretoken": token[1]} if token else {}
    assert browser.post("/logout", **form).headers["Location"] == "/"
    assert 'href="/login"' in browser.get("/").text


def test_a_link_signs_nobody_out(browser: Browser) -> None:
    browser.sign_in("lei")
    assert browser.get("/logout").status_code == 405
    assert "Hello, Lei" in browser.get("/").text


def test_a_name_is_escaped(browser: Browser) -> None:
    browser.sign_in("fox")
    page = browser.get("/").text
    assert "&lt;b&gt;米粉&lt;/b&gt; 🦊" in page
    assert "<b>" not in page


def test_a_user_without_a_name_is_greeted_all_the_same(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.users["lei"], lei = _nameless(sandbox), sandbox.users["lei"]
    browser.sign_in("lei")
    sandbox.users["lei"] = lei
    assert f"Hello, {lei.union_id}" in browser.get("/").text


def test_a_user_who_declines_is_back_home(browser: Browser, sandbox: Sandbox) -> None:
    assert browser.get(sandbox.deny(browser.login())).headers["Location"] == "/"
    assert 'href="/login"' in browser.get("/").text


def test_a_failure_has_a_page(browser: Browser, sandbox: Sandbox) -> None:
    callback = sandbox.allow(browser.login(), user="lei")
    sandbox.fail("token", code=96013)
    answer = browser.get(callback)
    assert (answer.status_code, "That did not work" in answer.text) == (400, True)
    assert "Hello" not in browser.get("/").text


def test_a_forged_callback_is_refused(browser: Browser) -> None:
    answer = browser.get("/auth?code=theirs&state=theirs")
    assert (answer.status_code, "That did not work" in answer.text) == (400, True)


def _nameless(sandbox: Sandbox) -> object:
    lei = sandbox.users["lei"]
    return type(lei)(lei.user_id, lei.union_id, nick="")
