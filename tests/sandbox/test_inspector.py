"""The sandbox's own page: what it shows, and its switches."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from authlib_xiaomi.sandbox import Account, Sandbox

from .application import Application, Browser


@pytest.fixture
def live() -> Iterator[Application]:
    with Sandbox() as xiaomi:
        application = Application(xiaomi)
        with application.http:
            yield application


def switch(browser: Browser, xiaomi: Sandbox, name: str, **fields: str) -> Browser:
    """Send one of the page's forms, with the token that the page has."""
    browser.open(xiaomi.url)
    assert f'action="/sandbox/{name}"' in browser.page
    fields.setdefault("token", re.findall(r'name="token" value="([^"]*)"', browser.page)[0])
    url = f"{xiaomi.url}/sandbox/{name}"
    return browser._take(browser.http.post(url, data=fields, allow_redirects=False))


def test_the_page_shows_requests_and_answers_the_newest_first(
    live: Application, browser: Browser
) -> None:
    live.redeem("wrong")
    live.call("user/profile", live.token())
    page = html.unescape(browser.open(live.xiaomi.url).page)
    shown = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page))
    places = [
        shown.index(text)
        for text in (
            "GET /user/profile 200 answered for lei",
            "POST /oauth2/token 200 code of lei exchanged for a token",
            "GET /oauth2/authorize 302 lei has allowed access",
            "POST /oauth2/token 400 · 96013 code is not one that was issued here",
        )
    ]
    assert places == sorted(places)
    for text in ('"unionId": "union_lei_4f1d0c9a7b"', "grant_type", "authorization_code"):
        assert text in page
    assert page.index("client_id") < page.index("client_secret") < page.index("grant_type")


def test_the_page_leaves_out_secrets_tokens_and_codes(live: Application, browser: Browser) -> None:
    xiaomi = live.xiaomi
    code = live.code(state="the-state")
    token = live.redeem(code)
    live.redeem(code, client_id=xiaomi.client_secret)
    live.call_signed("user/profile", token)
    live.refresh(token["refresh_token"])
    page = html.unescape(browser.open(xiaomi.url).page)
    secrets = [xiaomi.client_secret, code, "the-state", xiaomi.control_token]
    secrets += [token[name] for name in ("access_token", "refresh_token", "mac_key")]
    assert not any(secret in page for secret in secrets)
    assert f"(hidden, {len(code)} characters)" in page
    assert f'"access_token": "(hidden, {len(token["access_token"])} characters)"' in page
    assert xiaomi.client_id in page


def test_the_page_needs_no_script(live: Application, browser: Browser) -> None:
    live.code()
    page = browser.open(live.xiaomi.url).page
    assert "/oauth2/authorize" in page
    recent = live.http.get(f"{live.xiaomi.url}/sandbox/recent").text
    assert recent.strip() in page
    assert "<html" not in recent
    script = live.http.get(f"{live.xiaomi.url}/sandbox/static/inspector.js")
    assert script.headers["Content-Type"].startswith("text/javascript")


def test_an_answer_that_is_not_json_is_not_shown(live: Application, browser: Browser) -> None:
    live.xiaomi.fail("token", body=b'{"access_token":"V3_sec', times=1)
    live.xiaomi.fail("token", status=503)
    for _ in range(2):
        live.post({})
    page = browser.open(live.xiaomi.url).page
    assert "V3_sec" not in page
    assert "fails as was asked for: another answer (23 bytes)" in page


def test_what_a_request_brings_is_escaped(live: Application, browser: Browser) -> None:
    live.http.get(f"{live.xiaomi.url}/user/profile?<script>=1&clientId=<b>&scope=<i>")
    live.xiaomi.fail("token", body=b'{"a":["<u>", {"mac_key ": "<s>"}]}')
    live.post({})
    page = browser.open(live.xiaomi.url).page
    assert not re.search("<(script>|b>|i>|u>|s>)", page)
    assert "&lt;u&gt;" in page
    assert "(hidden, 3 characters)" in page


@pytest.mark.parametrize(
    ("preset", "endpoint", "outcome"),
    [
        ("preset_fail", "token", 503),
        ("preset_token_expired", "user/profile", 403),
        ("preset_denied", "user/profile", 401),
        ("preset_refresh_expired", "token", 400),
        ("preset_code_expired", "token", 400),
        ("preset_html", "token", "text/html"),
        ("preset_other_json", "user/profile", '{"hello":"world"}'),
        ("preset_reset", "token", requests.ConnectionError),
        ("preset_lost", "token", requests.ConnectionError),
        ("preset_truncated", "token", requests.exceptions.ChunkedEncodingError),
    ],
)
def test_a_switch_lets_the_next_request_fail(
    live: Application, browser: Browser, preset: str, endpoint: str, outcome: Any
) -> None:
    switch(browser, live.xiaomi, "fail", endpoint=endpoint, preset=preset, times="0")
    assert browser.url.startswith(f"{live.xiaomi.url}/?_locale=en_US")
    path = f"{live.xiaomi.url}/{'oauth2/token' if endpoint == 'token' else endpoint}"
    if isinstance(outcome, type):
        with pytest.raises(outcome):
            live.http.post(path)
    else:
        method = live.http.post if endpoint == "token" else live.http.get
        response = method(path)
        assert outcome in (response.status_code, response.headers["Content-Type"], response.text)


def test_a_request_can_hang(live: Application, browser: Browser) -> None:
    switch(browser, live.xiaomi, "fail", endpoint="token", preset="preset_hang", times="0")
    with pytest.raises(requests.ReadTimeout):
        live.http.post(f"{live.xiaomi.url}/oauth2/token", timeout=0.2)


@pytest.mark.parametrize(("times", "how_often"), [("0", "1×"), ("2", "3×"), ("3", "always")])
def test_what_is_to_fail_is_listed_and_can_be_forgotten(
    live: Application, browser: Browser, times: str, how_often: str
) -> None:
    switch(browser, live.xiaomi, "fail", endpoint="token", preset="preset_fail", times=times)
    shown = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", browser.page))
    assert f"token HTTP status 503 ( {how_often} )".replace("( ", "(").replace(" )", ")") in shown
    switch(browser, live.xiaomi, "clear")
    assert "Waiting for requests" not in browser.page
    assert live.post({}).status_code == 400


def test_consent_can_be_withdrawn_on_the_page(live: Application, browser: Browser) -> None:
    token = live.token()
    switch(browser, live.xiaomi, "withdraw", user="lei")
    assert live.call("user/profile", token).json()["code"] == 96008
    assert "Withdraw consent" not in browser.page


def test_only_a_consent_that_was_given_can_be_withdrawn(
    live: Application, browser: Browser
) -> None:
    live.token()
    browser.open(live.xiaomi.url)
    assert re.findall(r'aria-label="Withdraw consent: (\w+)"', browser.page) == ["lei"]


def test_the_log_says_what_was_done_on_the_page(browser: Browser) -> None:
    written = io.StringIO()
    with Sandbox(log=written) as xiaomi:
        xiaomi.allow(Application(xiaomi).authorize_url())
        browser.open(Application(xiaomi).authorize_url()).press("user", "lei")
        for name, fields in (
            ("fail", {"endpoint": "token", "preset": "preset_fail", "times": "0"}),
            ("clear", {}),
            ("advance", {"days": "3"}),
            ("withdraw", {"user": "lei"}),
            ("sign-out", {}),
        ):
            switch(browser, xiaomi, name, **fields)
    lines = [line.partition("303  ")[2] for line in written.getvalue().splitlines()]
    assert [line for line in lines if line.startswith("control: ")] == [
        "control: token will fail: HTTP status 503",
        "control: no request is to fail any more",
        "control: the clock is 3 days ahead",
        "control: consent of lei withdrawn",
        "control: the user is signed out",
    ]


def test_the_clock_can_be_moved_on_on_the_page(live: Application, browser: Browser) -> None:
    token = live.token()
    switch(browser, live.xiaomi, "advance", days="3")
    assert "It is 3 days ahead" in browser.page
    assert live.call("user/profile", token).json()["code"] == 96008


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("fail", {"endpoint": "token", "preset": "preset_fail", "times": "0", "token": "forged"}),
        ("withdraw", {"user": "lei", "token": "forged"}),
        ("advance", {"days": "3", "token": "forged"}),
        # A form that the page did not make may say anything.
        ("fail", {}),
        ("fail", {"endpoint": "tokens", "preset": "preset_fail", "times": "0"}),
        ("fail", {"endpoint": "token", "preset": "preset_fail", "times": "9"}),
        ("fail", {"endpoint": "token", "preset": "other", "times": "0"}),
        ("withdraw", {}),
        ("advance", {"days": "-3"}),
        ("advance", {"days": "x"}),
    ],
)
def test_a_form_that_is_not_the_pages_changes_nothing(
    live: Application, browser: Browser, name: str, fields: dict[str, str]
) -> None:
    token = live.token()
    switch(browser, live.xiaomi, name, **fields)
    assert "Waiting for requests" not in browser.page
    assert "It is 0 days ahead" in browser.page
    assert live.call("user/profile", token).json()["code"] == 0
    assert live.redeem("x")["error"] == 96013


@pytest.mark.parametrize("where", ["/", "/oauth2/authorize"])
def test_each_account_says_what_it_is_for(browser: Browser, where: str) -> None:
    users = {
        "plain": Account(1, "u1", nick="P", icon="/pictures/p.svg", phone="1"),
        "bare": Account(2, None, nick=None, icon=None),
        "mine": Account(3, "u3", note="For the <demo>"),
    }
    with Sandbox(users=users) as xiaomi:
        app = Application(xiaomi)
        page = browser.open(xiaomi.url if where == "/" else app.authorize_url()).page
    assert "For the ordinary case: everything is there." in page
    for what in ("a nickname", "a picture", "neither phone number nor e-mail", "a unionId"):
        assert what in page
    assert "For the &lt;demo&gt;" in page


def test_consent_names_openid_as_well(live: Application, browser: Browser) -> None:
    browser.open(live.authorize_url(scope="1 openid")).press("user", "lei")
    assert "That you sign in (OpenID Connect)" in browser.page


def test_the_page_is_in_chinese_too(live: Application, browser: Browser) -> None:
    live.redeem("x")
    page = browser.open(f"{live.xiaomi.url}/?_locale=zh_CN").page
    for text in ("小米沙箱", "授权码不是本沙箱签发的", "让请求失败", "用于没有头像的用户。"):
        assert text in page


@pytest.mark.parametrize("page", ["sign-in", "consent", "home"])
def test_the_application_has_a_name_and_a_mark(browser: Browser, tmp_path: Any, page: str) -> None:
    file = tmp_path / "mark.PNG"
    file.write_bytes(b"\x89PNG")
    with Sandbox(name=" Tea & Shop ", mark=file) as xiaomi:
        app = Application(xiaomi)
        browser.open(xiaomi.url if page == "home" else app.authorize_url())
        if page == "consent":
            browser.press("user", "lei")
        assert "Tea &amp; Shop" in browser.page
        if page != "home":
            assert 'src="/sandbox/mark"' in browser.page
        mark = requests.get(f"{xiaomi.url}/sandbox/mark", timeout=10)
    assert (mark.content, mark.headers["Content-Type"]) == (b"\x89PNG", "image/png")


def test_a_name_without_a_mark_gives_its_first_letter(browser: Browser) -> None:
    with Sandbox(name="茶馆") as xiaomi:
        page = browser.open(Application(xiaomi).authorize_url()).page
        assert requests.get(f"{xiaomi.url}/sandbox/mark", timeout=10).status_code == 404
    assert '<span class="mark letter" aria-hidden="true">茶</span>' in page
    assert "to continue to 茶馆." in page


def test_without_a_name_the_app_id_stands_for_it(app: Application, browser: Browser) -> None:
    page = browser.open(app.authorize_url()).page
    assert f"to continue to Application {app.xiaomi.client_id}." in page
    assert 'class="mark' not in page


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"name": "x" * 61}, ValueError, "name must be printable, and at most 60"),
        ({"name": "a\nb"}, ValueError, "name must be printable"),
        ({"name": 5}, TypeError, "name is a string, not int"),
        ({"mark": "mark.txt"}, ValueError, r"mark 'mark\.txt' is not a picture by its name"),
        ({"mark": "/nonexistent/mark.svg"}, ValueError, "cannot read mark .*: No such file"),
        ({"mark": 5}, TypeError, "int"),
        ({"control_token": "a b"}, ValueError, "control_token must be printable ASCII"),
        ({"control_token": ""}, ValueError, "control_token must be printable ASCII"),
        ({"control_token": 5}, TypeError, "control_token is a string, not int"),
    ],
)
def test_a_name_or_mark_or_token_that_cannot_be_is_refused(
    options: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Sandbox(**options)


def test_a_mark_has_a_size_that_a_page_can_show(tmp_path: Any) -> None:
    file = tmp_path / "mark.svg"
    file.write_bytes(b"x" * (1 << 20))
    assert Sandbox(mark=str(file))
    file.write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(ValueError, match="larger than 1 MiB"):
        Sandbox(mark=str(file))
