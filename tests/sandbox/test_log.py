"""The line that each request leaves, and the words that say why."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from authlib_xiaomi import mac
from authlib_xiaomi.sandbox import AuthorizationRefused, Sandbox

from .application import CALLBACK, Application, Browser, query

Do = Callable[[Application], object]


def deliver(app: Application, **changes: str | None) -> object:
    """Open an authorization URL, whatever becomes of it."""
    try:
        return app.xiaomi.allow(app.authorize_url(**changes))
    except AuthorizationRefused:
        return None


def used_code(app: Application) -> object:
    code = app.code()
    app.redeem(code)
    return app.redeem(code)


def expired_code(app: Application) -> object:
    code = app.code()
    app.xiaomi.advance(301)
    return app.redeem(code)


def pruned_code(app: Application) -> object:
    code = app.code()
    app.xiaomi.advance(301)
    app.code()
    return app.redeem(code)


def used_refresh_token(app: Application) -> object:
    token = app.token()
    app.refresh(token["refresh_token"])
    return app.refresh(token["refresh_token"])


def expired_refresh_token(app: Application) -> object:
    token = app.token()
    app.xiaomi.advance(app.xiaomi.options["refresh_token_expires_in"])
    return app.refresh(token["refresh_token"])


def pruned_tokens(app: Application) -> object:
    token = app.token()
    app.xiaomi.advance(app.xiaomi.options["refresh_token_expires_in"])
    app.token("fox")
    app.call("user/profile", token)
    return app.refresh(token["refresh_token"])


def second_sign_in(app: Application) -> object:
    first, _ = app.token(), app.token()
    return app.refresh(first["refresh_token"])


def withdrawn(app: Application) -> object:
    token = app.token()
    app.xiaomi.withdraw("lei")
    return app.call("user/profile", token)


def refreshed(app: Application) -> object:
    token = app.token()
    app.refresh(token["refresh_token"])
    return app.call("user/profile", token)


def expired_token(app: Application) -> object:
    token = app.token()
    app.xiaomi.advance(app.xiaomi.options["token_expires_in"])
    return app.call("user/profile", token)


def deleted(app: Application) -> object:
    token = app.token("nora")
    del app.xiaomi.users["nora"]
    return app.call("user/profile", token)


def same_nonce(app: Application) -> object:
    token, nonce = app.token(), mac.generate_nonce()
    app.call_signed("user/profile", token, nonce)
    return app.call_signed("user/profile", token, nonce)


def an_hour_late(app: Application) -> object:
    nonce = f"1:{int(time.time() // 60) - 60}"
    return app.call_signed("user/profile", app.token(), nonce)


def failing(app: Application, **fault: Any) -> object:
    app.xiaomi.fail("token", **fault)
    return app.post({})


def control(app: Application, method: str, what: str, **fields: Any) -> object:
    url, headers = f"{app.xiaomi.url}/sandbox/api/{what}", {}
    headers["Authorization"] = f"Bearer {app.xiaomi.control_token}"
    return app.http.request(method, url, json=fields, headers=headers)


#: What is done, with which options, and how the last line ends.
CASES: list[tuple[Do, dict[str, Any], str]] = [
    (lambda a: deliver(a), {}, "lei has allowed access: back to the application with a code"),
    (lambda a: a.xiaomi.deny(a.authorize_url()), {}, "the user has declined: back to the applic"),
    (lambda a: deliver(a, client_id="1"), {}, "client_id is not this sandbox's AppID"),
    (lambda a: deliver(a, client_id=None), {}, "client_id is missing"),
    (lambda a: deliver(a, response_type="token"), {}, "response_type is not code"),
    (lambda a: deliver(a, skip_confirm="x"), {}, "skip_confirm is neither true nor false"),
    (lambda a: deliver(a, scope="profile"), {}, "scope has words; Xiaomi's scopes are numbers"),
    (lambda a: deliver(a, scope="1 3 4"), {"scopes": "1"}, "scope 3 4 was not granted to the app"),
    (lambda a: deliver(a), {"redirect_uris": "http://localhost:5001"},
     "callback has another port: 5000, not 5001"),
    (lambda a: deliver(a), {"redirect_uris": "https://localhost:5000"},
     "callback has another scheme: http, not https"),
    (lambda a: deliver(a), {"redirect_uris": "http://abc.com:5000;https://x.com/"},
     "callback has another host: localhost, not abc.com"),
    (lambda a: deliver(a), {"redirect_uris": "http://localhost:5000/oauth"},
     "callback has another path: /auth, not /oauth or below"),
    (lambda a: deliver(a, redirect_uri="/auth"), {}, "callback is not a plain, absolute URL"),
    (lambda a: deliver(a, redirect_uri="app:x"), {}, "callback is not a plain, absolute URL"),
    (lambda a: deliver(a, redirect_uri="app://x/\x1b[1m"), {"redirect_uris": "app://x/y"},
     r"callback has another path: / [1m, not /y or below"),
    (lambda a: a.token(), {}, "code of lei exchanged for a token"),
    (lambda a: a.refresh(a.token()["refresh_token"]), {}, "token of lei refreshed"),
    (lambda a: a.redeem(a.code(), client_secret="x"), {}, "client_secret is wrong"),
    (lambda a: a.redeem(a.code(), grant_type="x"), {}, "grant_type is neither authorization_code"),
    (lambda a: a.redeem(a.code(), code=None), {}, "code is missing"),
    (lambda a: a.redeem(a.code(), redirect_uri="http://evil.example/"), {},
     "callback has another host: evil.example, not localhost"),
    (lambda a: a.redeem(a.code(), redirect_uri="http://localhost:5001/auth"), {},
     "callback has another port: 5001, not 5000"),
    (lambda a: a.redeem(a.code(), redirect_uri=f"{CALLBACK}/x"), {},
     "redirect_uri is not the one of the authorization request"),
    (used_code, {}, "code used a second time"),
    (expired_code, {}, "code has expired"),
    (pruned_code, {}, "code has expired"),
    (lambda a: a.redeem("x"), {}, "code is not one that was issued here"),
    (used_refresh_token, {}, "refresh token used a second time"),
    (expired_refresh_token, {}, "refresh token has expired"),
    (pruned_tokens, {}, "refresh token has expired"),
    (lambda a: a.refresh("x"), {}, "refresh token is not one that was issued here"),
    (second_sign_in, {}, "refresh token ended with the user's next sign-in: one per user, app and"),
    (lambda a: a.post(a.refresh_form(a.token()["refresh_token"])), {"refresh_post": "405"},
     "refresh by POST is not taken, only by GET"),
    (lambda a: a.refresh(a.token(device_id="1")["refresh_token"]), {"require_device_id": True},
     "device_id is not the one of the sign-in"),
    (lambda a: a.call("user/profile", a.token()), {}, "answered for lei"),
    (lambda a: a.call_signed("user/profile", a.token()), {}, "signature right; answered for lei"),
    (withdrawn, {}, "the user has withdrawn consent"),
    (refreshed, {}, "access token ended when it was refreshed"),
    (expired_token, {}, "access token has expired"),
    (lambda a: a.call("user/profile", {"access_token": "x"}), {},
     "access token is not one that was issued here"),
    (lambda a: a.call("user/profile", a.token(), token=None), {}, "token is missing"),
    (deleted, {}, "the user's account is no longer there"),
    (lambda a: a.call("user/profile", a.token(), clientId="1"), {},
     "clientId is not the AppID that the token was issued to"),
    (lambda a: a.call("user/phoneAndEmail", a.token()), {}, "the token lacks scope 4 / 6"),
    (lambda a: a.call("user/profile", a.token()), {"require_mac": True}, "the call is not signed"),
    (lambda a: a.call_signed("user/profile", a.token()), {"signatures": "refused"},
     "the call is signed, and signatures are refused"),
    (lambda a: a.call("user/profile", a.token(), "MAC x"), {}, "MAC header is malformed, or has"),
    (lambda a: a.call_signed("user/profile", a.token() | {"mac_key": "x"}), {"mac": False},
     "the call is signed, and its token has no mac_key"),
    (lambda a: a.call_signed("user/profile", a.token() | {"mac_key": "x"}), {},
     "signature is wrong"),
    (same_nonce, {}, "nonce used a second time"),
    (an_hour_late, {},
     "nonce is -60 minutes off: the clock of the caller is wrong"),
    (lambda a: failing(a, status=503), {}, "fails as was asked for: HTTP status 503"),
    (lambda a: failing(a, code=96005, after=True, delay=0.01), {},
     "fails as was asked for: after it was done, after 0.01 seconds, error 96005"),
    (lambda a: failing(a, body=b"abc", headers={"X": "y"}), {},
     "fails as was asked for: another answer (3 bytes), other headers"),
    (lambda a: a.http.get(f"{a.xiaomi.url}/user/profil"), {}, "Xiaomi has no such path here"),
    (lambda a: a.http.put(f"{a.xiaomi.url}/oauth2/token"), {}, "this path does not take that"),
    (lambda a: a.http.get(a.xiaomi.url), {}, "shows the inspector"),
    (lambda a: control(a, "POST", "faults", endpoint="token", status=503), {},
     "control: token will fail: HTTP status 503"),
    (lambda a: control(a, "GET", "faults"), {}, "control: lists what there is"),
    (lambda a: control(a, "DELETE", "faults"), {}, "control: no request is to fail any more"),
    (lambda a: control(a, "GET", "requests"), {}, "control: lists what there is"),
    (lambda a: control(a, "DELETE", "requests"), {}, "control: the requests are forgotten"),
    (lambda a: control(a, "POST", "clock", seconds=129600), {},
     "control: the clock is 1.5 days ahead"),
    (lambda a: control(a, "POST", "withdraw", user="lei"), {}, "control: consent of lei withdrawn"),
    (lambda a: control(a, "POST", "withdraw", user="x"), {}, "control request is not valid"),
]  # fmt: skip


@pytest.mark.parametrize(("do", "options", "ending"), CASES)
def test_the_last_line_says_what_happened(do: Do, options: dict[str, Any], ending: str) -> None:
    written = io.StringIO()
    with Sandbox(log=written, **options) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            do(app)
    line = written.getvalue().splitlines()[-1]
    assert re.match(r"\d\d:\d\d:\d\d  (GET|POST|PUT|DELETE) /\S* \d{3}( \d{5})?  \S", line)
    assert ending in line


@pytest.mark.parametrize(("do", "options", "ending"), CASES)
def test_the_last_line_is_in_chinese_too(do: Do, options: dict[str, Any], ending: str) -> None:
    written = io.StringIO()
    with Sandbox(log=written, language="zh", **options) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            do(app)
    line = written.getvalue().splitlines()[-1]
    assert ending not in line
    assert re.search("[\u4e00-\u9fff]", line)


def test_a_line_has_time_method_path_status_number_and_words() -> None:
    written = io.StringIO()
    with Sandbox(log=written) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            app.redeem("x")
    line = "POST /oauth2/token 400 96013  code is not one that was issued here\n"
    assert re.fullmatch(r"\d\d:\d\d:\d\d  " + re.escape(line), written.getvalue())


def test_a_reset_has_a_line_without_a_status() -> None:
    written = io.StringIO()
    with Sandbox(log=written) as xiaomi:
        xiaomi.fail("token", reset=True)
        with pytest.raises(requests.ConnectionError):
            requests.post(f"{xiaomi.url}/oauth2/token", timeout=10)
        assert written.getvalue().endswith(
            "POST /oauth2/token -  fails as was asked for: connection reset\n"
        )
        assert xiaomi.requests[-1].status is None


def test_the_users_steps_have_a_line_each(browser: Browser) -> None:
    written = io.StringIO()
    with Sandbox(log=written) as xiaomi:
        app = Application(xiaomi)
        browser.open(app.authorize_url()).press("user", "lei").press("decision", "allow")
    assert [line[10:] for line in written.getvalue().splitlines()] == [
        "GET /oauth2/authorize 200  shows the accounts",
        "POST /sandbox/sign-in 303  lei has signed in",
        "GET /oauth2/authorize 200  asks lei for consent",
        "POST /sandbox/consent 302  lei has allowed access: back to the application with a code",
    ]


def test_no_secret_token_or_code_is_in_the_log() -> None:
    written = io.StringIO()
    with Sandbox(log=written) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            code = app.code()
            token = app.redeem(code)
            app.call_signed("user/profile", token)
            app.refresh(token["refresh_token"])
            app.redeem(code, client_id=xiaomi.client_secret)
    secrets = [code, xiaomi.client_secret, token["mac_key"], token["access_token"]]
    assert not any(secret in written.getvalue() for secret in [*secrets, token["refresh_token"]])
    assert len(written.getvalue().splitlines()) == 5


def test_the_parts_of_a_page_leave_no_line() -> None:
    written = io.StringIO()
    with Sandbox(log=written) as xiaomi:
        for path in ("sandbox/static/sandbox.css", "pictures/lei.svg", "sandbox/recent"):
            requests.get(f"{xiaomi.url}/{path}", timeout=10)
    assert written.getvalue() == ""


def test_a_record_says_what_happened(xiaomi: Sandbox, app: Application) -> None:
    used_code(app)
    first, *_, last = xiaomi.requests
    assert (first.status, first.error) == (302, None)
    assert (last.status, last.error) == (xiaomi.options["error_status"], 96013)
    assert last.why == "code used a second time"
    assert query(f"?{first.query}")["state"] == "s-1"


def test_a_record_not_yet_answered_says_nothing(xiaomi: Sandbox) -> None:
    xiaomi.fail("token", delay=60)
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{xiaomi.url}/oauth2/token", timeout=0.2)
    (record,) = xiaomi.requests
    assert (record.status, record.error, record.why) == (None, None, "")


@pytest.mark.parametrize(("language", "error"), [("fr", ValueError), (None, ValueError)])
def test_the_log_is_in_a_language_that_there_is(language: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"language is .*; it must be one of: en / zh"):
        Sandbox(language=language)
