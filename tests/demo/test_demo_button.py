"""The button: the one in docs/how-to/button.md, to be copied, is the demo's own."""

from __future__ import annotations

import re

import pytest

from .visitors import ROOT, User

PAGES = pytest.mark.parametrize("page", ["docs/how-to/button.md", "docs/zh/how-to/button.md"])


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@PAGES
def test_the_html_to_copy_is_what_the_demo_has(user: User, page: str) -> None:
    copied = blocks(page, "html")

    for language, button in zip(("en", "zh"), copied, strict=True):
        home = user.client.get("/", headers={"Accept-Language": language}).text
        assert button.strip().replace("/login", "/sign-in") in home


@PAGES
def test_the_css_to_copy_is_what_the_demo_has(user: User, page: str) -> None:
    href = re.search(r'href="(/static/button\.css)"', user.client.get("/").text)
    assert href
    with user.client.get(href[1]) as response:
        assert blocks(page, "css") == [response.text]
