"""The MAC signature."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from authlib.integrations.base_client import MissingTokenError

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi._core.credentials import Credentials
from authlib_xiaomi.mac import authorization, generate_nonce, is_supported, signature

# Published by Xiaomi, its host misspelt (doc 1521).
KEY = "ORhx44qK6Alqf8vt2rGB5f-oPq0"
NONCE = "2870867952176701445:23282360"
HOST = "open.account.xiamomi.com"
QUERY = (
    "clientId=179887661252608&token=eJxjYGAQydknLLCFsVyIR-DxSqdTnQFGfX4yDAwMjAzxQJIheJfnRTDtvAhM"
    "M8SE_2FgWDw7Rg3MYzdUMFIwVjABMplzE5MBClYRuw"
)
MAC = "9uvros2WcjMaJ3pH25eQZU9p5pA="


def sign(query: list[tuple[str, str]], method: str = "GET") -> str:
    return signature(KEY, NONCE, method, HOST, "/user/profile", query)


def test_xiaomis_published_example_is_reproduced() -> None:
    assert sign(parse_qsl(QUERY)) == MAC


def test_parameters_are_signed_in_the_order_of_their_names() -> None:
    assert sign(list(reversed(parse_qsl(QUERY)))) == MAC


def test_empty_parameters_are_not_signed() -> None:
    assert sign([*parse_qsl(QUERY), ("empty", "")]) == MAC


def test_the_method_is_signed_in_capitals() -> None:
    assert sign(parse_qsl(QUERY), method="get") == MAC


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_another_method_has_another_signature(method: str) -> None:
    assert sign(parse_qsl(QUERY), method=method) != MAC


def test_the_header_is_as_xiaomis_sdks_write_it() -> None:
    url = f"https://{HOST}/user/profile?{QUERY}"
    assert authorization("to+ken/=", KEY, "GET", url, nonce=NONCE) == (
        f'MAC access_token="to%2Bken%2F%3D", nonce="{NONCE}",mac="9uvros2WcjMaJ3pH25eQZU9p5pA%3D"'
    )


@pytest.mark.parametrize(
    "url",
    [
        f"https://{HOST}:8443/user/profile?{QUERY}",
        f"https://{HOST.upper()}/user/profile?{QUERY}",
        f"https://{HOST}/user/profile?{QUERY}&empty=",
    ],
)
def test_the_host_is_signed_in_lower_case_without_port(url: str) -> None:
    header = authorization("token", KEY, "GET", url, nonce=NONCE)
    assert unquote(re.search('mac="(.+)"', header)[1]) == MAC


def test_a_nonce_is_a_positive_64_bit_number_and_the_minutes() -> None:
    number, minutes = re.fullmatch(r"([0-9]+):([0-9]+)", generate_nonce()).groups()
    assert 0 <= int(number) < 2**63
    assert abs(int(minutes) - time.time() / 60) < 2


def test_each_nonce_is_new() -> None:
    assert len({generate_nonce() for _ in range(1000)}) == 1000


def test_each_header_has_its_own_nonce() -> None:
    url = f"https://{HOST}/user/profile"
    headers = {authorization("token", KEY, "GET", url) for _ in range(10)}
    assert len(headers) == 10


@pytest.mark.parametrize("algorithm", ["HmacSHA1", "HmacSha1", "hmacsha1", "", None])
def test_the_one_algorithm_is_supported_in_any_case(algorithm: object) -> None:
    assert is_supported(algorithm)


@pytest.mark.parametrize("algorithm", ["HmacSha256", "SHA1", 1, ["HmacSha1"], {}.keys])
def test_no_other_algorithm_is_supported(algorithm: object) -> None:
    assert not is_supported(algorithm)


# What a request carries

PROFILE = "https://open.account.xiaomi.com/user/profile"


def credentials(signing: Any = True, **fields: object) -> Credentials:
    return Credentials.of({"access_token": "to&k=e n/+", **fields}, "288", signing)


def test_a_request_carries_app_and_token() -> None:
    assert credentials().url(PROFILE) == f"{PROFILE}?clientId=288&token=to%26k%3De%20n%2F%2B"


def test_what_a_request_has_already_stays() -> None:
    url = credentials().url("https://x.example/p?a=1&b=%20&c#part")
    assert urlsplit(url).query.startswith("a=1&b=%20&c&clientId=288&token=")
    assert urlsplit(url).fragment == "part"


def test_app_and_token_are_in_a_request_once() -> None:
    url = credentials().url("https://x.example/p?token=old&x=1&clientId=1&&token=")
    assert parse_qsl(urlsplit(url).query) == [
        ("x", "1"),
        ("clientId", "288"),
        ("token", "to&k=e n/+"),
    ]


@pytest.mark.parametrize("signing", [True, "auto"])
@pytest.mark.parametrize("key", [{}, {"mac_key": None}, {"mac_key": ""}])
def test_a_token_without_key_is_not_signed(signing: Any, key: dict[str, object]) -> None:
    own = credentials(signing, **key)
    assert own.authorization("GET", PROFILE) is None
    assert own.signing is False


@pytest.mark.parametrize("algorithm", ["HmacSHA1", "HmacSha1", "", None])
def test_a_token_with_a_key_is_signed_where_that_is_wanted(algorithm: object) -> None:
    key = {"mac_key": "key", "mac_algorithm": algorithm}
    assert str(credentials(True, **key).authorization("GET", PROFILE)).startswith("MAC ")
    assert credentials(False, **key).authorization("GET", PROFILE) is None


def test_a_token_with_a_key_is_signed_later_where_that_is_needed() -> None:
    own = credentials("auto", mac_key="key")
    assert own.authorization("GET", PROFILE) is None
    assert own.signing == "auto"
    assert str(own.signed().authorization("GET", PROFILE)).startswith("MAC ")
    assert own.signed().url(PROFILE) == own.url(PROFILE)


UNUSABLE = [
    ({"mac_key": "key", "mac_algorithm": "HmacSha256"}, "HmacSha256"),
    ({"mac_key": "key", "mac_algorithm": ["HmacSha1"]}, "mac_algorithm"),
    ({"mac_key": 5}, "mac_key is not a string"),
    ({"mac_key": ["key"]}, "mac_key is not a string"),
]


@pytest.mark.parametrize(("fields", "text"), UNUSABLE, ids=repr)
def test_a_key_that_cannot_be_used_is_refused_with_a_way_out(
    fields: dict[str, object], text: str
) -> None:
    with pytest.raises(XiaomiOAuthError, match=text) as caught:
        credentials(True, **fields)
    assert caught.value.error == "unsupported_token_type"
    assert 'mac="auto"' in caught.value.hint


@pytest.mark.parametrize("signing", ["auto", False])
@pytest.mark.parametrize("fields", [fields for fields, _ in UNUSABLE], ids=repr)
def test_a_key_that_cannot_be_used_does_no_harm_where_nothing_must_be_signed(
    signing: Any, fields: dict[str, object]
) -> None:
    own = credentials(signing, **fields)
    assert own.authorization("GET", PROFILE) is None
    assert own.signing is False


@pytest.mark.parametrize(
    "token", [{}, {"access_token": ""}, {"access_token": None}, {"access_token": 5}]
)
def test_a_token_without_access_token_is_missing(token: dict[str, object]) -> None:
    with pytest.raises(MissingTokenError):
        Credentials.of(token, "288", True)


def test_credentials_show_nothing_of_themselves() -> None:
    shown = repr(credentials(mac_key="made-up-key"))
    assert "made-up-key" not in shown
    assert "to&k=e n/+" not in shown
