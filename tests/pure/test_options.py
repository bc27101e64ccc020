"""Options: what they may be, and what a developer reads who got one wrong."""

from __future__ import annotations

from typing import Any

import pytest

from authlib_xiaomi.options import (
    check_refresh_lock,
    check_url,
    parse_client_id,
    parse_flag,
    reject_misspelt,
)

KNOWN = (
    "client_id", "client_secret", "scope", "skip_confirm", "subject", "redirect_uri", "mac",
    "timeout", "authorize_url", "access_token_url", "api_base_url", "authorize_params",
    "client_kwargs", "refresh_lock", "token_endpoint", "authorization_endpoint",
)  # fmt: skip


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("skip_confrim", "skip_confirm"),
        ("skipconfirm", "skip_confirm"),
        ("skip_confirms", "skip_confirm"),
        ("redirect_url", "redirect_uri"),
        ("redirecturi", "redirect_uri"),
        ("subjet", "subject"),
        ("scopes", "scope"),
        ("client_ids", "client_id"),
        ("clientid", "client_id"),
        ("client_secrets", "client_secret"),
        ("authorise_url", "authorize_url"),
        ("access_tokens_url", "access_token_url"),
        ("api_base_uri", "api_base_url"),
        ("authorize_param", "authorize_params"),
        ("client_kwarg", "client_kwargs"),
        ("time_out", "timeout"),
        ("refresh_locks", "refresh_lock"),
        ("Scope", "scope"),
    ],
)
def test_a_misspelt_option_is_refused_with_the_right_one(written: str, meant: str) -> None:
    with pytest.raises(TypeError) as caught:
        reject_misspelt("register('xiaomi')", {written: 1}, KNOWN)
    assert str(caught.value) == (f"register('xiaomi') got {written!r}; did you mean {meant!r}?")


@pytest.mark.parametrize(
    "name",
    [
        *KNOWN, "issuer", "jwks_uri", "userinfo_endpoint", "response_type", "prompt", "_loaded_at",
        "grant_type", "custom", "x",
        # What a discovery document has (RFC 8414).
        "scopes_supported", "response_types_supported", "grant_types_supported",
        "token_endpoint_auth_methods_supported", "revocation_endpoint",
        "revocation_endpoint_auth_methods_supported", "introspection_endpoint",
        "code_challenge_methods_supported", "registration_endpoint",
        "device_authorization_endpoint",
        "authorization_response_iss_parameter_supported", "subject_types_supported",
        "claims_supported", "pushed_authorization_request_endpoint", "end_session_endpoint",
        "token_endpoint_auth_signing_alg_values_supported",
    ],
)  # fmt: skip
def test_other_names_pass(name: str) -> None:
    known = (*KNOWN, "token_endpoint_auth_method", "revocation_endpoint_auth_method",
             "code_challenge_method")  # fmt: skip
    reject_misspelt("register('xiaomi')", {name: 1}, known)


@pytest.mark.parametrize(
    ("client_id", "expected"),
    [
        (None, None),
        ("2882303761520251711", "2882303761520251711"),
        (2882303761520251711, "2882303761520251711"),
    ],
)
def test_an_appid_is_a_string_or_a_whole_number(client_id: Any, expected: str | None) -> None:
    assert parse_client_id(client_id) == expected


@pytest.mark.parametrize("client_id", [2.882303761520251711e18, True, b"288", ["288"], object()])
def test_another_appid_is_refused(client_id: Any) -> None:
    with pytest.raises(ValueError, match=f"not? .*{type(client_id).__name__}|client_id cannot be"):
        parse_client_id(client_id)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), ("true", True), ("False", False), ("TRUE", True)],
)
def test_a_flag_may_come_from_a_configuration_file(value: Any, expected: bool) -> None:
    assert parse_flag("skip_confirm", value) is expected


@pytest.mark.parametrize("value", [1, 0, None, "", "yes", "1", [], "true "])
def test_another_flag_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="skip_confirm must be True or False, not"):
        parse_flag("skip_confirm", value)


@pytest.mark.parametrize(
    "url", [None, "https://x.example", "http://127.0.0.1:5000/", "HTTPS://X.example/a?b"]
)
def test_a_url_of_the_web_passes(url: str | None) -> None:
    assert check_url("api_base_url", url) == url


@pytest.mark.parametrize(
    "url",
    [
        "", "x.example", "/oauth2/token", "//x.example/", "ftp://x.example/", "https://", "https:///x",
        "javascript:alert(1)", "https://[x.example/", "https://x.example:port/",
        "https://x.example:99999/", "https://x.example/a b", " https://x.example/",
        "https://x.example/\n", 5, True, b"https://x.example/", ["https://x.example/"],
    ],
)  # fmt: skip
def test_what_is_no_url_of_the_web_is_refused_by_the_options_name(url: Any) -> None:
    with pytest.raises(ValueError, match="api_base_url must be a URL"):
        check_url("api_base_url", url)


@pytest.mark.parametrize("lock", [None, lambda key: None, dict])
def test_a_refresh_lock_can_be_called(lock: Any) -> None:
    assert check_refresh_lock(lock) is lock


@pytest.mark.parametrize("lock", ["redis", 5, object(), {}])
def test_another_refresh_lock_is_refused_with_an_example(lock: Any) -> None:
    with pytest.raises(TypeError, match="refresh_lock=lambda key"):
        check_refresh_lock(lock)
