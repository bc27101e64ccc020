"""No page keeps anybody out: axe-core, on the demo's pages and on the sandbox's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .visitors import Demo, Window


@pytest.mark.parametrize(
    ("scheme", "locale"), [("light", "en-US"), ("dark", "en-US"), ("light", "zh-CN")]
)
def test_no_page_has_a_serious_barrier(
    demo: Demo, open_window: Callable[..., Window], axe: str, scheme: str, locale: str
) -> None:
    # axe-core is a script, and the pages' policy lets none in.
    window = open_window(
        bypass_csp=True,
        color_scheme=scheme,
        locale=locale,
        reduced_motion="reduce",
        viewport={"width": 1000, "height": 800},
    )
    window.statuses |= {400, 403, 404}
    page = window.page
    found: list[tuple[str, str, list[Any]]] = []

    def follow(link: Any) -> None:
        with page.expect_navigation():
            link.click()

    def check(name: str) -> None:
        page.evaluate(axe)
        for violation in page.evaluate("() => axe.run().then(result => result.violations)"):
            if violation["impact"] in ("serious", "critical") or "sandbox" not in name:
                nodes = [(node["html"], node["failureSummary"]) for node in violation["nodes"]]
                found.append((name, violation["id"], nodes))

    page.goto(demo.url)
    check("home")
    page.goto(f"{demo.url}/account")
    check("home, sign in first")
    page.goto(f"{demo.url}/sign-in")
    check("sandbox, sign in")
    follow(page.locator("button[value=fox]"))
    check("sandbox, consent")
    follow(page.locator("button[value=decline]"))
    check("declined")
    page.goto(f"{demo.url}/sign-in")
    follow(page.locator("button[value=allow]"))
    check("account")
    follow(page.locator("form[action*=call] button"))
    check("called")
    follow(page.locator("form[action*=refresh] button"))
    check("refreshed")
    page.goto(demo.url)
    check("home, signed in")
    page.goto(f"{demo.url}/nope")
    check("no such page")
    page.goto(demo.xiaomi.url)
    check("sandbox, home")
    page.goto(f"{demo.xiaomi.url}/oauth2/authorize?client_id=1")
    check("sandbox, error")
    # Without a picture.
    page.goto(f"{demo.url}/sign-in")
    follow(page.locator("a[href*=sign-in]").last)
    follow(page.locator("button[value=ghost]"))
    follow(page.locator("button[value=allow]"))
    check("account without a picture")

    assert found == []
