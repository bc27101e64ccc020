"""The table of what differs between the live service and the documents."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from authlib_xiaomi.sandbox.checks import check_options
from authlib_xiaomi.sandbox.modes import MODES, TABLE, Options, mode


def test_the_table_has_every_option_once() -> None:
    assert list(TABLE) == list(get_type_hints(Options))


@pytest.mark.parametrize("like", MODES)
def test_each_value_of_a_mode_is_one_that_its_option_takes(like: str) -> None:
    check_options(mode(like))


def test_the_modes_differ_where_code_that_runs_differs_from_the_documents() -> None:
    live, documents = mode("live"), mode("documents")
    assert (live["error_status"], documents["error_status"]) == (400, 200)
    assert live["token_expires_in"] == 3 * 86400
    assert live["refresh_token_expires_in"] == 90 * 86400
    differing = {name for name, (one, other) in TABLE.items() if one != other}
    assert differing == {
        "lenient_skip_confirm",
        "default_scope",
        "openid",
        "https_for_http",
        "non_ascii_query",
        "error_status",
        "auth_token_endpoint",
        "token_expires_in",
        "refresh_token_expires_in",
        "mac_algorithm",
        "one_refresh_token",
        "encoded_nonce",
        "signed_values",
        "open_id_key",
        "friends",
        "missing_scope_code",
        "old_app_union_id",
    }


@pytest.mark.parametrize(
    ("like", "error", "message"),
    [
        ("dead", ValueError, "like is 'dead'; it must be one of: live / documents"),
        (1, TypeError, "like is a string, not int"),
    ],
)
def test_a_mode_that_does_not_exist_is_refused(
    like: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        mode(like)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"prefix": 1}, TypeError, "prefix is True or False, not 1"),
        (
            {"declined": "no"},
            ValueError,
            "declined is 'no'; it must be one of: number / word / name",
        ),
        ({"refresh_post": 405}, TypeError, "refresh_post is one of taken / 404 / .*, not 405"),
        ({"error_status": "400"}, TypeError, "error_status is an HTTP status, not '400'"),
        ({"error_status": 600}, ValueError, "error_status is 600; it must be from 200 to 599"),
        ({"token_expires_in": True}, TypeError, "token_expires_in is a whole number of seconds"),
        ({"code_expires_in": 0}, ValueError, "code_expires_in is 0; it must be a second or more"),
        ({"grant_type_code": -1}, ValueError, "grant_type_code is -1; it must be positive"),
        ({"mac_algorithm": b"x"}, TypeError, "mac_algorithm is a string, not bytes"),
        ({"content_type": "a\r\nb"}, ValueError, "content_type is .* must be printable ASCII"),
        ({"mac_algorithm": " "}, ValueError, "mac_algorithm is ' '; .* not empty"),
        ({"error_texts": "text"}, TypeError, "error_texts maps error numbers to texts"),
        ({"error_texts": {"96013": "x"}}, TypeError, "error_texts maps error numbers to texts"),
        ({"error_texts": {True: "x"}}, TypeError, "error_texts maps error numbers to texts"),
        ({"error_texts": {96013: 1}}, TypeError, "error_texts maps error numbers to texts"),
    ],
)
def test_a_value_that_an_option_cannot_have_is_refused(
    options: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        check_options(options)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("error_statuses", "unexpected keyword argument 'error_statuses'; did you mean 'error_st"),
        ("x", "unexpected keyword argument 'x'$"),
    ],
)
def test_an_option_that_does_not_exist_is_refused(name: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        check_options({name: True})
