"""Answers as live code sees them: what is read leniently, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError

from authlib_xiaomi.sandbox import Sandbox

from ..conftest import NewXiaomi
from .web import Site, query_of

PROFILE = {"miliaoNick": "Mi"}


def token_answer(xiaomi: Sandbox, **fields: Any) -> None:
    """Let the next token be issued with these fields."""
    body = {"access_token": "V3_x", "scope": "1", **fields}
    xiaomi.fail("token", body=json.dumps(body).encode(), status=200)


def profile_answer(xiaomi: Sandbox, data: Any, **fields: Any) -> None:
    body = {"result": "ok", "code": 0, "data": data, **fields}
    given = {name: value for name, value in body.items() if value is not ...}
    xiaomi.fail("user/profile", body=json.dumps(given).encode(), status=200)


# Lifetimes


@pytest.mark.parametrize("value", ["soon", None, [], "9" * 400, 10**400, True])
def test_a_lifetime_that_cannot_be_read_costs_no_sign_in(
    site: Site, xiaomi: Sandbox, value: Any
) -> None:
    site.connect(xiaomi)
    token_answer(xiaomi, union_id="u", expires_in=value, expires_at=value)
    profile_answer(xiaomi, PROFILE)
    token = site.sign_in(xiaomi)
    assert token["userinfo"]["sub"] == "u"
    assert not {"expires_in", "expires_at"} & set(token)


def test_what_can_be_read_of_a_lifetime_is_taken(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    token_answer(xiaomi, union_id="u", expires_in="soon", expires_at="2100-01-01T00:00:00Z")
    profile_answer(xiaomi, PROFILE)
    assert site.sign_in(xiaomi)["expires_at"] == 4102444800


# Who the user is


def test_the_token_names_the_user_of_a_profile_that_does_not(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    token_answer(xiaomi, union_id="union_1")
    profile_answer(xiaomi, PROFILE)
    assert site.sign_in(xiaomi)["userinfo"] == {
        "sub": "union_1",
        "name": "Mi",
        "nickname": "Mi",
        "miliaoNick": "Mi",
    }


@pytest.mark.parametrize(
    ("token", "profile", "text"),
    [
        ({"union_id": "union_1"}, {"unionId": "union_2"}, "another user"),
        ({"union_id": "union_1"}, {"unionId": "UNION_1"}, "another user"),
        ({"openId": "one"}, {"unionId": "union_1", "openId": "two"}, "another user"),
        ({}, PROFILE, "has no unionId"),
        ({"union_id": "null"}, PROFILE, "not a valid id"),
        ({"union_id": "union_1"}, {"unionId": "0"}, "not a valid id"),
        ({}, {"unionId": " union_1"}, "not a valid id"),
    ],
)
def test_an_identity_is_never_guessed(
    site: Site, xiaomi: Sandbox, token: Any, profile: Any, text: str
) -> None:
    site.connect(xiaomi)
    token_answer(xiaomi, **token)
    profile_answer(xiaomi, profile)
    with pytest.raises(OAuthError, match=text) as caught:
        site.sign_in(xiaomi)
    assert (caught.value.error, caught.value.step) == ("invalid_response", "userinfo")
    assert "user" not in site.session


@pytest.mark.parametrize("subject", ["unionId", "userId"])
def test_an_old_app_gets_both_ids(site: Site, new_xiaomi: NewXiaomi, subject: str) -> None:
    xiaomi = new_xiaomi(old_app=True, old_app_union_id=True)
    site.connect(xiaomi, subject=subject)
    lei = xiaomi.users["lei"]
    info = site.sign_in(xiaomi)["userinfo"]
    assert (info["unionId"], info["userId"]) == (lei.union_id, lei.user_id)
    assert info["sub"] == str({"unionId": lei.union_id, "userId": lei.user_id}[subject])


# Success


@pytest.mark.parametrize(
    "fields",
    [
        {"result": ...},
        {"code": ...},
        {"result": "OK"},
        {"result": "Ok", "code": "0"},
        {"code": 0.0},
    ],
)
def test_a_code_of_zero_or_an_ok_is_a_success(site: Site, xiaomi: Sandbox, fields: Any) -> None:
    site.connect(xiaomi)
    profile_answer(xiaomi, {"unionId": xiaomi.users["lei"].union_id}, **fields)
    assert site.sign_in(xiaomi)["userinfo"]["sub"] == xiaomi.users["lei"].union_id


@pytest.mark.parametrize(
    "fields",
    [
        {"result": ..., "code": ...},
        {"result": "error", "code": 0},
        {"result": "ok", "code": 96002},
        {"result": "fine", "code": 0},
        {"code": 0, "data": ...},
        {"code": 0, "data": [{"unionId": "union_1"}]},
    ],
)
def test_an_answer_that_contradicts_itself_is_an_error(
    site: Site, xiaomi: Sandbox, fields: Any
) -> None:
    site.connect(xiaomi)
    profile_answer(xiaomi, **{"data": {"unionId": xiaomi.users["lei"].union_id}, **fields})
    with pytest.raises(OAuthError) as caught:
        site.sign_in(xiaomi)
    assert caught.value.step == "userinfo"
    assert "user" not in site.session


# OpenID Connect, and health


@pytest.mark.parametrize("scope", ["1 openid", "openid 1", ["openid", 1]])
def test_openid_goes_along_as_it_is(site: Site, xiaomi: Sandbox, scope: Any) -> None:
    site.connect(xiaomi, scope=scope)
    sent = scope if isinstance(scope, str) else "openid 1"
    assert query_of(site.login())["scope"] == sent


def test_an_id_token_is_kept_and_nothing_is_taken_from_it(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, scope="1 openid")
    forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzb21lYm9keSBlbHNlIiwibmFtZSI6IkV2ZSJ9."
    token_answer(xiaomi, union_id="union_1", id_token=forged, scope="1 openid")
    profile_answer(xiaomi, {"unionId": "union_1"})
    url = site.login(scope="1")  # Xiaomi as documented does not know the word
    token = site.callback(xiaomi.allow(url))
    assert token["id_token"] == forged
    assert token["userinfo"] == {"sub": "union_1", "unionId": "union_1"}


def test_a_health_service_gets_the_parameter_that_it_wants(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, scope="1 200003")
    assert query_of(site.login())["scope_provider"] == "healthkit"
    assert "scope_provider" not in query_of(site.login(scope="1"))
