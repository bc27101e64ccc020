"""Where the token endpoint differs: as live, as documented, and as told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from authlib_xiaomi.sandbox import Sandbox

from .application import Application, body


@contextmanager
def serving(**options: Any) -> Iterator[Application]:
    with Sandbox(**options) as xiaomi:
        application = Application(xiaomi)
        with application.http:
            yield application


def get(app: Application, form: dict[str, str], path: str = "/oauth2/token") -> requests.Response:
    return app.http.get(f"{app.xiaomi.url}{path}", params=form)


def test_a_second_sign_in_ends_the_first_refresh_token_alone() -> None:
    with serving() as app:
        first, other, second = app.token(), app.token("fox"), app.token()
        assert app.refresh(first["refresh_token"])["error"] == 96009
        assert app.call("user/profile", first).json()["code"] == 0
        assert "access_token" in app.refresh(second["refresh_token"])
        assert "access_token" in app.refresh(other["refresh_token"])


def test_a_second_sign_in_ends_the_token_that_a_refresh_has_brought() -> None:
    with serving() as app:
        refreshed = app.refresh(app.token()["refresh_token"])
        app.token()
        assert app.refresh(refreshed["refresh_token"])["error"] == 96009


def test_a_refresh_ends_no_other_token_of_the_user() -> None:
    with serving() as app:
        one, other = app.token(device_id="one"), app.token(device_id="other")
        assert "access_token" in app.refresh(one["refresh_token"])
        assert "access_token" in app.refresh(other["refresh_token"])


@pytest.mark.parametrize("at", ["authorize", "token"])
def test_a_sign_in_with_another_device_id_leaves_the_first_refresh_token(at: str) -> None:
    with serving() as app:
        if at == "authorize":
            first, second = app.token(device_id="one"), app.token(device_id="two")
        else:
            first = app.redeem(app.code(), device_id="one")
            second = app.redeem(app.code(), device_id="two")
        third = app.token(device_id="two")
        # A refresh without device_id is taken.
        assert "access_token" in app.refresh(first["refresh_token"])
        assert app.refresh(second["refresh_token"])["error"] == 96009
        assert "access_token" in app.refresh(third["refresh_token"], device_id="two")


def test_the_documents_know_no_end_of_the_first_refresh_token() -> None:
    with serving(like="documents") as app:
        first, _ = app.token(), app.token()
        assert "access_token" in app.refresh(first["refresh_token"])


@pytest.mark.parametrize(("sent", "error"), [(None, 96009), ("other", 96009), ("one", None)])
def test_a_device_id_can_be_demanded_for_a_refresh(sent: str | None, error: int | None) -> None:
    with serving(require_device_id=True) as app:
        token = app.token(device_id="one")
        assert app.refresh(token["refresh_token"], device_id=sent).get("error") == error


@pytest.mark.parametrize(
    ("options", "changes"),
    [({}, True), ({"like": "documents"}, True), ({"refresh_changes_mac_key": False}, False)],
)
def test_a_refresh_changes_the_mac_key_unless_told(options: Any, changes: bool) -> None:
    with serving(**options) as app:
        token = app.token()
        fresh = app.refresh(token["refresh_token"])
        assert (fresh["mac_key"] != token["mac_key"]) is changes
        assert app.call_signed("user/profile", fresh).json()["code"] == 0


def test_a_refresh_can_leave_the_access_token_before_it() -> None:
    with serving(refresh_ends_access_token=False) as app:
        token = app.token()
        app.refresh(token["refresh_token"])
        assert app.call("user/profile", token).json()["code"] == 0


def test_codes_and_refresh_tokens_can_work_more_than_once() -> None:
    with serving(code_once=False, refresh_token_once=False, one_refresh_token=False) as app:
        code = app.code()
        tokens = [app.redeem(code), app.redeem(code)]
        assert all("access_token" in token for token in tokens)
        refresh_token = tokens[0]["refresh_token"]
        assert all("access_token" in app.refresh(refresh_token) for _ in range(2))


@pytest.mark.parametrize(
    ("refused", "status", "number"),
    [("404", 404, None), ("405", 405, None), ("96002", 400, 96002), ("96006", 400, 96006)],
)
def test_where_a_refresh_by_post_is_refused_one_by_get_is_taken(
    refused: str, status: int, number: int | None
) -> None:
    with serving(refresh_post=refused) as app:
        token = app.token()
        form = app.refresh_form(token["refresh_token"])
        response = app.post(form)
        assert response.status_code == status
        assert (body(response)["error"] if number else None) == number
        assert "access_token" in body(get(app, form))


@pytest.mark.parametrize("options", [{}, {"like": "documents"}])
def test_a_refresh_is_taken_by_post_and_by_get(options: Any) -> None:
    with serving(**options) as app:
        fresh = app.refresh(app.token()["refresh_token"])
        assert "access_token" in body(get(app, app.refresh_form(fresh["refresh_token"])))


def test_a_refresh_without_callback_is_taken_if_told() -> None:
    with serving(refresh_needs_redirect_uri=False) as app:
        token = app.token()
        assert app.refresh(token["refresh_token"], redirect_uri="http://evil.e/")["error"] == 96010
        assert "access_token" in app.refresh(token["refresh_token"], redirect_uri=None)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_other_path_is_the_same_service_without_the_prefix(method: str) -> None:
    with serving() as app:
        place = "params" if method == "GET" else "data"
        url = f"{app.xiaomi.url}/oauth2/auth/token"
        for code in (app.code(), "wrong"):
            options: dict[str, Any] = {place: app.code_form(code)}
            response = app.http.request(method, url, **options)
            assert response.text.startswith("{")
        assert (response.status_code, response.json()["error"]) == (400, 96013)
        app.xiaomi.fail("token", code=96005)
        assert app.http.request(method, url).json()["error"] == 96005
        assert [r.endpoint for r in app.xiaomi.requests if r.path.endswith("auth/token")] == [
            "token"
        ] * 3


def test_the_documents_have_no_other_path() -> None:
    with serving(like="documents") as app:
        assert get(app, {}, "/oauth2/auth/token").status_code == 404
        assert app.xiaomi.requests == []


@pytest.mark.parametrize(
    ("where", "posted", "got"),
    [("both", True, True), ("post", True, False), ("get", False, True)],
)
def test_the_prefix_can_be_on_one_method_alone(where: Any, posted: bool, got: bool) -> None:
    with serving(prefix_on=where) as app:
        assert app.post(app.code_form("x")).text.startswith("&&&START&&&") is posted
        assert get(app, app.code_form("x")).text.startswith("&&&START&&&") is got
        app.xiaomi.fail("token", code=96013, times=2)
        assert app.post({}).text.startswith("&&&START&&&") is posted
        assert get(app, {}).text.startswith("&&&START&&&") is got


def test_a_wrong_grant_type_has_the_number_that_was_chosen() -> None:
    with serving(grant_type_code=96004) as app:
        assert app.redeem("x", grant_type="password")["error"] == 96004


@pytest.mark.parametrize("skip", ["False", "1", "TRUE"])
def test_the_documents_know_two_words_for_skip_confirm(skip: str) -> None:
    with serving(like="documents") as app:
        assert "error=96002" in app.xiaomi.allow(app.authorize_url(skip_confirm=skip))


def test_the_options_can_be_read() -> None:
    xiaomi = Sandbox(like="documents", error_status=401)
    assert xiaomi.options["error_status"] == 401
    assert xiaomi.options["one_refresh_token"] is False
    xiaomi.options["error_status"] = 500
    assert xiaomi.options["error_status"] == 401
