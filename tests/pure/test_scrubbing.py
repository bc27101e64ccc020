"""Hooks that take the secrets of a sign-in out of what other tools have noted."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Any

import pytest

from authlib_xiaomi.redaction import (
    otel_async_request_hook,
    otel_request_hook,
    scrub_url,
    sentry_before_send,
)

PROFILE = "https://open.account.xiaomi.com/user/profile"


@pytest.mark.parametrize(
    ("url", "scrubbed"),
    [
        (f"{PROFILE}?clientId=288&token=V3%2Bx", f"{PROFILE}?clientId=288&token=[redacted]"),
        (f"{PROFILE}?token=V3_x&a=1#part", f"{PROFILE}?token=[redacted]&a=1#part"),
        ("/auth?code=C3_x&state=s", "/auth?code=[redacted]&state=s"),
        ("code=C3_x&state=s", "code=[redacted]&state=s"),
        ("/t?client_secret=a&mac_key=b", "/t?client_secret=[redacted]&mac_key=[redacted]"),
        ("Max retries exceeded with url: /p?token=V3 (caused by", None),
        ("/?to=%2Fa%3Fcode%3DC3_x%26state%3Ds", "/?to=%2Fa%3Fcode%3D[redacted]%26state%3Ds"),
        ("'https://a/b?token=V3_x'", "'https://a/b?token=[redacted]'"),
        (PROFILE, PROFILE),
        ("/p?barcode=1&token_type=mac&error=96008", "/p?barcode=1&token_type=mac&error=96008"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_url_loses_the_values_of_its_secret_parameters(url: str, scrubbed: str | None) -> None:
    expected = "Max retries exceeded with url: /p?token=[redacted] (caused by"
    assert scrub_url(url) == (expected if scrubbed is None else scrubbed)


@pytest.mark.parametrize(
    "value",
    [
        {"access_token": "V3_x"},
        {"vars": {"token": {"access_token": "'V3_x'", "mac_key": "'V3_x'"}}},
        {"breadcrumbs": {"values": [{"data": {"http.query": "clientId=1&token=V3_x"}}]}},
        {"vars": {"headers": "{'Authorization': 'MAC access_token=\"V3_x\", nonce=\"1:2\"'}"}},
        {"vars": {"text": "OAuth2Token({'refresh_token': 'V3_x', 'scope': '1'})"}},
        {"vars": {"body": '{"mac_key": "V3_x"}', "escaped": '"{\\"id_token\\": \\"V3_x\\"}"'}},
        {"code": "V3_x"},
        {"access_token": b"V3_x"},
        [("client_secret=V3_x",)],
        {"vars": {"params": {"code": ["'V3_x'"], "access_token": ("V3_x",)}}},
        {"vars": {"fields": [["'code'", "'V3_x'"], ("refresh_token", "V3_x")]}},
        {"vars": {"deep": "{'code': 'V3_x', 'state': 's'}", "json": '{"code": "V3_x"}'}},
        {"vars": {"deep": "MultiDict([('code', 'V3_x')])", "lists": "{'code': ['V3_x']}"}},
        {"vars": {"deep": "{'form': {b'code': b'V3_x'}, 'mac_key': ['V3_x']}"}},
        {"vars": {"escaped": '"{\\"code\\": \\"V3_x\\"}"', "pairs": "[('mac_key', 'V3_x')]"}},
        {"environ": {"XIAOMI_CLIENT_SECRET": "V3_x"}, "old_refresh_token": "V3_x"},
        {"vars": {"environ": "{'XIAOMI_CLIENT_SECRET': 'V3_x'}"}},
    ],
    ids=str,
)
def test_an_event_loses_its_secrets_wherever_they_stand(value: Any) -> None:
    scrubbed = repr(sentry_before_send(value, {}))
    assert "V3_x" not in scrubbed
    assert "[redacted]" in scrubbed


@pytest.mark.parametrize(
    "event",
    [
        {"extra": {"code": 96008, "step": "userinfo", "duration": 0.1, "endpoint": PROFILE}},
        {"vars": {"code": "96008", "refresh_token": None}, "level": "error", "values": [1, None]},
        {"message": "OA_INVALID_TOKEN: the token is wrong or expired; error code: 96008"},
        {"vars": {"answer": "{'code': '96008', 'error_code': 'x', \"code\": 96008}"}},
        {"vars": {"pair": ["code", "96008"], "zip_code": "10115", "codes": ["a"]}},
        None,
    ],
    ids=str,
)
def test_what_is_no_secret_stays(event: Any) -> None:
    assert sentry_before_send(event) == event


class Kind(Enum):
    CLIENT = 1
    SERVER = 2


class Span:
    """A span as the hooks see it."""

    def __init__(self, recording: bool = True, kind: Kind = Kind.CLIENT, **attributes: Any) -> None:
        self.kind = kind
        self.attributes: dict[str, Any] | None = attributes or None
        self.recording = recording
        self.said: list[Any] = []

    def is_recording(self) -> bool:
        return self.recording

    def set_attribute(self, name: str, value: Any) -> None:
        assert self.attributes is not None
        self.attributes[name] = value

    def set_status(self, status: Any, description: str | None = None) -> None:
        self.said.append((status, description))

    def record_exception(self, *args: Any) -> None:
        self.said.append(args)


def test_a_span_loses_the_secrets_of_its_attributes() -> None:
    span = Span(url=f"{PROFILE}?token=V3_x", status=200)
    otel_request_hook(span, object())
    assert span.attributes == {"url": f"{PROFILE}?token=[redacted]", "status": 200}


def test_the_hook_for_asynchronous_requests_does_the_same() -> None:
    span = Span(url=f"{PROFILE}?token=V3_x")
    asyncio.run(otel_async_request_hook(span, object()))
    assert span.attributes == {"url": f"{PROFILE}?token=[redacted]"}


def test_a_span_keeps_its_status_without_the_text_that_quotes_the_url() -> None:
    class Status:
        status_code = "ERROR"

    span = Span()
    otel_request_hook(span)
    span.record_exception(ValueError(f"{PROFILE}?token=V3_x"))
    span.set_status(Status())
    span.set_status("OK", "token=V3_x")
    assert span.said == [("ERROR", None), ("OK", None)]


def test_a_span_of_a_request_that_comes_in_keeps_its_exceptions() -> None:
    span, error = Span(kind=Kind.SERVER, query="code=C3_x&state=s"), ValueError("a bug")
    otel_request_hook(span, {})
    assert span.attributes == {"query": "code=[redacted]&state=s"}
    span.record_exception(error)
    span.set_status("ERROR", "a bug")
    assert span.said == [(error,), ("ERROR", "a bug")]


def test_a_span_that_is_not_recorded_is_left_alone() -> None:
    span = Span(recording=False, url=f"{PROFILE}?token=V3_x")
    otel_request_hook(span)
    assert span.attributes == {"url": f"{PROFILE}?token=V3_x"}
