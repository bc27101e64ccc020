"""Xiaomi's rule for callbacks."""

from __future__ import annotations

import pytest

from authlib_xiaomi._tools.callbacks import differences, registered_uris

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
    assert differences(uri, REGISTERED) == ()


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
    assert differences(uri, REGISTERED)[0] == part


def test_all_parts_that_differ_are_named_in_their_order() -> None:
    assert differences("http://abc.cn:81/x", REGISTERED) == ("scheme", "port", "host", "path")


@pytest.mark.parametrize("registered", ["https://abc.com", "https://abc.com/"])
def test_a_callback_without_path_admits_every_path(registered: str) -> None:
    assert differences("https://abc.com/any/where", registered) == ()


def test_several_callbacks_are_separated_by_semicolons() -> None:
    text = " https://abc.com/oauth ;http://localhost;; "
    assert registered_uris(text) == ["https://abc.com/oauth", "http://localhost"]
