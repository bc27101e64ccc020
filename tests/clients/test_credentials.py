"""What an API call carries: the app, the token and, where it is wanted, the signature."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from authlib.integrations.base_client import MissingTokenError

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.mac import signature
from authlib_xiaomi.sandbox import Sandbox

from ..elsewhere import Elsewhere
from ..listeners import Answering, response
from ..recorded import recorded
from .conftest import Client

Call = Callable[..., Any]


@pytest.fixture
def call(connect: Callable[..., Client], xiaomi: Sandbox, elsewhere: Elsewhere) -> Call:
    """Calls an API of a server that is not Xiaomi's, and gives what arrived there."""

    def call(path: str = "user/profile", *, mac: bool = True, **token: Any) -> Any:
        given = {"access_token": "to&k=e n/+", **token}
        client = connect(xiaomi, api_base_url=f"{elsewhere.url}/", mac=mac, token=given)
        client.get(path)
        return elsewhere.requests[-1]

    return call


def test_a_call_carries_app_and_token(call: Call, xiaomi: Sandbox) -> None:
    request = call()
    assert request.path == "/user/profile"
    assert request.args == {"clientId": xiaomi.client_id, "token": "to&k=e n/+"}
    assert "authorization" not in request.headers


def test_what_a_call_has_already_stays(call: Call, xiaomi: Sandbox) -> None:
    request = call("p?a=1&b=%20&c#part")
    assert parse_qsl(urlsplit(request.url).query, keep_blank_values=True) == [
        ("a", "1"),
        ("b", " "),
        ("c", ""),
        ("clientId", xiaomi.client_id),
        ("token", "to&k=e n/+"),
    ]
    assert "#" not in request.url


def test_app_and_token_are_in_a_call_once(call: Call, xiaomi: Sandbox) -> None:
    request = call("p?token=old&x=1&clientId=1&&token=&tok%65n=other")
    assert parse_qsl(urlsplit(request.url).query, keep_blank_values=True) == [
        ("x", "1"),
        ("clientId", xiaomi.client_id),
        ("token", "to&k=e n/+"),
    ]


@pytest.mark.parametrize("path", ["//", "///user", "//user/profile", "//us[er/x", "/a%2Fb//c"])
def test_a_path_is_sent_and_signed_as_it_is(
    connect: Callable[..., Client], xiaomi: Sandbox, path: str
) -> None:
    with Answering(lambda _: response(b"{}")) as server:
        client = connect(xiaomi, api_base_url=f"{server.url}/", mac=True)
        client.get(f"{server.url}{path}", token={"access_token": "t", "mac_key": "key"})
    head = server.requests[0].decode()
    method, target, _ = head.split(" ", 2)
    sent, _, query = target.partition("?")
    assert sent.replace("%5B", "[") == path
    assert query == f"clientId={xiaomi.client_id}&token=t"
    nonce, mac = re.search(r'nonce="(.*)",mac="(.*)"', head).groups()  # type: ignore[union-attr]
    host = urlsplit(server.url).hostname or ""
    assert unquote(mac) == signature("key", unquote(nonce), method, host, sent, parse_qsl(query))


@pytest.mark.parametrize("key", [None, ""])
def test_a_token_without_key_is_not_signed(call: Call, key: str | None) -> None:
    assert "authorization" not in call(mac_key=key).headers


@pytest.mark.parametrize("algorithm", ["HmacSha1", "HmacSHA1", "hmacsha1", "", None])
def test_a_token_with_a_key_is_signed(call: Call, algorithm: str | None) -> None:
    request = call("user/profile?z=1&a=%C3%A9", mac_key="key", mac_algorithm=algorithm)
    header = request.headers["authorization"]
    assert header.startswith('MAC access_token="to%26k%3De%20n%2F%2B", nonce="')
    nonce, mac = (header.partition(f'{name}="')[2].partition('"')[0] for name in ("nonce", "mac"))
    query = parse_qsl(urlsplit(request.url).query)
    expected = signature("key", unquote(nonce), "GET", "127.0.0.1", "/user/profile", query)
    assert unquote(mac) == expected


def test_a_token_is_not_signed_where_it_is_not_wanted(call: Call) -> None:
    token = {"mac_key": "key", "mac_algorithm": "HmacSha256"}  # nor is it looked at
    assert "authorization" not in call(mac=False, **token).headers


def test_an_unknown_algorithm_is_refused_with_a_way_out(call: Call) -> None:
    with pytest.raises(XiaomiOAuthError, match="HmacSha256") as caught:
        call(mac_key="key", mac_algorithm="HmacSha256")
    assert caught.value.error == "unsupported_token_type"
    assert 'mac="auto"' in caught.value.hint


@pytest.mark.parametrize("access_token", ["", None, 5])
def test_a_token_without_access_token_is_missing(
    call: Call, elsewhere: Elsewhere, access_token: Any
) -> None:
    with pytest.raises(MissingTokenError):
        call(access_token=access_token)
    assert elsewhere.requests == []


ANSWERS = {
    "user/profile": recorded("api/profile"),
    "user/openidV2": recorded("api/openid"),
    "user/phoneAndEmail": recorded("api/phone-and-email"),
}


@pytest.mark.parametrize(
    ("scope", "subject", "token", "asked"),
    [
        ("1", "unionId", {}, {"user/profile"}),
        ("1 3", "unionId", {}, {"user/profile"}),
        ("1 4", "unionId", {}, {"user/profile", "user/phoneAndEmail"}),
        ("1 6", "unionId", {}, {"user/profile", "user/phoneAndEmail"}),
        ("1 4 6", "unionId", {}, {"user/profile", "user/phoneAndEmail"}),
        ("4", "unionId", {"union_id": "me"}, {"user/phoneAndEmail"}),
        ("1 3", "openId", {}, {"user/profile", "user/openidV2"}),
        ("1 3", "openId", {"openId": ""}, {"user/profile", "user/openidV2"}),
        ("1 3", "openId", {"openId": "me"}, {"user/profile"}),
        ("3", "openId", {}, {"user/openidV2"}),
        ("3", "openId", {"openId": "me"}, set()),
        ("3", "unionId", {"union_id": "me"}, set()),
        ("6000", "unionId", {"union_id": "me"}, set()),
    ],
)
def test_only_what_is_needed_and_granted_is_asked(
    connect: Callable[..., Client],
    xiaomi: Sandbox,
    scope: str,
    subject: str,
    token: dict[str, str],
    asked: set[str],
) -> None:
    for endpoint, body in ANSWERS.items():
        xiaomi.fail(endpoint, body=body)
    given = {"access_token": "a", "scope": scope, **token}
    assert connect(xiaomi, subject=subject, scope="1 3 4 6").userinfo(token=given)["sub"]
    assert {request.endpoint for request in xiaomi.requests} == asked
