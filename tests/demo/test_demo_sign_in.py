"""Signing in and out, and who is who afterwards."""

from __future__ import annotations

import dataclasses
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from authlib_xiaomi.sandbox import Sandbox
from demo_flask import database
from demo_flask.database import StoredToken, keep_user, transaction

from .visitors import MakeApp, User


def users(app: Flask) -> list[database.User]:
    with app.app_context(), transaction() as db:
        return list(db.scalars(select(database.User)))


def test_the_home_page_leads_to_xiaomi(user: User) -> None:
    assert 'href="/sign-in"' in user.client.get("/").text

    response = user.client.get("/sign-in")

    query = parse_qs(urlsplit(response.location).query)
    assert response.location.startswith(f"{user.xiaomi.url}/oauth2/authorize?")
    assert query["redirect_uri"] == ["http://localhost/sign-in/callback"]
    assert query["scope"] == ["1 3"]
    assert query["skip_confirm"] == ["false"]


@pytest.mark.parametrize(("language", "locale"), [("zh-CN", "zh_CN"), ("de", "en_US")])
def test_xiaomis_pages_are_in_the_language_of_ours(user: User, language: str, locale: str) -> None:
    response = user.client.get("/sign-in", headers={"Accept-Language": language})

    assert parse_qs(urlsplit(response.location).query)["_locale"] == [locale]


def test_who_allows_it_is_signed_in(user: User) -> None:
    response = user.sign_in("lei")

    assert (response.status_code, response.location) == (303, "/account")
    assert "<h1>Lei</h1>" in user.client.get("/account").text


def test_a_second_sign_in_finds_the_same_user(app: Flask, user: User) -> None:
    user.sign_in("lei")
    user.sign_in("nora")
    user.sign_in("lei")

    assert sorted(str(known.name) for known in users(app)) == ["Lei", "Nora"]
    assert "<h1>Lei</h1>" in user.client.get("/account").text


def test_a_changed_name_and_picture_are_taken_over(app: Flask, user: User) -> None:
    user.sign_in("lei")
    before = users(app)[0]
    user.xiaomi.users["lei"] = dataclasses.replace(
        user.xiaomi.users["lei"], nick="雷", icon="/pictures/other.svg"
    )

    user.sign_in("lei")

    (after,) = users(app)
    assert (after.id, after.name) == (before.id, "雷")
    assert after.picture == f"{user.xiaomi.url}/pictures/other.svg"


def test_a_name_and_picture_that_are_gone_are_gone_here(app: Flask, user: User) -> None:
    user.sign_in("lei")
    user.xiaomi.users["lei"] = dataclasses.replace(user.xiaomi.users["lei"], nick="", icon=None)

    user.sign_in("lei")

    assert (users(app)[0].name, users(app)[0].picture) == (None, None)
    assert "(no name)" in user.client.get("/account").text


def test_two_first_sign_ins_at_once_make_one_user(app: Flask) -> None:
    def keep() -> None:
        with app.app_context():
            barrier.wait()
            keep_user("union", "Lei", None, {"access_token": "a", "refresh_token": "r"})

    barrier = threading.Barrier(8)
    threads = [threading.Thread(target=keep) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(users(app)) == 1


def test_the_token_is_kept_with_all_that_a_refresh_needs(app: Flask, user: User) -> None:
    user.sign_in()

    with app.app_context(), transaction() as db:
        (stored,) = db.scalars(select(StoredToken))
    assert stored.refresh_token == stored.token["refresh_token"]
    assert stored.token["redirect_uri"] == "http://localhost/sign-in/callback"
    assert stored.token["mac_key"]
    assert "userinfo" not in stored.token


def test_a_restart_signs_nobody_out(make_app: MakeApp, user: User) -> None:
    user.sign_in()
    cookie = user.client.get_cookie("xiaomi_demo_session")
    assert cookie is not None
    again = User(make_app().test_client(), user.xiaomi)
    again.client.set_cookie("xiaomi_demo_session", cookie.value)

    assert "<h1>Lei</h1>" in again.client.get("/account").text
    assert again.post("/account/refresh").location == "/account#outcome"


def test_a_session_of_an_earlier_database_is_nobodys(app: Flask, user: User) -> None:
    user.sign_in()
    with app.app_context(), transaction() as db:
        for table in (StoredToken, database.User):
            for row in db.scalars(select(table)):
                db.delete(row)

    assert user.client.get("/account").status_code == 303


def test_signing_out_ends_the_session(user: User) -> None:
    user.sign_in()

    assert user.post("/sign-out").location == "/"

    assert user.client.get("/account").location == "/?next=/account"
    with user.client.session_transaction() as session:
        assert not session


def test_signing_in_begins_a_new_session(user: User) -> None:
    with user.client.session_transaction() as session:
        session["basket"] = "another's"

    user.sign_in()

    with user.client.session_transaction() as session:
        assert "basket" not in session


def test_many_abandoned_sign_ins_do_not_fill_the_cookie(user: User) -> None:
    for _ in range(30):
        user.client.get("/sign-in", query_string={"next": "/" + "x" * 499})

    assert user.sign_in().status_code == 303


@pytest.mark.parametrize("path", ["/account", "/account?x=1"])
def test_members_pages_are_reached_after_the_sign_in(user: User, path: str) -> None:
    home = user.client.get(path)
    assert home.status_code == 303
    page = user.client.get(home.location).text
    assert "Please sign in to see that page." in page
    link = page.partition('href="/sign-in?')[2].partition('"')[0]

    assert user.sign_in(path=f"/sign-in?{link}").location == path


def test_a_members_form_does_not_lead_to_xiaomi(user: User) -> None:
    # The policy for forms would stop it on the way.
    page = user.client.get("/").text
    assert "csrf_token" not in page
    user.sign_in()
    token = user.client.get("/account").text.partition('csrf_token" value="')[2].partition('"')[0]
    with user.client.session_transaction() as session:
        del session["_user_id"]

    response = user.client.post("/account/call", data={"csrf_token": token})

    assert (response.status_code, response.location) == (303, "/?next=/account")


def test_one_applications_secret_is_not_anothers(
    make_app: MakeApp, xiaomi_sandbox: Sandbox
) -> None:
    wrong = make_app(XIAOMI_CLIENT_SECRET="wrong")
    right = make_app()

    assert User(wrong.test_client(), xiaomi_sandbox).sign_in().status_code == 500
    assert User(right.test_client(), xiaomi_sandbox).sign_in().status_code == 303
