"""The applications of the README and of the frameworks' pages, as users meet them."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib_xiaomi.sandbox import Account

from .checks import after, before
from .pages import read
from .processes import LONG
from .story import Story
from .visitor import Visitor

README = "README.md"
FLASK = "docs/how-to/flask.md"
FASTAPI = "docs/how-to/fastapi.md"
DJANGO = "docs/how-to/django.md"

DECLINED = "You did not allow access. Nothing was shared."
FAILED = "The sign-in failed. Please try again."


@before(README, FLASK, FASTAPI, DJANGO, "docs/how-to/without-a-framework.md", "docs/sandbox.md")
def _from_nothing(story: Story) -> None:
    """These pages set all that is needed."""


def text_of(key: str) -> str:
    """A block's text."""
    return next(block.text for block in read(key.partition("#")[0]).blocks if block.key == key)


def location(response: object) -> str:
    return urlsplit(response.headers["Location"]).path  # type: ignore[attr-defined]


@after(
    f"{README}#sign-in-2",
    f"{README}#fastapi-and-django",
    f"{README}#fastapi-and-django-2",
    f"{FLASK}#run-it",
    f"{FASTAPI}#run-it",
    f"{DJANGO}#one-file-2",
)
def with_the_sandbox(story: Story, visitor: Visitor) -> None:
    """What a newcomer does: press the link, choose, allow; then decline, and sign out."""
    assert 'href="/login"' in visitor.get("/").text
    assert visitor.redirect_uri() == f"{visitor.url}/auth"
    assert location(visitor.sign_in("lei")) == "/"
    page = visitor.get("/").text
    assert "Hello, Lei" in page
    assert 'alt="" width="90"' in page
    assert DECLINED in visitor.decline().text
    assert "Hello, Lei" in visitor.get("/").text
    assert location(visitor.submit(visitor.get("/"), "/logout")) == "/"
    assert "Hello" not in visitor.get("/").text
    assert DECLINED in visitor.decline().text


@after(
    f"{README}#get-an-appid",
    f"{FLASK}#run-it-2",
    f"{FASTAPI}#run-it-2",
    f"{DJANGO}#one-file-3",
)
def with_xiaomi(story: Story, visitor: Visitor) -> None:
    _strange_callbacks(visitor)
    _a_browser_that_looks_ahead(visitor)
    _a_second_time(visitor)
    _names(story, visitor)
    _failures(story, visitor)


def _strange_callbacks(visitor: Visitor) -> None:
    """Callbacks that nobody waits for, and one without a code."""
    state = parse_qs(urlsplit(visitor.login()).query)["state"][0]
    for query in ("", "?code=1", "?code=1&state=theirs", f"?{urlencode({'state': state})}"):
        answer = visitor.get(f"/auth{query}")
        assert (answer.status_code, FAILED in answer.text) == (400, True), query
        assert "Hello" not in answer.text


def _a_browser_that_looks_ahead(visitor: Visitor) -> None:
    """A speculative request spends nothing: the real one signs in."""
    callback = visitor.callback(visitor.login())
    for name, value in {"Sec-Purpose": "prefetch;prerender", "X-Moz": "prefetch"}.items():
        ahead = visitor.get(callback, headers={name: value})
        assert (ahead.status_code, ahead.content) == (204, b"")
    assert visitor.request("HEAD", callback).status_code in (204, 405)
    assert location(visitor.get(callback)) == "/"
    assert "Hello, Lei" in visitor.get("/").text


def _a_second_time(visitor: Visitor) -> None:
    """A user who is signed in is led onward by a reload, an old tab, or the bare address."""
    old = visitor.callback(visitor.login())
    assert location(visitor.get(old)) == "/"
    for again in (old, "/auth", "/auth?code=1&state=theirs"):
        assert location(visitor.get(again)) == "/"
    assert "Hello, Lei" in visitor.get("/").text


def _names(story: Story, visitor: Visitor) -> None:
    visitor.sign_in("fox")
    page = visitor.get("/").text
    assert "&lt;b&gt;米粉&lt;/b&gt; 🦊" in page
    assert "<b>" not in page
    story.xiaomi.users["nobody"] = Account(1000000009, "union_nobody")
    visitor.sign_in("nobody")
    page = visitor.get("/").text
    assert "Hello, union_nobody" in page
    assert "<img" not in page


def _failures(story: Story, visitor: Visitor) -> None:
    """A failure is logged once, with its hint, and is not taken for a user who declines."""
    visitor.submit(visitor.get("/"), "/logout")
    for endpoint, code in (("token", 96013), ("user/profile", 96012)):
        callback = visitor.callback(visitor.login())
        story.xiaomi.fail(endpoint, code=code, times=None)
        before = story.said.count("Sign-in failed")
        answer = visitor.get(callback)
        story.xiaomi.clear()
        assert (answer.status_code, FAILED in answer.text) == (400, True)
        assert DECLINED not in answer.text
        deadline = time.monotonic() + LONG
        while story.said.count("Sign-in failed") == before and time.monotonic() < deadline:
            time.sleep(0.01)
        lines = [line for line in story.said.splitlines() if "Sign-in failed" in line][before:]
        assert len(lines) == 1, story.said
        assert str(code) in lines[0]
        assert lines[0].rstrip().endswith(".")
    assert "Traceback" not in story.said
