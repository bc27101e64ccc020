"""Xiaomi's own SDKs sign in: small stand-ins for how they ask, sign and read (docs/protocol.md)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import pytest
import requests

from authlib_xiaomi.sandbox import Sandbox

from .application import CALLBACK, Application, query


def as_it_is(text: str) -> str:
    return text


def in_lower_case(text: str) -> str:
    """Percent-encoded as .NET does it."""
    return re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quote_plus(text))


@dataclass(frozen=True)
class Sdk:
    """One SDK: how it encodes the values that it signs, and whether the nonce as well."""

    encode: Callable[[str], str]
    encodes_nonce: bool
    #: The HTTP method with which it asks for a token.
    method: str

    def token(self, xiaomi: Sandbox, http: requests.Session, **fields: str) -> dict[str, Any]:
        fields |= {
            "client_id": xiaomi.client_id,
            "client_secret": xiaomi.client_secret,
            "redirect_uri": CALLBACK,
            "token_type": "mac",
        }
        place = "params" if self.method == "GET" else "data"
        options: dict[str, Any] = {place: fields}
        answer = http.request(self.method, f"{xiaomi.url}/oauth2/token", **options)
        return dict(json.loads(answer.text.replace("&&&START&&&", "")))

    def header(self, token: dict[str, Any], host: str, path: str, fields: list[Any]) -> str:
        nonce = f"{secrets.randbits(63)}:{int(time.time() // 60)}"
        ordered = sorted(fields, key=lambda pair: pair[0])
        if self.encode is as_it_is:
            ordered = [(name, value) for name, value in ordered if value]
        signed = "&".join(f"{self.encode(name)}={self.encode(value)}" for name, value in ordered)
        text = "".join(f"{part}\n" for part in (nonce, "GET", host, path, signed))
        digest = hmac.new(token["mac_key"].encode(), text.encode(), hashlib.sha1).digest()
        values = {
            "access_token": quote(token["access_token"], safe=""),
            "nonce": quote(nonce, safe="") if self.encodes_nonce else nonce,
            "mac": quote(base64.b64encode(digest).decode(), safe=""),
        }
        return "MAC " + ",".join(f'{name}="{value}"' for name, value in values.items())

    def call(
        self, xiaomi: Sandbox, token: dict[str, Any], *more: tuple[str, str]
    ) -> tuple[int, dict[str, Any]]:
        fields = [("clientId", xiaomi.client_id), ("token", token["access_token"]), *more]
        parts = urlsplit(f"{xiaomi.url}/user/profile")
        header = self.header(token, parts.hostname or "", parts.path, fields)
        encode = quote_plus if self.encode is as_it_is else self.encode
        sent = urlencode(fields, quote_via=lambda text, *_: encode(text))
        # Not with requests, which writes percent-encoding in capitals.
        connection = HTTPConnection(parts.hostname or "", parts.port)
        with closing(connection):
            connection.request("GET", f"{parts.path}?{sent}", headers={"Authorization": header})
            response = connection.getresponse()
            return response.status, json.load(response)


SDKS = {
    "java": Sdk(quote_plus, True, "GET"),
    "android": Sdk(quote_plus, True, "GET"),
    "csharp": Sdk(in_lower_case, True, "GET"),
    "python": Sdk(as_it_is, False, "POST"),
    "php": Sdk(as_it_is, False, "GET"),
}

#: Values for which encoded and decoded differ, equal names, and an empty value.
ODD = [("b", "x&y=z 小米"), ("b", "a"), ("a", ""), ("c", "~*/+")]


@pytest.mark.parametrize("sdk", SDKS.values(), ids=SDKS)
@pytest.mark.parametrize("signatures", ["optional", "required"])
def test_an_sdk_signs_in(sdk: Sdk, signatures: Any) -> None:
    with Sandbox(signatures=signatures) as xiaomi, requests.Session() as http:
        url = Application(xiaomi).authorize_url()
        code = query(xiaomi.allow(url, user="fox"))["code"]
        token = sdk.token(xiaomi, http, grant_type="authorization_code", code=code)
        assert token["mac_algorithm"] == "HmacSHA1"
        _, profile = sdk.call(xiaomi, token)
        assert profile["data"]["unionId"] == xiaomi.users["fox"].union_id
        fresh = sdk.token(
            xiaomi, http, grant_type="refresh_token", refresh_token=token["refresh_token"]
        )
        assert fresh["mac_key"] != token["mac_key"]
        assert sdk.call(xiaomi, fresh)[1]["code"] == 0


@pytest.mark.parametrize("sdk", [SDKS["java"], SDKS["csharp"]], ids=["java", "csharp"])
def test_signed_encoded_equal_names_keep_their_order_and_an_empty_value_stays(sdk: Sdk) -> None:
    with Sandbox() as xiaomi:
        token = Application(xiaomi).token()
        assert sdk.call(xiaomi, token, *ODD)[1]["code"] == 0


def test_signed_decoded_values_are_taken_as_well() -> None:
    with Sandbox() as xiaomi:
        token = Application(xiaomi).token()
        _, answer = SDKS["python"].call(xiaomi, token, ("b", "x&y=z 小米"), ("a", ""))
        assert answer["code"] == 0


@pytest.mark.parametrize(
    ("options", "sdk", "text"),
    [
        ({"encoded_nonce": False}, "java", "mac is malformed"),
        ({"signed_values": "decoded"}, "java", "mac is wrong"),
        ({"signed_values": "encoded"}, "python", "mac is wrong"),
    ],
)
def test_either_way_to_sign_can_be_refused(options: Any, sdk: str, text: str) -> None:
    with Sandbox(**options) as xiaomi:
        token = Application(xiaomi).token()
        status, answer = SDKS[sdk].call(xiaomi, token, ("b", "x y"))
    assert (status, answer["description"]) == (401, text)
