"""Where the login page sends the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError

from authlib_xiaomi import Scope, XiaomiOAuthError
from authlib_xiaomi.sandbox import Sandbox

from .web import CALLBACK, Site, query_of

APP = {"client_id": "2882303761520251711", "client_secret": "s"}


def test_it_is_xiaomis_page_with_all_that_xiaomi_wants(site: Site) -> None:
    site.register(**APP)
    url = site.login()
    query = query_of(url)
    assert url.startswith("https://account.xiaomi.com/oauth2/authorize?")
    assert len(query.pop("state")) >= 20
    assert query == {
        "client_id": "2882303761520251711",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "1",
        "skip_confirm": "false",
    }


@pytest.mark.parametrize("scope", ["1 3", [1, 3], (Scope.PROFILE, "3"), [Scope.PROFILE, 3]])
@pytest.mark.parametrize("where", ["option", "client_kwargs", "authorize_params", "call"])
def test_a_scope_can_be_given_anywhere(site: Site, scope: Any, where: str) -> None:
    options: dict[str, Any] = {
        "option": {"scope": scope},
        "client_kwargs": {"client_kwargs": {"scope": scope}},
        "authorize_params": {"authorize_params": {"scope": scope}},
        "call": {},
    }[where]
    site.register(**APP, **options)
    arguments = {"scope": scope} if where == "call" else {}
    assert query_of(site.login(**arguments))["scope"] == "1 3"


def test_a_calls_scope_wins_and_is_for_that_call_only(site: Site) -> None:
    site.register(**APP, scope="1 3", authorize_params={"scope": "1 6000"})
    assert query_of(site.login(scope=Scope.PHONE))["scope"] == "4"
    assert query_of(site.login())["scope"] == "1 6000"


def test_the_scope_of_an_iterator_lasts(site: Site) -> None:
    site.register(**APP, scope=iter([1, 3]))
    assert [query_of(site.login())["scope"] for _ in range(2)] == ["1 3", "1 3"]


def test_a_list_of_scopes_that_changes_later_does_not_change_the_registration(site: Site) -> None:
    scope = [1, 3]
    site.register(**APP, scope=scope)
    scope.append(6000)
    assert query_of(site.login())["scope"] == "1 3"


@pytest.mark.parametrize("where", ["option", "client_kwargs", "authorize_params"])
def test_a_registration_with_a_word_for_a_scope_is_refused(site: Site, where: str) -> None:
    options: dict[str, Any] = {"scope": "profile"}
    with pytest.raises(ValueError, match=r"Scope\.PROFILE"):
        site.register(**APP, **(options if where == "option" else {where: options}))


@pytest.mark.parametrize("scope", ["openid profile", "1,3", "", []])
def test_a_call_with_a_wrong_scope_is_refused(site: Site, scope: Any) -> None:
    site.register(**APP)
    with pytest.raises(ValueError, match="scope"):
        site.login(scope=scope)
    assert site.session == {}


@pytest.mark.parametrize("value", [True, "true", "True"])
@pytest.mark.parametrize("where", ["option", "client_kwargs", "authorize_params", "call"])
def test_skip_confirm_goes_out_in_lower_case(site: Site, value: Any, where: str) -> None:
    option = {"skip_confirm": value}
    options: dict[str, Any] = {"option": option, "call": {}}.get(where, {where: option})
    site.register(**APP, **options)
    arguments = option if where == "call" else {}
    assert query_of(site.login(**arguments))["skip_confirm"] == "true"


def test_a_calls_skip_confirm_wins(site: Site) -> None:
    site.register(**APP, skip_confirm=True)
    assert query_of(site.login(skip_confirm=False))["skip_confirm"] == "false"
    assert query_of(site.login(skip_confirm=None))["skip_confirm"] == "true"


@pytest.mark.parametrize("value", [1, "yes", ""])
def test_a_skip_confirm_that_is_none_is_refused(site: Site, value: Any) -> None:
    with pytest.raises(ValueError, match="skip_confirm must be True or False"):
        site.register(**APP, skip_confirm=value)


@pytest.mark.parametrize("value", [1, "yes", ""])
def test_a_calls_skip_confirm_that_is_none_is_refused(site: Site, value: Any) -> None:
    site.register(**APP)
    with pytest.raises(ValueError, match="skip_confirm must be True or False"):
        site.login(skip_confirm=value)


@pytest.mark.parametrize("value", [1, "yes", ""])
def test_a_skip_confirm_in_authorize_params_that_is_none_is_refused_at_once(
    site: Site, value: Any
) -> None:
    with pytest.raises(ValueError, match="skip_confirm must be True or False"):
        site.register(**APP, authorize_params={"skip_confirm": value})


def test_other_parameters_pass_through(site: Site) -> None:
    site.register(**APP, authorize_params={"hint": "a&b", "flag": True})
    query = query_of(site.login(_locale="zh_CN", flag2=False))
    assert (query["_locale"], query["hint"]) == ("zh_CN", "a&b")
    assert (query["flag"], query["flag2"]) == ("true", "false")


def test_a_calls_parameters_win_over_the_registrations(site: Site) -> None:
    site.register(**APP, authorize_params={"_locale": "en_US"})
    assert query_of(site.login(_locale="zh_CN"))["_locale"] == "zh_CN"
    assert query_of(site.login())["_locale"] == "en_US"


def test_authorize_params_keep_the_defaults(site: Site) -> None:
    site.register(**APP, authorize_params={"_locale": "zh_CN"})
    query = query_of(site.login())
    assert (query["scope"], query["skip_confirm"]) == ("1", "false")


def test_client_kwargs_keep_the_defaults(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, client_kwargs={"timeout": 3})
    query = query_of(site.login())
    assert (query["scope"], query["skip_confirm"]) == ("1", "false")
    site.sign_in(xiaomi)
    request = next(r for r in xiaomi.requests if r.endpoint == "token")
    assert request.form["client_secret"] == xiaomi.client_secret


def test_a_state_can_be_given(site: Site) -> None:
    site.register(**APP)
    assert query_of(site.login(state="made-up-state"))["state"] == "made-up-state"


def test_each_sign_in_has_a_state_of_its_own(site: Site) -> None:
    site.register(**APP)
    assert len({query_of(site.login())["state"] for _ in range(3)}) == 3


def test_pkce_can_be_switched_on(site: Site, xiaomi: Sandbox) -> None:
    # Xiaomi's documents don't have it; a proxy in front may.
    site.connect(xiaomi, client_kwargs={"code_challenge_method": "S256"})
    url = site.login()
    assert query_of(url)["code_challenge_method"] == "S256"
    site.callback(xiaomi.allow(url))
    request = next(r for r in xiaomi.requests if r.endpoint == "token")
    assert len(request.form["code_verifier"]) == 48


def test_a_code_verifier_can_be_given(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, client_kwargs={"code_challenge_method": "S256"})
    site.callback(xiaomi.allow(site.login(code_verifier="v" * 43)))
    request = next(r for r in xiaomi.requests if r.endpoint == "token")
    assert request.form["code_verifier"] == "v" * 43


@pytest.mark.parametrize("where", ["client_kwargs", "metadata"])
def test_standard_parameters_may_be_the_clients(site: Site, where: str) -> None:
    options: Any = {"prompt": "login"}
    site.register(**APP, **(options if where == "metadata" else {where: options}))
    assert query_of(site.login())["prompt"] == "login"


# The callback's URL


@pytest.mark.parametrize("where", ["option", "client_kwargs", "authorize_params"])
def test_a_registered_callback_will_do(site: Site, xiaomi: Sandbox, where: str) -> None:
    option: Any = {"redirect_uri": "http://localhost/auth?registered=1"}
    site.connect(xiaomi, **(option if where == "option" else {where: option}))
    url = site.login(None)
    assert query_of(url)["redirect_uri"] == "http://localhost/auth?registered=1"
    site.callback(xiaomi.allow(url))
    request = next(r for r in xiaomi.requests if r.endpoint == "token")
    assert request.form["redirect_uri"] == "http://localhost/auth?registered=1"


def test_a_calls_callback_wins(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, redirect_uri="http://localhost/registered")
    url = site.login("http://localhost/auth?called=1")
    assert query_of(url)["redirect_uri"] == "http://localhost/auth?called=1"
    site.callback(xiaomi.allow(url))
    request = next(r for r in xiaomi.requests if r.endpoint == "token")
    assert request.form["redirect_uri"] == "http://localhost/auth?called=1"


def test_without_any_callback_the_developer_is_told(site: Site) -> None:
    site.register(**APP)
    with pytest.raises(XiaomiOAuthError, match="redirect_uri is missing") as caught:
        site.login(None)
    assert caught.value.error == "invalid_request"
    assert "register(redirect_uri=" in caught.value.hint
    assert site.session == {}


@pytest.mark.parametrize("uri", ["/auth", "localhost:5000/auth", "http://localhost/a b"])
def test_a_callback_that_is_no_absolute_url_is_refused(site: Site, uri: str) -> None:
    site.register(**APP)
    with pytest.raises(OAuthError, match="no absolute URL") as caught:
        site.login(uri)
    assert caught.value.error == "invalid_request"


@pytest.mark.parametrize("where", ["option", "client_kwargs"])
def test_a_registered_callback_that_is_no_absolute_url_is_refused(site: Site, where: str) -> None:
    option: Any = {"redirect_uri": "/auth"}
    with pytest.raises(ValueError, match="no absolute URL"):
        site.register(**APP, **(option if where == "option" else {where: option}))


# The AppID


@pytest.mark.parametrize("client_id", [2882303761520251711, "2882303761520251711"])
def test_an_appid_may_be_a_number(site: Site, client_id: Any) -> None:
    site.register(client_id=client_id, client_secret="s")
    assert query_of(site.login())["client_id"] == "2882303761520251711"


@pytest.mark.parametrize("client_id", [2.8e18, True, b"288"])
def test_an_appid_of_another_type_is_refused(site: Site, client_id: Any) -> None:
    with pytest.raises(ValueError, match="client_id cannot be a"):
        site.register(client_id=client_id)


@pytest.mark.parametrize("client_id", [None, ""])
def test_without_appid_the_developer_is_told(site: Site, client_id: Any) -> None:
    site.register(client_id=client_id)
    with pytest.raises(XiaomiOAuthError, match="client_id is missing") as caught:
        site.login()
    assert caught.value.error == "invalid_client"
    assert "XIAOMI_CLIENT_ID" in caught.value.hint


# Configuration


def test_the_framework_configures_the_registration(
    new_site: Callable[..., Site], xiaomi: Sandbox
) -> None:
    site = new_site(xiaomi.registration())
    site.register()
    assert site.sign_in(xiaomi)["userinfo"]["name"] == "Lei"


@pytest.mark.parametrize("option", ["authorize_url", "access_token_url", "api_base_url"])
def test_an_endpoint_can_be_configured_alone(
    new_site: Callable[..., Site], xiaomi: Sandbox, option: str
) -> None:
    rest = xiaomi.registration()
    site = new_site({option: rest.pop(option)})
    site.register(**rest)
    assert site.sign_in(xiaomi)["userinfo"]["name"] == "Lei"


def test_what_is_registered_wins_over_configuration(new_site: Callable[..., Site]) -> None:
    site = new_site({"client_id": "1", "authorize_url": "https://configured.example/"})
    site.register(client_id="2", authorize_url="https://registered.example/")
    url = site.login()
    assert url.startswith("https://registered.example/?")
    assert query_of(url)["client_id"] == "2"


def test_configuration_wins_where_told_to(new_site: Callable[..., Site]) -> None:
    site = new_site({"client_id": "1"})
    site.register(client_id="2", overwrite=True)
    assert query_of(site.login())["client_id"] == "1"


def test_dictionaries_can_be_configured(new_site: Callable[..., Site]) -> None:
    site = new_site(
        {
            "client_id": 288,
            "client_kwargs": {"scope": "1 3", "skip_confirm": "true"},
            "authorize_params": {"_locale": "zh_CN"},
        }
    )
    site.register()
    query = query_of(site.login())
    assert (query["client_id"], query["scope"]) == ("288", "1 3")
    assert (query["skip_confirm"], query["_locale"]) == ("true", "zh_CN")


def test_an_authorize_url_may_have_a_query(site: Site) -> None:
    site.register(**APP, authorize_url="https://proxy.example/authorize?to=xiaomi")
    assert query_of(site.login())["to"] == "xiaomi"
