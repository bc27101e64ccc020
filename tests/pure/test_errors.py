"""Xiaomi's errors, as Authlib's."""

from __future__ import annotations

import copy
import pickle
import sys
import traceback
from typing import Any

import pytest
from authlib.integrations.base_client import MismatchingStateError, OAuthError
from authlib.oauth2.rfc6749 import MismatchingStateException, MissingCodeException
from hypothesis import given
from hypothesis import strategies as st

from authlib_xiaomi import ErrorCode, XiaomiOAuthError
from authlib_xiaomi.errors import MissingCodeError, StateMismatchError, at_step
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


def test_the_hint_for_96004_speaks_of_the_grant_type() -> None:
    error = XiaomiOAuthError.from_xiaomi(96004)
    assert error.error == "invalid_grant"
    assert "grant_type" in error.hint


@pytest.mark.parametrize("part", ["second sign-in", "one token for each user", "newest"])
def test_the_hint_for_96009_says_that_a_second_sign_in_ends_the_first_token(part: str) -> None:
    assert part in ErrorCode.OA_INVALID_REFRESHTOKEN.hint


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (XiaomiOAuthError("x"), OAuthError),
        (StateMismatchError("mismatching_state"), XiaomiOAuthError),
        (StateMismatchError("mismatching_state"), MismatchingStateError),
        (StateMismatchError("mismatching_state"), MismatchingStateException),
        (MissingCodeError("missing_code"), XiaomiOAuthError),
        (MissingCodeError("missing_code"), MissingCodeException),
    ],
)
def test_what_is_written_for_authlibs_errors_catches_these(error: Any, kind: type) -> None:
    with pytest.raises(kind):
        raise error


@pytest.mark.parametrize("kind", [StateMismatchError, MissingCodeError])
def test_an_error_of_the_callback_is_an_answer_of_authlibs_too(kind: Any) -> None:
    status, body, _ = kind("some_word", "中文 and “quotes”")()
    assert (status, body["error"]) == (400, "some_word")
    assert body["error_description"] == "中文 and “quotes”"


@pytest.mark.parametrize("text", [None, "", "  ", 5, ["x"], {"x": 1}])
def test_where_xiaomi_says_nothing_the_table_does(text: Any) -> None:
    error = XiaomiOAuthError.from_xiaomi(96013, text)
    assert error.description == ErrorCode.OA_INVALID_CODE.meaning


@pytest.mark.parametrize("code", [97000, "97000", 0, 1, 999999999])
def test_an_unknown_number_is_kept(code: Any) -> None:
    error = XiaomiOAuthError.from_xiaomi(code, "new")
    assert (error.code, error.name, error.hint) == (int(code), None, "")
    assert (error.error, error.description) == ("oauth_error", "new")


@pytest.mark.parametrize("text", ["the user said no", "", None])
@pytest.mark.parametrize("code", [96012, "96012", "access_denied", "OA_ACCESS_DENIED"])
def test_a_declined_sign_in_is_the_same_error_in_each_form(code: Any, text: str | None) -> None:
    error = XiaomiOAuthError.from_xiaomi(code, text)
    assert (error.error, error.code, error.name) == ("access_denied", 96012, "OA_ACCESS_DENIED")
    assert error.description == (text or ErrorCode.OA_ACCESS_DENIED.meaning)


@pytest.mark.parametrize(("number", "name", "word"), TABLE)
def test_each_of_xiaomis_names_is_its_number(number: int, name: str, word: str) -> None:
    error = XiaomiOAuthError.from_xiaomi(name)
    assert (error.code, error.name, error.error) == (number, name, word)


@pytest.mark.parametrize("word", ["server_error", "login_required", " invalid_scope "])
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
    # From Python 3.11 on, the hint is a note of the traceback.
    hint = f" Hint: {error.hint}" if sys.version_info < (3, 11) else ""
    text = "invalid_request: invalid redirect uri [96010 OA_INVALID_REDIRECT_URI]"
    assert str(error) == text + hint


def test_an_error_number_is_written_as_a_number() -> None:
    assert f"{ErrorCode.OA_INVALID_CODE}" == str(ErrorCode.OA_INVALID_CODE) == "96013"


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
        XiaomiOAuthError("temporarily_unavailable", "why", step="token"),
        XiaomiOAuthError(),
        StateMismatchError("mismatching_state", "why", step="callback", reason="used"),
        MissingCodeError("missing_code", "why", hint="look", step="callback"),
    ],
    ids=repr,
)
def test_an_error_survives_pickling_and_copying(error: XiaomiOAuthError, again: Any) -> None:
    other = again(error)
    assert type(other) is type(error)
    for name in ("error", "description", "uri", "code", "name", "hint", "step", "retryable"):
        assert getattr(other, name) == getattr(error, name)
    assert str(other) == str(error)
    assert other.args == error.args
    assert getattr(other, "reason", None) == getattr(error, "reason", None)


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


def test_an_error_that_nobody_catches_shows_its_hint() -> None:
    error = XiaomiOAuthError.from_xiaomi(96010)
    shown = "".join(traceback.format_exception(error))
    assert f"Hint: {error.hint}" in shown


def test_an_error_without_hint_shows_none() -> None:
    assert "Hint" not in "".join(traceback.format_exception(XiaomiOAuthError("x", "why")))


def test_the_hint_is_a_note_that_survives_pickling() -> None:
    error = XiaomiOAuthError.from_xiaomi(96010)
    again = pickle.loads(pickle.dumps(error))
    assert again.__notes__ == error.__notes__ == [f"Hint: {error.hint}"]


@pytest.mark.parametrize("step", ["callback", "token", "userinfo", "api", "refresh"])
def test_an_error_gets_the_step_in_which_it_arose(step: Any) -> None:
    with pytest.raises(XiaomiOAuthError) as caught, at_step(step):
        raise XiaomiOAuthError("x")
    assert caught.value.step == step


def test_the_innermost_step_counts() -> None:
    with pytest.raises(XiaomiOAuthError) as caught, at_step("userinfo"), at_step("refresh"):
        raise XiaomiOAuthError("x")
    assert caught.value.step == "refresh"


def test_other_errors_have_no_step() -> None:
    with pytest.raises(KeyError), at_step("api"):
        raise KeyError


@pytest.mark.parametrize(
    ("word", "again"),
    [("temporarily_unavailable", True), ("invalid_grant", False), ("invalid_response", False)],
)
def test_what_may_succeed_later_says_so(word: str, again: bool) -> None:
    assert XiaomiOAuthError(word).retryable is again


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
