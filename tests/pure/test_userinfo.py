"""Who the user is: from Xiaomi's answers to Authlib's ``UserInfo``."""

from __future__ import annotations

import json
from typing import Any

import pytest
from authlib.oidc.core import UserInfo
from hypothesis import given
from hypothesis import strategies as st

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi._core.responses import parse_api_data
from authlib_xiaomi._core.userinfo import needed_paths, same_user, user_of

from ..recorded import recorded
from .settings import patient

PROFILE, OPENID, PHONE_AND_EMAIL = "user/profile", "user/openidV2", "user/phoneAndEmail"
TOKEN: dict[str, Any] = {"access_token": "a", "mac_key": "k", "refresh_token": "r"}
ME = {"unionId": "union_1", "miliaoNick": "Mi", "miliaoIcon": "https://img.example/i.jpg"}


def user(
    profile: dict[str, Any] | None = None,
    token: dict[str, Any] | None = None,
    subject: str = "unionId",
    **answers: dict[str, Any],
) -> UserInfo:
    asked = {} if profile is None else {PROFILE: profile}
    paths = {"openid": OPENID, "phone_and_email": PHONE_AND_EMAIL}
    asked.update({paths[name]: data for name, data in answers.items()})
    return user_of({**TOKEN, **(token or {})}, asked.items(), subject)


def refused(*args: Any, **kwargs: Any) -> XiaomiOAuthError:
    with pytest.raises(XiaomiOAuthError) as caught:
        user(*args, **kwargs)
    assert caught.value.error == "invalid_response"
    return caught.value


# Claims


def test_a_profile_becomes_claims_beside_xiaomis_own_fields() -> None:
    info = user(parse_api_data(recorded("api/profile-sizes"), 200))
    icon = "https://img.example/made-up/icon"
    assert isinstance(info, UserInfo)
    assert info == {
        "sub": "union_made_up_1",
        "name": '<b>Mi</b> 🦊 & "co"',
        "nickname": '<b>Mi</b> 🦊 & "co"',
        "picture": f"{icon}.jpg",
        "unionId": "union_made_up_1",
        "miliaoNick": '<b>Mi</b> 🦊 & "co"',
        "miliaoIcon": f"{icon}.jpg",
        **{f"miliaoIcon_{size}": f"{icon}_{size}.jpg" for size in (75, 90, 120, 320, "orig")},
    }


def test_phone_and_email_become_claims() -> None:
    info = user(ME, phone_and_email={"phone": "+8613800000001", "email": "mi@example.com"})
    assert info["phone_number"] == info["phone"] == "+8613800000001"
    assert info["email"] == "mi@example.com"


@pytest.mark.parametrize("empty", ["", "  ", None, [], {}, False])
@pytest.mark.parametrize(
    ("field", "claims"),
    [
        ("miliaoNick", ("name", "nickname")),
        ("miliaoIcon", ("picture",)),
        ("phone", ("phone_number",)),
    ],
)
def test_an_empty_field_gives_no_claim_and_is_shown_as_it_is(
    field: str, claims: tuple[str, ...], empty: Any
) -> None:
    info = user({"unionId": "u", field: empty})
    assert info == {"sub": "u", "unionId": "u", field: empty}
    assert not set(claims) & set(info)


@pytest.mark.parametrize("empty", ["", None, [], {}, False])
def test_an_empty_email_is_left_out(empty: Any) -> None:
    assert "email" not in user({"unionId": "u"}, phone_and_email={"email": empty})


@pytest.mark.parametrize("odd", [["a@example.com"], {"a": 1}, 1.5, True])
def test_an_email_of_the_wrong_type_is_no_claim(odd: Any) -> None:
    assert "email" not in user({"unionId": "u"}, phone_and_email={"email": odd})


@pytest.mark.parametrize(
    "icon", ["javascript:alert(1)", "data:image/png;base64,AA", "//img.example/i", "i.jpg", "http:"]
)
def test_a_picture_is_a_web_address_or_none(icon: str) -> None:
    assert "picture" not in user({"unionId": "u", "miliaoIcon": icon})


@pytest.mark.parametrize("name", ["name", "nickname", "picture"])
def test_xiaomi_does_not_speak_in_the_claims_names(name: str) -> None:
    # No document has such a field. Were it to come, an application would take it for the claim.
    info = user({"unionId": "u", name: "javascript:alert(1)"})
    assert info.get("picture") != "javascript:alert(1)"


def test_numbers_for_texts_are_texts_in_claims() -> None:
    info = user({"unionId": "u", "miliaoNick": 12345})
    assert (info["name"], info["miliaoNick"]) == ("12345", 12345)


@pytest.mark.parametrize("claim", ["email_verified", "phone_number_verified"])
@pytest.mark.parametrize("value", [True, False, "true"])
def test_nothing_is_claimed_to_be_verified(claim: str, value: Any) -> None:
    assert claim not in user({**ME, claim: value})


def test_a_sub_that_xiaomi_may_send_is_not_the_sub() -> None:
    assert user({**ME, "sub": "someone else"})["sub"] == "union_1"


def test_no_secret_of_the_token_is_in_the_claims() -> None:
    assert set(user(ME)) == {*ME, "sub", "name", "nickname", "picture"}


# Who


@pytest.mark.parametrize(
    ("subject", "profile", "token"),
    [
        ("unionId", {"unionId": "me"}, {}),
        ("unionId", {"union_id": "me"}, {}),
        ("unionId", {"unionId": "me", "userId": 5, "openId": "o"}, {}),
        ("unionId", {"unionId": "me", "union_id": "me"}, {}),
        ("unionId", {"unionId": "me"}, {"union_id": "me"}),
        ("unionId", {"miliaoNick": "Mi"}, {"union_id": "me"}),
        ("unionId", {"unionId": ""}, {"union_id": "me"}),
        ("unionId", {"unionId": None}, {"unionId": "me"}),
        ("userId", {"userId": "me"}, {}),
        ("userId", {"userId": "me", "unionId": "u"}, {}),
        ("openId", {"unionId": "u"}, {"openId": "me"}),
        ("openId", {"unionId": "u"}, {"openid": "me"}),
        ("openId", {"unionId": "u"}, {"open_id": "me"}),
        ("openId", {"openId": "me"}, {}),
    ],
)
def test_each_subject_names_the_user(subject: str, profile: Any, token: Any) -> None:
    assert user(profile, token, subject)["sub"] == "me"


def test_the_tokens_union_id_names_the_user_of_a_profile_without_one() -> None:
    info = user({"miliaoNick": "Mi"}, {"union_id": "union_1"})
    assert info == {"sub": "union_1", "name": "Mi", "nickname": "Mi", "miliaoNick": "Mi"}


def test_an_old_app_gets_both_ids() -> None:
    profile = {"userId": 5, "unionId": "u"}
    assert user(profile, {"union_id": "u"})["sub"] == "u"
    assert user(profile, {"union_id": "u"}, "userId")["sub"] == "5"


def test_the_open_id_may_come_from_its_own_api() -> None:
    data = parse_api_data(recorded("api/openid"), 200)
    info = user(ME, subject="openId", openid=data)
    assert info["sub"] == info["openid"] == "openid_made_up_1"


@pytest.mark.parametrize("name", ["api/profile-old-app", "api/profile-strings"])
def test_a_numeric_id_is_a_text(name: str) -> None:
    assert user(parse_api_data(recorded(name), 200), subject="userId")["sub"] == "1000000001"


def test_a_large_numeric_id_keeps_its_digits() -> None:
    data = parse_api_data(b'{"result":"ok","data":{"userId":2882303761520251711}}', 200)
    assert user(data, subject="userId")["sub"] == "2882303761520251711"


@pytest.mark.parametrize(
    ("subject", "token"),
    [
        ("unionId", {"union_id": "me"}),
        ("unionId", {"unionId": "me"}),
        ("openId", {"openId": "me"}),
        ("userId", {"userId": 5}),
    ],
)
def test_without_a_profile_the_token_names_the_user(subject: str, token: Any) -> None:
    expected = "5" if subject == "userId" else "me"
    assert user(None, token, subject) == {"sub": expected}


@pytest.mark.parametrize("missing", [..., None, ""])
@pytest.mark.parametrize("subject", ["unionId", "userId", "openId"])
def test_a_missing_or_empty_id_is_an_error(subject: str, missing: Any) -> None:
    others = {"unionId": "u", "userId": 5, "openId": "o", "miliaoNick": "Mi"}
    profile = {**others, subject: missing}
    if missing is ...:
        del profile[subject]
    error = refused(profile, subject=subject)
    assert f"has no {subject}" in error.description
    for other in set(others) - {subject, "miliaoNick"}:
        assert other in error.description


INVALID = [
    "0", "null", "undefined", "None", " me", "me ", "\tme", "me\n", " ", "\u3000me", "me\xa0",
    "m\x00e", "m\x1fe", "m\x7fe", "m\x85e", "m\u2028e", "\ufffd", "m\ud83de", "x" * 256,
    0, -1, 1.5, True, False, [], {}, ["me"], {"id": "me"},
]  # fmt: skip
NAMES = ["unionId", "union_id", "userId", "openId", "open_id", "openid"]


@pytest.mark.parametrize("value", INVALID, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_id_is_an_error_in_every_id_of_profile_and_token(name: str, value: Any) -> None:
    others = {"miliaoNick": "Mi"} if name in ("unionId", "union_id") else ME
    for error in (refused({**others, name: value}), refused(others, {name: value})):
        assert f"{name} in Xiaomi's answer, or in the token, is not a valid id" in error.description


@pytest.mark.parametrize(
    "value",
    [
        "x" * 255,
        "00",
        "nullable",
        "zero",
        "ＡＢＣ",
        "é",
        "e\u0301",
        "用户 一",
        "🦊",
        "<b>",
        "o'k",
        "%00",
    ],
)
def test_an_id_is_taken_as_it_is(value: str) -> None:
    info = user({"unionId": value}, {"union_id": value})
    assert info["sub"] == info["unionId"] == value


@pytest.mark.parametrize(
    ("one", "other"),
    [("Mi", "mi"), ("é", "e\u0301"), ("ＡＢＣ", "ABC"), ("5", "05"), ("ß", "ss"), ("İ", "i̇")],
)
def test_ids_are_compared_as_they_are(one: str, other: str) -> None:
    assert "another user" in refused({"unionId": one}, {"union_id": other}).description


def test_two_names_of_one_id_must_agree() -> None:
    assert "not a valid id" in refused({"unionId": "one", "union_id": "two"}).description
    assert "not a valid id" in refused(ME, {"openId": "one", "openid": "two"}).description


@pytest.mark.parametrize(
    ("subject", "advice"),
    [("unionId", 'subject="userId"'), ("userId", 'subject="unionId"'), ("openId", "scope 3")],
)
def test_the_hint_for_a_missing_id_says_what_to_do(subject: str, advice: str) -> None:
    assert advice in refused({"miliaoNick": "Mi"}, subject=subject).hint


@pytest.mark.parametrize("subject", ["unionId", "userId"])
def test_the_hint_names_scope_1_where_nothing_was_told(subject: str) -> None:
    assert "scope 1" in refused(None, subject=subject).hint


# Another user


@pytest.mark.parametrize(
    ("token", "profile"),
    [
        ({"union_id": "one"}, {"unionId": "two"}),
        ({"unionId": "one"}, {"unionId": "two"}),
        ({"openId": "one"}, {"unionId": "u", "openId": "two"}),
        ({"openId": "one"}, {"unionId": "u", "openid": "two"}),
        ({"userId": 1}, {"unionId": "u", "userId": 2}),
        ({"userId": 1}, {"unionId": "u", "userId": "2"}),
        ({"union_id": "One"}, {"unionId": "one"}),
    ],
)
def test_the_profile_of_another_user_is_refused(token: Any, profile: Any) -> None:
    assert "another user" in refused(profile, token).description


def test_the_open_id_of_another_user_is_refused() -> None:
    refused(ME, {"openId": "one"}, "unionId", openid={"openid": "two"})


def test_the_email_of_another_user_is_refused() -> None:
    refused(ME, {}, "unionId", phone_and_email={"email": "a@example.com", "unionId": "union_2"})


def test_an_empty_id_in_one_answer_does_not_open_the_door_to_the_next() -> None:
    refused(
        {"unionId": "u", "openId": ""},
        {"openId": "one"},
        "unionId",
        phone_and_email={"email": "two@example.com", "openId": "two"},
    )


def test_an_empty_id_in_an_answer_does_not_take_the_tokens_away() -> None:
    assert user({"unionId": "u", "openId": ""}, {"openId": "me"}, "openId")["sub"] == "me"


@pytest.mark.parametrize(
    ("token", "profile"),
    [({"userId": "5"}, {"unionId": "u", "userId": 5}), ({"union_id": ""}, {"unionId": "u"})],
)
def test_the_same_user_in_another_shape_is_not_another(token: Any, profile: Any) -> None:
    assert user(profile, token)["sub"] == "u"


# What to ask


@pytest.mark.parametrize(
    ("granted", "subject", "token", "paths"),
    [
        ({1}, "unionId", {}, [PROFILE]),
        ({1, 3}, "unionId", {}, [PROFILE]),
        ({1, 4}, "unionId", {}, [PROFILE, PHONE_AND_EMAIL]),
        ({1, 6}, "unionId", {}, [PROFILE, PHONE_AND_EMAIL]),
        ({1, 4, 6}, "unionId", {}, [PROFILE, PHONE_AND_EMAIL]),
        ({4}, "unionId", {}, [PHONE_AND_EMAIL]),
        ({1, 3}, "openId", {}, [PROFILE, OPENID]),
        ({1, 3}, "openId", {"openId": ""}, [PROFILE, OPENID]),
        ({1, 3}, "openId", {"openId": "me"}, [PROFILE]),
        ({3}, "openId", {}, [OPENID]),
        ({3}, "openId", {"openId": "me"}, []),
        ({3}, "unionId", {"union_id": "me"}, []),
        ({6000}, "unionId", {"union_id": "me"}, []),
    ],
)
def test_only_what_is_needed_and_granted_is_asked(
    granted: set[int], subject: str, token: Any, paths: list[str]
) -> None:
    assert needed_paths(token, frozenset(granted), subject) == paths


# Where an answer is missing


def test_phone_and_email_that_are_refused_are_done_without(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refusal = XiaomiOAuthError.from_xiaomi(96007)
    info = user_of(TOKEN, [(PROFILE, ME), (PHONE_AND_EMAIL, refusal)], "unionId")
    assert info["sub"] == "union_1"
    assert "without phone and e-mail" in caplog.text


@pytest.mark.parametrize("path", [PROFILE, OPENID])
def test_an_answer_that_is_needed_is_not_done_without(path: str) -> None:
    refusal = XiaomiOAuthError.from_xiaomi(96007)
    answers = {PROFILE: ME, OPENID: {"openId": "o"}, path: refusal}
    with pytest.raises(XiaomiOAuthError) as caught:
        user_of(TOKEN, answers.items(), "openId")
    assert caught.value is refusal


# Whether two tokens are the same user's


@pytest.mark.parametrize(
    ("known", "other", "same", "named"),
    [
        ({"openId": "o"}, {"openId": "o"}, True, True),
        ({"openId": "o"}, {"openid": "o"}, True, True),
        ({"union_id": "u"}, {"unionId": "u"}, True, True),
        ({"openId": "o", "union_id": "u"}, {"union_id": "u"}, True, True),
        ({"openId": "o"}, {"openId": "p"}, False, False),
        ({"openId": "o", "union_id": "u"}, {"openId": "o", "union_id": "v"}, False, False),
        ({"openId": "o"}, {"union_id": "u"}, True, False),
        ({"openId": "o"}, {}, True, False),
        ({}, {}, True, False),
    ],
)
def test_tokens_are_one_users_where_no_id_differs(
    known: Any, other: Any, same: bool, named: bool
) -> None:
    assert same_user(known, other) is same
    assert same_user(known, other, named=True) is named


# Anything at all

values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.lists(st.text())
)
fields = st.dictionaries(
    st.sampled_from([*NAMES, "miliaoNick", "miliaoIcon", "phone", "email", "sub",
                     "email_verified"]),
    values,
)  # fmt: skip


@patient
@given(fields, fields, fields, st.sampled_from(["unionId", "openId", "userId"]))
def test_any_answers_name_the_user_or_are_an_error(
    token: Any, profile: Any, more: Any, subject: str
) -> None:
    try:
        info = user_of(token, [(PROFILE, profile), (PHONE_AND_EMAIL, more)], subject)
    except XiaomiOAuthError:
        return
    assert isinstance(info["sub"], str)
    assert info["sub"].strip() == info["sub"] != ""
    assert info["sub"] not in INVALID
    assert "email_verified" not in info
    assert all(info.get(claim, "x") for claim in ("name", "nickname", "picture", "email"))
    json.dumps(info)
