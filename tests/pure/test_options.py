"""Options: what they may be, and what a developer reads who got one wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authlib_xiaomi import Scope, XiaomiOAuthError
from authlib_xiaomi._core.options import (
    OPTIONS,
    Options,
    describe_options,
    parse_client_id,
    parse_client_secret,
    parse_flag,
)
from authlib_xiaomi._core.settings import ENVIRONMENT, reject_unknown, with_environment

from .settings import patient

# Names


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("skip_confrim", "skip_confirm"),
        ("skipconfirm", "skip_confirm"),
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
        ("time_out", "timeout"),
        ("refresh_locks", "refresh_lock"),
        ("retry_backof", "retry_backoff"),
        ("max_connection", "max_connections"),
        ("Scope", "scope"),
    ],
)
def test_a_misspelt_option_is_refused_with_the_right_one(written: str, meant: str) -> None:
    with pytest.raises(TypeError) as caught:
        reject_unknown("register('xiaomi')", {written: 1}, OPTIONS)
    assert str(caught.value) == f"register('xiaomi') got {written!r}; did you mean {meant!r}?"


@pytest.mark.parametrize(
    "name",
    [
        *OPTIONS, "issuer", "response_type", "prompt", "_loaded_at", "grant_type", "custom", "x",
        # What a discovery document has (RFC 8414).
        "scopes_supported", "response_types_supported", "grant_types_supported",
        "token_endpoint_auth_methods_supported", "revocation_endpoint",
        "revocation_endpoint_auth_methods_supported", "introspection_endpoint",
        "code_challenge_methods_supported", "registration_endpoint",
        "device_authorization_endpoint", "authorization_response_iss_parameter_supported",
        "subject_types_supported", "claims_supported", "pushed_authorization_request_endpoint",
        "end_session_endpoint", "token_endpoint_auth_signing_alg_values_supported",
    ],
)  # fmt: skip
def test_options_and_metadata_pass(name: str) -> None:
    reject_unknown("register('xiaomi')", {name: 1}, OPTIONS)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("userinfo_endpoint", "api_base_url"),
        ("jwks_uri", "no key"),
        ("jwks", "no key"),
        ("token_updater", "update_token"),
    ],
)
def test_what_xiaomi_cannot_have_is_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(TypeError, match=f"cannot take {name}: .*{reason}"):
        reject_unknown("register('xiaomi')", {name: 1}, OPTIONS)


def test_each_option_is_described_with_its_default() -> None:
    lines = describe_options().splitlines()
    assert len(lines) == len(OPTIONS)
    for (name, option), line in zip(OPTIONS.items(), lines, strict=True):
        assert line.strip().startswith(f":param {name}: ")
        assert option.default in line


def test_the_environment_gives_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.setenv(f"MI_TWO_{name}".upper(), f"env {name}")
    found = with_environment("mi_two", {"client_id": "288", "scope": None, "timeout": 5})
    assert found == {
        **{name: f"env {name}" for name in ENVIRONMENT},
        "client_id": "288",
        "timeout": 5,
    }


def test_an_empty_variable_of_the_environment_gives_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XIAOMI_CLIENT_ID", "")
    assert "client_id" not in with_environment("xiaomi", {})


# AppID and AppSecret


@pytest.mark.parametrize(
    ("client_id", "expected"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ("2882303761520251711", "2882303761520251711"),
        (" 2882303761520251711\n", "2882303761520251711"),
        (2882303761520251711, "2882303761520251711"),
    ],
)
def test_an_appid_is_a_decimal_number(client_id: Any, expected: str | None) -> None:
    assert parse_client_id("client_id", client_id) == expected


@pytest.mark.parametrize(
    ("client_id", "fault"),
    [
        (2.882303761520251711e18, "float"),
        ("2.882303761520251711e18", "float"),
        ("2882303761520251711.0", "float"),
        ('"2882303761520251711"', "quotes"),
        ("'2882303761520251711'", "quotes"),
        ("2882 3037", "white space"),
        ("your-app-id", "other characters than digits"),
        ("２８８２", "other characters than digits"),
        ("-5", "other characters than digits"),
        (-5, "other characters than digits"),
        (0, "other characters than digits"),
        (True, "bool"),
        (b"288", "bytes"),
        (["288"], "list"),
        (Decimal(288), "Decimal"),
    ],
)
def test_another_appid_is_refused_with_what_is_wrong(client_id: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=f"^client_id .*{fault}.*: give Xiaomi's AppID"):
        parse_client_id("client_id", client_id)


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        (None, None),
        ("", None),
        (" \n", None),
        ("s3cret+/=", "s3cret+/="),
        (" s3cret\n", "s3cret"),
        ("two words", "two words"),
        ("'", "'"),
        (1234567890123456789012, "1234567890123456789012"),
    ],
)
def test_an_appsecret_is_a_text_or_a_number_that_is_exact(
    secret: Any, expected: str | None
) -> None:
    assert parse_client_secret("client_secret", secret) == expected


@pytest.mark.parametrize(
    ("secret", "fault"),
    [
        ('"made-up"', "quotes"),
        ("'made-up'", "quotes"),
        (1.5, "float"),
        (True, "bool"),
        (b"made-up", "bytes"),
        (["made-up"], "list"),
    ],
)
def test_another_appsecret_is_refused_and_not_shown(secret: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=f"^client_secret .*{fault}") as caught:
        parse_client_secret("client_secret", secret)
    assert "made-up" not in str(caught.value)


# Values


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True), (False, False), ("true", True), ("False", False), ("TRUE", True),
        ("1", True), ("0", False), (" true ", True),
    ],
)  # fmt: skip
def test_a_flag_may_come_from_a_configuration_file(value: Any, expected: bool) -> None:
    assert parse_flag("skip_confirm", value) is expected


@pytest.mark.parametrize("value", [1, 0, None, "", "yes", "t rue", []])
def test_another_flag_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="skip_confirm must be True or False, not"):
        parse_flag("skip_confirm", value)


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("scope", [Scope.PROFILE, "3 openid"], "scope", "1 3 openid"),
        ("redirect_uri", "http://localhost/auth", "redirect_uri", "http://localhost/auth"),
        ("skip_confirm", "True", "skip_confirm", True),
        ("subject", "openId", "subject", "openId"),
        ("mac", "auto", "mac", "auto"),
        ("mac", " AUTO ", "mac", "auto"),
        ("mac", True, "mac", True),
        ("mac", "false", "mac", False),
        ("timeout", 3, "timeout", 3),
        ("timeout", (3.05, 27), "timeout", (3.05, 27)),
        ("timeout", (None, 27), "timeout", (None, 27)),
        ("pool_timeout", 5, "pool_timeout", 5),
        ("max_connections", 7, "max_connections", 7),
        ("max_response_size", 1000, "max_response_size", 1000),
        ("max_api_response_size", 1000, "max_api_response_size", 1000),
        ("authorize_url", "https://x.example/a", "authorize_url", "https://x.example/a"),
        ("authorization_endpoint", "https://x.example/a", "authorize_url", "https://x.example/a"),
        ("token_endpoint", "https://x.example/t", "access_token_url", "https://x.example/t"),
        ("api_base_url", "https://x.example/", "api_base_url", "https://x.example/"),
        ("token_endpoint_auth_method", "none", "token_endpoint_auth_method", "none"),
    ],
)
def test_an_option_is_taken_as_it_is_meant(
    name: str, value: Any, field: str, expected: Any
) -> None:
    assert getattr(Options.of({name: value}), field) == expected


@pytest.mark.parametrize("name", sorted({*OPTIONS} - {"timeout"}))
def test_nothing_given_is_the_default(name: str) -> None:
    assert Options.of({name: None}) == Options.of({}) == Options()


def test_the_defaults_are_those_of_the_live_clients() -> None:
    options = Options()
    assert options.mac == "auto"
    assert options.seconds() == (5, 10)
    assert options.scope == "1"
    assert not options.skip_confirm
    assert options.subject == "unionId"


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("subject", ["unionid", "union_id", "sub", "", 1, ["unionId"], {}],
         "choose one of 'unionId', 'openId', 'userId'"),
        ("mac", ["yes", "", 1, 0, [], object()], 'mac must be True or False or "auto", not'),
        ("timeout", ["5", b"5", True, 0, -1, float("nan"), float("inf"), (5, "5"), (0, 5), [5, 5],
                     {"read": 5}],
         "timeout must be a number of seconds above 0"),
        ("default_timeout", ["5", True, 0], "default_timeout must be a number of seconds"),
        ("leeway", ["60", True, [], (1,), float("nan"), float("inf"), -float("inf")],
         "leeway must be a number of seconds"),
        ("pool_timeout", ["60", True, [], -1, float("nan")],
         "pool_timeout must be a number of seconds"),
        ("max_connections", [0, -1, 1.5, "7", True], "max_connections must be a whole number"),
        ("max_response_size", [0, 1.5, "7"], "max_response_size must be a whole number"),
        ("max_api_response_size", [0, "7"], "max_api_response_size must be a whole number"),
        ("retry_backoff", ["0.1", ("0.1",), (True,), (-1,), True, {}, (float("nan"),)],
         "retry_backoff must be"),
        ("skip_confirm", [1, "yes", "", []], "skip_confirm must be True or False"),
        ("redirect_uri", ["/auth", 5, ""], "is no absolute URL"),
        ("scope", ["profile", "", 0, {}], "scope"),
        ("token_endpoint_auth_method", ["client_secret_basic", "private_key_jwt"],
         "client_id and client_secret in the form"),
    ],
)  # fmt: skip
def test_another_value_is_refused_by_the_options_name(
    name: str, values: list[Any], message: str
) -> None:
    for value in values:
        with pytest.raises(ValueError, match=message):
            OPTIONS[name].parse(name, value)


class TestRetryBackoff:
    """``retry_backoff``: seconds before each repetition."""

    @pytest.mark.parametrize(
        ("value", "backoff"),
        [((), ()), ((0, 0), (0, 0)), ([0.1], (0.1,)), ((1, 2.5, 5), (1, 2.5, 5)), (2, (2, 2))],
    )
    def test_may_be_several_or_one_number(self, value: Any, backoff: tuple[float, ...]) -> None:
        assert Options.of({"retry_backoff": value}).retry.backoff == backoff

    def test_is_short_and_grows_by_default(self) -> None:
        backoff = Options().retry.backoff
        assert len(backoff) == 2
        assert list(backoff) == sorted(set(backoff))
        assert sum(backoff) <= 1


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [
        (None, (None, None)),
        (3, (3, 3)),
        ((3.05, 27), (3.05, 27)),
        ((None, 27), (None, 27)),
        ((1, 2, 3, 4), (1, 2)),
    ],
)
def test_a_timeout_limits_connecting_and_answering(timeout: Any, seconds: Any) -> None:
    assert Options.of({"timeout": timeout}).seconds() == seconds


@patient
@given(
    st.sampled_from(sorted(OPTIONS)),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
    | st.lists(st.integers() | st.text()) | st.dictionaries(st.text(), st.text()),
)  # fmt: skip
def test_any_value_is_taken_or_refused_by_a_value_error(name: str, value: Any) -> None:
    try:
        options = Options.of({name: value})
    except (ValueError, XiaomiOAuthError) as error:
        assert str(error)  # noqa: PT017  # either is right
        return
    assert options.time_limit > 0
