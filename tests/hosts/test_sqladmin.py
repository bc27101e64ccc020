"""SQLAdmin's pages are for administrators alone."""

from __future__ import annotations

from collections.abc import Callable

from .application import Browser

PAGE = "docs/how-to/sqladmin.md"


def test_an_administrator_reaches_the_pages(browsers: Callable[[str], Browser]) -> None:
    browser = browsers(PAGE)
    page = browser.allow(browser.get("/admin/"), "lei")
    assert page.url.endswith("/admin/")
    assert browser.post("/admin/note/create", text="A note").ok
    assert "A note" in browser.get("/admin/note/list").text


def test_anybody_else_does_not(browsers: Callable[[str], Browser]) -> None:
    browser = browsers(PAGE)
    browser.allow(browser.get("/admin/"), "fox")
    page = browser.get("/admin/note/list")
    assert "no administrator" in page.text
    assert "<b>米粉</b>" not in page.text
