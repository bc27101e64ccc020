"""The switches for programs, over HTTP."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from authlib_xiaomi.sandbox import Sandbox
from authlib_xiaomi.sandbox.invalid import InvalidValue

from .application import Application, Browser

TOKEN = "a-control-token"


@pytest.fixture
def live() -> Iterator[Application]:
    with Sandbox(control_token=TOKEN) as xiaomi:
        application = Application(xiaomi)
        with application.http:
            yield application


def control(
    app: Application, method: str, what: str, fields: Any = None, **headers: str
) -> requests.Response:
    headers.setdefault("Authorization", f"Bearer {TOKEN}")
    url = f"{app.xiaomi.url}/sandbox/api/{what}"
    return app.http.request(method, url, json=fields, headers=headers)


def test_a_fault_can_be_asked_for_and_forgotten(live: Application) -> None:
    fault = {"endpoint": "token", "status": 502, "times": 2}
    response = control(live, "POST", "faults", fault)
    assert response.json() == {
        "faults": [{"endpoint": "token", "times": 2, "what": "HTTP status 502", "how_often": "2×"}]
    }
    assert live.post({}).status_code == 502
    assert control(live, "GET", "faults").json()["faults"][0]["times"] == 1
    assert control(live, "DELETE", "faults").json() == {"faults": []}
    assert live.post({}).status_code == 400


def test_a_fault_has_all_the_keywords_of_fail(live: Application) -> None:
    fault = {
        "endpoint": "user/profile",
        "times": None,
        "body": "é",
        "content_type": "text/plain",
        "headers": {"X-From": "a test"},
        "delay": 0.01,
        "after": True,
        "reset": False,
    }
    assert control(live, "POST", "faults", fault).status_code == 200
    response = live.call("user/profile", live.token())
    assert (response.content, response.headers["X-From"]) == ("é".encode(), "a test")
    assert control(live, "GET", "faults").json()["faults"][0]["how_often"] == "always"


def test_requests_can_be_read_without_secrets_and_forgotten(live: Application) -> None:
    token = live.token()
    answer = control(live, "GET", "requests")
    (newest, first) = answer.json()["requests"]
    assert (first["endpoint"], first["status"]) == ("authorize", 302)
    assert (newest["method"], newest["path"], newest["error"]) == ("POST", "/oauth2/token", None)
    assert newest["why"] == "code of lei exchanged for a token"
    assert token["access_token"] not in answer.text
    assert live.xiaomi.client_secret not in answer.text
    assert control(live, "DELETE", "requests").json() == {"requests": []}
    assert live.xiaomi.requests == []


def test_the_clock_can_be_moved_on(live: Application) -> None:
    token = live.token()
    assert control(live, "POST", "clock", {"seconds": 259200}).json()["now"] > 0
    assert live.call("user/profile", token).json()["code"] == 96008


def test_consent_can_be_withdrawn(live: Application) -> None:
    token = live.token()
    response = control(live, "POST", "withdraw", {"user": "lei"})
    assert response.json() == {"withdrawn": "lei"}
    assert live.call("user/profile", token).json()["code"] == 96008


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer é"])
@pytest.mark.parametrize(
    ("method", "what"), [("GET", "faults"), ("POST", "faults"), ("GET", "requests")]
)
def test_nothing_is_done_without_the_token(
    live: Application, header: str, method: str, what: str
) -> None:
    sent = header.encode().decode("latin-1")
    response = control(live, method, what, {"endpoint": "token", "status": 503}, Authorization=sent)
    assert response.status_code == 401
    assert "control token" in response.json()["error"]
    assert live.post({}).status_code == 400


def test_each_sandbox_has_a_token_of_its_own_unless_told(xiaomi: Sandbox) -> None:
    with Sandbox() as other:
        assert len(other.control_token) > 20
        assert other.control_token != xiaomi.control_token
        headers = {"Authorization": f"Bearer {other.control_token}"}
        url = f"{xiaomi.url}/sandbox/api/faults"
        assert requests.get(url, headers=headers, timeout=10).status_code == 401


@pytest.mark.parametrize(
    ("what", "fields", "message"),
    [
        ("faults", None, "send a JSON object"),
        ("faults", [], "send a JSON object"),
        ("faults", {"status": 503}, "there is no endpoint ''"),
        ("faults", {"endpoint": "token"}, "say what fails"),
        ("faults", {"endpoint": "token", "stauts": 503}, "there is no 'stauts'"),
        ("faults", {"endpoint": "token", "status": "503"}, "status is a number, not '503'"),
        ("faults", {"endpoint": "token", "headers": []}, "headers must be an object"),
        ("faults", {"endpoint": "token", "headers": {"a": 1}}, "headers and content_type are str"),
        ("faults", {"endpoint": "token", "headers": {"a\n": "1"}}, "header 'a\\n' must be printab"),
        ("faults", {"endpoint": "token", "delay": "1"}, "delay is a number of seconds, not '1'"),
        ("faults", {"endpoint": "token", "reset": "no"}, "reset is True or False, not 'no'"),
        ("faults", {"endpoint": "token", "status": 503, "times": 0}, "times is 0"),
        ("clock", {}, "seconds is -1"),
        ("clock", {"seconds": "1"}, "seconds is a number"),
        ("withdraw", {"user": "nobody"}, "there is no such user; there are lei"),
    ],
)
def test_what_is_not_valid_is_refused_with_a_reason(
    live: Application, what: str, fields: Any, message: str
) -> None:
    response = control(live, "POST", what, fields)
    assert response.status_code == 400
    assert message in response.json()["error"]


def test_a_reason_is_in_chinese_too(live: Application) -> None:
    response = control(live, "POST", "faults", {"status": 503}, **{"Accept-Language": "zh"})
    assert response.json()["error"].startswith("没有端点 ''")


def test_an_unknown_method_is_refused(live: Application) -> None:
    assert control(live, "PUT", "faults").status_code == 405


def test_a_reason_survives_pickling() -> None:
    with pytest.raises(InvalidValue) as caught:
        Sandbox(port=-1)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == "port is -1; it must be from 0 to 65535"
    assert again.words("zh") == "port 是 -1；必须在 0 到 65535 之间"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "192.168.1.5", "[fe80::1]", "localhost.evil.example", "[",
     "sandbox", "127.0.0.1.evil.example", ""],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/oauth2/authorize", "/user/profile", "/sandbox/api/faults"])
def test_another_host_name_is_refused(live: Application, host: str, path: str) -> None:
    response = live.http.get(live.xiaomi.url + path, headers={"Host": host})
    assert response.status_code == 403
    assert "sandbox" in response.text
    assert live.xiaomi.requests == []


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:9", "127.0.0.1", "127.9.9.9:1", "[::1]:5", "shop.localhost"]
)
def test_this_machines_names_are_taken(live: Application, host: str) -> None:
    assert live.http.get(live.xiaomi.url, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("192.168.1.5", 200),
        ("[fe80::1]:80", 200),
        ("sandbox:9009", 200),
        ("evil.example", 403),
        ("host.docker.internal", 200),
        ("", 403),
    ],
)
def test_an_exposed_one_takes_addresses_and_short_names_too(host: str, status: int) -> None:
    with Sandbox(host="0.0.0.0", insecure_expose=True) as xiaomi:
        response = requests.get(xiaomi.url, headers={"Host": host}, timeout=10)
    assert response.status_code == status


def test_a_request_to_another_host_name_spends_no_fault(
    live: Application, browser: Browser
) -> None:
    live.xiaomi.fail("token", status=503)
    url = f"{live.xiaomi.url}/oauth2/token"
    assert live.http.post(url, headers={"Host": "evil.example"}).status_code == 403
    assert live.post({}).status_code == 503
