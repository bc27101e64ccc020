"""Xiaomi's rule for callbacks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authlib_xiaomi._tools.callbacks import mismatch, registered_uris
from authlib_xiaomi.redirect_uri import check_redirect_uri

from .settings import patient

REGISTERED = "https://abc.com/oauth"


@pytest.mark.parametrize(
    "uri",
    [
        "https://abc.com/oauth",
        "https://abc.com:443/oauth",
        "https://ABC.com/oauth",
        "HTTPS://abc.com/oauth",
        "https://abc.com/oauth/",
        "https://abc.com/oauth?x=1",
        "https://abc.com/oauth#part",
        "https://abc.com/oauth/path",
        "https://x.abc.com/oauth/path?x=1",
        "https://y.x.abc.com/oauth",
    ],
)
def test_the_same_or_below_matches(uri: str) -> None:
    assert mismatch(uri, REGISTERED) is None


@pytest.mark.parametrize(
    ("uri", "part"),
    [
        ("http://abc.com/oauth", "scheme"),
        ("app://abc.com/oauth", "scheme"),
        ("https://abc.com:8080/oauth", "port"),
        ("https://abc.com:80/oauth", "port"),
        ("https://abc.cn/oauth", "host"),
        ("https://xabc.com/oauth", "host"),
        ("https://abc.com.cn/oauth", "host"),
        ("https://abc.com@evil.example/oauth", "host"),
        ("https://com/oauth", "host"),
        ("https://abc.com/", "path"),
        ("https://abc.com", "path"),
        ("https://abc.com/oauth2", "path"),
        ("https://abc.com/x/oauth", "path"),
        ("https://abc.com/Oauth", "path"),
        ("https://abc.com/oauth/../admin", "path"),
        ("https://abc.com/oauth/..", "path"),
    ],
)
def test_the_part_that_differs_is_named(uri: str, part: str) -> None:
    assert mismatch(uri, REGISTERED) == part


def test_the_first_part_that_differs_is_named() -> None:
    assert mismatch("http://abc.cn:81/x", REGISTERED) == "scheme"


@pytest.mark.parametrize("registered", ["https://abc.com", "https://abc.com/"])
def test_a_callback_without_path_admits_every_path(registered: str) -> None:
    assert mismatch("https://abc.com/any/where", registered) is None


def test_several_callbacks_are_separated_by_semicolons() -> None:
    text = " https://abc.com/oauth ;http://localhost;; "
    assert registered_uris(text) == ["https://abc.com/oauth", "http://localhost"]


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
