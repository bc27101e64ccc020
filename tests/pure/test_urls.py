"""URLs: which may get credentials, which may be a callback, which are Xiaomi's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authlib_xiaomi._core.urls import (
    api_url,
    check_endpoint,
    check_redirect_uri,
    same_origin,
    with_origin,
)

from .settings import patient

# Endpoints


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example", "HTTPS://X.example/a?b", "https://x.example:8443/",
        "http://127.0.0.1:5000/", "http://127.8.9.1/", "http://localhost:8000/oauth2/token",
        "http://xiaomi.localhost/", "http://[::1]:5000/",
    ],
)  # fmt: skip
def test_an_endpoint_is_encrypted_or_on_this_machine(url: str) -> None:
    assert check_endpoint("api_base_url", url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://open.account.xiaomi.com/", "HTTP://x.example/", "http://192.168.1.5:8000/",
        "http://0.0.0.0/", "http://localhost.example/", "http://notlocalhost/", "http://[::2]/",
        "http://127.0.0.1.example/", "http://127.0.0.1@x.example/",
    ],
)  # fmt: skip
def test_an_endpoint_in_clear_text_is_refused_by_the_options_name(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.delenv("AUTHLIB_INSECURE_TRANSPORT", raising=False)
    with pytest.raises(ValueError, match="access_token_url must start with https://") as caught:
        check_endpoint("access_token_url", url)
    assert "AUTHLIB_INSECURE_TRANSPORT=1" in str(caught.value)


def test_authlibs_own_switch_allows_clear_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    assert check_endpoint("access_token_url", "http://x.example/") == "http://x.example/"


@pytest.mark.parametrize(
    "url",
    [
        "", "x.example", "/oauth2/token", "//x.example/", "ftp://x.example/", "https://", "https:///x",
        "javascript:alert(1)", "https://[x.example/", "https://x.example:port/",
        "https://x.example:99999/", "https://x.example:0/", "https://x.example/a b",
        " https://x.example/", "https://x.example/\n", 5, True, None, b"https://x.example/",
        ["https://x.example/"],
    ],
)  # fmt: skip
def test_what_is_no_url_of_the_web_is_refused_by_the_options_name(url: Any) -> None:
    with pytest.raises(ValueError, match="api_base_url must be a URL"):
        check_endpoint("api_base_url", url)


def test_an_endpoint_with_a_password_is_refused_and_not_shown() -> None:
    with pytest.raises(ValueError, match="access_token_url must not have a user name") as caught:
        check_endpoint("access_token_url", "https://me:a-password@x.example/token")
    assert "a-password" not in str(caught.value)


# Whether a URL is Xiaomi's

API = "https://open.account.xiaomi.com/"


@pytest.mark.parametrize(
    "url",
    [
        "https://open.account.xiaomi.com/user/profile", "https://open.account.xiaomi.com:443/x",
        "HTTPS://OPEN.Account.Xiaomi.com/x", "https://open.account.xiaomi.com?x",
        "https://user:password@open.account.xiaomi.com/x",
    ],
)  # fmt: skip
def test_scheme_host_and_port_make_the_origin(url: str) -> None:
    assert same_origin(url, API)


@pytest.mark.parametrize(
    "url",
    [
        "http://open.account.xiaomi.com/", "https://open.account.xiaomi.com:8443/",
        "https://account.xiaomi.com/", "https://open.account.xiaomi.com.evil.example/",
        "https://open.account.xiaomi.com@evil.example/", "https://evil.example/?open.account.xiaomi.com",
        "https://evil.example#@open.account.xiaomi.com/", "//open.account.xiaomi.com/",
        "user/profile", "",
    ],
)  # fmt: skip
def test_what_only_looks_like_xiaomi_is_another_origin(url: str) -> None:
    assert not same_origin(url, API)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("user/profile", "https://open.account.xiaomi.com/user/profile"),
        ("/user/profile?x=1", "https://open.account.xiaomi.com/user/profile?x=1"),
        ("https://x.example/a", "https://x.example/a"),
        ("http://x.example/a", "http://x.example/a"),
    ],
)
def test_a_path_is_one_of_the_open_api(url: str, expected: str) -> None:
    assert api_url(API, url) == expected


def test_a_url_of_xiaomis_is_written_as_it_was_configured() -> None:
    url = with_origin("HTTPS://me:x@OPEN.account.xiaomi.com:443/a?b#c", API)
    assert url == "https://open.account.xiaomi.com/a?b#c"


# Callbacks


@pytest.mark.parametrize(
    "uri",
    [
        "https://abc.com/oauth",
        "http://localhost:5000/auth",
        "http://[::1]:5000/auth",
        "https://abc.com/oauth?next=/&x=%20",
        "https://例子.example/auth",
        "https://abc.com/" + "x" * 2000,
    ],
)
def test_an_absolute_url_passes(uri: str) -> None:
    assert check_redirect_uri(uri) == uri


class _Url:
    """As Starlette's and others' URL objects."""

    def __str__(self) -> str:
        return "https://abc.com/oauth"


def test_a_url_object_becomes_a_string() -> None:
    assert check_redirect_uri(_Url()) == "https://abc.com/oauth"


@pytest.mark.parametrize(
    "uri",
    [
        "", "/auth", "auth", "//abc.com/auth", "abc.com/auth", "localhost:5000/auth", "https://",
        "https:///auth", "http://:5000/auth", "https://abc.com:99999/",
        "https://abc.com:port/", "https://[abc.com/", "https://abc.com/a b", "https://abc.com/a\nb",
        " https://abc.com/auth", "https://abc.com/auth\t", None, 5, b"https://abc.com/auth",
        ["https://abc.com/auth"],
    ],
)  # fmt: skip
def test_what_is_no_absolute_url_is_refused_with_how_to_get_one(uri: Any) -> None:
    with pytest.raises(ValueError, match="is no absolute URL") as caught:
        check_redirect_uri(uri)
    for way in ("_external=True", "request.url_for", "build_absolute_uri"):
        assert way in str(caught.value)


def test_a_long_thing_is_not_quoted_in_full() -> None:
    with pytest.raises(ValueError, match="is no absolute URL") as caught:
        check_redirect_uri("x" * 5000)
    assert len(str(caught.value)) < 600


@patient
@given(st.text())
def test_any_text_is_a_url_or_a_value_error(text: str) -> None:
    try:
        assert check_redirect_uri(text) == text
    except ValueError as error:
        assert "is no absolute URL" in str(error)  # noqa: PT017  # either is right
