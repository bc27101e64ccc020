"""The way to Xiaomi's pages and back: what goes there, and what a callback says."""

from __future__ import annotations

from typing import Any

import pytest
from authlib.integrations.base_client import MismatchingStateError
from authlib.oauth2.rfc6749 import MissingCodeException
from hypothesis import given
from hypothesis import strategies as st

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi._core.authorization import (
    authorization_params,
    callback_params,
    code_from_callback,
    reject_speculative,
    require_state,
)

from .settings import patient

CALLBACK = "https://site.example/auth"


def params(**given: Any) -> dict[str, Any]:
    defaults = {"redirect_uri": CALLBACK, "scope": "1", "skip_confirm": False, "extra": {}}
    return authorization_params("288", **{**defaults, **given})


# What goes there


@pytest.mark.parametrize(
    ("value", "sent"), [(True, "true"), (False, "false"), ("TRUE", "true"), ("0", "false")]
)
def test_skip_confirm_is_always_sent_in_lower_case(value: Any, sent: str) -> None:
    assert params(skip_confirm=value)["skip_confirm"] == sent


def test_other_parameters_go_along() -> None:
    extra = {"_locale": "zh_CN", "device_id": "d1", "pt": True}
    assert params(extra=extra) == {
        "redirect_uri": CALLBACK,
        "scope": "1",
        "skip_confirm": "false",
        "_locale": "zh_CN",
        "device_id": "d1",
        "pt": "true",
    }


def test_a_health_service_gets_the_parameter_that_it_wants() -> None:
    assert params(scope="1 200005")["scope_provider"] == "healthkit"
    own = params(scope="200005", extra={"scope_provider": "other"})
    assert own["scope_provider"] == "other"
    assert "scope_provider" not in params(scope="1 openid 12005 99999")


@pytest.mark.parametrize("missing", [None, ""])
def test_a_missing_appid_is_told_with_all_the_places_for_it(missing: Any) -> None:
    with pytest.raises(XiaomiOAuthError, match="client_id is missing") as caught:
        authorization_params(
            missing, redirect_uri=CALLBACK, scope="1", skip_confirm=False, extra={}
        )
    assert caught.value.error == "invalid_client"
    for place in ("register()", "XIAOMI_CLIENT_ID", "AUTHLIB_OAUTH_CLIENTS", "environment"):
        assert place in caught.value.hint


@pytest.mark.parametrize("uri", [None, "", "/auth", "site.example/auth"])
def test_a_callback_that_is_no_url_is_told(uri: Any) -> None:
    with pytest.raises(XiaomiOAuthError, match="redirect_uri") as caught:
        params(redirect_uri=uri)
    assert caught.value.error == "invalid_request"


# The address of a callback, as people paste it


@pytest.mark.parametrize(
    "frame",
    [
        "{}", "  {}\r\n", '"{}"', "'{}'", "<{}>", "“{}”", "「{}」", "`{}`", '<"{}">', "{}#",
        "{}#_=_",
    ],
)  # fmt: skip
def test_a_pasted_address_may_have_something_around_it(frame: str) -> None:
    url = frame.format(f"{CALLBACK}?code=C3_1&state=s")
    assert callback_params(url)["code"] == "C3_1"
    assert callback_params(url)["state"].startswith("s")


@pytest.mark.parametrize(
    "url",
    [
        f"{CALLBACK}?code=C3_1&amp;state=s",
        f"{CALLBACK}?code=C3_1&\n  state=s",
        f"{CALLBACK}?code=C3_\r\n1&state=s",
        "?code=C3_1&state=s",
        "http://localhost/认证?code=C3_1&state=s",
    ],
)
def test_a_pasted_address_may_have_something_in_it(url: str) -> None:
    assert callback_params(url) == {"code": "C3_1", "state": "s"}


def test_the_parameters_of_an_address_are_decoded() -> None:
    url = f"{CALLBACK}?error=96012&error_description=%E6%8B%92%E7%BB%9D+it&state=a%2Bb&x="
    assert callback_params(url) == {
        "error": "96012",
        "error_description": "拒绝 it",
        "state": "a+b",
    }


@pytest.mark.parametrize(
    "text",
    ["", CALLBACK, "C3_1", "code", f"{CALLBACK}?x=1", "https://[", "code: C3_1 state: s", None, 5,
     f"{CALLBACK}#code=C3_1"],
)  # fmt: skip
def test_what_is_no_callbacks_address_is_called_so(text: Any) -> None:
    with pytest.raises(XiaomiOAuthError, match="not the address of a callback") as caught:
        callback_params(text)
    assert (caught.value.error, caught.value.step) == ("invalid_request", "callback")
    assert "whole address" in caught.value.hint


def test_the_implicit_grant_is_said_to_have_ended() -> None:
    with pytest.raises(XiaomiOAuthError) as caught:
        callback_params(f"{CALLBACK}#access_token=V3_1&state=s")
    assert "implicit grant ended" in caught.value.hint
    assert "V3_1" not in str(caught.value)


# What a callback says


@pytest.mark.parametrize("found", [{}, {"state": ""}, {"state": None}, {"state": ["s"]}])
def test_a_callback_without_state_is_refused(found: Any) -> None:
    with pytest.raises(MismatchingStateError, match="brought no state") as caught:
        require_state({"code": "C3_1", **found})
    assert (caught.value.error, caught.value.step) == ("mismatching_state", "callback")


def test_a_callback_brings_its_state_and_code() -> None:
    found = {"code": "C3_1", "state": "s"}
    assert (require_state(found), code_from_callback(found)) == ("s", "C3_1")


@pytest.mark.parametrize("text", [{}, {"error_description": ""}, {"error_description": "declined"}])
@pytest.mark.parametrize("error", ["96012", 96012, "access_denied", "OA_ACCESS_DENIED"])
def test_a_user_who_declines_is_told_in_each_form(error: Any, text: Any) -> None:
    with pytest.raises(XiaomiOAuthError) as caught:
        code_from_callback({"error": error, "code": "C3_1", **text})
    found = caught.value
    assert (found.error, found.code, found.step) == ("access_denied", 96012, "callback")


@pytest.mark.parametrize("found", [{}, {"code": ""}, {"code": None}, {"code": ["C3_1"]}])
def test_a_callback_with_neither_code_nor_error_misses_the_code(found: Any) -> None:
    with pytest.raises(MissingCodeException) as caught:
        code_from_callback({"state": "s", **found})
    assert isinstance(caught.value, XiaomiOAuthError)
    assert (caught.value.error, caught.value.step) == ("missing_code", "callback")


# Requests ahead of the user


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"sec-purpose": "prefetch"}),
        ("GET", {"sec-purpose": "prefetch;prerender"}),
        ("GET", {"purpose": "Prefetch"}),
        ("GET", {"purpose": "preview"}),
        ("GET", {"x-moz": "prefetch"}),
        ("GET", {"x-purpose": "preview"}),
        ("POST", {"sec-purpose": "prerender"}),
    ],
)
def test_a_request_ahead_of_the_user_is_refused(method: str, headers: dict[str, str]) -> None:
    with pytest.raises(XiaomiOAuthError) as caught:
        reject_speculative(method, headers)
    assert (caught.value.error, caught.value.step) == ("speculative_request", "callback")
    assert "204" in caught.value.hint


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "headers", [{}, {"sec-purpose": ""}, {"x-moz": "livebookmarks"}, {"referer": "prefetch"}]
)
def test_a_users_own_request_passes(method: str, headers: dict[str, str]) -> None:
    reject_speculative(method, headers)


@patient
@given(st.text())
def test_any_text_is_a_callbacks_address_or_an_error(text: str) -> None:
    for url in (text, f"{CALLBACK}?{text}", f"https://{text}"):
        try:
            found = callback_params(url)
        except XiaomiOAuthError as error:
            assert error.step == "callback"  # noqa: PT017  # either is right
            continue
        assert {"code", "error", "state"} & found.keys()
