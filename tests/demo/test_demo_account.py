"""The signed-in page, and what can be tried there."""

from __future__ import annotations

import dataclasses
import html
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Literal

import pytest
from flask import Flask
from sqlalchemy import select

from authlib_xiaomi.sandbox import Sandbox
from demo_flask.database import StoredToken, transaction
from demo_flask.xiaomi import fetch_token, register, renew_token, update_token, who_is_it

from .visitors import MakeApp, User


def stored_token(app: Flask) -> dict[str, object]:
    with app.app_context(), transaction() as db:
        return db.scalars(select(StoredToken)).one().token


def change_token(app: Flask, **changed: object) -> None:
    with app.app_context(), transaction() as db:
        row = db.scalars(select(StoredToken)).one()
        row.replace({**row.token, **changed})


def test_it_shows_what_xiaomi_gave(user: User) -> None:
    user.sign_in()
    lei = user.xiaomi.users["lei"]

    page = user.client.get("/account").text

    assert f'src="{user.xiaomi.url}/pictures/lei.svg"' in page
    assert f"<code>{lei.union_id}</code>" in page
    assert f"<code>{lei.open_id}</code>" in page
    assert "The user&#39;s profile" in page
    assert "The user&#39;s open id" in page
    assert "in 3 days" in page


def test_it_shows_no_token(app: Flask, user: User) -> None:
    user.sign_in()
    pages = user.client.get("/account").text + user.post("/account/call").text
    pages += user.post("/account/refresh", follow_redirects=True).text

    token = stored_token(app)
    for name in ("access_token", "refresh_token", "mac_key"):
        assert str(token[name]) not in pages


@pytest.mark.parametrize(("signatures", "words"), [("optional", ["no"]), ("required", ["yes"])])
def test_it_says_whether_calls_are_signed(
    make_app: MakeApp, signatures: Literal["optional", "required"], words: list[str]
) -> None:
    with Sandbox(signatures=signatures) as xiaomi:
        user = User(make_app(**xiaomi.config()).test_client(), xiaomi)
        user.sign_in()  # and the package finds out what Xiaomi wants

        page = user.post("/account/call").text

        assert re.findall("<dt>Signed</dt><dd>(.+?)</dd>", page) == words
        signed = xiaomi.requests[-1].headers.get("Authorization", "").startswith("MAC ")
        assert words == ["yes" if signed else "no"]


def test_it_does_without_what_a_token_may_lack(app: Flask, user: User) -> None:
    user.sign_in()
    with app.app_context(), transaction() as db:
        db.scalars(select(StoredToken)).one().replace({"access_token": "a"})

    page = user.client.get("/account").text

    assert page.count("Xiaomi did not say.") == 2


def test_a_name_is_text(user: User) -> None:
    user.sign_in("fox")
    nick = str(user.xiaomi.users["fox"].nick)

    for page in (user.client.get("/account").text, user.post("/account/call").text):
        assert "<b>" not in page
        assert nick in html.unescape(page)


def test_who_has_no_picture_has_an_initial(user: User) -> None:
    user.sign_in("ghost")

    page = user.client.get("/account").text

    assert "<img" not in page
    assert '<span class="portrait none" aria-hidden="true">小</span>' in page


def test_calling_the_api_shows_the_answer(user: User) -> None:
    user.sign_in()
    user.xiaomi.clear()

    response = user.post("/account/call")

    assert response.status_code == 200
    assert "Xiaomi answered in " in response.text
    assert "&#34;miliaoNick&#34;: &#34;Lei&#34;" in response.text
    assert "had expired" not in response.text
    assert len(user.xiaomi.requests) == 1


def test_what_was_sent_is_shown(app: Flask, user: User) -> None:
    user.sign_in()
    change_token(app, expires_at=1)
    user.xiaomi.clear()

    page = user.post("/account/call").text

    shown = re.findall(
        "<p><code>(.+?)</code></p>.+?<dt>Scope</dt><dd>(.+?)</dd>.+?<dd>[0-9]+ ms</dd>",
        page,
        re.DOTALL,
    )
    assert shown == [("POST /oauth2/token", "none"), ("GET /user/profile", "1")]
    assert [f"{sent.method} {sent.path}" for sent in user.xiaomi.requests] == [
        what for what, _ in shown
    ]


@pytest.mark.parametrize(
    ("path", "function"), [("/account/call", who_is_it), ("/account/refresh", renew_token)]
)
def test_the_code_is_what_ran(
    user: User, path: str, function: Callable[[], Mapping[str, object]]
) -> None:
    user.sign_in()

    page = html.unescape(user.post(path, follow_redirects=True).text)

    assert inspect.getsource(function).rstrip() in page
    assert inspect.getsource(register) in page
    assert "demo_flask/xiaomi.py" in page


def test_what_came_of_a_button_stands_below_it(user: User) -> None:
    user.sign_in()

    for path in ("/account/call", "/account/refresh"):
        page = user.post(path, follow_redirects=True).text
        assert page.index("Call the API") < page.index('id="outcome"')


def test_calling_the_api_takes_over_what_has_changed(user: User) -> None:
    user.sign_in()
    user.xiaomi.users["lei"] = dataclasses.replace(user.xiaomi.users["lei"], nick="Lei II")

    assert "<h1>Lei II</h1>" in user.post("/account/call").text
    assert "<h1>Lei II</h1>" in user.client.get("/account").text


def test_what_is_said_of_another_user_is_not_taken_over(make_app: MakeApp) -> None:
    with Sandbox(union_id=False) as xiaomi:
        user = User(make_app(**xiaomi.config()).test_client(), xiaomi)
        user.sign_in()
        lei = xiaomi.users["lei"]
        xiaomi.users["lei"] = dataclasses.replace(lei, union_id="union_other", nick="Other")

        user.post("/account/call")

        assert "<h1>Lei</h1>" in user.client.get("/account").text


def test_nobody_has_no_token(app: Flask) -> None:
    with app.test_request_context():
        assert fetch_token() is None


def test_an_expired_token_is_refreshed_on_the_way(app: Flask, user: User) -> None:
    user.sign_in()
    change_token(app, expires_at=1)
    assert "expired" in user.client.get("/account").text
    before = stored_token(app)

    assert "had expired, and was refreshed" in user.post("/account/call").text

    assert stored_token(app)["refresh_token"] != before["refresh_token"]
    assert "in 3 days" in user.client.get("/account").text


def test_refreshing_keeps_the_new_token(app: Flask, user: User) -> None:
    user.sign_in()
    before = stored_token(app)

    response = user.post("/account/refresh", follow_redirects=True)

    assert "The token is a new one" in response.text
    after = stored_token(app)
    assert after["access_token"] != before["access_token"]
    assert after["redirect_uri"] == before["redirect_uri"]
    assert "The token is a new one" not in user.client.get("/account").text
    assert user.post("/account/refresh").status_code == 303


def test_a_late_refresh_does_not_undo_a_sign_in(app: Flask, user: User) -> None:
    user.sign_in()
    old = stored_token(app)
    user.sign_in()
    newest = stored_token(app)

    with app.app_context():
        update_token("xiaomi", {"access_token": "late"}, refresh_token=str(old["refresh_token"]))

    assert stored_token(app) == newest


@pytest.mark.parametrize("path", ["/account/call", "/account/refresh"])
def test_after_consent_is_withdrawn_only_a_sign_in_helps(user: User, path: str) -> None:
    user.sign_in()
    user.xiaomi.withdraw("lei")

    response = user.post(path)

    assert response.status_code in (400, 403)
    assert "Please sign in again" in response.text
    assert 'href="/sign-in"' in response.text


def test_a_missing_token_is_said_so(app: Flask, user: User) -> None:
    user.sign_in()
    with app.app_context(), transaction() as db:
        db.delete(db.scalars(select(StoredToken)).one())

    response = user.post("/account/call")

    assert response.status_code == 403
    assert "This application has no token of yours." in response.text


def test_a_token_that_cannot_be_refreshed_is_said_so(app: Flask, user: User) -> None:
    user.sign_in()
    change_token(app, expires_at=1, refresh_token=None)

    response = user.post("/account/call")

    assert response.status_code == 403
    assert "came without a refresh token" in response.text
