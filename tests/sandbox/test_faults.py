"""Faults on demand, and the list of what arrived."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import requests

from authlib_xiaomi.sandbox import AuthorizationRefused, Sandbox

from .application import Application, body, query


def test_a_status_replaces_the_answer_and_nothing_is_processed(
    xiaomi: Sandbox, app: Application
) -> None:
    code = app.code()
    xiaomi.fail("token", status=502)
    response = app.post(app.code_form(code))
    assert response.status_code == 502
    assert response.headers["Content-Type"].startswith("text/html")
    assert "access_token" in app.redeem(code)


def test_a_fault_lasts_as_many_times_as_told(xiaomi: Sandbox, app: Application) -> None:
    token = app.token()
    xiaomi.fail("user/profile", status=503, times=2)
    statuses = [app.call("user/profile", token).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]


def test_a_fault_can_last_for_always(xiaomi: Sandbox, app: Application) -> None:
    token = app.token()
    xiaomi.fail("user/profile", status=503, times=None)
    assert {app.call("user/profile", token).status_code for _ in range(3)} == {503}


def test_faults_follow_one_another(xiaomi: Sandbox, app: Application) -> None:
    token = app.token()
    xiaomi.fail("user/profile", status=502)
    xiaomi.fail("user/profile", status=504)
    statuses = [app.call("user/profile", token).status_code for _ in range(3)]
    assert statuses == [502, 504, 200]


def test_a_fault_meets_its_own_endpoint_only(xiaomi: Sandbox, app: Application) -> None:
    xiaomi.fail("user/profile", status=502)
    assert app.call("user/openidV2", app.token()).status_code == 200


def test_faults_and_records_can_be_cleared(xiaomi: Sandbox, app: Application) -> None:
    token = app.token()
    xiaomi.fail("user/profile", status=502, times=None)
    xiaomi.clear()
    assert xiaomi.requests == []
    assert app.call("user/profile", token).status_code == 200


@pytest.mark.parametrize(("code", "status"), [(96008, 403), (96012, 401), (96005, 200)])
def test_a_number_at_the_api_comes_with_its_status(
    xiaomi: Sandbox, app: Application, code: int, status: int
) -> None:
    token = app.token()
    xiaomi.fail("user/profile", code=code)
    response = app.call("user/profile", token)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["result"] == "error"


def test_a_number_can_have_another_status(xiaomi: Sandbox, app: Application) -> None:
    token = app.token()
    xiaomi.fail("user/profile", code=96008, status=200)
    response = app.call("user/profile", token)
    assert (response.status_code, response.json()["code"]) == (200, 96008)


def test_a_number_at_the_token_endpoint_comes_with_the_status_and_prefix_of_a_real_one(
    xiaomi: Sandbox, app: Application
) -> None:
    xiaomi.fail("token", code=96013)
    response = app.post({})
    assert response.status_code == xiaomi.options["error_status"]
    assert response.text == '&&&START&&&{"error":96013,"error_description":"invalid code"}'


def test_a_number_that_no_table_has_can_be_sent(xiaomi: Sandbox, app: Application) -> None:
    xiaomi.fail("token", code=12345)
    assert body(app.post({})) == {"error": 12345, "error_description": "error"}


def test_a_number_at_authorize_goes_to_the_callback(xiaomi: Sandbox, app: Application) -> None:
    xiaomi.fail("authorize", code=96005)
    assert query(xiaomi.allow(app.authorize_url())) == {
        "error": "96005",
        "error_description": "unauthorized client",
        "state": "s-1",
    }


def test_a_status_at_authorize_is_raised(xiaomi: Sandbox, app: Application) -> None:
    xiaomi.fail("authorize", status=503)
    with pytest.raises(AuthorizationRefused, match="HTTP status 503") as refused:
        xiaomi.allow(app.authorize_url())
    assert refused.value.code is None


def test_a_reset_at_authorize_is_raised(xiaomi: Sandbox, app: Application) -> None:
    xiaomi.fail("authorize", reset=True)
    with pytest.raises(ConnectionResetError):
        xiaomi.allow(app.authorize_url())


def test_a_reset_connection_was_not_processed(xiaomi: Sandbox, app: Application) -> None:
    code = app.code()
    xiaomi.fail("token", reset=True)
    with pytest.raises(requests.ConnectionError, match="reset"):
        app.redeem(code)
    assert "access_token" in app.redeem(code)


@pytest.mark.parametrize("fault", [{"reset": True}, {"status": 502}, {"body": b""}])
def test_an_answer_can_be_lost_after_processing(
    xiaomi: Sandbox, app: Application, fault: dict[str, Any]
) -> None:
    token = app.token()
    xiaomi.fail("token", after=True, **fault)
    try:
        lost = app.post(app.refresh_form(token["refresh_token"])).text
    except requests.ConnectionError:
        lost = ""
    assert "access_token" not in lost
    assert app.refresh(token["refresh_token"])["error"] == 96009


def test_a_body_of_ones_own(xiaomi: Sandbox, app: Application) -> None:
    xiaomi.fail("token", body=b"{broken", content_type="text/plain", headers={"X-From": "a test"})
    response = app.post({})
    assert (response.status_code, response.content) == (200, b"{broken")
    assert response.headers["Content-Type"] == "text/plain"
    assert response.headers["X-From"] == "a test"


def test_a_body_of_ones_own_claims_to_be_json_unless_told(
    xiaomi: Sandbox, app: Application
) -> None:
    xiaomi.fail("token", body=b"{}")
    assert app.post({}).headers["Content-Type"] == "application/json;charset=UTF-8"


def test_a_redirect(xiaomi: Sandbox, app: Application) -> None:
    xiaomi.fail("token", status=307, headers={"Location": "http://evil.example/"})
    response = app.post({})
    assert (response.status_code, response.headers["Location"]) == (307, "http://evil.example/")


def test_a_truncated_answer(xiaomi: Sandbox, app: Application) -> None:
    xiaomi.fail("token", body=b"{", headers={"Content-Length": "100"})
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="1 bytes read"):
        app.post({})


def test_a_delay_delays_the_requests_own_answer(xiaomi: Sandbox, app: Application) -> None:
    code = app.code()
    xiaomi.fail("token", delay=0.1)
    start = time.monotonic()
    assert "access_token" in app.redeem(code)
    assert time.monotonic() - start >= 0.1


def test_a_delay_after_processing_delays_the_requests_own_answer(
    xiaomi: Sandbox, app: Application
) -> None:
    code = app.code()
    xiaomi.fail("token", delay=0.01, after=True)
    assert "access_token" in app.redeem(code)


def test_a_delay_leaves_other_requests_alone(xiaomi: Sandbox, app: Application) -> None:
    token = app.token()
    xiaomi.fail("token", delay=60)
    waiting = threading.Thread(target=lost_request, args=(xiaomi,))
    waiting.start()
    assert app.call("user/profile", token).status_code == 200
    xiaomi.stop()
    waiting.join()


def test_a_delayed_answer_ends_when_the_sandbox_stops(xiaomi: Sandbox) -> None:
    xiaomi.fail("token", delay=60)
    waiting = threading.Thread(target=lost_request, args=(xiaomi,))
    waiting.start()
    while not xiaomi.requests:
        pass
    start = time.monotonic()
    xiaomi.stop()
    waiting.join()
    assert time.monotonic() - start < 5


def lost_request(xiaomi: Sandbox) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{xiaomi.url}/oauth2/token", timeout=30)


@pytest.mark.parametrize(
    ("endpoint", "options", "message"),
    [
        ("tokens", {"status": 502}, "no endpoint 'tokens'; there are authorize, token, user/pro"),
        ("token", {}, "say what fails"),
        ("token", {"after": True}, "say what fails"),
        ("token", {"status": 99}, "status is 99; it must be from 200 to 599"),
        ("token", {"delay": -1}, "delay is -1"),
        ("token", {"delay": float("nan")}, "delay is nan"),
        ("token", {"times": 0, "reset": True}, "times is 0; it must be 1 or more"),
        ("token", {"reset": True, "status": 502}, "give reset or an answer"),
        ("token", {"code": 96008, "body": b""}, "give one of the two"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    xiaomi: Sandbox, endpoint: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        xiaomi.fail(endpoint, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"status": "502"}, "status is a number, not '502'"),
        ({"code": True}, "code is a number, not True"),
        ({"body": "text"}, "body is bytes, not str"),
        ({"reset": True, "times": "2"}, "times is a number or None, not '2'"),
    ],
)
def test_a_fault_of_the_wrong_type_is_refused(
    xiaomi: Sandbox, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        xiaomi.fail("token", **options)


def test_what_arrived_is_listed_in_order(xiaomi: Sandbox, app: Application) -> None:
    app.call("user/profile", app.token())
    assert [(r.endpoint, r.method, r.path) for r in xiaomi.requests] == [
        ("authorize", "GET", "/oauth2/authorize"),
        ("token", "POST", "/oauth2/token"),
        ("user/profile", "GET", "/user/profile"),
    ]


def test_a_record_holds_query_form_headers_and_time() -> None:
    with Sandbox(clock=lambda: 1234.5) as xiaomi:
        response = requests.post(
            f"{xiaomi.url}/oauth2/token?a=1&a=2&b=", data={"code": "é"}, headers={"X-Id": "7"}
        )
        assert response.status_code == 400
        (record,) = xiaomi.requests
    assert record.args == {"a": "1", "b": ""}
    assert record.form == {"code": "é"}
    assert record.headers["x-id"] == "7"
    assert record.time == 1234.5
    assert record.query == "a=1&a=2&b="
    assert (record.status, record.error) == (400, 96002)


def test_the_sandboxs_own_pages_are_not_listed(xiaomi: Sandbox, app: Application) -> None:
    app.http.get(xiaomi.url)
    assert xiaomi.requests == []


def test_records_show_no_secrets(xiaomi: Sandbox, app: Application) -> None:
    token = app.token()
    app.call_signed("user/profile", token)
    shown = repr(xiaomi.requests) + repr([record.headers for record in xiaomi.requests])
    for secret in (xiaomi.client_secret, token["access_token"], "mac="):
        assert secret not in shown
    assert "Authorization" in shown


def test_a_list_of_records_does_not_grow_afterwards(xiaomi: Sandbox, app: Application) -> None:
    before = xiaomi.requests
    app.code()
    assert before == []
