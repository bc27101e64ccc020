"""The error page: what it says, with which status, and the way back."""

from __future__ import annotations

import html

import pytest
from flask import Flask

from authlib_xiaomi import ErrorCode
from authlib_xiaomi._tools import facts
from authlib_xiaomi._tools.translations import Language
from authlib_xiaomi.sandbox import Sandbox
from demo_flask.texts import PROBLEMS, problem_texts

from .visitors import MakeApp, User

ZH = {"Accept-Language": "zh-CN"}


def assert_shows(page: str, word: str, language: Language) -> None:
    for text in problem_texts(word, language):
        assert text in html.unescape(page)


def test_who_declines_is_told_so(user: User) -> None:
    callback = user.xiaomi.deny(user.client.get("/sign-in").location)

    response = user.client.get(callback)

    assert response.status_code == 403
    calm, _, developers = response.text.partition("<main")[2].partition("<details>")
    assert "<h1>You did not allow access.</h1>\n\n<p>Nothing was shared.</p>" in calm
    for text in ("access_denied", "96012", "OA_ACCESS_DENIED"):
        assert text in developers
        assert text not in calm
    assert 'href="/sign-in"' in response.text
    assert 'href="/"' in response.text


def test_the_way_back_still_leads_where_the_user_was_going(user: User) -> None:
    where = user.client.get("/sign-in?next=/account?x=1").location

    page = user.client.get(user.xiaomi.deny(where)).text

    link = page.partition('class="button primary" href="')[2].partition('"')[0]
    assert user.sign_in(path=link).location == "/account?x=1"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("code", list(ErrorCode))
def test_each_number_is_explained(user: User, code: ErrorCode, language: Language) -> None:
    where = user.client.get("/sign-in", headers={"Accept-Language": language}).location
    user.xiaomi.fail("token", code=code)

    response = user.client.get(user.xiaomi.allow(where), headers={"Accept-Language": language})

    assert response.status_code in (400, 403, 500)
    page = html.unescape(response.text)
    assert facts.text(code.hint, language) in page
    assert code.error in page
    assert f"<code>{int(code)}</code>" in page


def test_a_wrong_secret_is_the_applications_fault(
    make_app: MakeApp, xiaomi_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "not+the/secret=="
    user = User(make_app(XIAOMI_CLIENT_SECRET=secret).test_client(), xiaomi_sandbox)

    response = user.sign_in()

    assert response.status_code == 500
    assert ErrorCode.OA_INVALID_CLIENT.hint in html.unescape(response.text)
    assert "96003" in caplog.text
    assert secret not in response.text + caplog.text


@pytest.mark.parametrize(
    ("fault", "status", "title"),
    [
        ({"status": 502}, 503, "Xiaomi cannot be reached"),
        ({"reset": True}, 503, "Xiaomi cannot be reached"),
        ({"body": b"<html>"}, 502, "makes no sense"),
        ({"code": 99999}, 500, "Xiaomi reports an error"),
    ],
)
def test_what_has_no_known_number_is_explained(
    user: User, fault: dict[str, object], status: int, title: str
) -> None:
    user.xiaomi.fail("token", **fault)  # type: ignore[arg-type]

    response = user.sign_in()

    assert response.status_code == status
    assert title in response.text


def test_what_xiaomi_refuses_is_not_taken_for_declining(user: User) -> None:
    user.xiaomi.fail("token", code=96012)

    page = user.sign_in().text

    assert "You did not allow access" not in page
    assert "Access was refused" in page


@pytest.mark.parametrize("headers", [{}, ZH], ids=["en", "zh"])
@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/sign-in/callback?code=c&state=s", "state_lost"),
        ("/sign-in/callback", "state_missing"),
    ],
)
def test_a_callback_that_nobody_asked_for_is_refused(
    user: User, path: str, word: str, headers: dict[str, str]
) -> None:
    response = user.client.get(path, headers=headers)

    assert response.status_code == 400
    assert "mismatching_state" in response.text
    assert_shows(response.text, word, "zh" if headers else "en")


def test_a_callback_of_another_browser_is_refused(user: User) -> None:
    user.client.get("/sign-in")

    response = user.client.get("/sign-in/callback?code=c&state=s")

    assert response.status_code == 400
    assert_shows(response.text, "state_other", "en")


def test_a_callback_that_is_reloaded_after_an_error_says_so(user: User) -> None:
    callback = user.xiaomi.deny(user.client.get("/sign-in").location)
    user.client.get(callback)

    response = user.client.get(callback)

    assert response.status_code == 400
    assert_shows(response.text, "state_used", "en")


def test_a_forged_callback_does_not_get_to_speak(user: User) -> None:
    response = user.client.get("/sign-in/callback?error=1&error_description=Call+0800&state=s")

    assert "0800" not in response.text


def test_a_reload_leads_who_is_signed_in_onward(user: User) -> None:
    callback = user.xiaomi.allow(user.client.get("/sign-in").location)
    user.client.get(callback)
    user.xiaomi.clear()

    response = user.client.get(callback)

    assert (response.status_code, response.location) == (303, "/account")
    assert user.xiaomi.requests == []
    assert "<h1>Lei</h1>" in user.client.get("/account").text


def test_a_browser_that_looks_ahead_does_not_use_the_callback_up(user: User) -> None:
    callback = user.xiaomi.allow(user.client.get("/sign-in").location)

    ahead = user.client.get(callback, headers={"Sec-Purpose": "prefetch"})

    assert (ahead.status_code, ahead.data) == (204, b"")
    assert user.client.get(callback).location == "/account"


def test_a_callback_without_a_code_is_no_fault_of_ours(user: User) -> None:
    callback = user.xiaomi.allow(user.client.get("/sign-in").location)

    response = user.client.get(callback.replace("code=", "kode="))

    assert response.status_code == 400
    assert "neither a code nor an error" in response.text


def test_xiaomis_text_is_text(user: User) -> None:
    callback = user.xiaomi.deny(user.client.get("/sign-in").location)

    page = user.client.get(
        callback.replace("access+denied", "%3Cb%3Ebold").replace("access%20denied", "%3Cb%3Ebold")
    ).text

    assert "<b>" not in page
    assert "&lt;b&gt;bold" in page


def test_it_can_be_read_in_the_other_language(user: User) -> None:
    page = user.client.get(user.xiaomi.deny(user.client.get("/sign-in").location)).text
    switch = page.partition('<nav>\n<a href="')[2].partition('"')[0].replace("&amp;", "&")

    response = user.client.get(switch, follow_redirects=True)

    assert response.status_code == 403
    assert_shows(response.text, "declined", "zh")


@pytest.mark.parametrize("word", list(PROBLEMS))
def test_each_problem_has_a_page_in_both_languages(user: User, word: str) -> None:
    english = user.client.get(f"/problem/{word}")
    chinese = user.client.get(f"/problem/{word}", headers=ZH)

    assert english.status_code == chinese.status_code >= 400
    assert_shows(english.text, word, "en")
    assert_shows(chinese.text, word, "zh")


@pytest.mark.parametrize(
    "path", ["/nope", "/problem/nonsense", "/problem/access_denied?code=1", "/language/fr"]
)
def test_there_is_no_such_page(user: User, path: str) -> None:
    response = user.client.get(path)

    assert response.status_code == 404
    assert "There is no such page" in response.text


def test_a_forms_address_is_not_to_be_opened(user: User) -> None:
    response = user.client.get("/sign-out")

    assert response.status_code == 405
    assert "This address is for a form" in response.text


@pytest.mark.parametrize("path", ["/sign-out", "/account/call", "/account/refresh"])
def test_a_form_of_another_site_is_refused(user: User, path: str) -> None:
    user.sign_in()

    response = user.client.post(path, data={"csrf_token": "guessed"})

    assert response.status_code == 400
    assert "That form was out of date" in response.text
    assert user.client.get("/account").status_code == 200


def test_a_form_that_is_too_large_is_refused(user: User) -> None:
    response = user.client.post("/sign-out", data={"csrf_token": "x" * 100_000})

    assert 400 <= response.status_code < 500


def test_a_mistake_of_ours_shows_nothing_of_it(app: Flask, user: User) -> None:
    def broken() -> str:
        raise LookupError("a secret")

    app.add_url_rule("/broken", view_func=broken)

    response = user.client.get("/broken")

    assert response.status_code == 500
    assert "Something went wrong here" in response.text
    assert "a secret" not in response.text
