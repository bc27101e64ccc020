"""The open API."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from authlib_xiaomi import mac
from authlib_xiaomi.sandbox import Account, Sandbox

from .application import Application

ALL = "1 2 3 4 6"


@pytest.fixture
def live() -> Iterator[Application]:
    with Sandbox() as xiaomi:
        application = Application(xiaomi)
        with application.http:
            yield application


APIS = ["user/profile", "user/openidV2", "user/phoneAndEmail", "user/relation"]


def test_the_profile_is_the_users(xiaomi: Sandbox, app: Application) -> None:
    icon = f"{xiaomi.url}/pictures/lei.svg"
    assert app.data("user/profile", app.token()) == {
        "unionId": xiaomi.users["lei"].union_id,
        "miliaoNick": "Lei",
        "miliaoIcon": icon,
        **{f"miliaoIcon_{size}": f"{icon}?size={size}" for size in (75, 90, 120, 320, "orig")},
    }


def test_a_successful_answer_has_the_documented_frame(app: Application) -> None:
    response = app.call("user/profile", app.token())
    answer = response.json()
    assert response.status_code == 200
    assert list(answer) == ["result", "code", "description", "data", "traceId"]
    assert (answer["result"], answer["code"], answer["description"]) == ("ok", 0, "no error")


@pytest.mark.parametrize(("like", "key"), [("live", "openId"), ("documents", "openid")])
def test_the_open_id_has_another_key_than_documented(like: str, key: str) -> None:
    with Sandbox(like=like) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            answer = app.call("user/openidV2", app.token()).json()
    assert answer["data"] == {key: xiaomi.users["lei"].open_id}
    assert answer["description"] == "success"


def test_open_ids_differ_by_app_and_union_ids_do_not(xiaomi: Sandbox) -> None:
    other = Sandbox(client_id="2882303761520000110")
    assert other.users["lei"].open_id != xiaomi.users["lei"].open_id
    assert other.users["lei"].union_id == xiaomi.users["lei"].union_id


@pytest.mark.parametrize(
    ("scope", "phone", "email"),
    [("4 6", True, True), ("4", True, False), ("6", False, True)],
)
def test_phone_and_email_need_a_scope_each(
    xiaomi: Sandbox, app: Application, scope: str, phone: bool, email: bool
) -> None:
    lei = xiaomi.users["lei"]
    assert app.data("user/phoneAndEmail", app.token(scope=scope)) == {
        "phone": lei.phone if phone else "",
        "email": lei.email if email else "",
    }


def test_who_has_neither_phone_nor_email_has_both_empty(app: Application) -> None:
    token = app.token("nora", scope="4 6")
    assert app.data("user/phoneAndEmail", token) == {"phone": "", "email": ""}


def test_friends_are_a_text_of_ids(live: Application) -> None:
    lei, nora = live.token(scope="2"), live.token("nora", scope="2")
    users = live.xiaomi.users
    fox, ghost = users["fox"].user_id, users["ghost"].user_id
    assert live.data("user/relation", lei) == {"friends": f"{fox},{ghost}"}
    assert live.data("user/relation", nora) == {"friends": ""}
    del users["fox"]
    assert live.data("user/relation", lei) == {"friends": f"{ghost}"}


def test_friends_are_profiles_as_documented() -> None:
    with Sandbox(like="documents") as xiaomi:
        app = Application(xiaomi)
        with app.http:
            token = app.token(scope="2")
            del xiaomi.users["fox"]
            (ghost,) = app.data("user/relation", token)["friends"]
    assert ghost["unionId"] == xiaomi.users["ghost"].union_id


def test_a_nick_comes_through_as_it_is(xiaomi: Sandbox, app: Application) -> None:
    assert app.data("user/profile", app.token("fox"))["miliaoNick"] == '<b>米粉</b> 🦊 & "co"'


def test_who_has_no_picture_has_an_empty_one(app: Application) -> None:
    data = app.data("user/profile", app.token("ghost"))
    assert data["miliaoIcon"] == ""
    assert "miliaoIcon_75" not in data


def test_fields_that_are_none_are_left_out(xiaomi: Sandbox, app: Application) -> None:
    xiaomi.users["bare"] = Account(7, None, nick=None, icon=None)
    token = app.token("bare")
    assert "union_id" not in token
    assert app.data("user/profile", token) == {}


def test_a_picture_elsewhere_keeps_its_url(xiaomi: Sandbox, app: Application) -> None:
    xiaomi.users["lei"].icon = "https://cdn.example/lei.jpg"
    data = app.data("user/profile", app.token())
    assert data["miliaoIcon"] == data["miliaoIcon_320"] == "https://cdn.example/lei.jpg"


@pytest.mark.parametrize(("like", "both"), [("live", True), ("documents", False)])
def test_an_old_app_gets_a_number_beside_or_in_place_of_the_union_id(like: str, both: bool) -> None:
    with Sandbox(like=like, old_app=True) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            token = app.token()
            data = app.data("user/profile", token)
    lei = xiaomi.users["lei"]
    assert data["userId"] == lei.user_id
    assert data.get("unionId") == (lei.union_id if both else None)
    assert token.get("union_id") == (lei.union_id if both else None)


def test_an_account_replaced_shows_in_the_next_profile(xiaomi: Sandbox, app: Application) -> None:
    token = app.token()
    xiaomi.users["lei"] = dataclasses.replace(xiaomi.users["lei"], nick="Lei Jun")
    assert app.data("user/profile", token)["miliaoNick"] == "Lei Jun"


def test_an_attribute_assigned_shows_in_the_next_profile(xiaomi: Sandbox, app: Application) -> None:
    token = app.token()
    xiaomi.users["lei"].nick = "Lei Jun"
    assert app.data("user/profile", token)["miliaoNick"] == "Lei Jun"


@pytest.mark.parametrize("size", ["", "?size=75"])
def test_pictures_are_served_offline(xiaomi: Sandbox, app: Application, size: str) -> None:
    response = app.http.get(f"{xiaomi.url}/pictures/lei.svg{size}")
    assert response.headers["Content-Type"].startswith("image/svg+xml")
    assert response.text.startswith("<svg ")


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("like", "code", "description"),
    [("live", 96007, "invalid scope"), ("documents", 96005, "unauthorized client")],
)
def test_an_api_needs_its_scope(api: str, like: str, code: int, description: str) -> None:
    with Sandbox(like=like) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            response = app.call(api, app.token(scope="1000"))
    assert response.status_code == 200
    assert {**response.json(), "traceId": ""} == {
        "result": "error",
        "code": code,
        "description": description,
        "traceId": "",
    }


@pytest.mark.parametrize("api", APIS)
def test_a_wrong_token_is_answered_with_403(app: Application, api: str) -> None:
    response = app.call(api, {"access_token": "wrong"})
    assert response.status_code == 403
    assert response.json()["code"] == 96008
    assert response.json()["description"] == "token invalid or expired"


def test_a_token_of_another_app_is_answered_with_401(app: Application) -> None:
    response = app.call("user/profile", app.token(), clientId="2882303761520000110")
    assert response.status_code == 401
    assert response.json()["code"] == 96012


@pytest.mark.parametrize("missing", ["clientId", "token"])
def test_a_missing_parameter_is_answered_with_96002(app: Application, missing: str) -> None:
    response = app.call("user/profile", app.token(), **{missing: None})
    assert (response.status_code, response.json()["code"]) == (200, 96002)
    assert response.json()["description"] == f"{missing} is missing"


def test_a_bearer_header_is_not_looked_at(xiaomi: Sandbox, app: Application) -> None:
    bearer = {"Authorization": f"Bearer {app.token()['access_token']}"}
    response = app.http.get(f"{xiaomi.url}/user/profile", headers=bearer)
    assert response.json()["code"] == 96002


def test_the_api_begins_with_the_prefix_if_told() -> None:
    with Sandbox(api_prefix=True) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            text = app.call("user/profile", app.token()).text
    assert json.loads(text.removeprefix("&&&START&&&"))["code"] == 0
    assert text.startswith("&&&START&&&")


def test_a_right_signature_is_taken(app: Application) -> None:
    assert app.call_signed("user/profile", app.token()).json()["code"] == 0


def test_a_nonce_works_once(app: Application) -> None:
    token, nonce = app.token(), mac.generate_nonce()
    app.call_signed("user/profile", token, nonce)
    response = app.call_signed("user/openidV2", token, nonce)
    assert response.status_code == 401
    assert response.json()["description"] == "nonce has been used"


def test_a_wrong_signature_spends_no_nonce(app: Application) -> None:
    token, nonce = app.token(), mac.generate_nonce()
    wrong = app.call_signed("user/profile", token | {"mac_key": "wrong"}, nonce)
    assert wrong.json()["description"] == "mac is wrong"
    assert app.call_signed("user/profile", token, nonce).json()["code"] == 0


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_nonce_must_be_of_these_minutes(app: Application, minutes: int) -> None:
    nonce = f"-5:{int(time.time() // 60) + minutes}"
    response = app.call_signed("user/profile", app.token(), nonce)
    assert response.status_code == 401
    assert response.json()["description"] == "nonce has expired"


@pytest.mark.parametrize(
    "header",
    [
        "MAC",
        'MAC access_token="{token}"',
        'MAC access_token="{token}", nonce="abc",mac="x"',
        'MAC access_token="other", nonce="1:1",mac="x"',
    ],
)
def test_a_malformed_signature_is_refused(app: Application, header: str) -> None:
    token = app.token()
    header = header.format(token=quote(token["access_token"], safe=""))
    response = app.call("user/profile", token, header)
    assert response.status_code == 401
    assert response.json()["description"] == "mac is malformed"


def test_a_signature_for_a_token_without_a_key_is_refused() -> None:
    with Sandbox(mac=False) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            response = app.call_signed("user/profile", app.token() | {"mac_key": "any"})
    assert response.json()["description"] == "mac is wrong"


@pytest.mark.parametrize(("header", "code"), [(None, 96012), ("Bearer x", 96012)])
def test_a_signature_is_demanded_if_told(header: str | None, code: int) -> None:
    with Sandbox(require_mac=True) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            token = app.token()
            response = app.call("user/profile", token, header)
            signed = app.call_signed("user/profile", token)
    assert (response.status_code, response.json()["code"]) == (401, code)
    assert response.json()["description"] == "mac is missing"
    assert signed.json()["code"] == 0


def test_a_signature_is_refused_if_told() -> None:
    with Sandbox(signatures="refused") as xiaomi:
        app = Application(xiaomi)
        with app.http:
            token = app.token()
            signed = app.call_signed("user/profile", token)
            plain = app.call("user/profile", token)
    assert (signed.status_code, signed.json()["code"]) == (401, 96012)
    assert plain.json()["code"] == 0


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ({"api_result": "OK"}, {"result": "OK", "code": 0}),
        ({"api_result": "missing"}, {"code": 0}),
        ({"api_code": False}, {"result": "ok"}),
    ],
)
def test_a_success_says_so_as_told(options: dict[str, Any], first: dict[str, Any]) -> None:
    with Sandbox(**options) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            answer = app.call("user/profile", app.token()).json()
    assert {name: answer.get(name) for name in ("result", "code") if name in answer} == first
    assert answer["data"]["miliaoNick"] == "Lei"


def test_errors_have_the_statuses_and_texts_that_were_chosen() -> None:
    texts = {96008: "令牌无效", 96013: "no such code"}
    options: dict[str, Any] = {"invalid_token_status": 200, "access_denied_status": 403}
    with Sandbox(error_texts=texts, content_type="text/plain", **options) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            wrong = app.call("user/profile", {"access_token": "wrong"})
            other = app.call("user/profile", app.token(), clientId="1")
            code = app.post(app.code_form("wrong"))
    assert (wrong.status_code, wrong.json()["description"]) == (200, "令牌无效")
    assert other.status_code == 403
    assert code.headers["Content-Type"].startswith("text/plain")
    assert "no such code" in code.text
