"""What goes wrong, and what the application gets to know: on every framework the same."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlencode

import pytest
from authlib.integrations.base_client import OAuthError

from authlib_xiaomi import ErrorCode, XiaomiOAuthError
from authlib_xiaomi.sandbox import Sandbox

from ..elsewhere import Elsewhere, nobody
from ..recorded import all_in, recorded
from .web import CALLBACK, Site, query_of

CODES = pytest.mark.parametrize("code", list(ErrorCode), ids=lambda code: str(int(code)))


def check(error: XiaomiOAuthError, code: ErrorCode, description: str = "what Xiaomi says") -> None:
    assert type(error) is XiaomiOAuthError
    assert isinstance(error, OAuthError)
    assert (error.error, error.code, error.name) == (code.error, int(code), code.name)
    assert (error.description, error.hint) == (description, code.hint)


def failed_sign_in(site: Site, xiaomi: Sandbox) -> XiaomiOAuthError:
    with pytest.raises(XiaomiOAuthError) as caught:
        site.sign_in(xiaomi)
    assert "user" not in site.session
    return caught.value


# The table, wherever an error comes from


@CODES
def test_each_error_of_the_table_is_told_from_the_callback(
    shared_site: Site, xiaomi: Sandbox, code: ErrorCode
) -> None:
    params = {
        "error": str(int(code)),
        "error_description": "what Xiaomi says",
        "state": query_of(shared_site.login())["state"],
    }
    with pytest.raises(XiaomiOAuthError) as caught:
        shared_site.callback(f"{CALLBACK}?{urlencode(params)}")
    check(caught.value, code)


@pytest.mark.parametrize(("status", "shape"), [(200, int), (200, str), (400, int)])
@CODES
def test_each_error_of_the_table_is_told_from_the_token_answer(
    shared_site: Site, xiaomi: Sandbox, code: ErrorCode, shape: Any, status: int
) -> None:
    fields = {"error": shape(int(code)), "error_description": "what Xiaomi says"}
    xiaomi.fail("token", body=b"&&&START&&&" + json.dumps(fields).encode(), status=status)
    check(failed_sign_in(shared_site, xiaomi), code)


@pytest.mark.parametrize(("status", "shape"), [(200, int), (200, str), (401, int), (403, str)])
@CODES
def test_each_error_of_the_table_is_told_from_the_api_answer(
    shared_site: Site, xiaomi: Sandbox, code: ErrorCode, shape: Any, status: int
) -> None:
    fields = {"result": "error", "code": shape(int(code)), "description": "what Xiaomi says"}
    # Twice: after the first, the call is made once more, signed.
    xiaomi.fail("user/profile", body=json.dumps(fields).encode(), status=status, times=2)
    check(failed_sign_in(shared_site, xiaomi), code)


@pytest.mark.parametrize("name", all_in("token-error"))
def test_each_shape_of_token_error_is_told(shared_site: Site, xiaomi: Sandbox, name: str) -> None:
    xiaomi.fail("token", body=recorded(name))
    check(
        failed_sign_in(shared_site, xiaomi),
        ErrorCode.OA_INVALID_REDIRECT_URI,
        "invalid redirect uri",
    )


@pytest.mark.parametrize("name", ["api-error/invalid-token", "api-error/prefix"])
def test_each_shape_of_api_error_is_told(shared_site: Site, xiaomi: Sandbox, name: str) -> None:
    xiaomi.fail("user/profile", body=recorded(name), status=403)
    check(
        failed_sign_in(shared_site, xiaomi), ErrorCode.OA_INVALID_TOKEN, "token invalid or expired"
    )


def test_a_callback_that_is_not_registered_is_told_with_what_must_match(
    site: Site, xiaomi: Sandbox
) -> None:
    site.connect(xiaomi)
    url = site.login()
    callback = xiaomi.allow(url)
    with pytest.raises(XiaomiOAuthError) as caught:
        site.callback(callback, redirect_uri="http://elsewhere.example/auth")
    assert caught.value.code == 96010
    for part in ("scheme", "port", "host", "path"):
        assert part in caught.value.hint.lower()


def test_an_unknown_error_is_told_with_its_number(shared_site: Site, xiaomi: Sandbox) -> None:
    xiaomi.fail("token", body=b'&&&START&&&{"error":97531,"error_description":"new"}')
    error = failed_sign_in(shared_site, xiaomi)
    assert (error.code, error.name, error.description) == (97531, None, "new")


def test_an_error_of_the_open_id_is_told(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, scope="3", subject="openId")
    xiaomi.fail("token", body=b'{"access_token":"a","scope":"3"}')
    xiaomi.fail("user/openidV2", code=96008)
    assert failed_sign_in(site, xiaomi).code == 96008


# What makes no sense

NONSENSE = {
    "html": b"<!DOCTYPE html><html><body>It works!</body></html>",
    "empty": b"",
    "prefix-alone": b"&&&START&&&",
    "truncated": recorded("token/logto")[:60],
    "list": b'["access_token"]',
    "text": b'"access_token"',
    "null": b"null",
    "object": b"{}",
    "nested": b"[" * 100_000,
    "no-utf-8": b'{"access_token":"\xff\xfe"}',
    "wrong-types": b'{"access_token":{"a":"b"},"result":"ok","code":0,"data":[]}',
    "wrong-token-and-data": b'{"access_token":7,"expires_in":"soon","result":"ok","data":5}',
}


@pytest.mark.parametrize("endpoint", ["token", "user/profile"])
@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_an_invalid_response(
    shared_site: Site, xiaomi: Sandbox, endpoint: str, kind: str
) -> None:
    xiaomi.fail(endpoint, body=NONSENSE[kind])
    error = failed_sign_in(shared_site, xiaomi)
    assert error.error == "invalid_response"
    assert error.hint


@pytest.mark.parametrize("endpoint", ["token", "user/profile"])
def test_an_answer_that_breaks_off_is_an_invalid_response(
    shared_site: Site, xiaomi: Sandbox, endpoint: str
) -> None:
    xiaomi.fail(endpoint, body=b'{"access_token":', headers={"Content-Length": "1000"})
    assert failed_sign_in(shared_site, xiaomi).error == "invalid_response"


@pytest.mark.parametrize("endpoint", ["token", "user/profile"])
def test_an_answer_that_is_not_what_its_encoding_says_is_an_invalid_response(
    shared_site: Site, xiaomi: Sandbox, endpoint: str
) -> None:
    xiaomi.fail(endpoint, body=b"no gzip", headers={"Content-Encoding": "gzip"})
    assert failed_sign_in(shared_site, xiaomi).error == "invalid_response"


@pytest.mark.parametrize("endpoint", ["token", "user/profile"])
@pytest.mark.parametrize("status", [400, 404, 418])
def test_a_refusal_without_xiaomis_words_is_an_invalid_response(
    shared_site: Site, xiaomi: Sandbox, endpoint: str, status: int
) -> None:
    xiaomi.fail(endpoint, status=status)
    error = failed_sign_in(shared_site, xiaomi)
    assert error.error == "invalid_response"
    assert str(status) in error.description


@pytest.mark.parametrize("header", ["\xe5\xb0\x8f\xe7\xb1\xb3", "caf\xe9"])
def test_a_header_in_any_script_does_no_harm(
    site: Site, xiaomi: Sandbox, elsewhere: Elsewhere, header: str
) -> None:
    options = {"access_token_url": f"{elsewhere.url}/t", "api_base_url": f"{elsewhere.url}/"}
    site.connect(xiaomi, **options)
    for name in ("token/logto", "api/profile"):
        elsewhere.answer(recorded(name), X_Served_By=header)
    assert site.sign_in(xiaomi)["userinfo"]["sub"] == "union_made_up_1"


@pytest.mark.parametrize("charset", ["nonsense", "gbk", '"utf-8', "utf-16"])
def test_what_the_content_type_says_does_no_harm(
    shared_site: Site, xiaomi: Sandbox, charset: str
) -> None:
    content_type = f"application/json; charset={charset}"
    xiaomi.fail("token", body=recorded("token/logto"), content_type=content_type)
    xiaomi.fail("user/profile", body=recorded("api/profile"), content_type=content_type)
    assert shared_site.sign_in(xiaomi)["userinfo"]["name"] == "小米用户"


# The way there


@pytest.mark.parametrize("endpoint", ["token", "user/profile"])
@pytest.mark.parametrize("status", [500, 503, 599])
def test_a_server_out_of_order_is_temporarily_unavailable(
    shared_site: Site, xiaomi: Sandbox, endpoint: str, status: int
) -> None:
    xiaomi.fail(endpoint, status=status, times=None)
    error = failed_sign_in(shared_site, xiaomi)
    assert error.error == "temporarily_unavailable"
    assert str(status) in error.description


@pytest.mark.parametrize("endpoint", ["token", "user/profile"])
def test_a_server_that_hangs_up_is_temporarily_unavailable(
    site: Site, xiaomi: Sandbox, endpoint: str
) -> None:
    site.connect(xiaomi)
    xiaomi.fail(endpoint, reset=True, times=None)
    assert failed_sign_in(site, xiaomi).error == "temporarily_unavailable"


@pytest.mark.parametrize("endpoint", ["token", "user/profile"])
def test_a_server_that_is_too_slow_is_temporarily_unavailable(
    site: Site, xiaomi: Sandbox, endpoint: str
) -> None:
    site.connect(xiaomi, client_kwargs={"timeout": 0.2})
    xiaomi.fail(endpoint, delay=2)
    error = failed_sign_in(site, xiaomi)
    assert error.error == "temporarily_unavailable"
    assert "did not answer in time" in error.description


@pytest.mark.parametrize("endpoint", ["access_token_url", "api_base_url"])
def test_a_server_that_is_not_there_is_temporarily_unavailable(
    site: Site, xiaomi: Sandbox, endpoint: str
) -> None:
    with nobody() as url:
        site.connect(xiaomi, **{endpoint: f"{url}/"})
        error = failed_sign_in(site, xiaomi)
    assert error.error == "temporarily_unavailable"
    assert url in error.description
    assert error.hint


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 70 + ".invalid", "a..b.invalid"])
def test_a_host_that_cannot_be_is_temporarily_unavailable(
    site: Site, xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    look_up = socket.getaddrinfo

    def unknown(name: Any, *args: Any, **kwargs: Any) -> Any:
        if name in ("no-such-host.invalid", b"no-such-host.invalid"):  # no look-up leaves here
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(name, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    site.connect(xiaomi, access_token_url=f"https://{host}/oauth2/token")
    assert failed_sign_in(site, xiaomi).error == "temporarily_unavailable"


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("endpoint", ["token", "user/profile"])
def test_no_redirect_is_followed(
    shared_site: Site, xiaomi: Sandbox, elsewhere: Elsewhere, endpoint: str, status: int
) -> None:
    xiaomi.fail(endpoint, status=status, headers={"Location": f"{elsewhere.url}/here"})
    error = failed_sign_in(shared_site, xiaomi)
    assert error.error == "invalid_response"
    assert "redirect" in error.description
    assert elsewhere.requests == []


def test_no_redirect_is_followed_even_if_the_application_says_so(
    site: Site, xiaomi: Sandbox, elsewhere: Elsewhere
) -> None:
    option = {"follow_redirects" if site.is_async else "allow_redirects": True}
    there = {"Location": f"{elsewhere.url}/here"}
    # httpx takes it for a client, requests for a request.
    site.connect(xiaomi, client_kwargs=option if site.is_async else {})
    xiaomi.fail("token", status=307, headers=there)
    with pytest.raises(XiaomiOAuthError):
        site.sign_in(xiaomi, **({} if site.is_async else option))
    xiaomi.fail("user/profile", status=307, headers=there)
    response = site.do("get", "user/profile", token={"access_token": "a"}, **option)
    assert response.status_code == 307
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    "location", ["/oauth2/token?x=1", "//127.0.0.1:1/x", ":", "http://[x", "\xe9"]
)
def test_a_redirect_to_anywhere_is_an_invalid_response(
    site: Site, xiaomi: Sandbox, elsewhere: Elsewhere, location: str
) -> None:
    site.connect(xiaomi, access_token_url=f"{elsewhere.url}/t")
    elsewhere.answer(b"", status=302, Location=location)
    assert failed_sign_in(site, xiaomi).error == "invalid_response"
    assert len(elsewhere.requests) == 1
