"""The token endpoint."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests

from authlib_xiaomi.sandbox import Sandbox

from .application import Application, body
from .conftest import Clock


def test_a_code_becomes_a_token(xiaomi: Sandbox, app: Application) -> None:
    token = app.token()
    assert {name: type(value) for name, value in token.items()} == {
        "access_token": str,
        "expires_in": int,
        "refresh_token": str,
        "scope": str,
        "token_type": str,
        "mac_key": str,
        "mac_algorithm": str,
        "openId": str,
        "union_id": str,
    }
    assert (token["expires_in"], token["scope"]) == (xiaomi.options["token_expires_in"], "1 3")
    assert (token["token_type"], token["mac_algorithm"].lower()) == ("mac", "hmacsha1")
    assert token["openId"] == xiaomi.users["lei"].open_id
    assert token["union_id"] == xiaomi.users["lei"].union_id


def test_a_code_can_be_sent_with_get(xiaomi: Sandbox, app: Application) -> None:
    url = f"{xiaomi.url}/oauth2/token"
    assert "access_token" in body(app.http.get(url, params=app.code_form(app.code())))


def test_a_code_works_once(app: Application) -> None:
    code = app.code()
    app.redeem(code)
    assert app.redeem(code) == {"error": 96013, "error_description": "invalid code"}


def test_a_code_works_for_five_minutes(timed: Application, clock: Clock) -> None:
    first, second = timed.code(), timed.code()
    clock.now += 299.9
    assert "access_token" in timed.redeem(first)
    clock.now += 0.1
    assert timed.redeem(second)["error"] == 96013


def test_an_expired_code_stays_expired_when_others_are_issued(
    timed: Application, clock: Clock
) -> None:
    first = timed.code()
    clock.now += 301
    assert "access_token" in timed.redeem(timed.code())
    assert timed.redeem(first)["error"] == 96013


def test_a_code_for_another_callback_is_refused_and_not_spent(app: Application) -> None:
    code = app.code()
    assert app.redeem(code, redirect_uri="http://localhost:5000/other") == {
        "error": 96010,
        "error_description": "invalid redirect uri",
    }
    assert "access_token" in app.redeem(code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "1"}, 96001),
        ({"client_id": None}, 96002),
        ({"client_secret": None}, 96002),
        ({"grant_type": None}, 96002),
        ({"redirect_uri": None}, 96002),
        ({"code": None}, 96002),
        ({"client_secret": "wrong"}, 96003),
        ({"client_secret": "Sandb0x No/RealAppSecret=="}, 96003),
        ({"grant_type": "password"}, 96006),
        ({"redirect_uri": "http://evil.example/"}, 96010),
        ({"code": "wrong"}, 96013),
    ],
)
def test_what_is_refused_is_refused_with_a_status_and_a_number(
    xiaomi: Sandbox, app: Application, changes: dict[str, str | None], code: int
) -> None:
    response = app.post(app.code_form(app.code(), **changes))
    assert response.status_code == xiaomi.options["error_status"]
    assert response.text.startswith('&&&START&&&{"error":')
    assert body(response)["error"] == code


def test_credentials_in_a_basic_header_are_not_looked_at(xiaomi: Sandbox, app: Application) -> None:
    form = app.code_form(app.code(), client_id=None, client_secret=None)
    basic = (xiaomi.client_id, xiaomi.client_secret)
    response = app.http.post(f"{xiaomi.url}/oauth2/token", data=form, auth=basic)
    assert body(response)["error"] == 96002


def test_the_query_of_a_post_is_not_looked_at(xiaomi: Sandbox, app: Application) -> None:
    response = app.http.post(f"{xiaomi.url}/oauth2/token", params=app.code_form(app.code()))
    assert body(response)["error"] == 96002


def test_a_body_that_is_no_form_is_not_looked_at(xiaomi: Sandbox, app: Application) -> None:
    response = app.http.post(f"{xiaomi.url}/oauth2/token", json=app.code_form(app.code()))
    assert body(response)["error"] == 96002


def test_other_methods_are_not_allowed(xiaomi: Sandbox, app: Application) -> None:
    assert app.http.put(f"{xiaomi.url}/oauth2/token").status_code == 405


def test_a_refresh_gives_the_next_token_with_the_same_scopes(app: Application) -> None:
    token = app.token(scope="1 6")
    fresh = app.refresh(token["refresh_token"])
    assert set(fresh) == set(token)
    assert fresh["scope"] == "1 6"
    assert not {fresh["access_token"], fresh["refresh_token"]} & set(token.values())


def test_a_refresh_token_can_be_sent_with_get(xiaomi: Sandbox, app: Application) -> None:
    form = app.refresh_form(app.token()["refresh_token"])
    assert "access_token" in body(app.http.get(f"{xiaomi.url}/oauth2/token", params=form))


def test_a_refresh_token_works_once(app: Application) -> None:
    token = app.token()
    app.refresh(token["refresh_token"])
    assert app.refresh(token["refresh_token"]) == {
        "error": 96009,
        "error_description": "invalid refresh token",
    }


def test_a_refresh_ends_the_access_token_before(app: Application) -> None:
    token = app.token()
    fresh = app.refresh(token["refresh_token"])
    assert app.call("user/profile", token).json()["code"] == 96008
    assert app.call("user/profile", fresh).json()["code"] == 0


@pytest.mark.parametrize(("redirect_uri", "code"), [(None, 96002), ("http://evil.example/", 96010)])
def test_a_refresh_demands_a_callback_of_the_app_and_spends_nothing_without(
    app: Application, redirect_uri: str | None, code: int
) -> None:
    token = app.token()
    assert app.refresh(token["refresh_token"], redirect_uri=redirect_uri)["error"] == code
    assert "access_token" in app.refresh(token["refresh_token"])


def test_a_refresh_token_outlives_the_access_token(timed: Application, clock: Clock) -> None:
    token = timed.token()
    clock.now += timed.xiaomi.options["token_expires_in"] - 0.1
    assert timed.call("user/profile", token).json()["code"] == 0
    clock.now += 0.1
    assert timed.call("user/profile", token).json()["code"] == 96008
    assert "access_token" in timed.refresh(token["refresh_token"])


def test_a_refresh_token_ends_in_its_turn(timed: Application, clock: Clock) -> None:
    first, second = timed.token(), timed.token("fox")
    clock.now += timed.xiaomi.options["refresh_token_expires_in"] - 0.1
    assert "access_token" in timed.refresh(first["refresh_token"])
    clock.now += 0.1
    assert timed.refresh(second["refresh_token"])["error"] == 96009


@pytest.mark.parametrize("as_timedelta", [False, True])
def test_time_can_be_moved_on(xiaomi: Sandbox, app: Application, as_timedelta: bool) -> None:
    lives = xiaomi.options["token_expires_in"], xiaomi.options["refresh_token_expires_in"]
    token = app.token()
    xiaomi.advance(timedelta(seconds=lives[0]) if as_timedelta else lives[0])
    assert app.call("user/profile", token).json()["code"] == 96008
    token = app.refresh(token["refresh_token"])
    assert app.call("user/profile", token).json()["code"] == 0
    xiaomi.advance(lives[1])
    assert app.refresh(token["refresh_token"])["error"] == 96009
    assert app.call_signed("user/profile", app.token()).json()["code"] == 0


@pytest.mark.parametrize(
    ("seconds", "error", "message"),
    [
        ("1", TypeError, "seconds is a number or a timedelta, not '1'"),
        (True, TypeError, "seconds is a number or a timedelta, not True"),
        (-1, ValueError, "seconds is -1; it must be 0 or more"),
        (float("nan"), ValueError, "seconds is nan"),
    ],
)
def test_time_cannot_be_moved_otherwise(
    xiaomi: Sandbox, seconds: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        xiaomi.advance(seconds)


def test_one_refresh_token_sent_by_many_at_once_works_for_one(
    xiaomi: Sandbox, app: Application
) -> None:
    form = app.refresh_form(app.token()["refresh_token"])
    with ThreadPoolExecutor(24) as pool:
        answers = pool.map(
            lambda _: body(requests.post(f"{xiaomi.url}/oauth2/token", data=form)), range(24)
        )
        assert sorted(answer.get("error", 0) for answer in answers) == [0] + [96009] * 23


def test_many_users_sign_in_at_once(xiaomi: Sandbox) -> None:
    def sign_in(user: str) -> bool:
        application = Application(xiaomi)
        with application.http:
            token = application.token(user)
            data = application.data("user/profile", token)
        return data["unionId"] == xiaomi.users[user].union_id

    with ThreadPoolExecutor(24) as pool:
        assert all(pool.map(sign_in, ["lei", "fox", "ghost", "nora"] * 12))


def test_withdrawing_consent_ends_codes_and_tokens_of_that_user(
    xiaomi: Sandbox, app: Application
) -> None:
    code, token, other = app.code(), app.token(), app.token("fox")
    xiaomi.withdraw("lei")
    assert app.redeem(code)["error"] == 96013
    assert app.refresh(token["refresh_token"])["error"] == 96009
    assert app.call("user/profile", token).json()["code"] == 96008
    assert app.call("user/profile", other).json()["code"] == 0


def test_withdrawing_the_consent_of_somebody_unknown_is_refused(xiaomi: Sandbox) -> None:
    with pytest.raises(LookupError, match="no user 'lee'"):
        xiaomi.withdraw("lee")


@pytest.mark.parametrize(
    ("quirks", "starts"),
    [
        ({}, '&&&START&&&{"access_token":'),
        ({"prefix": False}, '{"access_token":'),
        ({"stray_spaces": True}, '&&&START&&& {"access_token":'),
        ({"stray_spaces": True, "prefix": False}, '{"access_token":'),
    ],
)
def test_a_token_answer_begins_as_told(quirks: dict[str, bool], starts: str) -> None:
    with Sandbox(**quirks) as xiaomi, Application(xiaomi).http as http:
        app = Application(xiaomi)
        assert http.post(
            f"{xiaomi.url}/oauth2/token", data=app.code_form(app.code())
        ).text.startswith(starts)


def test_stray_spaces_are_where_the_documents_have_them() -> None:
    with Sandbox(stray_spaces=True) as xiaomi, Application(xiaomi).http as http:
        app = Application(xiaomi)
        text = http.post(f"{xiaomi.url}/oauth2/token", data=app.code_form(app.code())).text
    token = json.loads(text.removeprefix("&&&START&&&"))
    assert token["token_type "] == "mac"
    assert token["mac_key "]
    assert token["mac_algorithm"] == " HmacSHA1"


def test_numbers_come_as_strings_if_told() -> None:
    with Sandbox(strings_for_numbers=True) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            token = app.token()
            assert token["expires_in"] == "259200"
            assert app.redeem("wrong")["error"] == "96013"
            answer = app.call("user/profile", token).json()
    assert (answer["code"], answer["data"]["miliaoNick"]) == ("0", "Lei")


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ({"mac": False}, {"token_type", "mac_key", "mac_algorithm"}),
        ({"union_id": False}, {"union_id"}),
        ({"old_app": True, "old_app_union_id": False}, {"union_id"}),
    ],
)
def test_fields_are_left_out_of_the_token_if_told(
    options: dict[str, bool], missing: set[str]
) -> None:
    with Sandbox(**options) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            assert not missing & set(app.token())


def test_a_token_of_a_deleted_account_names_nobody(xiaomi: Sandbox, app: Application) -> None:
    code = app.code("nora")
    del xiaomi.users["nora"]
    token = app.redeem(code)
    assert not {"openId", "union_id"} & set(token)
    assert app.call("user/profile", token).json()["code"] == 96008


def test_lifetimes_are_as_told(clock: Clock) -> None:
    with Sandbox(clock=clock, token_expires_in=60, code_expires_in=10) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            token, code = app.token(), app.code()
            assert token["expires_in"] == 60
            clock.now += 10
            assert app.redeem(code)["error"] == 96013
            clock.now += 50
            assert app.call("user/profile", token).status_code == 403
