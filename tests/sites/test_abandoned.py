"""Sign-ins that were begun and left: what they leave in the session, and who can still finish."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from authlib.integrations.base_client import MismatchingStateError

from authlib_xiaomi.sandbox import Sandbox
from authlib_xiaomi.starlette_client import OAuth

from .web import Site

NewSite = Callable[..., Site]


@pytest.fixture
def clicked(new_site: NewSite, xiaomi: Sandbox) -> tuple[Site, list[str]]:
    """A visitor who has pressed the button 40 times, and where it led."""
    site = new_site().connect(xiaomi)
    return site, [site.login() for _ in range(40)]


def test_40_clicks_leave_a_session_cookie_under_3_kb(clicked: tuple[Site, list[str]]) -> None:
    site, _ = clicked
    assert 0 < len(site.cookie) < 3000


def test_40_clicks_leave_the_three_newest_tabs_able_to_finish(
    clicked: tuple[Site, list[str]], xiaomi: Sandbox
) -> None:
    site, urls = clicked
    for url in urls[-3:]:
        assert site.callback(xiaomi.allow(url))["userinfo"]["name"]


def test_a_tab_that_is_too_old_is_told_so(clicked: tuple[Site, list[str]], xiaomi: Sandbox) -> None:
    site, urls = clicked
    with pytest.raises(MismatchingStateError):
        site.callback(xiaomi.allow(urls[0]))


def test_40_clicks_with_states_of_the_applications_own_leave_no_more(
    new_site: NewSite, xiaomi: Sandbox
) -> None:
    site = new_site().connect(xiaomi)
    for number in range(40):
        last = site.login(state=f"a_b_{number}")
    assert 0 < len(site.cookie) < 3000
    assert site.callback(xiaomi.allow(last))["access_token"]


def test_another_registrations_states_are_left_alone(new_site: NewSite, xiaomi: Sandbox) -> None:
    site = new_site().connect(xiaomi).connect(xiaomi, "xiaomi_two")
    other = site.login(name="xiaomi_two")
    for _ in range(10):
        site.login()
    assert site.callback(xiaomi.allow(other), name="xiaomi_two")["userinfo"]["name"]


def begin(session: dict[str, Any], cache: Any = None) -> None:
    """Begin a sign-in with this session."""
    oauth = OAuth(cache=cache)
    app = oauth.register("xiaomi", client_id="1", client_secret="secret")
    asyncio.run(app.authorize_redirect(SimpleNamespace(session=session), "http://localhost/auth"))


@pytest.mark.parametrize("expiry", ["soon", None, [], "5"])
def test_a_state_whose_end_cannot_be_read_is_no_obstacle(expiry: object) -> None:
    session = {"_state_xiaomi_x": {"exp": expiry, "data": {}}, "_state_xiaomi_y": "text"}
    begin(session)
    assert len(session) == 3


def test_a_cache_that_fails_costs_no_other_sign_in() -> None:
    class Broken:
        async def get(self, key: str) -> None: ...
        async def delete(self, key: str) -> None: ...
        async def set(self, key: str, value: str, expires_in: int) -> None:
            raise OSError("the cache is down")

    session = {"_state_xiaomi_x": {"exp": 5, "for": "xiaomi"}, "mine": 1}
    with pytest.raises(OSError, match="down"):
        begin(session, Broken())
    assert set(session) == {"_state_xiaomi_x", "mine"}
