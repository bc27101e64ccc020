"""Anything that may come from Xiaomi, or from who says to be it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi._core.authorization import callback_params, code_from_callback
from authlib_xiaomi._core.credentials import Credentials
from authlib_xiaomi._core.options import OPTIONS, Options
from authlib_xiaomi._core.responses import (
    PrefixStripper,
    nonce_was_used,
    parse_api_data,
    parse_token,
    post_is_refused,
    refusal_code,
    strip_prefix,
)
from authlib_xiaomi._core.tokens import XiaomiToken, epoch_seconds
from authlib_xiaomi._core.urls import check_endpoint, check_redirect_uri, same_origin
from authlib_xiaomi._core.userinfo import needed_paths, user_of
from authlib_xiaomi._tools.callbacks import differences
from authlib_xiaomi.redaction import redact, redacting
from authlib_xiaomi.scopes import format_scope, granted_scopes

NAMES = st.sampled_from(
    ["access_token", "refresh_token", "expires_in", "expires_at", "mac_key", "mac_algorithm",
     "token_type", "scope", "openId", "union_id", "unionId", "userId", "openid", "error",
     "error_description", "result", "code", "description", "data", "miliaoNick", "miliaoIcon",
     "phone", "email", "sub", "name", "picture", "email_verified", " token_type ", ""]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(["ok", "error", "96008", " 96010", "0", "1 3", "mac", "HmacSha1"]),
    st.integers(96000, 96020),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=8)
STATUSES = st.sampled_from([200, 201, 302, 400, 401, 403, 404, 429, 500, 503])


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """From quite like an answer of Xiaomi's to quite unlike one."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=400))
    text = json.dumps(draw(OBJECTS), ensure_ascii=draw(st.booleans()))
    body = text.encode("utf-8", "surrogatepass")
    prefix = draw(st.sampled_from([b"", b"&&&START&&&", b"&&&START&&& ", b"\n &&&START&&&\r\n"]))
    body = prefix + body
    cut = draw(st.integers(0, len(body)))
    return body[:cut] + draw(st.binary(max_size=3)) + body[cut:] if draw(st.booleans()) else body


@given(bodies(), STATUSES)
def test_an_answer_of_the_token_endpoint_is_a_token_or_an_error(body: bytes, status: int) -> None:
    try:
        token = parse_token(body, status)
    except XiaomiOAuthError as error:
        assert error.error
        assert len(str(error).splitlines()) == 1
        return
    assert isinstance(token, XiaomiToken)
    assert isinstance(token["access_token"], str)
    assert token["access_token"]
    assert isinstance(token.get("expires_at", 0), int)
    json.dumps(token).encode()


@given(bodies(), STATUSES, OBJECTS, st.sampled_from(["unionId", "openId", "userId"]))
def test_an_answer_of_the_open_api_is_a_user_or_an_error(
    body: bytes, status: int, token: dict[str, Any], subject: str
) -> None:
    nonce_was_used(body)
    assert refusal_code(body) is None or refusal_code(body) >= 0
    assert not (post_is_refused(body, status) and status >= 500)
    stripper = PrefixStripper()
    assert stripper.feed(body[:5]) + stripper.feed(body[5:]) + stripper.end() == strip_prefix(body)
    try:
        data = parse_api_data(body, status)
        info = user_of(token, [("user/profile", data)], subject)
    except XiaomiOAuthError:
        return
    assert isinstance(info["sub"], str)
    assert info["sub"].strip() == info["sub"] != ""
    assert "email_verified" not in info
    json.dumps(info).encode()


@given(VALUES, OBJECTS)
def test_a_tokens_scope_can_be_anything(scope: Any, token: dict[str, Any]) -> None:
    granted = granted_scopes(scope, "1")
    assert granted
    try:
        paths = needed_paths(token, granted, "openId")
    except XiaomiOAuthError as error:
        assert error.error == "invalid_response"  # an id that is not valid
        return
    assert len(paths) == len(set(paths))


@given(VALUES)
def test_a_scope_is_numbers_or_an_error(scope: Any) -> None:
    try:
        text = format_scope(scope)
    except ValueError:
        return
    numbers = [word for word in text.split(" ") if word != "openid"]
    assert numbers
    assert all(int(number) > 0 for number in numbers)


@given(OBJECTS)
def test_a_callback_is_a_code_or_an_error(params: dict[str, Any]) -> None:
    try:
        code = code_from_callback(params)
    except XiaomiOAuthError as error:
        assert len(str(error).splitlines()) == 1
        return
    assert code == params["code"]


@given(st.text(), st.text())
def test_a_pasted_address_is_a_callbacks_or_an_error(before: str, after: str) -> None:
    for text in (before, f"{before}https://a.example/auth?code=C3_1&{after}"):
        try:
            params = callback_params(text)
        except XiaomiOAuthError as error:
            assert len(str(error).splitlines()) == 1
            continue
        assert {"code", "error", "state"} & params.keys()


@given(VALUES | st.datetimes() | st.datetimes(timezones=st.timezones()) | st.decimals())
def test_a_point_in_time_is_seconds_or_not_known(value: Any) -> None:
    found = epoch_seconds(value)
    assert found is None or (type(found) is int and abs(found) <= 10**10)
    XiaomiToken({"access_token": "a", "expires_at": value}).is_expired()


@given(st.sampled_from(sorted(OPTIONS)), VALUES | st.binary() | st.text())
def test_an_option_is_taken_or_an_error(name: str, value: Any) -> None:
    try:
        options = Options.of({name: value})
    except ValueError as error:
        assert str(error)
        return
    assert options.time_limit > 0


@given(st.text(), st.text())
def test_an_endpoint_is_encrypted_or_on_this_machine_or_an_error(one: str, other: str) -> None:
    for url in (one, f"https://{one}", f"http://{one}", f"http://localhost{one}"):
        try:
            checked = check_endpoint("api_base_url", url)
        except ValueError:
            continue
        host = urlsplit(checked).hostname or ""
        secure = urlsplit(checked).scheme == "https"
        assert secure or host.endswith("localhost") or host.startswith(("127.", "::1"))
        assert same_origin(checked, checked)
        same_origin(checked, "https://open.account.xiaomi.com/")


@given(st.text(), st.text())
def test_a_callbacks_url_is_one_or_an_error(one: str, other: str) -> None:
    for url in (one, f"https://{one}", f"https://a.example/{one}"):
        try:
            checked = check_redirect_uri(url)
        except ValueError:
            continue
        assert differences(checked, checked) in ((), ("path",))  # a path with .. is below nothing
        differences(checked, "https://a.example/")


@given(st.text(min_size=1), st.text(), st.text())
def test_credentials_stand_in_the_url_once_and_for_this_host(
    token: str, path: str, query: str
) -> None:
    own = Credentials.of({"access_token": token, "mac_key": "k"}, "1", True)
    try:
        url = own.url(f"https://open.account.xiaomi.com/{path}?{query}")
        header = own.authorization("GET", url)
    except (ValueError, UnicodeEncodeError):
        return  # what no HTTP library would have let through
    assert urlsplit(url).hostname == "open.account.xiaomi.com"
    names = [name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)]
    assert (names.count("clientId"), names.count("token")) == (1, 1)
    assert header is not None
    assert header.startswith('MAC access_token="')
    assert header.isascii()


@given(st.text(min_size=8), st.text(), st.text())
def test_a_hidden_secret_is_not_in_the_text(secret: str, before: str, after: str) -> None:
    with redacting(secret):
        assert secret not in redact(before + secret + after)
