"""Linking Xiaomi to an account that exists, where a how-to shows it."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from authlib_xiaomi.sandbox import Account

from .application import Application, Browser
from .hosts import HOSTS, Host

_numbers = itertools.count(2_000_000_001)


class Visitors:
    """People at one host's application, each with a browser of his own."""

    def __init__(
        self,
        host: Host,
        application: Application,
        browsers: Callable[[str], Browser],
    ) -> None:
        self.host = host
        self._users = application.xiaomi.users
        self._browsers = browsers

    def at_xiaomi(self) -> str:
        """The sign-in name of somebody new at Xiaomi."""
        number = next(_numbers)
        self._users[str(number)] = Account(number, f"union_{number}", nick=f"Nick {number}")
        return str(number)

    def with_password(self) -> Browser:
        """Somebody new who has signed in with a password."""
        browser = self._browsers(self.host.page)
        self.register(browser)
        return browser

    def register(self, browser: Browser) -> None:
        """Make a new account with a password, and sign in to it."""
        assert self.host.register is not None
        self.host.register(browser, f"user{next(_numbers)}@example.com")
        assert self.account(browser) is not None

    def with_xiaomi(self, user: str) -> Browser:
        """`user`, who has signed in with Xiaomi."""
        browser = self._browsers(self.host.page)
        assert browser.allow(self.host.start(browser), user).ok
        return browser

    def account(self, browser: Browser) -> str | None:
        return self.host.account(browser)

    def link(self, browser: Browser, user: str) -> None:
        """Link `user` of Xiaomi's to whoever is signed in."""
        assert self.host.link is not None
        assert browser.allow(self.host.link(browser), user).status_code < 500


@pytest.fixture(params=[host for host in HOSTS if host.link], ids=str)
def visitors(
    request: pytest.FixtureRequest,
    applications: Callable[[str], Application],
    browsers: Callable[[str], Browser],
) -> Visitors:
    host = request.param
    return Visitors(host, applications(host.page), browsers)


def test_who_has_linked_xiaomi_signs_in_to_the_same_account(visitors: Visitors) -> None:
    user, browser = visitors.at_xiaomi(), visitors.with_password()
    visitors.link(browser, user)
    assert visitors.account(visitors.with_xiaomi(user)) == visitors.account(browser)


def test_a_xiaomi_account_that_belongs_to_somebody_else_stays_there(visitors: Visitors) -> None:
    user = visitors.at_xiaomi()
    owner = visitors.account(visitors.with_xiaomi(user))
    other = visitors.with_password()
    before = visitors.account(other)
    visitors.link(other, user)
    assert visitors.account(other) == before != owner
    assert visitors.account(visitors.with_xiaomi(user)) == owner


def test_a_link_is_not_made_for_who_has_signed_out_meanwhile(visitors: Visitors) -> None:
    host, user = visitors.host, visitors.at_xiaomi()
    browser = visitors.with_password()
    account = visitors.account(browser)
    start = host.link(browser)
    host.sign_out(browser)
    browser.allow(start, user)
    assert visitors.account(browser) is None
    assert visitors.account(visitors.with_xiaomi(user)) != account


def test_a_link_is_not_made_for_who_has_signed_in_meanwhile(visitors: Visitors) -> None:
    host, user = visitors.host, visitors.at_xiaomi()
    browser = visitors.with_password()
    accounts = [visitors.account(browser)]
    start = host.link(browser)
    host.sign_out(browser)
    visitors.register(browser)
    accounts.append(visitors.account(browser))
    browser.allow(start, user)
    assert visitors.account(browser) == accounts[1]
    assert visitors.account(visitors.with_xiaomi(user)) not in accounts
