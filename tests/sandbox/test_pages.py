"""What the user's browser shows and does."""

from __future__ import annotations

import re

import pytest

from authlib_xiaomi.sandbox import Account, Sandbox

from .application import CALLBACK, Application, Browser, query


def test_signing_in_and_allowing_ends_at_the_callback(app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url()).press("user", "lei").press("decision", "allow")
    assert browser.callback is not None
    assert app.redeem(query(browser.callback)["code"])["openId"]
    assert query(browser.callback)["state"] == "s-1"


def test_declining_brings_96012_to_the_callback(app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url()).press("user", "lei").press("decision", "decline")
    assert browser.callback is not None
    assert query(browser.callback)["error"] == "96012"


def test_the_code_is_for_who_was_picked(
    xiaomi: Sandbox, app: Application, browser: Browser
) -> None:
    browser.open(app.authorize_url()).press("user", "fox").press("decision", "allow")
    assert browser.callback is not None
    token = app.redeem(query(browser.callback)["code"])
    assert token["union_id"] == xiaomi.users["fox"].union_id


def test_the_sign_in_page_lists_all_accounts(
    xiaomi: Sandbox, app: Application, browser: Browser
) -> None:
    browser.open(app.authorize_url())
    assert re.findall(r'name="user" value="(.*?)"', browser.page) == list(xiaomi.users)


def test_a_signed_in_user_is_remembered(app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url()).press("user", "lei").open(app.authorize_url())
    assert 'name="decision"' in browser.page


def test_the_consent_page_says_who_what_and_where_to(app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url(scope="1 3 6000")).press("user", "lei")
    for text in ("Lei", "Your profile: name and picture", "Your Mi Home", "localhost:5000"):
        assert text in browser.page


def test_a_health_scope_is_called_health_data(browser: Browser) -> None:
    with Sandbox(scopes=[200007]) as xiaomi:
        url = Application(xiaomi).authorize_url(scope="200007")
        assert "health data: scope 200007" in browser.open(url).press("user", "lei").page


def test_a_scope_without_words_is_shown_by_number(browser: Browser) -> None:
    with Sandbox(scopes="1 99999") as xiaomi:
        url = Application(xiaomi).authorize_url(scope="99999")
        assert "scope 99999" in browser.open(url).press("user", "lei").page
        assert "权限 99999" in browser.open(f"{url}&_locale=zh_CN").page


def test_another_account_can_be_used(xiaomi: Sandbox, app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url()).press("user", "lei").follow("/sandbox/sign-in")
    browser.press("user", "nora").press("decision", "allow")
    assert browser.callback is not None
    token = app.redeem(query(browser.callback)["code"])
    assert token["union_id"] == xiaomi.users["nora"].union_id


def test_skip_confirm_passes_a_user_who_has_allowed_before(
    app: Application, browser: Browser
) -> None:
    browser.open(app.authorize_url()).press("user", "lei").press("decision", "allow")
    browser.open(app.authorize_url(skip_confirm="true"))
    assert browser.callback is not None
    assert "code" in query(browser.callback)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"skip_confirm": "false"}, "told to ask"),
        ({"skip_confirm": "true", "scope": "1 3 4"}, "a scope not allowed before"),
    ],
)
def test_a_user_who_has_allowed_before_is_asked_again(
    app: Application, browser: Browser, changes: dict[str, str], why: str
) -> None:
    browser.open(app.authorize_url()).press("user", "lei").press("decision", "allow")
    browser.open(app.authorize_url(**changes))
    assert browser.callback is None, why
    assert 'name="decision"' in browser.page


@pytest.mark.parametrize(
    ("skip", "asks"),
    [("True", False), ("1", False), ("TRUE", False), ("False", True), ("0", True), ("FALSE", True)],
)
def test_live_takes_skip_confirm_in_any_case_and_as_a_number(
    browser: Browser, skip: str, asks: bool
) -> None:
    with Sandbox() as xiaomi:
        app = Application(xiaomi)
        browser.open(app.authorize_url()).press("user", "lei").press("decision", "allow")
        browser.open(app.authorize_url(skip_confirm=skip))
    assert (browser.callback is None) is asks


def test_without_skip_confirm_the_current_default_is_to_skip(
    app: Application, browser: Browser
) -> None:
    browser.open(app.authorize_url()).press("user", "lei").press("decision", "allow")
    assert browser.open(app.authorize_url(skip_confirm=None)).callback is not None


def test_skip_confirm_asks_a_user_who_has_withdrawn_consent(
    xiaomi: Sandbox, app: Application, browser: Browser
) -> None:
    browser.open(app.authorize_url()).press("user", "lei").press("decision", "allow")
    xiaomi.withdraw("lei")
    assert browser.open(app.authorize_url(skip_confirm="true")).callback is None


def test_declining_is_not_remembered_as_consent(app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url()).press("user", "lei").press("decision", "decline")
    assert browser.open(app.authorize_url(skip_confirm="true")).callback is None


def test_an_error_of_the_application_is_shown_and_not_redirected(
    app: Application, browser: Browser
) -> None:
    browser.open(app.authorize_url(redirect_uri="http://evil.example/"))
    assert browser.status == 400
    assert browser.callback is None
    for text in ("96010", "OA_INVALID_REDIRECT_URI", "invalid redirect uri", "What to look at"):
        assert text in browser.page


def test_the_error_page_shows_the_callback_beside_those_registered(browser: Browser) -> None:
    registered = "https://abc.com/oauth;http://localhost:5000/auth?a=<b>"
    with Sandbox(redirect_uris=registered) as xiaomi:
        url = Application(xiaomi).authorize_url(redirect_uri="http://localhost:5001/auth?<i>")
        shown = browser.open(url).page
        chinese = browser.open(f"{url}&_locale=zh_CN").page
    asked = "http://localhost<mark>:5001</mark>/auth?&lt;i&gt;"
    nearest = "http://localhost<mark>:5000</mark>/auth?a=&lt;b&gt;"
    other = "<mark>https</mark>://<mark>abc.com</mark><mark>/oauth</mark>"
    assert shown.index(asked) < shown.index(nearest) < shown.index(other)
    assert "differs in: port\n" in re.sub("<[^>]+>", "\n", shown)
    assert "differs in: scheme, port, host, path" in shown
    assert "不同之处：协议、端口、主机、路径" in chinese


@pytest.mark.parametrize("asked", ["/auth", "http://[x/", "http://localhost/a b", "http://a:0/"])
def test_the_error_page_shows_a_callback_that_is_not_a_url(
    app: Application, browser: Browser, asked: str
) -> None:
    page = browser.open(app.authorize_url(redirect_uri=asked)).page
    assert f"<code>{asked}</code>" in page
    assert "not a plain, absolute URL" in page
    assert "any port" in page


def test_an_error_for_the_application_is_redirected(app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url(scope="profile"))
    assert browser.callback is not None
    assert query(browser.callback)["error"] == "96007"


@pytest.mark.parametrize("path", ["/sandbox/sign-in", "/sandbox/consent"])
def test_no_form_redirects_to_a_callback_that_does_not_match(
    xiaomi: Sandbox, app: Application, path: str
) -> None:
    url = app.authorize_url(redirect_uri="http://evil.example/")
    url = url.replace("/oauth2/authorize", path)
    response = app.http.post(url, data={"user": "lei"}, allow_redirects=False)
    assert response.status_code == 400
    assert "96010" in response.text


def test_a_signed_in_form_of_another_site_is_refused(
    app: Application, browser: Browser, xiaomi: Sandbox
) -> None:
    browser.open(app.authorize_url()).press("user", "lei")
    browser.press("decision", "allow", token="forged")
    assert browser.callback is None
    assert "That form was out of date" in browser.page


def test_a_sign_in_form_of_another_site_is_refused(app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url()).press("user", "lei", token="forged")
    assert 'name="user"' in browser.page
    assert "That form was out of date" in browser.page


def test_a_form_token_of_one_browser_is_none_of_another(app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url()).press("user", "lei")
    other = Browser()
    with other.http:
        other.open(app.authorize_url()).press("user", "lei")
        other.page = browser.page
        assert other.press("decision", "allow").callback is None


def test_a_consent_form_shown_to_one_user_does_not_count_for_the_next(
    app: Application, browser: Browser
) -> None:
    shown_to_lei = browser.open(app.authorize_url()).press("user", "lei").page
    browser.follow("/sandbox/sign-in").press("user", "nora")
    browser.page = shown_to_lei
    assert browser.press("decision", "allow").callback is None
    assert "Nora" in browser.page


def test_a_decision_that_is_neither_yes_nor_no_asks_again(
    app: Application, browser: Browser
) -> None:
    browser.open(app.authorize_url()).press("user", "lei").press("decision", "perhaps")
    assert browser.callback is None
    assert 'name="decision"' in browser.page


def test_signing_in_as_somebody_unknown_asks_again(app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url()).press("user", "nobody")
    assert 'name="user"' in browser.page


@pytest.mark.parametrize("then", ["consent", "authorize"])
def test_a_user_deleted_meanwhile_must_sign_in(
    xiaomi: Sandbox, app: Application, browser: Browser, then: str
) -> None:
    browser.open(app.authorize_url()).press("user", "nora")
    del xiaomi.users["nora"]
    if then == "consent":
        browser.press("decision", "allow")
    else:
        browser.open(app.authorize_url())
    assert browser.callback is None
    assert 'name="user"' in browser.page


def test_signing_out_forgets_the_user(xiaomi: Sandbox, app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url()).press("user", "lei").open(xiaomi.url)
    assert "Signed in as" in browser.page
    browser.press("sign", "out")
    assert "Nobody is signed in" in browser.page
    assert 'name="user"' in browser.open(app.authorize_url()).page


def test_a_sign_out_form_of_another_site_is_refused(
    xiaomi: Sandbox, app: Application, browser: Browser
) -> None:
    browser.open(app.authorize_url()).press("user", "lei").open(xiaomi.url)
    assert "Signed in as" in browser.press("sign", "out", token="forged").page


@pytest.mark.parametrize(
    ("locale", "accepted", "language"),
    [
        ("zh_CN", "en", "zh-CN"),
        ("en_US", "zh-CN,zh;q=0.9", "en"),
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("", "zh-TW", "zh-CN"),
        ("", "de-AT,en;q=0.5", "en"),
        ("", "de", "en"),
        ("fr_FR", "zh", "zh-CN"),
    ],
)
def test_the_language_is_the_locales_or_else_the_browsers(
    app: Application, browser: Browser, locale: str, accepted: str, language: str
) -> None:
    url = app.authorize_url(**({"_locale": locale} if locale else {}))
    browser.open(url, **{"Accept-Language": accepted})
    assert f'<html lang="{language}">' in browser.page


def test_the_language_lasts_to_the_end(app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url(_locale="zh_CN"))
    assert "选择帐号" in browser.page
    assert "你的资料：昵称和头像" in browser.press("user", "lei").page
    assert browser.press("decision", "allow").callback is not None


def test_the_language_can_be_switched_on_the_page(app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url()).press("user", "lei")
    assert "授权访问" in browser.follow("/oauth2/authorize").page
    assert "Allow access?" in browser.follow("/oauth2/authorize").page


def test_an_error_page_is_in_chinese_too(app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url(client_id="1", _locale="zh_CN"))
    assert "AppID 不存在" in browser.page


@pytest.mark.parametrize("page", ["sign-in", "consent", "error", "home"])
def test_every_page_says_that_it_is_a_sandbox(
    xiaomi: Sandbox, app: Application, browser: Browser, page: str
) -> None:
    visit(page, xiaomi, app, browser)
    assert "not Xiaomi" in browser.page


@pytest.mark.parametrize("page", ["sign-in", "consent", "error", "home"])
def test_every_page_is_strict_about_what_it_loads(
    xiaomi: Sandbox, app: Application, browser: Browser, page: str
) -> None:
    visit(page, xiaomi, app, browser)
    headers = browser.response.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'")
    # It would keep Chromium from following the redirect to the application.
    assert "form-action" not in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    page = browser.page
    if page_has_script := (page.count("<script") == 1):
        page = page.replace('<script src="/sandbox/static/inspector.js" defer></script>', "")
        assert "; script-src 'self'; connect-src 'self'" in policy
    assert page_has_script is ("data-recent" in page)
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize("page", ["sign-in", "consent", "error", "home"])
def test_everything_a_page_loads_is_there(
    xiaomi: Sandbox, app: Application, browser: Browser, page: str
) -> None:
    visit(page, xiaomi, app, browser)
    loaded = re.findall(r'(?:src|href)="(/[^"]*\.(?:css|svg))"', browser.page)
    assert loaded
    for path in loaded:
        assert app.http.get(xiaomi.url + path).status_code == 200


def visit(page: str, xiaomi: Sandbox, app: Application, browser: Browser) -> None:
    if page == "error":
        browser.open(app.authorize_url(client_id="1"))
    elif page == "home":
        browser.open(xiaomi.url)
    else:
        browser.open(app.authorize_url())
    if page == "consent":
        browser.press("user", "lei")


def test_a_nick_is_escaped(app: Application, browser: Browser) -> None:
    for _ in range(2):
        browser.open(app.authorize_url())
        assert "<b>" not in browser.page
        assert "&lt;b&gt;米粉&lt;/b&gt; 🦊 &amp; &#34;co&#34;" in browser.page
        browser.press("user", "fox")


def test_a_sign_in_name_is_escaped(browser: Browser) -> None:
    with Sandbox(users={'"><script>': Account(1, "u")}) as xiaomi:
        browser.open(Application(xiaomi).authorize_url())
    assert "<script" not in browser.page


def test_a_picture_elsewhere_is_not_loaded(
    xiaomi: Sandbox, app: Application, browser: Browser
) -> None:
    xiaomi.users["lei"].icon = "https://cdn.example/lei.jpg"
    assert "cdn.example" not in browser.open(app.authorize_url()).page


def test_an_account_without_a_nick_goes_by_its_sign_in_name(browser: Browser) -> None:
    with Sandbox(users={"bare": Account(7, None, nick=None, icon=None)}) as xiaomi:
        browser.open(Application(xiaomi).authorize_url())
    assert "(no nickname)" in browser.page


def test_the_cookie_keeps_to_itself(app: Application, browser: Browser) -> None:
    cookie = browser.open(app.authorize_url()).response.headers["Set-Cookie"]
    assert cookie.startswith("xiaomi_sandbox_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_cookie_that_the_sandbox_did_not_make_is_replaced(
    app: Application, browser: Browser
) -> None:
    browser.open(app.authorize_url(), Cookie="xiaomi_sandbox_session=chosen")
    assert "chosen" not in browser.response.headers["Set-Cookie"]


def test_another_sandboxs_cookie_signs_nobody_in(app: Application, browser: Browser) -> None:
    browser.open(app.authorize_url()).press("user", "lei")
    with Sandbox() as other:
        browser.open(Application(other).authorize_url())
    assert 'name="user"' in browser.page


def test_the_callback_of_a_subpath_is_kept_through_the_pages(
    app: Application, browser: Browser
) -> None:
    browser.open(app.authorize_url(redirect_uri=f"{CALLBACK}/deep?a=b&c=d"))
    browser.press("user", "lei").press("decision", "allow")
    assert browser.callback is not None
    assert browser.callback.startswith(f"{CALLBACK}/deep?a=b&c=d&code=")
