"""What ``register`` takes, and that registrations share nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from authlib_xiaomi.sandbox import Sandbox

from ..conftest import NewXiaomi
from ..listeners import Answering, response
from .web import CALLBACK, REQUEST, Site, query_of

APP = {"client_id": "2882303761520251711", "client_secret": "s"}


# What cannot be is refused at once


@pytest.mark.parametrize(
    ("option", "meant"),
    [
        ("skip_confrim", "skip_confirm"),
        ("subjects", "subject"),
        ("redirect_url", "redirect_uri"),
        ("scopes", "scope"),
        ("client_kwarg", "client_kwargs"),
        ("authorise_url", "authorize_url"),
        ("authorize_param", "authorize_params"),
        ("access_tokens_url", "access_token_url"),
        ("access_token_uri", "access_token_url"),
        ("fetch_tokens", "fetch_token"),
        ("refresh_locks", "refresh_lock"),
    ],
)
def test_a_misspelt_option_is_refused(site: Site, option: str, meant: str) -> None:
    with pytest.raises(TypeError, match=f"did you mean '{meant}'"):
        site.register(**APP, **{option: None})


@pytest.mark.parametrize(
    ("option", "meant"),
    [("scopes", "scope"), ("time_out", "timeout"), ("skipconfirm", "skip_confirm")],
)
def test_a_misspelt_option_in_client_kwargs_is_refused(site: Site, option: str, meant: str) -> None:
    with pytest.raises(TypeError, match=f"did you mean '{meant}'"):
        site.register(**APP, client_kwargs={option: 1})


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("subject", "unionid", "choose one of"),
        ("scope", "openid", "Scope.OPEN_ID"),
        ("skip_confirm", "yes", "True or False"),
        ("redirect_uri", "/auth", "_external=True"),
        ("refresh_lock", "redis", "refresh_lock=lambda"),
        ("mac", "no", "mac must be"),
        ("timeout", "5", "timeout"),
        ("timeout", -1, "timeout"),
        ("timeout", True, "timeout"),
    ],
)
def test_a_wrong_value_in_client_kwargs_is_refused(
    site: Site, option: str, value: Any, says: str
) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        site.register(**APP, client_kwargs={option: value})
    assert says in str(caught.value)


@pytest.mark.parametrize("option", ["authorize_url", "access_token_url", "api_base_url"])
@pytest.mark.parametrize("url", ["account.xiaomi.com/oauth2", "/oauth2/token", "", 5])
def test_an_endpoint_that_is_no_url_is_refused(site: Site, option: str, url: Any) -> None:
    with pytest.raises(ValueError, match=f"{option} must be a URL"):
        site.register(**APP, **{option: url})


# What is passed on


def test_endpoints_may_come_from_a_metadata_document(site: Site, xiaomi: Sandbox) -> None:
    endpoints = xiaomi.registration()
    document = {
        "authorization_endpoint": endpoints["authorize_url"],
        "token_endpoint": endpoints["access_token_url"],
    }
    with Answering(lambda _: response(json.dumps(document).encode())) as server:
        site.connect(
            xiaomi, server_metadata_url=server.url, authorize_url=None, access_token_url=None
        )
        assert site.sign_in(xiaomi)["userinfo"]["name"]


def test_other_metadata_is_kept(site: Site) -> None:
    client = site.register(**APP, issuer="https://account.xiaomi.com", custom=1)
    assert client.server_metadata["custom"] == 1


@pytest.mark.parametrize(
    "name",
    [
        "issuer", "response_type", "prompt", "grant_type",
        "custom", "x", "scopes_supported", "response_types_supported", "grant_types_supported",
        "token_endpoint_auth_methods_supported", "revocation_endpoint",
        "revocation_endpoint_auth_methods_supported", "introspection_endpoint",
        "code_challenge_methods_supported", "registration_endpoint",
        "device_authorization_endpoint", "authorization_response_iss_parameter_supported",
        "subject_types_supported", "claims_supported", "pushed_authorization_request_endpoint",
        "end_session_endpoint", "token_endpoint_auth_signing_alg_values_supported",
    ],
)  # fmt: skip
def test_the_names_of_a_discovery_document_are_no_misspelt_options(site: Site, name: str) -> None:
    # Xiaomi has no such document (RFC 8414); a proxy in front may.
    assert site.register(**APP, **{name: "https://account.xiaomi.com/x"}).name == "xiaomi"


@pytest.mark.parametrize(
    ("option", "reason"),
    [("jwks_uri", "an ID token cannot be verified"), ("userinfo_endpoint", "api_base_url")],
)
def test_what_xiaomi_does_not_have_is_refused_with_the_reason(
    site: Site, option: str, reason: str
) -> None:
    with pytest.raises(TypeError, match=f"cannot take {option}: .*{reason}"):
        site.register(**APP, **{option: "https://account.xiaomi.com/x"})


def test_a_compliance_fix_is_called(site: Site, xiaomi: Sandbox) -> None:
    seen = []

    def fix(client: Any) -> None:
        def hook(response: Any) -> Any:
            seen.append(response.status_code)
            return response

        client.register_compliance_hook("access_token_response", hook)

    site.connect(xiaomi, compliance_fix=fix)
    site.sign_in(xiaomi)
    assert seen == [200]


def test_a_client_auth_method_may_be_the_applications(site: Site, xiaomi: Sandbox) -> None:
    seen = []

    def auth(client: Any, method: str, uri: str, headers: Any, body: Any) -> Any:
        seen.append(client.client_id)
        return uri, headers, body

    site.connect(
        xiaomi,
        client_auth_methods=[("own", auth)],
        client_kwargs={"token_endpoint_auth_method": "own"},
    )
    with pytest.raises(Exception, match="client_id is missing"):
        site.sign_in(xiaomi)
    assert seen == [xiaomi.client_id]


def test_a_user_agent_may_be_the_applications(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, user_agent="made-up/1")
    site.sign_in(xiaomi)
    agents = {r.headers["User-Agent"] for r in xiaomi.requests if r.endpoint != "authorize"}
    assert agents == {"made-up/1"}


def test_a_registration_may_have_any_name(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, name="mi_china")
    url = site.login(name="mi_china")
    token = site.callback(xiaomi.allow(url), name="mi_china")
    assert token["userinfo"]["name"] == "Lei"


def test_a_registered_client_is_had_by_authlibs_ways(site: Site) -> None:
    client = site.register(**APP)
    assert site.oauth.xiaomi is client
    assert site.oauth.create_client("xiaomi") is client


def test_the_client_remembers_refreshed_tokens_by_callback(
    new_site: Callable[..., Site], xiaomi: Sandbox
) -> None:
    updated: list[Any] = []

    def update(name: str, token: Any, refresh_token: Any = None, access_token: Any = None) -> None:
        updated.append((name, token["access_token"], refresh_token))

    site = new_site(update_token=update).connect(xiaomi)
    old = site.sign_in(xiaomi)
    new = site.do("refresh_token", token=old)
    assert updated == [("xiaomi", new["access_token"], old["refresh_token"])]


def test_a_registrations_own_callback_wins(new_site: Callable[..., Site], xiaomi: Sandbox) -> None:
    updated = []
    site = new_site(update_token=lambda *args, **kwargs: updated.append("all"))
    own = site.function(lambda *args, **kwargs: updated.append("own"))
    site.connect(xiaomi, update_token=own)
    site.do("refresh_token", token=site.sign_in(xiaomi))
    assert updated == ["own"]


# Sharing nothing


def test_two_registrations_are_two(site: Site, new_xiaomi: NewXiaomi) -> None:
    one = new_xiaomi(client_id="111", client_secret="one")
    two = new_xiaomi(client_id="222", client_secret="two", old_app=True)
    site.connect(one, name="one", scope="1 3", skip_confirm=True)
    site.connect(two, name="two", subject="userId")
    urls = {name: site.login(name=name) for name in ("one", "two")}
    queries = {name: query_of(url) for name, url in urls.items()}
    assert [q["client_id"] for q in queries.values()] == ["111", "222"]
    assert [q["scope"] for q in queries.values()] == ["1 3", "1"]
    assert [q["skip_confirm"] for q in queries.values()] == ["true", "false"]
    info = {
        name: site.callback(xiaomi.allow(urls[name]), name=name)["userinfo"]
        for name, xiaomi in (("one", one), ("two", two))
    }
    assert info["one"]["sub"] == one.users["lei"].union_id
    assert info["two"]["sub"] == str(two.users["lei"].user_id)


def test_a_second_registration_inherits_nothing(site: Site) -> None:
    site.register(
        "one",
        **APP,
        scope="1 3",
        skip_confirm=True,
        subject="openId",
        redirect_uri=CALLBACK,
        authorize_params={"_locale": "zh_CN"},
        client_kwargs={"timeout": 1, "mac": False},
        authorize_url="https://one.example/authorize",
    )
    site.register("two", client_id="2")
    url = site.login(name="two")
    assert url.startswith("https://account.xiaomi.com/oauth2/authorize?")
    query = query_of(url)
    del query["state"]
    assert query == {
        "client_id": "2",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "1",
        "skip_confirm": "false",
    }
    assert site.oauth.two.client_secret is None
    assert site.oauth.two.client_kwargs == {}


def test_two_applications_share_nothing(new_site: Callable[..., Site]) -> None:
    first, second = new_site(), new_site()
    first.register(client_id="1", client_secret="one", scope="1 3", skip_confirm=True)
    second.register(client_id="2", client_secret="two")
    queries = [query_of(site.login()) for site in (first, second)]
    assert [q["client_id"] for q in queries] == ["1", "2"]
    assert [q["scope"] for q in queries] == ["1 3", "1"]
    assert second.oauth.xiaomi.client_secret == "two"


def test_what_the_application_passed_stays_as_it_was(site: Site, xiaomi: Sandbox) -> None:
    options: dict[str, Any] = {
        "client_kwargs": {"timeout": 3, "scope": [1, 3]},
        "authorize_params": {"_locale": "zh_CN", "scope": ["1"]},
        "access_token_params": {"token_type": "mac"},
    }
    before = copy.deepcopy(options)
    site.connect(xiaomi, **options)
    site.do("userinfo", token=site.sign_in(xiaomi))
    site.login(_locale="en_US", scope="1 4")
    assert options == before


def test_the_same_dictionaries_serve_two_registrations(site: Site, xiaomi: Sandbox) -> None:
    kwargs, params = {"timeout": 3}, {"_locale": "zh_CN"}
    for name, scope in (("one", "1"), ("two", "1 3")):
        site.connect(xiaomi, name, client_kwargs=kwargs, authorize_params=params, scope=scope)
    assert [query_of(site.login(name=name))["scope"] for name in ("one", "two")] == ["1", "1 3"]


def test_dictionaries_that_change_later_do_not_change_the_registration(site: Site) -> None:
    kwargs, params = {"scope": "1 3"}, {"_locale": "zh_CN"}
    site.register(**APP, client_kwargs=kwargs, authorize_params=params)
    kwargs["scope"] = "6000"
    params["_locale"] = "en_US"
    query = query_of(site.login())
    assert (query["scope"], query["_locale"]) == ("1 3", "zh_CN")


def test_one_users_token_is_not_anothers(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    tokens = {user: site.sign_in(xiaomi, user=user) for user in ("lei", "nora")}
    names = [site.do("userinfo", token=tokens[user])["name"] for user in ("lei", "nora", "lei")]
    assert names == ["Lei", "Nora", "Lei"]


def test_a_token_of_one_page_is_not_there_in_the_next(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    site.sign_in(xiaomi)
    with pytest.raises(Exception, match="missing_token"):
        site.do("get", "user/profile", request=REQUEST)
