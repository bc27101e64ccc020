"""A whole sign-in, on every framework."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.oauth2.rfc6749 import OAuth2Token
from authlib.oidc.core import UserInfo

from authlib_xiaomi import Scope, XiaomiOAuthError
from authlib_xiaomi.sandbox import Account, Sandbox

from ..conftest import NewXiaomi
from ..listeners import Answering, response
from ..recorded import all_in, lifetime, recorded
from .web import CALLBACK, REQUEST, SITES, FastAPISite, Site, StarletteSite


def asked(xiaomi: Sandbox) -> list[str]:
    """The endpoints that were asked, but for the user's own visit."""
    return [r.endpoint for r in xiaomi.requests if r.endpoint != "authorize"]


ALL = pytest.mark.parametrize(
    "new_site", [*SITES, FastAPISite], indirect=True, ids=lambda site: site.framework
)


@ALL
def test_a_user_signs_in(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    token = site.sign_in(xiaomi, user="lei")
    lei = xiaomi.users["lei"]
    assert isinstance(token, OAuth2Token)
    assert isinstance(token["userinfo"], UserInfo)
    assert token["userinfo"]["sub"] == lei.union_id
    assert site.session["user"]["name"] == site.session["user"]["nickname"] == lei.nick
    assert site.session["user"]["picture"] == f"{xiaomi.url}{lei.icon}"
    assert site.session["user"]["unionId"] == lei.union_id
    assert asked(xiaomi) == ["token", "user/profile"]


def test_the_token_request_is_a_form_with_the_credentials_in_it(
    site: Site, xiaomi: Sandbox
) -> None:
    site.connect(xiaomi)
    callback = xiaomi.allow(site.login())
    site.callback(callback)
    request = next(r for r in xiaomi.requests if r.endpoint == "token")
    assert request.method == "POST"
    assert request.args == {}
    assert "Authorization" not in request.headers
    code = request.form.pop("code")
    assert f"code={code}" in callback
    assert request.form == {
        "client_id": xiaomi.client_id,
        "client_secret": xiaomi.client_secret,
        "redirect_uri": CALLBACK,
        "grant_type": "authorization_code",
    }


@pytest.mark.parametrize("user", ["lei", "fox", "ghost", "nora"])
def test_each_user_is_who_they_are(site: Site, xiaomi: Sandbox, user: str) -> None:
    site.connect(xiaomi)
    info = site.sign_in(xiaomi, user=user)["userinfo"]
    assert (info["sub"], info["name"]) == (xiaomi.users[user].union_id, xiaomi.users[user].nick)
    assert ("picture" in info) is (user != "ghost")


def test_two_users_sign_in_one_after_the_other(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    names = [site.sign_in(xiaomi, user=user)["userinfo"]["name"] for user in ("lei", "nora")]
    assert names == ["Lei", "Nora"]


@ALL
def test_the_callback_may_come_as_a_form(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    callback = xiaomi.allow(site.login())
    assert site.callback(callback, method="POST")["userinfo"]["name"] == "Lei"


def test_the_profile_is_not_fetched_where_it_is_not_wanted(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    token = site.sign_in(xiaomi, userinfo=False)
    assert "userinfo" not in token
    assert asked(xiaomi) == ["token"]


def test_the_profile_can_be_fetched_later(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    token = site.sign_in(xiaomi, userinfo=False)
    assert site.do("userinfo", token=token)["name"] == "Lei"


def test_a_token_from_a_database_will_do(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    token = dict(site.sign_in(xiaomi))
    before = dict(token)
    info = site.do("userinfo", token=token)
    assert info == token["userinfo"]
    assert token == before


@pytest.mark.parametrize(
    "arguments", [{"claims_options": {}}, {"claims_cls": UserInfo}, {"leeway": 60}]
)
def test_what_code_for_other_providers_says_about_id_tokens_is_refused_by_name(
    site: Site, xiaomi: Sandbox, arguments: dict[str, Any]
) -> None:
    site.connect(xiaomi)
    with pytest.raises(TypeError, match=f"cannot take {next(iter(arguments))}"):
        site.sign_in(xiaomi, **arguments)


def test_access_token_params_go_along(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, access_token_params={"token_type": "mac"})
    site.sign_in(xiaomi)
    request = next(r for r in xiaomi.requests if r.endpoint == "token")
    assert request.form["token_type"] == "mac"


# The shapes of answers


@pytest.mark.parametrize("content_type", ["application/json", "text/html; charset=gbk", "x"])
@pytest.mark.parametrize("name", all_in("token"))
def test_each_shape_of_token_answer_signs_in(
    site: Site, xiaomi: Sandbox, name: str, content_type: str
) -> None:
    site.connect(xiaomi)
    xiaomi.fail("token", body=recorded(name), content_type=content_type)
    xiaomi.fail("user/profile", body=recorded("api/profile"), content_type=content_type)
    token = site.sign_in(xiaomi)
    assert token["access_token"] == "V3_made-up_access.token-0001"
    assert token["openId"] == "openid_made_up_1"
    assert (token["expires_in"], type(token["expires_at"])) == (lifetime(name), int)
    assert token["userinfo"]["sub"] == "union_made_up_1"


@pytest.mark.parametrize("name", [n for n in all_in("api") if n.startswith("api/profile")])
def test_each_shape_of_profile_signs_in(site: Site, xiaomi: Sandbox, name: str) -> None:
    old = name in ("api/profile-old-app", "api/profile-strings")
    site.connect(xiaomi, subject="userId" if old else "unionId")
    xiaomi.fail("token", body=recorded("token/strings"))
    xiaomi.fail("user/profile", body=recorded(name))
    info = site.sign_in(xiaomi)["userinfo"]
    assert info["sub"] == ("1000000001" if old else "union_made_up_1")
    assert site.session["user"] == info


@pytest.mark.parametrize(
    "quirks",
    [
        {"prefix": False},
        {"api_prefix": True},
        {"stray_spaces": True, "api_prefix": True},
        {"strings_for_numbers": True},
        {"mac": False},
        {"union_id": False},
        {"require_mac": True, "stray_spaces": True, "strings_for_numbers": True},
    ],
    ids=lambda quirks: "-".join(quirks),
)
def test_each_quirk_signs_in(site: Site, new_xiaomi: NewXiaomi, quirks: dict[str, bool]) -> None:
    xiaomi = new_xiaomi(**quirks)
    site.connect(xiaomi, client_kwargs={"mac": True} if "require_mac" in quirks else {})
    assert site.sign_in(xiaomi)["userinfo"]["sub"] == xiaomi.users["lei"].union_id


# Scopes


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("1 4", {"phone_number": "+8613800000001", "phone": "+8613800000001", "email": None}),
        ("1 6", {"phone_number": None, "email": "lei@example.com"}),
        ("1 4 6", {"phone_number": "+8613800000001", "email": "lei@example.com"}),
        ("1", {"phone_number": None, "phone": None, "email": None}),
    ],
)
def test_phone_and_email_come_with_their_scopes(
    site: Site, xiaomi: Sandbox, scope: str, claims: dict[str, str | None]
) -> None:
    site.connect(xiaomi, scope=scope)
    info = site.sign_in(xiaomi)["userinfo"]
    assert {name: info.get(name) for name in claims} == claims
    assert "email_verified" not in info
    assert ("user/phoneAndEmail" in asked(xiaomi)) is (scope != "1")


@pytest.mark.parametrize("new_site", [StarletteSite], indirect=True)
def test_phone_and_email_are_fetched_at_the_same_time_as_the_profile(
    site: Site, xiaomi: Sandbox
) -> None:
    both = threading.Event()

    def answer(request: bytes) -> bytes:
        if b"/user/phoneAndEmail" in request:
            both.set()
            return response(recorded("api/phone-and-email"))
        assert both.wait(30), "the other request follows the answer to this one"
        return response(recorded("api/profile"))

    with Answering(answer) as server:
        site.connect(xiaomi, scope="1 4 6", api_base_url=server.url)
        xiaomi.fail("token", body=b'{"access_token":"a","scope":"1 4 6"}')
        assert site.sign_in(xiaomi)["userinfo"]["email"] == "mi@example.com"


@pytest.mark.parametrize(
    "refusal",
    [
        {"code": 96005},
        {"code": 96012},
        {"status": 404},
        {"body": b"<html>"},
        {"reset": True, "times": None},
    ],
    ids=str,
)
def test_a_sign_in_does_without_phone_and_email_where_they_are_refused(
    site: Site, xiaomi: Sandbox, caplog: pytest.LogCaptureFixture, refusal: dict[str, Any]
) -> None:
    site.connect(xiaomi, scope="1 4 6")
    xiaomi.fail("user/phoneAndEmail", **{"times": 2, **refusal})
    info = site.sign_in(xiaomi)["userinfo"]
    assert info["name"] == "Lei"
    assert not {"phone_number", "phone", "email"} & set(info)
    record = next(r for r in caplog.records if r.name == "authlib_xiaomi")
    assert record.levelno == logging.WARNING
    assert "phone and e-mail" in record.getMessage()
    if "code" in refusal:
        assert str(refusal["code"]) in record.getMessage()


def test_a_user_without_phone_and_email_has_no_such_claims(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, scope="1 4 6")
    info = site.sign_in(xiaomi, user="nora")["userinfo"]
    assert not {"phone_number", "email"} & set(info)


def test_phone_and_email_of_another_user_are_refused(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, scope="1 4")
    body = b'{"result":"ok","code":0,"data":{"phone":"1","unionId":"another"}}'
    xiaomi.fail("user/phoneAndEmail", body=body)
    with pytest.raises(XiaomiOAuthError, match="another user"):
        site.sign_in(xiaomi)


@pytest.mark.parametrize("scope", [Scope.OPEN_ID, "3", [6000, 3]])
def test_without_scope_1_the_token_says_who_the_user_is(
    site: Site, xiaomi: Sandbox, scope: Any
) -> None:
    site.connect(xiaomi, scope=scope)
    assert site.sign_in(xiaomi)["userinfo"] == {"sub": xiaomi.users["lei"].union_id}
    assert asked(xiaomi) == ["token"]


def test_with_scope_3_alone_the_open_id_is_asked_for(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, scope="3", subject="openId")
    xiaomi.fail("token", body=b'{"access_token":"a","scope":"3"}')
    xiaomi.fail("user/openidV2", body=recorded("api/openid"))
    info = site.sign_in(xiaomi)["userinfo"]
    assert info == {"sub": "openid_made_up_1", "openid": "openid_made_up_1"}
    assert asked(xiaomi) == ["token", "user/openidV2"]


def test_where_the_user_granted_less_only_that_is_asked(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, scope="1 4 6")
    body = recorded("token/logto").replace(b'"scope":"1 3"', b'"scope":"3"')
    xiaomi.fail("token", body=body)
    assert site.sign_in(xiaomi)["userinfo"] == {"sub": "union_made_up_1"}
    assert asked(xiaomi) == ["token"]


@pytest.mark.parametrize("given", ["registration", "call", "authorize_params"])
def test_an_answer_without_scope_grants_what_was_asked(
    site: Site, xiaomi: Sandbox, given: str
) -> None:
    options = {
        "registration": {"scope": "3"},
        "call": {},
        "authorize_params": {"authorize_params": {"scope": "3"}},
    }
    site.connect(xiaomi, **options[given])
    url = site.login(scope="3") if given == "call" else site.login()
    callback = xiaomi.allow(url)
    body = b'{"access_token":"a","union_id":"union_1"}'
    xiaomi.fail("token", body=body)
    assert site.callback(callback)["userinfo"] == {"sub": "union_1"}


# Subjects


def test_the_open_id_may_be_the_subject(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, subject="openId")
    assert site.sign_in(xiaomi)["userinfo"]["sub"] == xiaomi.users["lei"].open_id


def test_the_subject_may_be_in_client_kwargs(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, client_kwargs={"subject": "openId"})
    assert site.sign_in(xiaomi)["userinfo"]["sub"] == xiaomi.users["lei"].open_id


def test_an_old_apps_user_id_may_be_the_subject(site: Site, new_xiaomi: NewXiaomi) -> None:
    xiaomi = new_xiaomi(old_app=True)
    site.connect(xiaomi, subject="userId")
    info = site.sign_in(xiaomi)["userinfo"]
    assert info["sub"] == str(xiaomi.users["lei"].user_id)


def test_an_old_app_is_told_about_its_subject(site: Site, new_xiaomi: NewXiaomi) -> None:
    xiaomi = new_xiaomi(old_app=True, old_app_union_id=False)
    site.connect(xiaomi)
    with pytest.raises(XiaomiOAuthError, match=r"has no unionId.*userId") as caught:
        site.sign_in(xiaomi)
    assert caught.value.error == "invalid_response"
    assert 'subject="userId"' in caught.value.hint


@pytest.mark.parametrize("union_id", [None, ""])
def test_a_user_without_the_id_does_not_get_another(
    site: Site, new_xiaomi: NewXiaomi, union_id: str | None
) -> None:
    xiaomi = new_xiaomi(users={"who": Account(5, union_id, nick="Who")})
    site.connect(xiaomi)
    with pytest.raises(XiaomiOAuthError, match="has no unionId"):
        site.sign_in(xiaomi, user="who")
    assert "user" not in site.session


def test_a_profile_of_another_user_is_refused(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    xiaomi.fail("user/profile", body=recorded("api/profile"))
    with pytest.raises(OAuthError, match="another user"):
        site.sign_in(xiaomi)
    assert "user" not in site.session


# Where the token goes


def test_the_tokens_of_a_registration_are_loaded_where_none_is_given(
    site: Site, xiaomi: Sandbox
) -> None:
    stored: dict[str, Any] = {}
    site.connect(xiaomi, fetch_token=site.function(lambda *request: stored["token"]))
    stored["token"] = site.sign_in(xiaomi)
    assert site.do("userinfo", request=REQUEST)["name"] == "Lei"
    assert site.do("get", "user/profile", request=REQUEST).json()["code"] == 0


def test_the_tokens_of_all_registrations_are_loaded_by_name(
    new_site: Callable[..., Site], xiaomi: Sandbox
) -> None:
    stored: dict[str, Any] = {}
    site = new_site(fetch_token=lambda name, *request: stored[name])
    site.connect(xiaomi)
    stored["xiaomi"] = site.sign_in(xiaomi)
    assert site.do("userinfo", request=REQUEST)["name"] == "Lei"


def test_without_any_token_that_is_what_is_said(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    for call in ("userinfo",), ("get", "user/profile"):
        with pytest.raises(OAuthError) as caught:
            site.do(*call)
        assert caught.value.error == "missing_token"
    assert asked(xiaomi) == []


@pytest.mark.parametrize("token", [{}, {"refresh_token": "r"}, {"access_token": ""}])
@pytest.mark.parametrize("scope", ["1", "1 4 6"])
def test_a_token_without_access_token_is_missing(
    site: Site, xiaomi: Sandbox, token: dict[str, str], scope: str
) -> None:
    site.connect(xiaomi, scope=scope)
    with pytest.raises(OAuthError) as caught:
        site.do("userinfo", token=token)
    assert caught.value.error == "missing_token"
    assert asked(xiaomi) == []


def test_an_expired_token_is_refreshed_before_the_profile_is_asked(
    site: Site, xiaomi: Sandbox
) -> None:
    site.connect(xiaomi)
    token = {**site.sign_in(xiaomi), "expires_at": 1}
    assert site.do("userinfo", token=token)["name"] == "Lei"
    assert asked(xiaomi)[-2:] == ["token", "user/profile"]
