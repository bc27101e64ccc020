"""No page keeps anybody out: axe-core and narrow windows, on the demo's pages and the sandbox's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import opened_windows
from .visitors import Demo, Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: What a page in other colours can do wrong.
COLOURS = ["color-contrast"]


@dataclass
class Tour:
    """One walk through all pages, and what was found on the way."""

    window: Window
    axe: str
    rules: list[str]
    widths: list[int]
    barriers: list[tuple[str, str, list[Any]]] = field(default_factory=list)
    too_wide: list[tuple[str, int]] = field(default_factory=list)

    def look(self, name: str) -> None:
        page = self.window.page
        page.evaluate(self.axe)
        options = {"runOnly": self.rules} if self.rules else {}
        for violation in page.evaluate(
            "options => axe.run(options).then(result => result.violations)", options
        ):
            if violation["impact"] in ("serious", "critical") or "sandbox" not in name:
                nodes = [(node["html"], node["failureSummary"]) for node in violation["nodes"]]
                self.barriers.append((name, violation["id"], nodes))
        for width in self.widths:
            page.set_viewport_size({"width": width, "height": 780})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                self.too_wide.append((name, width))

    def open(self, url: str, name: str) -> None:
        self.window.page.goto(url)
        self.look(name)

    def press(self, selector: str, name: str = "") -> None:
        with self.window.page.expect_navigation():
            self.window.page.locator(selector).last.click()
        if name:
            self.look(name)

    def look_at_parts(self, name: str) -> None:
        page = self.window.page
        for folded in page.locator("#result summary").all():
            folded.click()
            self.look(f"{name}, unfolded")
        for part in ("request", "code"):
            page.locator(f"label[for=part-{part}]").click()
            self.look(f"{name}, {part}")

    def walk(self, demo: Demo) -> None:
        self.open(demo.url, "home")
        self.open(f"{demo.url}/account", "home, sign in first")
        self.open(f"{demo.url}/sign-in", "sandbox, sign in")
        self.press("button[value=fox]", "sandbox, consent")
        self.press("button[value=decline]", "declined")
        self.window.page.locator("summary").click()
        self.look("declined, for developers")
        self.window.page.goto(f"{demo.url}/sign-in")
        self.press("button[value=allow]", "account")
        self.press("form[action*=call] button", "called")
        self.look_at_parts("called")
        self.press("form[action*=refresh] button", "refreshed")
        self.look_at_parts("refreshed")
        self.open(demo.url, "home, signed in")
        self.open(f"{demo.url}/nope", "no such page")
        self.open(demo.xiaomi.url, "sandbox, home")
        self.open(f"{demo.xiaomi.url}/oauth2/authorize?client_id=1", "sandbox, error")
        # Without a picture.
        self.window.page.goto(f"{demo.url}/sign-in")
        self.press("a[href*=sign-in]")
        self.press("button[value=ghost]")
        self.press("button[value=allow]", "account without a picture")


@pytest.fixture(
    scope="module",
    params=[("light", "en-US", []), ("dark", "en-US", COLOURS), ("light", "zh-CN", [])],
    ids=["light-en", "dark-en", "light-zh"],
)
def tour(request: pytest.FixtureRequest, browser: Browser, axe: str, demo: Demo) -> Iterator[Tour]:
    scheme, locale, rules = request.param
    with opened_windows(browser) as open_window:
        # axe-core is a script, and the pages' policy lets none in.
        window = open_window(
            bypass_csp=True,
            color_scheme=scheme,
            locale=locale,
            reduced_motion="reduce",
            viewport={"width": 1280, "height": 780},
        )
        window.statuses |= {400, 403, 404}
        tour = Tour(window, axe, rules, [] if rules else [320, 360, 1280])
        tour.walk(demo)
        yield tour


def test_no_page_has_a_serious_barrier(tour: Tour) -> None:
    assert tour.barriers == []


def test_no_page_is_wider_than_the_window(tour: Tour) -> None:
    assert tour.too_wide == []
