"""The MAC signature."""

from __future__ import annotations

import re
import time
from urllib.parse import parse_qsl, unquote

import pytest

from authlib_xiaomi.mac import authorization, generate_nonce, signature

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
