"""The sandbox's own page in Chromium."""

# ruff: noqa: F811  # fixtures of another folder are imported

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from authlib_xiaomi.sandbox import Sandbox

from ..demo.conftest import axe, browser, open_window  # noqa: F401
from ..demo.visitors import Window
from .application import Application

with suppress(ModuleNotFoundError):  # the fixtures say so
    from playwright.sync_api import expect


@pytest.fixture
def xiaomi() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def test_the_list_of_requests_keeps_up_to_date(
    xiaomi: Sandbox, app: Application, open_window: Callable[..., Window]
) -> None:
    page = open_window().page
    page.clock.install()
    page.goto(xiaomi.url)
    expect(page.get_by_text("No application has asked for anything yet.")).to_be_visible()
    app.redeem("wrong")
    page.clock.run_for(2000)
    expect(page.get_by_text("code is not one that was issued here")).to_be_visible()
    # Who reads is not disturbed.
    page.locator("summary").click()
    app.code()
    page.clock.run_for(6000)
    expect(page.get_by_text("authorization_code")).to_be_visible()
    expect(page.locator("summary")).to_have_count(1)
    page.locator("summary").click()
    page.locator("h1").click()
    page.clock.run_for(2000)
    expect(page.locator("summary")).to_have_count(2)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_the_page_is_not_wider_than_the_window_and_needs_no_script(
    xiaomi: Sandbox,
    app: Application,
    open_window: Callable[..., Window],
    width: int,
    locale: str,
) -> None:
    app.call("user/profile", app.token())
    app.call("user/profile", {"access_token": "x" * 200}, clientId="y" * 200)
    xiaomi.fail("user/phoneAndEmail", body=b"x", headers={"a": "b"}, delay=1, after=True)
    viewport = {"width": width, "height": 780}
    page = open_window(viewport=viewport, locale=locale, java_script_enabled=False).page
    page.goto(xiaomi.url)
    for summary in page.locator("summary").all():
        summary.click()
    assert page.locator("pre").count() == 3
    # Without scripts the page cannot be asked how wide it is; its parts can.
    for box in [part.bounding_box() for part in page.locator("main, section, pre, form").all()]:
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_serious_barrier(
    xiaomi: Sandbox,
    app: Application,
    open_window: Callable[..., Window],
    axe: str,
    scheme: str,
) -> None:
    app.call("user/profile", app.token())
    app.redeem("wrong")
    xiaomi.fail("token", status=503)
    page = open_window(bypass_csp=True, color_scheme=scheme).page
    page.goto(xiaomi.url)
    for summary in page.locator("summary").all():
        summary.click()
    page.evaluate(axe)
    violations = page.evaluate("() => axe.run().then(result => result.violations)")
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in violations] == []
