"""What a client takes, and what a developer reads who got an option wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authlib_xiaomi.requests_client import XiaomiOAuth2Session

from ..pure.settings import patient
from .conftest import CALLBACK, Client

Make = Callable[..., Client]


@pytest.mark.parametrize(
    ("option", "value", "error", "says"),
    [
        ("scope", "profile", ValueError, "Scope.PROFILE"),
        ("scope", "", ValueError, "scope is empty"),
        ("subject", "sub", ValueError, "choose one of 'unionId', 'openId', 'userId'"),
        ("mac", 1, ValueError, "mac must be"),
        ("refresh_lock", "redis", TypeError, "refresh_lock=lambda"),
        ("redirect_uri", "/auth", ValueError, "no absolute URL"),
        ("timeout", "5", (ValueError, TypeError), "timeout"),
    ],
)
def test_a_wrong_option_is_refused(
    make: Make, option: str, value: Any, error: Any, says: str
) -> None:
    with pytest.raises(error) as caught:
        make(**{option: value})
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("option", "value"),
    [("subject", "openId"), ("skip_confirm", True), ("mac", False), ("api_base_url", "https://a/")],
)
def test_an_option_can_be_read_and_not_be_changed(make: Make, option: str, value: Any) -> None:
    client = make(**{option: value}).client
    assert getattr(client, option) == value
    with pytest.raises(AttributeError):
        setattr(client, option, value)


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
        ("api_base_uri", "api_base_url"),
        ("time_out", "timeout"),
        ("refresh_locks", "refresh_lock"),
        ("Scope", "scope"),
    ],
)
def test_a_misspelt_option_is_refused_with_the_right_one(
    make: Make, written: str, meant: str
) -> None:
    with pytest.raises(TypeError, match=f"got '{written}'; did you mean '{meant}'"):
        make(**{written: 1})


@pytest.mark.parametrize("client_id", ["2882303761520251711", 2882303761520251711])
def test_an_appid_is_a_string_or_a_whole_number(make: Make, client_id: Any) -> None:
    url, _ = make(client_id, redirect_uri=CALLBACK).create_authorization_url()
    assert parse_qs(urlsplit(url).query)["client_id"] == ["2882303761520251711"]


@pytest.mark.parametrize("client_id", [2.882303761520251711e18, True, b"288", ["288"], object()])
def test_another_appid_is_refused(make: Make, client_id: Any) -> None:
    with pytest.raises(ValueError, match="client_id cannot be a"):
        make(client_id)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (True, "true"),
        (False, "false"),
        ("true", "true"),
        ("False", "false"),
        ("TRUE", "true"),
        ("1", "true"),
        (" false ", "false"),
    ],
)
def test_a_flag_may_come_from_a_configuration_file(make: Make, value: Any, sent: str) -> None:
    client = make("288", redirect_uri=CALLBACK, skip_confirm=value)
    url, _ = client.create_authorization_url()
    assert parse_qs(urlsplit(url).query)["skip_confirm"] == [sent]


@pytest.mark.parametrize("value", [1, 0, "", "maybe", "yes", "2", []])
def test_another_flag_is_refused(make: Make, value: Any) -> None:
    with pytest.raises(ValueError, match="skip_confirm must be True or False, not"):
        make(skip_confirm=value)


@pytest.mark.parametrize(
    "url", ["https://x.example", "http://127.0.0.1:5000/", "HTTPS://X.example/a?b"]
)
@pytest.mark.parametrize("option", ["authorization_endpoint", "token_endpoint", "api_base_url"])
def test_an_endpoint_is_a_url_of_the_web(make: Make, option: str, url: str) -> None:
    make("288", **{option: url})


@pytest.mark.parametrize(
    "url",
    [
        "", "x.example", "/oauth2/token", "//x.example/", "ftp://x.example/", "https://", "https:///x",
        "javascript:alert(1)", "https://[x.example/", "https://x.example:port/",
        "https://x.example:99999/", "https://x.example/a b", " https://x.example/",
        "https://x.example/\n", 5, True, b"https://x.example/", ["https://x.example/"],
    ],
)  # fmt: skip
def test_what_is_no_url_of_the_web_is_refused_by_the_options_name(make: Make, url: Any) -> None:
    with pytest.raises(ValueError, match="api_base_url must be a URL"):
        make(api_base_url=url)


@pytest.mark.parametrize("option", ["authorization_endpoint", "token_endpoint"])
def test_each_endpoint_is_refused_by_its_name(make: Make, option: str) -> None:
    with pytest.raises(ValueError, match=f"{option} must be a URL"):
        make(**{option: "account.xiaomi.com"})


@pytest.mark.parametrize("lock", ["redis", 5, object(), {}])
def test_a_refresh_lock_that_cannot_be_called_is_refused_with_an_example(
    make: Make, lock: Any
) -> None:
    with pytest.raises(TypeError, match="refresh_lock=lambda key"):
        make(refresh_lock=lock)


@pytest.mark.parametrize("subject", ["unionid", "union_id", "sub", "", 1, ["unionId"], {}])
def test_another_subject_is_refused_with_the_choices(make: Make, subject: Any) -> None:
    with pytest.raises(ValueError, match="choose one of 'unionId', 'openId', 'userId'"):
        make(subject=subject)


# The callback


class _Url:
    """As Starlette's and others' URL objects."""

    def __str__(self) -> str:
        return "https://abc.com/oauth"


@pytest.mark.parametrize(
    "uri",
    [
        "https://abc.com/oauth",
        "http://localhost:5000/auth",
        "http://[::1]:5000/auth",
        "https://abc.com/oauth?next=/&x=%20",
        "https://例子.example/auth",
        "https://abc.com/" + "x" * 2000,
        _Url(),
    ],
)
def test_a_callback_is_an_absolute_url(make: Make, uri: Any) -> None:
    url, _ = make("288", redirect_uri=uri).create_authorization_url()
    assert parse_qs(urlsplit(url).query)["redirect_uri"] == [str(uri)]


@pytest.mark.parametrize(
    "uri",
    [
        "", "/auth", "auth", "//abc.com/auth", "abc.com/auth", "localhost:5000/auth", "https://",
        "https:///auth", "http://:5000/auth", "https://abc.com:99999/",
        "https://abc.com:port/", "https://[abc.com/", "https://abc.com/a b", "https://abc.com/a\nb",
        " https://abc.com/auth", "https://abc.com/auth\t", 5, b"https://abc.com/auth",
        ["https://abc.com/auth"], "x" * 5000,
    ],
)  # fmt: skip
def test_a_callback_that_is_no_absolute_url_is_refused_with_how_to_get_one(
    make: Make, uri: Any
) -> None:
    with pytest.raises(ValueError, match="no absolute URL") as caught:
        make(redirect_uri=uri)
    for way in ("_external=True", "request.url_for", "build_absolute_uri"):
        assert way in str(caught.value)
    assert len(str(caught.value)) < 600  # a long one is not quoted in full


@patient
@given(st.text())
def test_any_text_is_a_callback_or_a_value_error(text: str) -> None:
    try:
        session = XiaomiOAuth2Session("288", redirect_uri=text)
    except ValueError as error:
        assert "no absolute URL" in str(error)  # noqa: PT017  # either is right
    else:
        url, _ = session.create_authorization_url()
        assert parse_qs(urlsplit(url).query)["redirect_uri"] == [text]
        session.close()
