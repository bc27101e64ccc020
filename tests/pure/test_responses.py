"""Xiaomi's answers: bytes in, a token, data or an error out."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi._core.responses import (
    PrefixStripper,
    nonce_was_used,
    parse_api_data,
    parse_token,
    parse_token_fields,
    post_is_refused,
    refusal_code,
    strip_prefix,
)
from authlib_xiaomi._core.tokens import XiaomiToken

from ..recorded import all_in, lifetime, recorded
from .settings import many, patient

TOKEN = {
    "access_token": "V3_made-up_access.token-0001",
    "expires_in": 7776000,
    "refresh_token": "R3_made-up_refresh.token-0001",
    "scope": "1 3",
    "token_type": "mac",
    "mac_key": "made-up_MAC-key_0001",
    "mac_algorithm": "HmacSha1",
    "openId": "openid_made_up_1",
}
MAC = ("token_type", "mac_key", "mac_algorithm")


def body(fields: Any, prefix: str = "&&&START&&&") -> bytes:
    return (prefix + json.dumps(fields)).encode()


def short(value: Any) -> str:
    """An id for a parameter that may be long."""
    return repr(value)[:20]


def token_error(answer: bytes, status: int = 200) -> XiaomiOAuthError:
    with pytest.raises(XiaomiOAuthError) as caught:
        parse_token(answer, status)
    return caught.value


def api_error(answer: bytes, status: int = 200) -> XiaomiOAuthError:
    with pytest.raises(XiaomiOAuthError) as caught:
        parse_api_data(answer, status)
    return caught.value


# Tokens


@pytest.mark.parametrize("name", all_in("token"))
def test_each_documented_answer_gives_the_same_token(name: str) -> None:
    token = parse_token(recorded(name), 200)
    expected = dict(TOKEN)
    if name == "token/logto":
        expected["union_id"] = "union_made_up_1"
    if name == "token/live":
        expected |= {"expires_in": lifetime(name), "mac_algorithm": "HmacSHA1"}
    if name == "token/no-mac":
        expected = {key: value for key, value in expected.items() if key not in MAC}
    assert type(token) is XiaomiToken
    expires_at = token.pop("expires_at")
    assert token == expected
    assert type(token["expires_in"]) is int
    assert type(expires_at) is int
    assert abs(expires_at - time.time() - lifetime(name)) < 60


@pytest.mark.parametrize(
    "frame",
    [
        b"%s",
        b"&&&START&&&%s",
        b"&&&START&&& %s",
        b" &&&START&&&%s",
        b"\r\n\t&&&START&&&\r\n\t%s\r\n",
        b"\xef\xbb\xbf%s",
        b"\xef\xbb\xbf&&&START&&&%s",
        b"&&&START&&&\xef\xbb\xbf%s",
        b"%s\n",
    ],
)
def test_the_prefix_and_white_space_make_no_difference(frame: bytes) -> None:
    assert parse_token(frame % b'{"access_token":"a"}', 200) == {"access_token": "a"}


def test_what_xiaomi_adds_is_kept() -> None:
    more = {"new": 1, "nested": {"a ": [" b ", None, True, 1.5]}, "empty": "", "none": None}
    token = parse_token(body({"access_token": "a", **more}), 200)
    assert token == {
        "access_token": "a",
        "new": 1,
        "nested": {"a": ["b", None, True, 1.5]},
        "empty": "",
        "none": None,
    }


# Lifetimes


@pytest.mark.parametrize("value", [100, "100", " 100 ", 100.0, 100.9, "100.5"])
def test_a_lifetime_counts_in_whole_seconds_from_now(value: Any) -> None:
    token = parse_token(body({"access_token": "a", "expires_in": value}), 200)
    assert (token["expires_in"], type(token["expires_in"])) == (100, int)
    assert type(token["expires_at"]) is int
    assert abs(token["expires_at"] - time.time() - 100) < 60


@pytest.mark.parametrize(
    "value", [4102444800, "4102444800", 4102444800.5, "2100-01-01T00:00:00Z", "2100-01-01 00:00"]
)
def test_an_end_becomes_whole_seconds(value: Any) -> None:
    token = parse_token(body({"access_token": "a", "expires_at": value}), 200)
    assert token == {"access_token": "a", "expires_at": 4102444800}
    assert type(token["expires_at"]) is int


def test_the_lifetime_comes_before_the_end() -> None:
    fields = {"access_token": "a", "expires_in": 100, "expires_at": 4102444800}
    token = parse_token(body(fields), 200)
    assert abs(token["expires_at"] - time.time() - 100) < 60


UNREADABLE = [
    "soon", "1e400", "NaN", "inf", True, [1], {}, 10**11, -(10**11), 10**400, "9" * 4000, "3 days",
]  # fmt: skip


@pytest.mark.parametrize("value", [*UNREADABLE, None, "", "  "], ids=short)
@pytest.mark.parametrize("names", [["expires_in"], ["expires_at"], ["expires_in", "expires_at"]])
def test_a_lifetime_that_cannot_be_read_is_as_if_missing(names: list[str], value: Any) -> None:
    token = parse_token(body({"access_token": "a", **dict.fromkeys(names, value)}), 200)
    assert token == {"access_token": "a"}


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_a_lifetime_that_is_no_json_is_as_if_missing(word: str) -> None:
    answer = b'{"access_token":"a","expires_in":%s}' % word.encode()
    assert parse_token(answer, 200) == {"access_token": "a"}


@pytest.mark.parametrize("value", UNREADABLE, ids=short)
def test_an_end_stands_in_for_a_lifetime_that_cannot_be_read(value: Any) -> None:
    fields = {"access_token": "a", "expires_in": value, "expires_at": 4102444800}
    assert parse_token(body(fields), 200)["expires_at"] == 4102444800


@pytest.mark.parametrize("name", ["expires_in", "expires_at"])
def test_a_lifetime_that_cannot_be_read_is_logged_without_its_value(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    parse_token(body({"access_token": "a", name: "made-up"}), 200)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("authlib_xiaomi", "WARNING")
    assert name in caplog.messages[0]
    assert "made-up" not in caplog.text


@pytest.mark.parametrize("value", [None, "", "100"])
def test_a_lifetime_that_is_missing_or_fine_is_not_logged(
    value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    parse_token(body({"access_token": "a", "expires_in": value}), 200)
    assert not caplog.records


# Other fields


@pytest.mark.parametrize("value", [1, 1.5, True, ["a"], {"a": "b"}])
@pytest.mark.parametrize("name", MAC)
def test_a_broken_mac_key_costs_no_sign_in(name: str, value: Any) -> None:
    token = parse_token(body({"access_token": "a", name: value}), 200)
    assert token == {"access_token": "a", name: value}


@pytest.mark.parametrize("value", [1, 1.5, True, ["a"], {"a": "b"}])
@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_a_field_of_the_wrong_type_makes_no_sense(name: str, value: Any) -> None:
    error = token_error(body({"access_token": "a", name: value}))
    assert error.error == "invalid_response"
    assert f'"{name}"' in error.description


@pytest.mark.parametrize("name", ["refresh_token", *MAC])
def test_a_field_may_be_null(name: str) -> None:
    assert parse_token(body({"access_token": "a", name: None}), 200)["access_token"] == "a"


@pytest.mark.parametrize("value", ["", "  ", None, [], 0])
def test_a_token_without_access_token_makes_no_sense(value: Any) -> None:
    assert token_error(body({"access_token": value})).error == "invalid_response"


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404])
def test_a_token_with_a_status_that_refuses_makes_no_sense(status: int) -> None:
    assert token_error(body(TOKEN), status).error == "invalid_response"


def test_white_space_in_an_id_is_not_taken_off() -> None:
    token = parse_token(body({"access_token": " a ", "openId ": " o", "union_id": "u\n"}), 200)
    assert token == {"access_token": "a", "openId": " o", "union_id": "u\n"}


def test_an_id_token_is_kept_as_it_came() -> None:
    token = parse_token(body({"access_token": "a", "id_token": "e30.e30.made-up"}), 200)
    assert token == {"access_token": "a", "id_token": "e30.e30.made-up"}


def test_a_token_that_is_an_object_already_is_judged_alike() -> None:
    assert parse_token_fields({"access_token": "a"}, 200) == {"access_token": "a"}
    with pytest.raises(XiaomiOAuthError) as caught:
        parse_token_fields({"error": "96013"}, 200)
    assert caught.value.code == 96013


# Errors of the token endpoint


@pytest.mark.parametrize("status", [200, 400, 401, 403])
@pytest.mark.parametrize("name", all_in("token-error"))
def test_each_documented_error_of_the_token_endpoint_is_told(name: str, status: int) -> None:
    error = token_error(recorded(name), status)
    assert (error.error, error.code) == ("invalid_request", 96010)
    assert error.name == "OA_INVALID_REDIRECT_URI"
    assert error.description == "invalid redirect uri"


@pytest.mark.parametrize("value", [0, "0", "", None, " "])
def test_an_error_that_is_zero_or_empty_is_none(value: Any) -> None:
    answer = body({"error": value, "error_description": "", "access_token": "a"})
    assert parse_token(answer, 200)["access_token"] == "a"


def test_an_error_wins_over_a_token_beside_it() -> None:
    assert token_error(body({**TOKEN, "error": 96013})).code == 96013


def test_a_number_beside_a_token_costs_no_sign_in() -> None:
    assert parse_token(body({**TOKEN, "code": 1}), 200)["access_token"] == TOKEN["access_token"]


def test_an_error_in_the_open_apis_form_is_told_by_the_token_endpoint_too() -> None:
    error = token_error(body({"result": "error", "code": 96003, "description": "no"}))
    assert (error.code, error.description) == (96003, "no")


@pytest.mark.parametrize("value", [False, True, [], {}, 1.5, -1])
def test_an_error_of_the_wrong_type_is_an_error(value: Any) -> None:
    assert token_error(body({"error": value, "access_token": "a"})).code is None


# The open API

PROFILE = {"unionId": "union_made_up_1", "miliaoNick": "小米用户"}


@pytest.mark.parametrize("name", all_in("api"))
def test_each_documented_answer_of_the_open_api_gives_its_data(name: str) -> None:
    answer = recorded(name).removeprefix(b"&&&START&&&")
    assert parse_api_data(recorded(name), 200) == json.loads(answer)["data"]


@pytest.mark.parametrize("status", [200, 400, 401, 403])
@pytest.mark.parametrize("name", all_in("api-error"))
def test_each_documented_error_of_the_open_api_is_told_whatever_the_status(
    name: str, status: int
) -> None:
    answer = json.loads(recorded(name).removeprefix(b"&&&START&&&"))
    error = api_error(recorded(name), status)
    assert (error.code, error.description) == (int(answer["code"]), answer["description"])
    assert error.error == {96008: "invalid_token", 96012: "access_denied"}[error.code]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"result": "ok", "code": 96008, "data": PROFILE}, 96008),
        ({"result": "error", "code": 0, "data": PROFILE}, 0),
        ({"result": "error", "data": PROFILE}, None),
        ({"result": "error", "code": None}, None),
        ({"code": 96012, "data": PROFILE}, 96012),
        ({"error": 96008, "error_description": "bad"}, 96008),
        ({"error": "96008", "error_description": "bad"}, 96008),
    ],
)
def test_result_and_code_must_both_be_fine(fields: Any, code: int | None) -> None:
    error = api_error(body(fields))
    assert error.error != "invalid_response"
    assert error.code == code


@pytest.mark.parametrize("code", [-1, 1.5, "x", True, [], {}, 10**12, "-1"])
def test_a_code_that_is_none_is_not_taken_for_zero(code: Any) -> None:
    api_error(body({"result": "ok", "code": code, "data": PROFILE}))


@pytest.mark.parametrize("data", [None, [], [PROFILE], "data", 1, True])
def test_data_of_the_wrong_type_makes_no_sense(data: Any) -> None:
    error = api_error(body({"result": "ok", "code": 0, "data": data}))
    assert error.error == "invalid_response"
    assert '"data"' in error.description


@pytest.mark.parametrize(
    "fields",
    [
        {"code": 0},
        {"code": "0"},
        {"result": "ok"},
        {"result": "OK"},
        {"result": "Ok", "code": 0},
        {"result": "", "code": 0},
        {"result": None, "code": 0.0},
        {"result": "ok", "code": None},
    ],
)
def test_a_code_of_zero_or_an_ok_is_a_success(fields: Any) -> None:
    assert parse_api_data(body({**fields, "data": PROFILE}), 200) == PROFILE


@pytest.mark.parametrize(
    "fields", [{}, {"data": PROFILE}, PROFILE, {"result": "OK?", "code": 0, "data": PROFILE}]
)
def test_an_object_that_is_no_answer_makes_no_sense(fields: Any) -> None:
    assert api_error(body(fields)).error == "invalid_response"


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404])
def test_data_with_a_status_that_refuses_makes_no_sense(status: int) -> None:
    answer = body({"result": "ok", "code": 0, "data": PROFILE})
    assert api_error(answer, status).error == "invalid_response"


# What makes no sense anywhere

GARBAGE = [
    b"",
    b" ",
    b"&&&START&&&",
    b"&&&START",
    b"null",
    b"true",
    b"1",
    b'"access_token"',
    b"[]",
    b'[{"access_token":"a"}]',
    b"<html><body>&&&START&&&</body></html>",
    b"<!DOCTYPE html><title>502</title>",
    b"access_token=a&expires_in=1",
    b'callback({"access_token":"a"})',
    b'{"access_token":"a"',
    b'&&&START&&&{"access_token":"V3_',
    b'{"access_token":"a"}{"access_token":"b"}',
    b"{'access_token':'a'}",
    b'{"access_token":"\xff\xfe"}',
    b"\xff\xfe{\x00}\x00",
    b"\x1f\x8b\x08\x00",
    b"\x00" * 100,
    b'&&&START&&&&&&START&&&{"access_token":"a"}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"access_token":"a","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"access_token":"a","expires_in":' + b"9" * 5000 + b"}",
    b'{"access_token":"' + b"a" * (1 << 20) + b'"}',
]


@pytest.mark.parametrize("parse", [parse_token, parse_api_data])
@pytest.mark.parametrize("answer", GARBAGE, ids=lambda answer: repr(answer[:30]))
def test_garbage_makes_no_sense(parse: Any, answer: bytes) -> None:
    with pytest.raises(XiaomiOAuthError) as caught:
        parse(answer, 200)
    assert caught.value.error == "invalid_response"
    assert caught.value.hint


@pytest.mark.parametrize("depth", [50, 100, 200, 300, 400, 1000, 5000])
@pytest.mark.parametrize("parse", [parse_token, parse_api_data])
def test_what_nesting_gets_through_can_be_stored(parse: Any, depth: int) -> None:
    nest = "[" * depth + "]" * depth
    fields = '{"access_token":"a","result":"ok","code":0,"data":{"unionId":"u","x":%s},"x":%s}'
    value = outcome(parse, (fields % (nest, nest)).encode(), 200)
    if isinstance(value, XiaomiOAuthError):
        assert value.error == "invalid_response"
    else:
        assert json.loads(json.dumps(value)) == value
        copy.deepcopy(value)


@pytest.mark.parametrize("parse", [parse_token, parse_api_data])
def test_what_makes_no_sense_is_not_quoted(parse: Any) -> None:
    with pytest.raises(XiaomiOAuthError) as caught:
        parse(b"<html>client_secret=made-up</html>", 200)
    assert "made-up" not in repr(caught.value.args) + str(caught.value) + caught.value.hint


@pytest.mark.parametrize("parse", [parse_token, parse_api_data])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 599])
@pytest.mark.parametrize(
    "answer", [b"", b"<html>", recorded("token/logto"), recorded("api/profile")]
)
def test_a_server_that_is_out_of_order_is_temporarily_unavailable(
    parse: Any, status: int, answer: bytes
) -> None:
    with pytest.raises(XiaomiOAuthError) as caught:
        parse(answer, status)
    assert caught.value.error == "temporarily_unavailable"
    assert str(status) in caught.value.description


@pytest.mark.parametrize("parse", [parse_token, parse_api_data])
def test_a_redirect_is_called_one(parse: Any) -> None:
    with pytest.raises(XiaomiOAuthError, match="a redirect, which is not followed") as caught:
        parse(b"", 302)
    assert caught.value.error == "invalid_response"


def test_half_an_emoji_is_replaced() -> None:
    data = parse_api_data(
        rb'{"result":"ok","code":0,"data":{"unionId":"u","miliaoNick":"Fox \ud83e","\udc00":1}}',
        200,
    )
    assert data == {"unionId": "u", "miliaoNick": "Fox \ufffd", "\ufffd": 1}
    json.dumps(data, ensure_ascii=False).encode()


def test_a_whole_emoji_stays() -> None:
    answer = rb'{"result":"ok","code":0,"data":{"miliaoNick":"\ud83e\udd8a"}}'
    assert parse_api_data(answer, 200) == {"miliaoNick": "🦊"}


# Nonces


@pytest.mark.parametrize(
    "answer",
    [
        recorded("api-error/nonce-used"),
        '{"result":"error","code":96012,"description":"nonce 已经被使用"}'.encode(),
        json.dumps({"code": 96012, "description": "Nonce已经被使用"}).encode(),
        b'&&&START&&&{"error":96012,"error_description":"Nonce Has Been Used"}',
        b'{"result":"error","code":96012,"description":"the nonce was already used"}',
    ],
)
def test_a_used_nonce_is_recognised(answer: bytes) -> None:
    assert nonce_was_used(answer)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonce has been used",
        b"<html>nonce has been used</html>",
        b'["nonce used"]',
        b'{"description":5,"nonce":"used"}',
        b'{"result":"error","code":96012,"description":"nonce is malformed"}',
        b'{"result":"ok","data":{"miliaoNick":"nonce has been used"}}',
        b'{"description":"nonce has been used"}' + b" " * (1 << 20),
        b'{"description":"used nonce"}',
        '{"description":"已经被使用"}'.encode(),
        recorded("api-error/denied"),
        recorded("api/profile"),
    ],
)
def test_nothing_else_is_a_used_nonce(answer: bytes) -> None:
    assert not nonce_was_used(answer)


def test_looking_for_a_used_nonce_takes_no_longer_for_a_text_made_to_be_slow() -> None:
    def seconds(text: str) -> float:
        answer = json.dumps({"description": text}).encode()
        times = []
        for _ in range(7):
            start = time.perf_counter()
            nonce_was_used(answer)
            times.append(time.perf_counter() - start)
        return min(times)

    size = 15_000  # as long as an error that is looked at may be
    plain = seconds("nonce " + "x" * size)
    for slow in ("nonce", "nonc", "us", "n", "使"):
        assert seconds("nonce " + slow * (size // len(slow.encode()) // 6)) < 6 * plain + 0.001


# Refusals


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (recorded("api-error/denied"), 96012),
        (recorded("api-error/prefix"), 96008),
        (recorded("token-error/string"), 96010),
        (b'{"error":96002}', 96002),
        (recorded("api/profile"), None),
        (b'{"result":"error","code":0,"data":"96012"}', None),
        (b"<html>96012</html>", None),
        (b'{"code":96012}' + b" " * (1 << 20), None),
        (b"", None),
    ],
)
def test_the_number_of_a_refusal_is_found(answer: bytes, code: int | None) -> None:
    assert refusal_code(answer) == code


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (405, b"<html>"),
        (404, b""),
        *(
            (status, b'{"error":%d}' % code)
            for status in (200, 400, 403)
            for code in (96002, 96006)
        ),
        (400, b'&&&START&&&{"error":"96006"}'),
    ],
)
def test_a_refresh_that_is_not_taken_by_post_is_recognised(status: int, answer: bytes) -> None:
    assert post_is_refused(answer, status)


@pytest.mark.parametrize("code", sorted(set(range(96001, 96014)) - {96002, 96006}))
def test_no_other_error_says_that_post_is_not_taken(code: int) -> None:
    assert not post_is_refused(b'{"error":%d}' % code, 400)


@pytest.mark.parametrize("status", [429, 500, 501, 502, 503, 504])
@pytest.mark.parametrize("answer", [b"", b'{"error":96002}', b'{"error":96006}'])
def test_a_server_out_of_order_does_not_say_that_post_is_not_taken(
    status: int, answer: bytes
) -> None:
    assert not post_is_refused(answer, status)


@pytest.mark.parametrize("answer", [b"", b"<html>", b'{"access_token":"a"}', b"96002"])
def test_an_answer_that_is_no_refusal_does_not_say_that_post_is_not_taken(answer: bytes) -> None:
    assert not post_is_refused(answer, 200)


# The prefix


@pytest.mark.parametrize(
    ("front", "handed_on"),
    [
        (b"", b""), (b" \r\n", b""), (b"\xef\xbb\xbf", b""), (b"&", b""),
        (b"&&&STAR", b""), (b"&&&START&&&", b""), (b"&&&START&&& ", b""),
        (b"&&&START&&&{}", b"{}"), (b"&&&STOP", b"&&&STOP"), (b"{", b"{"), (b" {", b" {"),
    ],
)  # fmt: skip
def test_a_stream_waits_until_it_is_clear_whether_it_has_the_prefix(
    front: bytes, handed_on: bytes
) -> None:
    stripper = PrefixStripper()
    assert stripper.feed(front) == handed_on
    assert stripper.feed(b"...{") + stripper.end() == (
        b"...{" if handed_on else strip_prefix(front + b"...{")
    )


def test_a_stream_of_white_space_is_handed_on_and_not_kept() -> None:
    stripper, given = PrefixStripper(), b" " * 1000
    handed_on = [stripper.feed(given) for _ in range(100)]
    assert handed_on == [b"", given * 2, *[given] * 98]
    assert stripper.end() == b""


@pytest.mark.parametrize(
    "answer", [b"", b"{}", b" {}", b"\xef\xbb\xbf{}", b"<html>&&&START&&&", b"\xff"]
)
def test_a_body_without_the_prefix_stays_as_it_is(answer: bytes) -> None:
    assert strip_prefix(answer) is answer


# Anything at all

names = st.sampled_from(
    ["access_token", "refresh_token", "expires_in", "expires_at", "scope", "token_type", "mac_key",
     "mac_algorithm", "openId", "union_id", "error", "error_description", "result", "code",
     "description", "data", " data ", "unionId", "userId", "openid", "miliaoNick", "traceId"]
)  # fmt: skip
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(["ok", "error", "0", "96008", 96008, 0]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(names | st.text(), inner, max_size=6)
    ),
    max_leaves=10,
)
objects = st.dictionaries(names, values, max_size=8)
statuses = st.sampled_from([200, 200, 200, 204, 302, 400, 403, 500])
answers = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda prefix, value: prefix + json.dumps(value).encode(),
        st.sampled_from([b"", b"&&&START&&&", b" &&&START&&& "]),
        values | objects,
    ),
    st.builds(lambda value, cut: json.dumps(value).encode()[:cut], objects, st.integers(0, 80)),
)


def outcome(parse: Any, *args: Any) -> Any:
    """What `parse` returns, or the error that it raises."""
    try:
        return parse(*args)
    except XiaomiOAuthError as error:
        return error


def assert_is_told(error: XiaomiOAuthError) -> None:
    assert error.error
    assert len(str(error).splitlines()) == 1


@given(answers, statuses)
@many
@example(b'{"access_token":"a","expires_in":1e999}', 200)
@example(b'{"access_token":"a","expires_at":"' + b"9" * 4299 + b'"}', 200)
def test_any_answer_gives_a_token_or_an_error(answer: bytes, status: int) -> None:
    token = outcome(parse_token, answer, status)
    if isinstance(token, XiaomiOAuthError):
        assert_is_told(token)
    else:
        assert isinstance(token["access_token"], str)
        assert token["access_token"]
        assert token.is_expired() in (None, True, False)
        json.dumps(token, ensure_ascii=False).encode()


@given(answers, statuses)
@many
def test_any_answer_gives_data_or_an_error(answer: bytes, status: int) -> None:
    data = outcome(parse_api_data, answer, status)
    if isinstance(data, XiaomiOAuthError):
        assert_is_told(data)
    else:
        assert isinstance(data, dict)
        json.dumps(data, ensure_ascii=False).encode()


@patient
@given(answers)
def test_any_answer_is_asked_about_its_nonce(answer: bytes) -> None:
    assert nonce_was_used(answer) in (True, False)
