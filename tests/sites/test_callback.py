"""The callback page: the state comes first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from authlib.integrations.base_client import MismatchingStateError, OAuthError

from authlib_xiaomi import StateMismatchError, XiaomiOAuthError
from authlib_xiaomi.sandbox import Sandbox

from ..conftest import NewXiaomi
from ..recorded import all_in, recorded
from ..test_secrets import everything_about, seen_in
from .web import CALLBACK, MemoryCache, Site, query_of


def with_query(**params: Any) -> str:
    return f"{CALLBACK}?{urlencode(params)}"


METHODS = pytest.mark.parametrize("method", ["GET", "POST"])


@METHODS
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"code": "c"},
        {"code": "c", "state": ""},
        {"code": "c", "state": "forged"},
        {"state": "forged"},
        {"error": "96012", "error_description": "Call 555-0100 now"},
        {"error": "96012", "error_description": "Call 555-0100 now", "state": "forged"},
        {"error": "Call 555-0100 now", "state": ""},
    ],
    ids=str,
)
def test_a_forged_callback_is_refused_before_anything_else(
    site: Site, xiaomi: Sandbox, params: dict[str, str], method: str
) -> None:
    site.connect(xiaomi)
    site.login()
    with pytest.raises(MismatchingStateError) as caught:
        site.callback(with_query(**params), method=method)
    assert "555" not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None
    assert xiaomi.requests == []


@pytest.mark.parametrize(
    "params",
    [{}, {"code": "C3_made-up"}, {"code": "C3_made-up", "state": "forged"}, {"error": "1"}, None],
    ids=str,
)
def test_a_refused_callback_shows_neither_session_nor_cookies(
    site: Site, xiaomi: Sandbox, params: dict[str, str] | None
) -> None:
    site.connect(xiaomi)
    pending = query_of(site.login())["state"]
    if params is None:
        params = {"error": "96012", "code": "C3_made-up", "state": query_of(site.login())["state"]}
    with pytest.raises(XiaomiOAuthError) as caught:
        site.callback(with_query(**params))
    text = everything_about(caught.value)
    assert not seen_in(text, {pending})
    assert not seen_in(text.lower(), {"'cookie'"})


def test_a_forged_callback_does_not_end_a_sign_in_that_is_under_way(
    site: Site, xiaomi: Sandbox
) -> None:
    site.connect(xiaomi)
    callback = xiaomi.allow(site.login())
    with pytest.raises(MismatchingStateError):
        site.callback(with_query(error="96012", state="forged"))
    assert site.callback(callback)["userinfo"]["name"] == "Lei"


@METHODS
def test_a_callback_without_code_and_error_asks_xiaomi_nothing(
    site: Site, xiaomi: Sandbox, method: str
) -> None:
    site.connect(xiaomi)
    state = query_of(site.login())["state"]
    with pytest.raises(XiaomiOAuthError, match="neither a code nor an error") as caught:
        site.callback(with_query(state=state), method=method)
    assert caught.value.error == "missing_code"
    assert xiaomi.requests == []


@pytest.mark.parametrize("params", [{"code": ""}, {"error": ""}, {"code": "", "error": ""}])
def test_an_empty_code_is_none(site: Site, xiaomi: Sandbox, params: dict[str, str]) -> None:
    site.connect(xiaomi)
    state = query_of(site.login())["state"]
    with pytest.raises(XiaomiOAuthError, match="neither a code nor an error"):
        site.callback(with_query(state=state, **params))
    assert xiaomi.requests == []


def test_an_error_beside_a_code_asks_xiaomi_nothing(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    state = query_of(site.login())["state"]
    with pytest.raises(XiaomiOAuthError) as caught:
        site.callback(with_query(state=state, code="c", error="96012"))
    assert caught.value.code == 96012
    assert xiaomi.requests == []


def test_a_state_works_once(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    callback = xiaomi.allow(site.login())
    site.callback(callback)
    xiaomi.clear()
    with pytest.raises(MismatchingStateError):
        site.callback(callback)
    assert xiaomi.requests == []


@pytest.mark.parametrize("reason", ["used", "other", "lost", "missing"])
def test_a_lost_state_says_which_case_it_is(site: Site, xiaomi: Sandbox, reason: str) -> None:
    site.connect(xiaomi)
    callback = with_query(code="C3_1", state="forged")
    if reason == "used":
        callback = xiaomi.allow(site.login())
        site.callback(callback)
    elif reason == "other":
        site.login()
    elif reason == "missing":
        callback = with_query(code="C3_1")
    with pytest.raises(StateMismatchError) as caught:
        site.callback(callback)
    assert caught.value.reason == reason


def test_a_state_works_once_where_the_user_declined(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    callback = xiaomi.deny(site.login())
    for expected in (XiaomiOAuthError, MismatchingStateError):
        with pytest.raises(expected):
            site.callback(callback)


def test_a_state_works_once_where_xiaomi_refuses(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    callback = xiaomi.allow(site.login())
    xiaomi.fail("token", code=96013)
    for expected in (XiaomiOAuthError, MismatchingStateError):
        with pytest.raises(expected):
            site.callback(callback)


def test_a_user_who_declines_is_told_as_access_denied(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    with pytest.raises(XiaomiOAuthError) as caught:
        site.callback(xiaomi.deny(site.login()))
    assert (caught.value.error, caught.value.code) == ("access_denied", 96012)
    assert [r.endpoint for r in xiaomi.requests] == ["authorize"]


@METHODS
@pytest.mark.parametrize("name", all_in("callback"))
def test_however_xiaomi_says_that_the_user_declined_it_is_one_error(
    site: Site, xiaomi: Sandbox, name: str, method: str
) -> None:
    site.connect(xiaomi)
    query = recorded(name).decode().replace("STATE", query_of(site.login())["state"])
    with pytest.raises(XiaomiOAuthError) as caught:
        site.callback(f"{CALLBACK}?{query}", method=method)
    assert (caught.value.error, caught.value.code) == ("access_denied", 96012)


@pytest.mark.parametrize("name", all_in("callback"))
def test_a_declined_sign_in_without_its_state_is_refused(
    site: Site, xiaomi: Sandbox, name: str
) -> None:
    site.connect(xiaomi)
    site.login()
    query = recorded(name).decode().removesuffix("&state=STATE")
    with pytest.raises(MismatchingStateError):
        site.callback(f"{CALLBACK}?{query}")


def test_another_browsers_state_is_refused(new_site: Callable[..., Site], xiaomi: Sandbox) -> None:
    mine, attackers = new_site().connect(xiaomi), new_site().connect(xiaomi)
    callback = xiaomi.allow(attackers.login())
    mine.login()
    with pytest.raises(MismatchingStateError):
        mine.callback(callback)


def test_the_state_of_another_registration_is_refused(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi).connect(xiaomi, name="other")
    callback = xiaomi.allow(site.login())
    with pytest.raises(MismatchingStateError):
        site.callback(callback, name="other")


def test_two_tabs_sign_in_side_by_side(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    first, second = site.login(), site.login()
    names = [
        site.callback(xiaomi.allow(url, user=user))["userinfo"]["name"]
        for url, user in ((first, "lei"), (second, "nora"))
    ]
    assert names == ["Lei", "Nora"]


def test_each_tab_keeps_its_own_callback(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    urls = [site.login(f"{CALLBACK}?tab={n}") for n in (1, 2)]
    for url in urls:
        site.callback(xiaomi.allow(url))
    sent = [r.form["redirect_uri"] for r in xiaomi.requests if r.endpoint == "token"]
    assert sent == [f"{CALLBACK}?tab=1", f"{CALLBACK}?tab=2"]


def test_the_code_of_another_app_is_told(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    state = query_of(site.login())["state"]
    with pytest.raises(XiaomiOAuthError) as caught:
        site.callback(with_query(state=state, code="made-up"))
    assert (caught.value.error, caught.value.code) == ("invalid_grant", 96013)


@METHODS
@pytest.mark.parametrize(
    "code",
    ["a b", "a+b", "a%20b", "a&client_id=1", "测试", "🦊", "a\x00b", "é", "a=b;c", "%ff", "a\nb"],
)
def test_a_code_goes_to_xiaomi_as_it_came(
    site: Site, xiaomi: Sandbox, code: str, method: str
) -> None:
    site.connect(xiaomi)
    state = query_of(site.login())["state"]
    with pytest.raises(XiaomiOAuthError) as caught:
        site.callback(with_query(state=state, code=code), method=method)
    assert caught.value.code == 96013
    request = next(r for r in xiaomi.requests if r.endpoint == "token")
    assert request.form["code"] == code
    assert request.form["client_id"] == xiaomi.client_id


@pytest.mark.parametrize(
    "secret", ["a b", "+/=", "%41", "&client_id=1", "密码", "é", '"<>\\', "a;b", "🦊"]
)
def test_an_appsecret_goes_to_xiaomi_as_it_is(
    site: Site, new_xiaomi: NewXiaomi, secret: str
) -> None:
    xiaomi = new_xiaomi(client_secret=secret)
    site.connect(xiaomi)
    assert site.sign_in(xiaomi)["userinfo"]["name"] == "Lei"


def test_a_wrong_appsecret_is_told_with_what_to_look_at(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, client_secret="wrong")
    with pytest.raises(XiaomiOAuthError) as caught:
        site.sign_in(xiaomi)
    assert (caught.value.error, caught.value.code) == ("invalid_client", 96003)
    assert "client_secret" in caught.value.hint


@pytest.mark.parametrize("secret", [None, ""])
def test_without_appsecret_the_sign_in_fails_as_an_oauth_error(
    site: Site, xiaomi: Sandbox, secret: str | None
) -> None:
    site.connect(xiaomi, client_secret=secret)
    with pytest.raises(OAuthError):
        site.sign_in(xiaomi)


# Where the state is kept


def test_a_sign_in_that_has_begun_takes_little_room_in_the_session(
    site: Site, xiaomi: Sandbox
) -> None:
    site.connect(xiaomi)
    site.login(CALLBACK)
    assert 0 < len(site.cookie) < 500


def test_a_cache_may_keep_the_state(new_site: Callable[..., Site], xiaomi: Sandbox) -> None:
    cache = MemoryCache()
    site = new_site(cache=cache).connect(xiaomi)
    url = site.login()
    assert len(cache.kept) == 1
    assert CALLBACK not in str(site.session)
    assert site.callback(xiaomi.allow(url))["userinfo"]["name"] == "Lei"
    assert cache.kept == {}


def test_a_state_in_the_cache_works_once(new_site: Callable[..., Site], xiaomi: Sandbox) -> None:
    site = new_site(cache=MemoryCache()).connect(xiaomi)
    callback = xiaomi.allow(site.login())
    site.callback(callback)
    with pytest.raises(MismatchingStateError):
        site.callback(callback)


def test_a_state_that_the_cache_has_lost_is_refused(
    new_site: Callable[..., Site], xiaomi: Sandbox
) -> None:
    cache = MemoryCache()
    site = new_site(cache=cache).connect(xiaomi)
    callback = xiaomi.allow(site.login())
    cache.kept.clear()
    with pytest.raises(MismatchingStateError):
        site.callback(callback)


def test_a_state_in_the_cache_is_for_one_browser(
    new_site: Callable[..., Site], xiaomi: Sandbox
) -> None:
    cache = MemoryCache()
    mine = new_site(cache=cache).connect(xiaomi)
    attackers = new_site(cache=cache).connect(xiaomi)
    callback = xiaomi.allow(attackers.login())
    with pytest.raises(MismatchingStateError):
        mine.callback(callback)


def test_a_state_can_be_saved_by_hand(site: Site, xiaomi: Sandbox) -> None:
    # As Authlib's documents do where the front end redirects by itself.
    site.connect(xiaomi)
    made = site.do("create_authorization_url", CALLBACK)
    arguments = site.request_arguments
    site.do("save_authorize_data", *arguments, redirect_uri=CALLBACK, **made)
    assert site.callback(xiaomi.allow(made["url"]))["userinfo"]["name"] == "Lei"


def test_saving_without_a_state_is_a_mistake(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    with pytest.raises(RuntimeError, match="Missing state value"):
        site.do("save_authorize_data", *site.request_arguments, redirect_uri=CALLBACK)
