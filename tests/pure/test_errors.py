"""Xiaomi's errors, as Authlib's."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError
from hypothesis import given
from hypothesis import strategies as st

from authlib_xiaomi import ErrorCode, XiaomiOAuthError
from authlib_xiaomi.redaction import redacting

from .settings import patient

TABLE = [
    (96001, "OA_CLIENT_NOT_EXISTS", "invalid_client"),
    (96002, "OA_INVALID_REQUEST", "invalid_request"),
    (96003, "OA_INVALID_CLIENT", "invalid_client"),
    (96004, "OA_INVALID_GRANT", "invalid_grant"),
    (96005, "OA_UNAUTHORIZED_CLIENT", "unauthorized_client"),
    (96006, "OA_UNSUPPORTED_GRANT_TYPE", "unsupported_grant_type"),
    (96007, "OA_INVALID_SCOPE", "invalid_scope"),
    (96008, "OA_INVALID_TOKEN", "invalid_token"),
    (96009, "OA_INVALID_REFRESHTOKEN", "invalid_grant"),
    (96010, "OA_INVALID_REDIRECT_URI", "invalid_request"),
    (96011, "OA_UNSUPPORTED_RESPONSE_TYPE", "unsupported_response_type"),
    (96012, "OA_ACCESS_DENIED", "access_denied"),
    (96013, "OA_INVALID_CODE", "invalid_grant"),
]


def test_the_codes_are_those_of_xiaomis_table() -> None:
    assert [(int(code), code.name, code.error) for code in ErrorCode] == TABLE


@pytest.mark.parametrize("shape", [int, str, float, " {} ".format])
@pytest.mark.parametrize(("number", "name", "word"), TABLE)
def test_each_code_becomes_the_standards_word(
    number: int, name: str, word: str, shape: Any
) -> None:
    error = XiaomiOAuthError.from_xiaomi(shape(number), "what Xiaomi says")
    assert (error.code, error.name, error.error) == (number, name, word)
    assert error.description == "what Xiaomi says"
    assert error.hint == ErrorCode(number).hint


@pytest.mark.parametrize("code", ErrorCode)
def test_each_code_says_what_it_means_and_what_to_look_at(code: ErrorCode) -> None:
    assert code.meaning.isascii()
    assert code.hint.isascii()
    assert code.hint.endswith(".")


@pytest.mark.parametrize("part", ["Scheme", "port", "host", "path", "registered"])
def test_the_hint_for_96010_names_what_must_match(part: str) -> None:
    assert part in ErrorCode.OA_INVALID_REDIRECT_URI.hint


def test_an_error_is_one_of_authlibs() -> None:
    assert issubclass(XiaomiOAuthError, OAuthError)


@pytest.mark.parametrize("text", [None, "", "  ", 5, ["x"], {"x": 1}])
def test_where_xiaomi_says_nothing_the_table_does(text: Any) -> None:
    error = XiaomiOAuthError.from_xiaomi(96013, text)
    assert error.description == ErrorCode.OA_INVALID_CODE.meaning


@pytest.mark.parametrize("code", [97000, "97000", 0, 1, 999999999])
def test_an_unknown_number_is_kept(code: Any) -> None:
    error = XiaomiOAuthError.from_xiaomi(code, "new")
    assert (error.code, error.name, error.hint) == (int(code), None, "")
    assert (error.error, error.description) == ("oauth_error", "new")


@pytest.mark.parametrize("word", ["access_denied", "server_error", " invalid_scope "])
def test_a_word_of_the_standards_is_kept(word: str) -> None:
    error = XiaomiOAuthError.from_xiaomi(word, "text")
    assert (error.error, error.code, error.name) == (word.strip(), None, None)


@pytest.mark.parametrize(
    "code",
    [
        None, True, False, -1, 10**9, 10**400, 1.5, float("nan"), float("inf"), "", " ", "<b>",
        "Access Denied", "x" * 41, "9" * 10, "９６０１３", "96013.0", "0x1", "\x00", "\n",
        [], {}, [96013], object(),
    ],
)  # fmt: skip
def test_what_is_neither_number_nor_word_is_an_error_all_the_same(code: Any) -> None:
    error = XiaomiOAuthError.from_xiaomi(code)
    assert (error.error, error.code, error.name) == ("oauth_error", None, None)
    assert error.description.startswith("Xiaomi answered with error")


def test_the_text_of_an_error_shows_number_and_name() -> None:
    error = XiaomiOAuthError.from_xiaomi(96010, "invalid redirect uri")
    assert str(error) == ("invalid_request: invalid redirect uri [96010 OA_INVALID_REDIRECT_URI]")


def test_the_text_of_an_error_with_an_unknown_number_says_so() -> None:
    assert str(XiaomiOAuthError.from_xiaomi(97000, "new")) == "oauth_error: new [97000 unknown]"


def test_the_text_of_an_error_without_number_is_authlibs() -> None:
    assert str(XiaomiOAuthError("invalid_response", "why")) == "invalid_response: why"


def test_the_number_zero_is_shown() -> None:
    assert str(XiaomiOAuthError.from_xiaomi(0, "odd")) == "oauth_error: odd [0 unknown]"


@pytest.mark.parametrize(
    "again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy]
)
@pytest.mark.parametrize(
    "error",
    [
        XiaomiOAuthError.from_xiaomi(96010, "invalid redirect uri"),
        XiaomiOAuthError.from_xiaomi(97000),
        XiaomiOAuthError("invalid_response", "why", "https://example.com/why", hint="look"),
        XiaomiOAuthError("invalid_request", "why", code=96002, hint="another hint"),
        XiaomiOAuthError(),
    ],
)
def test_an_error_survives_pickling_and_copying(error: XiaomiOAuthError, again: Any) -> None:
    other = again(error)
    assert type(other) is XiaomiOAuthError
    for name in ("error", "description", "uri", "code", "name", "hint"):
        assert getattr(other, name) == getattr(error, name)
    assert str(other) == str(error)
    assert other.args == error.args


@pytest.mark.parametrize(
    "text",
    [
        "one\ntwo", "one\r\ntwo", "one\x00two", "one\x1b[31mtwo", "one\x85two", "one\u2028two",
        "one\u2029two", "one\ud83dtwo", "one\ttwo",
    ],
)  # fmt: skip
def test_a_description_is_one_line(text: str) -> None:
    description = XiaomiOAuthError.from_xiaomi(96002, text).description
    assert len(description.splitlines()) == 1
    assert description.startswith("one ")
    assert description.endswith("two")
    assert description.isprintable()


def test_a_long_description_is_cut() -> None:
    description = XiaomiOAuthError.from_xiaomi(96002, "x" * 5000).description
    assert len(description) == 300
    assert description.endswith("…")


def test_a_long_unknown_code_is_cut() -> None:
    assert len(XiaomiOAuthError.from_xiaomi(["x" * 5000]).description) < 200


def test_chinese_and_emoji_stay_in_a_description() -> None:
    assert XiaomiOAuthError.from_xiaomi(96002, "参数错误 🦊").description == "参数错误 🦊"


def test_a_secret_that_is_under_way_is_in_no_description() -> None:
    with redacting("V3_made-up_token"):
        error = XiaomiOAuthError.from_xiaomi(96008, "bad token V3_made-up_token!")
    assert error.description == "bad token [redacted]!"


@patient
@given(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()),
    st.none() | st.text() | st.integers() | st.dictionaries(st.text(), st.text()),
)
def test_anything_that_xiaomi_may_send_as_error_becomes_one(code: Any, text: Any) -> None:
    error = XiaomiOAuthError.from_xiaomi(code, text)
    assert error.error
    assert error.description is not None
    assert len(str(error).splitlines()) <= 1
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
