"""The demo as its users see it: in Chromium, with the sandbox's pages on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import opened_windows
from .visitors import Demo, Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

with suppress(ModuleNotFoundError):  # the fixtures say so
    from playwright.sync_api import expect


#: The tabs of a result, with what is in each alone.
PARTS = {
    "Request": "GET /user/profile",
    "Code": "def who_is_it",
    "Result": re.compile("JSON, [0-9]+ lines"),
}


def sign_in(page: Page, demo: Demo, user: str = "lei") -> None:
    """All that a user does, from the first page to the account."""
    page.goto(demo.url)
    page.get_by_role("link", name="Sign in with Xiaomi").click()
    page.locator(f"button[value={user}]").click()
    page.get_by_role("button", name="Allow").click()
    expect(page).to_have_url(f"{demo.url}/account")


@pytest.fixture(scope="module")
def cookies(browser: Browser, demo: Demo) -> Any:
    """What the browser of somebody who is signed in keeps."""
    with opened_windows(browser) as open_window:
        page = open_window().page
        sign_in(page, demo, "fox")
        return page.context.storage_state()


@pytest.fixture
def member(open_window: Callable[..., Window], demo: Demo, cookies: Any) -> Page:
    """The account page of somebody who is signed in."""
    page = open_window(storage_state=cookies).page
    page.goto(f"{demo.url}/account")
    return page


def test_signing_in_shows_name_and_picture(demo: Demo, window: Window) -> None:
    page = window.page

    sign_in(page, demo)

    expect(page.get_by_role("heading", level=1)).to_have_text("Lei")
    picture = page.locator("img.portrait")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_it_works_without_a_script(demo: Demo, open_window: Callable[..., Window]) -> None:
    page = open_window(java_script_enabled=False).page

    sign_in(page, demo)
    page.get_by_role("button", name="Call the API").click()
    expect(page.get_by_role("status")).to_contain_text("Xiaomi answered")
    for part, text in PARTS.items():
        page.get_by_text(part, exact=True).click()
        expect(page.get_by_text(text)).to_be_visible()
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Refresh the token").click()
    expect(page.get_by_role("status")).to_contain_text("The token is a new one")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{demo.url}/")


def test_it_works_from_the_keyboard(demo: Demo, window: Window) -> None:
    page = window.page
    page.goto(demo.url)

    button = page.get_by_role("link", name="Sign in with Xiaomi")
    for _ in range(8):
        page.keyboard.press("Tab")
        if button.evaluate("link => link === document.activeElement"):
            break
    expect(button).to_be_focused()
    assert button.evaluate("link => getComputedStyle(link).outlineWidth") == "3px"
    page.keyboard.press("Enter")

    expect(page.locator("button[value=lei]")).to_be_visible()


def test_declining_leads_to_a_way_back(demo: Demo, window: Window) -> None:
    page = window.page
    window.statuses.add(403)
    page.goto(f"{demo.url}/sign-in")
    page.locator("button[value=lei]").click()

    page.get_by_role("button", name="Decline").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("You did not allow access.")
    expect(page.get_by_text("Nothing was shared.")).to_be_visible()
    expect(page.get_by_text("96012")).to_be_hidden()
    page.get_by_text("For developers").click()
    expect(page.get_by_text("96012")).to_be_visible()
    page.get_by_role("link", name="Try again").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lei")


def test_a_wrong_secret_is_explained(serve_demo: Callable[..., Demo], window: Window) -> None:
    demo = serve_demo(XIAOMI_CLIENT_SECRET="wrong")
    page = window.page
    window.statuses.add(500)
    page.goto(f"{demo.url}/sign-in")
    page.locator("button[value=lei]").click()

    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_text("96003")).to_be_visible()
    expect(page.get_by_text("OA_INVALID_CLIENT")).to_be_visible()
    expect(page.get_by_text("without quotes or spaces")).to_be_visible()
    page.get_by_role("link", name="Back to the start").click()
    expect(page).to_have_url(f"{demo.url}/")


def test_a_second_account_takes_the_place_of_the_first(demo: Demo, window: Window) -> None:
    page = window.page
    sign_in(page, demo)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in with Xiaomi").click()

    page.get_by_role("link", name="Use another account").click()
    page.locator("button[value=nora]").click()
    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Nora")


def test_refreshing_shows_that_the_token_changed(member: Page) -> None:
    member.get_by_role("button", name="Refresh the token").click()

    outcome = member.locator("#outcome")
    expect(outcome.get_by_role("status")).to_have_text("The token is a new one")
    before, after = outcome.locator("tbody tr").first.locator("td").all_inner_texts()
    assert before != after
    member.reload()
    expect(outcome).to_have_count(0)


def test_calling_the_api_shows_the_answer(member: Page) -> None:
    member.get_by_role("button", name="Call the API").click()

    expect(member.get_by_role("status")).to_contain_text("Xiaomi answered")
    expect(member.get_by_role("status")).to_be_in_viewport()
    text = member.locator("#result pre")
    expect(text).to_be_hidden()
    member.get_by_text("JSON, ").click()
    expect(text).to_be_visible()
    expect(text).to_contain_text('"miliaoNick": ')


def test_a_result_can_be_copied(
    open_window: Callable[..., Window], demo: Demo, cookies: Any
) -> None:
    page = open_window(
        storage_state=cookies, permissions=["clipboard-read", "clipboard-write"]
    ).page
    page.goto(f"{demo.url}/account")
    page.get_by_role("button", name="Call the API").click()
    page.get_by_text("JSON, ").click()

    page.locator("#result").get_by_role("button", name="Copy", exact=True).click()

    expect(page.locator("#result").get_by_role("button")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert json.loads(copied)["sub"] == demo.xiaomi.users["fox"].union_id


def test_the_tabs_work_from_the_keyboard(member: Page) -> None:
    member.get_by_role("button", name="Call the API").click()
    # The browser goes to the URL's fragment once the page is drawn, and takes the focus with it.
    member.wait_for_load_state("load")
    member.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    member.get_by_role("radio", name="Result").focus()

    for part, text in PARTS.items():
        member.keyboard.press("ArrowRight")
        expect(member.get_by_role("radio", name=part)).to_be_focused()
        expect(member.get_by_text(text)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_primary_is_the_same_orange_here_and_in_the_sandbox(
    open_window: Callable[..., Window], demo: Demo, cookies: Any, scheme: str
) -> None:
    def colours(selector: str) -> list[str]:
        script = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
        page.locator(selector).wait_for()
        page.wait_for_load_state("load")  # the style sheet with it
        found: list[str] = page.locator(selector).evaluate(script)
        return found

    page = open_window(color_scheme=scheme).page
    page.goto(demo.url)
    button = colours(".xiaomi-button")
    page.goto(f"{demo.url}/sign-in")
    page.locator("button[value=lei]").click()
    allow = colours("button[value=allow]")
    page.locator("button[value=allow]").click()
    call = colours("form[action*=call] button")

    assert button == allow == call == ["rgb(255, 105, 0)", "rgb(31, 19, 0)"]


@pytest.mark.parametrize("width", [320, 1200])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_the_button_is_high_enough_and_the_first_of_its_page(
    open_window: Callable[..., Window], demo: Demo, locale: str, width: int
) -> None:
    page = open_window(locale=locale, viewport={"width": width, "height": 780}).page
    page.goto(demo.url)

    box = page.locator(".xiaomi-button").bounding_box()

    assert box is not None
    assert box["height"] >= 44
    first = page.locator("main").locator("a.button, a.xiaomi-button, button").first
    expect(first).to_have_class("xiaomi-button")


def test_signing_out_is_for_good(demo: Demo, member: Page) -> None:
    member.get_by_role("button", name="Sign out").click()

    expect(member.get_by_role("link", name="Sign in with Xiaomi")).to_be_visible()
    member.go_back()
    expect(member).not_to_have_url(f"{demo.url}/account")


def test_everything_is_in_chinese_for_who_wants_it(
    demo: Demo, open_window: Callable[..., Window]
) -> None:
    page = open_window(locale="zh-CN").page
    page.goto(demo.url)

    page.get_by_role("link", name="使用小米帐号登录").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.locator("button[value=ghost]").click()
    page.get_by_role("button", name="同意授权").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("小幽灵")
    expect(page.get_by_text("用户的个人资料")).to_be_visible()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_text("The user's profile")).to_be_visible()
    page.get_by_role("link", name="中文").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("link", name="使用小米帐号登录")).to_be_visible()


def test_the_chosen_language_goes_along_to_xiaomi(demo: Demo, window: Window) -> None:
    page = window.page
    page.goto(demo.url)

    page.get_by_role("link", name="中文").click()
    page.get_by_role("link", name="使用小米帐号登录").click()

    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_a_name_with_markup_is_a_name(demo: Demo, member: Page) -> None:
    nick = str(demo.xiaomi.users["fox"].nick)
    assert "<b>" in nick
    expect(member.get_by_role("heading", level=1)).to_have_text(nick)
    member.get_by_role("button", name="Call the API").click()
    expect(member.get_by_role("heading", level=1)).to_have_text(nick)
    expect(member.locator("main b")).to_have_count(0)
    member.goto(demo.url)
    expect(member.get_by_text(f"Good to see you again, {nick}.")).to_be_visible()


def test_a_picture_from_elsewhere_is_not_loaded(
    serve_demo: Callable[..., Demo], window: Window
) -> None:
    demo = serve_demo()
    demo.xiaomi.users["lei"].icon = "https://elsewhere.example/picture.jpg"

    sign_in(window.page, demo)

    expect(window.page.locator("img.portrait")).to_have_count(0)


def test_the_policy_is_in_force(demo: Demo, open_window: Callable[..., Window]) -> None:
    # Else the other tests would find nothing, whatever a page does.
    window = open_window()
    page = window.page
    page.goto(demo.url)

    page.evaluate(
        """() => new Promise(resolve => {
            addEventListener("securitypolicyviolation", resolve);
            document.body.append(Object.assign(new Image(), {src: "http://127.0.0.1:9/x.png"}));
        })"""
    )
    page.evaluate("1")

    assert any("policy: img-src" in complaint for complaint in window.complaints)
    window.complaints.clear()
