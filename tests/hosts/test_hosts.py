"""What every host does with a sign-in, by the application that its how-to shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

from .application import Application, Browser, place, running
from .hosts import HOSTS, Host

Browsers = Callable[[str], Browser]


@pytest.fixture(params=HOSTS, ids=str)
def host(request: pytest.FixtureRequest) -> Host:
    return request.param


@pytest.fixture
def sign_in(host: Host, browsers: Browsers) -> Callable[[str], Browser]:
    """A new browser in which somebody has signed in."""

    def sign_in(user: str) -> Browser:
        browser = browsers(host.page)
        page = browser.allow(host.start(browser), user)
        assert page.ok, f"{page.status_code} {page.text}"
        return browser

    return sign_in


def test_nobody_is_signed_in_at_first(host: Host, browsers: Browsers) -> None:
    assert host.account(browsers(host.page)) is None


def test_a_user_who_signs_in_twice_has_one_account(
    host: Host, sign_in: Callable[[str], Browser]
) -> None:
    first, second = host.account(sign_in("lei")), host.account(sign_in("lei"))
    assert first is not None
    assert first == second


def test_another_user_has_another_account(host: Host, sign_in: Callable[[str], Browser]) -> None:
    accounts = [host.account(sign_in(user)) for user in ("lei", "fox", "ghost", "nora")]
    assert None not in accounts
    assert len(set(accounts)) == 4


def test_a_user_signs_out(host: Host, sign_in: Callable[[str], Browser]) -> None:
    browser = sign_in("lei")
    host.sign_out(browser)
    assert host.account(browser) is None


def test_a_user_who_declines_sees_a_page_and_is_not_signed_in(
    host: Host, browsers: Browsers
) -> None:
    browser = browsers(host.page)
    page = browser.deny(host.start(browser))
    assert page.status_code < 500
    assert host.account(browser) is None
    again = browser.allow(host.start(browser), "lei")
    assert again.ok
    assert host.account(browser) is not None


@pytest.mark.parametrize("query", ["", "?code=forged&state=forged", "?error=96012&state=forged"])
def test_a_callback_that_nobody_asked_for_signs_nobody_in(
    host: Host, query: str, browsers: Browsers
) -> None:
    browser = browsers(host.page)
    page = browser.get(host.callback + query)
    assert page.status_code < 500
    assert host.account(browser) is None


def test_a_callback_is_of_use_to_the_browser_alone_that_started_it(
    host: Host, browsers: Browsers, applications: Callable[[str], Application]
) -> None:
    attacker, victim = browsers(host.page), browsers(host.page)
    url = applications(host.page).xiaomi.allow(place(host.start(attacker)), user="fox")
    assert victim.get(url).status_code < 500
    assert host.account(victim) is None


def test_no_secret_is_in_the_log(
    host: Host,
    sign_in: Callable[[str], Browser],
    applications: Callable[[str], Application],
) -> None:
    sign_in("lei")
    application = applications(host.page)
    xiaomi = application.xiaomi
    tokens = {r.args["token"] for r in xiaomi.requests if "token" in r.args}
    assert tokens
    log = unquote(application.log)
    assert log
    assert [secret for secret in (xiaomi.client_secret, *tokens) if secret in log] == []


def test_the_command_on_the_page_is_all_that_one_types(host: Host, tmp_path: Path) -> None:
    """It starts a sandbox, and the application with it, as it stands."""
    with running(host.page, tmp_path) as application:
        browser = application.browser()
        try:
            page = browser.allow_by_hand(host.start(browser), "lei")
            assert page.ok, f"{page.status_code} {page.text}"
            assert host.account(browser) is not None
        finally:
            browser.close()
