"""``doctor`` against servers: the sandbox, and others that are not Xiaomi."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
import urllib3

from authlib_xiaomi._tools import facts
from authlib_xiaomi._tools.translations import Language
from authlib_xiaomi.cli import clock, doctor, live, network
from authlib_xiaomi.cli.asking import Answer, Unreachable
from authlib_xiaomi.errors import ErrorCode
from authlib_xiaomi.sandbox import Sandbox

from ..listeners import Answering, Listener, read_request, response
from .conftest import Run

AUTHORITY = trustme.CA()
Findings = dict[str, dict[str, str]]


@pytest.fixture
def ask(run: Run) -> Callable[..., tuple[Findings, int]]:
    """The findings of ``doctor --json`` by check, and the exit status."""

    def ask(*args: str, **env: str) -> tuple[Findings, int]:
        result = run("doctor", "--json", *args, env=env)
        findings = json.loads(result.stdout)
        return {finding["check"]: finding for finding in findings}, result.exit_code

    return ask


@pytest.fixture
def tls() -> ssl.SSLContext:
    """Of a server that Xiaomi's hosts and this machine's name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trusted(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets requests trust the servers of these tests."""
    AUTHORITY.cert_pem.write_to_path(str(place / "ca.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(place / "ca.pem"))


@pytest.fixture
def closed() -> Iterator[str]:
    """The URL of a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def refusal(code: object) -> bytes:
    return b'&&&START&&&{"error":%s}' % json.dumps(code).encode()


def test_96013_is_all_well(settings: Sandbox, ask: Any) -> None:
    findings, status = ask("--base-url", settings.url)
    assert findings["live"]["status"] == "ok"
    assert "96013" in findings["live"]["found"]
    assert status == 0


def test_one_request_is_made_without_user_with_a_code_that_cannot_exist(
    settings: Sandbox, ask: Any
) -> None:
    ask("--base-url", f"{settings.url}/")
    [request] = settings.requests
    assert request.method == "POST"
    assert request.form == {
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "redirect_uri": "http://localhost:8000/auth",
        "grant_type": "authorization_code",
        "code": "authlib_xiaomi_doctor_no_such_code",
    }


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"XIAOMI_CLIENT_ID": "2882303761520251713"}, 96001),
        ({"XIAOMI_CLIENT_SECRET": "another"}, 96003),
        ({"XIAOMI_REDIRECT_URI": "https://example.com/auth"}, 96010),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_error_tells_what_is_wrong(
    settings: Sandbox, ask: Any, changed: dict[str, str], code: int, language: Language
) -> None:
    findings, status = ask("--base-url", settings.url, "--lang", language, **changed)
    known = ErrorCode(code)
    assert findings["live"]["status"] == "wrong"
    assert f"{code} {known.name}" in findings["live"]["found"]
    assert findings["live"]["advice"] == facts.text(known.hint, language)
    assert findings["live"]["remedy"] == f"authlib-xiaomi explain {code}"
    assert status == 1


@pytest.mark.parametrize("code", [96002, 96004, 96005, 96006, 96007, 96008, 96009, 96011, 96012])
def test_other_errors_are_explained_from_the_table(settings: Sandbox, ask: Any, code: int) -> None:
    settings.fail("token", code=code)
    findings, status = ask("--base-url", settings.url)
    assert ErrorCode(code).meaning in findings["live"]["found"]
    assert (findings["live"]["status"], status) == ("wrong", 1)


@pytest.mark.parametrize(
    ("fault", "status", "says", "exit_status"),
    [
        ({"code": 96099}, "unchecked", "error 96099, which this version does not know", 2),
        ({"body": refusal("slow_down")}, "unchecked", "error slow_down, which", 2),
        ({"body": b"<html>"}, "unchecked", "HTTP 200 and nothing that Xiaomi would say", 2),
        ({"body": b"x" * 70000}, "unchecked", "HTTP 200 and nothing", 2),
        ({"body": b'{"access_token":"t"}'}, "unchecked", "HTTP 200 and nothing", 2),
        ({"status": 403}, "unchecked", "HTTP 403 and nothing that", 2),
        ({"status": 302, "headers": {"Location": "/"}}, "unchecked", "it is not followed", 2),
        ({"status": 503}, "unchecked", "HTTP 503", 2),
        ({"reset": True}, "unchecked", "no connection to 127.0.0.1:", 2),
        ({"body": b"{}", "headers": {"Content-Length": "99"}}, "unchecked", "it broke off", 2),
    ],
)
def test_an_answer_that_tells_nothing_is_no_verdict(
    settings: Sandbox, ask: Any, fault: Any, status: str, says: str, exit_status: int
) -> None:
    settings.fail("token", **fault)
    findings, got = ask("--base-url", settings.url)
    assert findings["live"]["status"] == status
    assert says in findings["live"]["found"]
    assert findings["live"]["advice"]
    assert got == exit_status
    assert len(settings.requests) == 1


def test_a_server_that_cannot_be_reached_is_unchecked(
    settings: Sandbox, ask: Any, closed: str
) -> None:
    findings, status = ask("--base-url", closed)
    assert "no connection" in findings["base_url"]["found"]
    assert findings["live"]["status"] == "unchecked"
    assert status == 2


def test_what_is_wrong_already_is_not_sent(settings: Sandbox, ask: Any) -> None:
    swapped = {"XIAOMI_CLIENT_ID": settings.client_secret, "XIAOMI_CLIENT_SECRET": "123 456"}
    findings, status = ask("--base-url", settings.url, **swapped)
    assert findings["live"]["found"].endswith("is mended: AppID, AppSecret")
    assert settings.requests == []
    assert status == 1


def test_without_a_callback_app_id_and_secret_are_tried_all_the_same(
    settings: Sandbox, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XIAOMI_REDIRECT_URI")
    findings, status = ask("--base-url", settings.url)
    assert findings["live"]["status"] == "ok"
    assert "AppID and AppSecret are right; the callback was not given" in findings["live"]["found"]
    assert findings["redirect_uri"]["status"] == "unchecked"
    assert status == 2
    findings, status = ask("--base-url", settings.url, XIAOMI_CLIENT_SECRET="another")
    assert "96003" in findings["live"]["found"]
    assert status == 1


def test_a_registered_callback_is_asked_with_where_none_is_given(
    settings: Sandbox, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XIAOMI_REDIRECT_URI")
    _, status = ask("--base-url", settings.url, "--registered", "http://localhost/a;http://x.y")
    assert settings.requests[0].form["redirect_uri"] == "http://localhost/a"
    assert status == 0


def test_offline_asks_nobody(settings: Sandbox, ask: Any) -> None:
    findings, status = ask("--base-url", settings.url, "--offline")
    assert settings.connections == 0
    assert [f["check"] for f in findings.values() if f["status"] == "unchecked"] == [
        "base_url",
        "clock",
        "live",
    ]
    assert status == 0


def test_a_server_out_of_order_is_a_warning(settings: Sandbox, ask: Any) -> None:
    with Answering(lambda _: response(b"", "503 Service Unavailable")) as server:
        findings, _ = ask("--base-url", server.url)
    assert findings["base_url"]["status"] == "warning"
    assert "HTTP 503" in findings["base_url"]["found"]


def test_a_redirect_takes_the_secret_nowhere(settings: Sandbox, ask: Any) -> None:
    def redirect(_: bytes) -> bytes:
        return response(b"", "307 Temporary Redirect", {"Location": f"{settings.url}/oauth2/token"})

    with Answering(redirect) as server:
        findings, status = ask("--base-url", server.url)
    assert settings.requests == []
    assert "it is not followed" in findings["live"]["found"]
    assert status == 2


def test_a_proxy_gets_nothing_in_the_clear(
    settings: Sandbox, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Answering(lambda _: response(b"")) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        _, status = ask("--base-url", settings.url)
    assert proxy.requests == []
    assert status == 0


def test_netrc_is_not_sent(
    settings: Sandbox, ask: Any, place: Path, tls: ssl.SSLContext, trusted: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    place.joinpath("netrc").write_text("machine 127.0.0.1 login l password p\n")
    monkeypatch.setenv("NETRC", str(place / "netrc"))
    with Answering(lambda _: response(refusal(96013)), tls) as server:
        ask("--base-url", server.url)
    assert len(server.requests) == 2
    assert all(b"authorization:" not in request.lower() for request in server.requests)


@pytest.mark.parametrize(
    ("off", "status", "says", "exit_status"),
    [
        (0, "ok", "the same as", 0),
        (30, "ok", "s behind", 0),
        (-30, "ok", "s ahead of", 0),
        (250, "warning", "4 min behind", 0),
        (-100, "warning", "s ahead of", 0),
        (3600 * 8, "wrong", "8 h behind", 1),
    ],
)
def test_the_clock_is_compared_with_https_answers(
    settings: Sandbox, ask: Any, tls: ssl.SSLContext, trusted: None,
    off: int, status: str, says: str, exit_status: int,
) -> None:  # fmt: skip
    def answer(_: bytes) -> bytes:
        return response(refusal(96013), headers={"Date": formatdate(time.time() + off)})

    with Answering(answer, tls) as server:
        findings, got = ask("--base-url", server.url)
    assert "TLS and answer in " in findings["base_url"]["found"]
    assert findings["clock"]["status"] == status
    assert says in findings["clock"]["found"]
    assert got == exit_status


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}, {"Date": "Sun, 99 Nov 2026"}])
def test_a_clock_that_cannot_be_compared_is_unchecked(
    settings: Sandbox, ask: Any, tls: ssl.SSLContext, trusted: None, headers: dict[str, str]
) -> None:
    with Answering(lambda _: response(refusal(96013), headers=headers), tls) as server:
        findings, status = ask("--base-url", server.url)
    assert findings["clock"]["status"] == "unchecked"
    assert status == 2


def test_the_time_that_an_answer_spent_in_a_cache_counts() -> None:
    headers = {"Date": formatdate(1000.0), "Age": "500"}
    assert clock.clock_difference(headers, 1500.0) == 0
    assert clock.clock_difference({**headers, "Age": "soon"}, 1500.0) == 500


def test_over_http_the_clock_is_left_out_and_said_so(settings: Sandbox, ask: Any) -> None:
    findings, status = ask("--base-url", settings.url)
    assert findings["clock"]["status"] == "unchecked"
    assert "no other clock" in findings["clock"]["found"]
    assert status == 0


def test_a_certificate_that_is_not_trusted_is_wrong_and_gets_no_secret(
    settings: Sandbox, ask: Any, tls: ssl.SSLContext
) -> None:
    with Answering(lambda _: response(refusal(96013)), tls) as server:
        findings, status = ask("--base-url", server.url)
    assert server.requests == []
    assert findings["base_url"]["status"] == "wrong"
    assert "not trusted" in findings["base_url"]["found"]
    assert findings["live"]["status"] == "unchecked"
    assert status == 1


def test_certificates_that_are_not_there_are_named(
    settings: Sandbox, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/file")
    findings, status = ask("--base-url", "https://127.0.0.1:1")
    assert findings["base_url"]["status"] == "wrong"
    assert "REQUESTS_CA_BUNDLE" in findings["base_url"]["found"]
    assert status == 1


def test_a_proxy_that_does_not_connect_is_named(
    settings: Sandbox, ask: Any, closed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", closed)
    findings, status = ask("--base-url", "https://xiaomi.invalid")
    assert "proxy" in findings["base_url"]["found"]
    assert status == 2


def test_a_server_that_does_not_answer_is_given_up(
    settings: Sandbox, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "TIMEOUT", 0.1)

    def listen(connection: socket.socket) -> None:
        while connection.recv(1024):
            pass

    with Listener(listen) as server:
        findings, status = ask("--base-url", server.url)
    assert "did not answer within 10 s" in findings["live"]["found"]
    assert status == 2


def test_a_server_that_answers_a_byte_at_a_time_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(network, "TIMEOUT", 0.15)

    def drip(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            connection.sendall(b"x")
            connection.settimeout(0.05)
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                pass

    with Listener(drip) as server, pytest.raises(Unreachable, match="timeout"):
        network.ask(server.url, {"code": "x"})


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (requests.exceptions.ConnectionError(), "connection"),
        (
            requests.exceptions.ConnectionError(urllib3.exceptions.PoolError(None, "x")),
            "connection",
        ),  # type: ignore[arg-type]
        (
            requests.exceptions.ConnectionError(
                urllib3.exceptions.MaxRetryError(
                    None,  # type: ignore[arg-type]
                    "/",
                    urllib3.exceptions.NameResolutionError("h", None, socket.gaierror()),  # type: ignore[arg-type]
                )
            ),
            "name",
        ),
        (requests.exceptions.InvalidURL(), "connection"),
        (urllib3.exceptions.LocationParseError("x"), "connection"),
        (UnicodeError(), "connection"),
    ],
)
def test_a_failure_of_the_library_has_a_kind(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(requests.Session, "request", fail)
    with pytest.raises(Unreachable, match=kind) as caught:
        network.ask("https://example.com")
    assert caught.value.__cause__ is None


def test_without_a_base_url_both_of_xiaomis_hosts_are_asked(
    settings: Sandbox, ask: Any, tls: ssl.SSLContext, trusted: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with Answering(
        lambda _: response(refusal(96013), headers={"Date": formatdate()}), tls
    ) as account, Answering(lambda _: response(b""), tls) as api:  # fmt: skip
        for module in (doctor, live):
            monkeypatch.setattr(module, "ACCESS_TOKEN_URL", f"{account.url}/oauth2/token")
        monkeypatch.setattr(doctor, "API_BASE_URL", f"{api.url}/")
        findings, status = ask()
    assert [findings[c]["status"] for c in ("account_host", "api_host", "clock", "live")] == [
        "ok"
    ] * 4
    assert status == 0
    assert account.requests[1].startswith(b"POST /oauth2/token")
    assert len(api.requests) == 1


def test_the_addresses_are_xiaomis() -> None:
    assert doctor.ACCESS_TOKEN_URL == "https://account.xiaomi.com/oauth2/token"
    assert doctor.API_BASE_URL == "https://open.account.xiaomi.com/"


def test_an_application_that_is_led_elsewhere_has_its_secret_sent_nowhere(
    settings: Sandbox, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(url: str, form: object = None) -> Answer:
        asked.append(form)
        raise Unreachable("timeout")

    monkeypatch.setattr(network, "ask", answer)
    for elsewhere in ("https://example.com/oauth2/token", "nowhere"):
        findings, status = ask(XIAOMI_ACCESS_TOKEN_URL=elsewhere)
        assert "XIAOMI_ACCESS_TOKEN_URL leads the application to " in findings["live"]["found"]
        assert "--base-url " in findings["live"]["advice"]
        assert status == 2
    assert asked == [None] * 4
    ask(XIAOMI_ACCESS_TOKEN_URL="https://account.xiaomi.com/oauth2/token")
    assert asked[-1]


def test_variables_that_lead_to_a_sandbox_lead_the_doctor_there(
    settings: Sandbox, ask: Any
) -> None:
    findings, status = ask(**settings.config())
    assert findings["live"]["status"] == "ok"
    assert "XIAOMI_ACCESS_TOKEN_URL leads the application there" in findings["base_url"]["advice"]
    assert status == 0


def test_a_slow_host_is_a_warning(settings: Sandbox, ask: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(network, "ask", lambda url, form=None: Answer(200, {}, b"", 6000, 0.0))
    findings, _ = ask("--base-url", "https://example.com")
    assert findings["base_url"]["status"] == "warning"
    assert "slow" in findings["base_url"]["advice"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://example.com", "not sent in the clear"),
        ("http://192.168.0.1:9009", "not sent in the clear"),
        ("http://127.0.0.1.example.com", "not sent in the clear"),
        ("127.0.0.1:9009", "must be a URL"),
        ("ftp://127.0.0.1", "must be a URL"),
        ("https://u:p@example.com", "must be a URL"),
        ("https://example.com?x=1", "must be a URL"),
        ("https://example.com\\@127.0.0.1", "must be a URL"),
        ("", "must be a URL"),
    ],
)
def test_a_base_url_that_must_not_get_the_secret_is_refused(run: Run, url: str, says: str) -> None:
    result = run("doctor", "--base-url", url)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["--client-secret", "--secret", "--app-secret", "--AppSecret"])
@pytest.mark.parametrize("form", ["two", "one", "dashed"])
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(
    run: Run, name: str, form: str
) -> None:
    args = {"two": [name, "hunter2"], "one": [f"{name}=hunter2"], "dashed": [name, "-hunter2"]}
    result = run("doctor", *args[form])
    assert result.exit_code == 2
    assert "does not belong on a command line" in result.stderr
    assert "XIAOMI_CLIENT_SECRET" in result.stderr
    assert "hunter2" not in result.output + result.stderr


def test_an_argument_too_many_is_not_repeated(run: Run) -> None:
    result = run("doctor", "hunter2")
    assert result.exit_code == 2
    assert result.stderr == "error: doctor takes no arguments, only options\n"


def test_the_secret_is_in_no_log(
    settings: Sandbox, ask: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ask("--base-url", settings.url)
    assert settings.client_secret not in caplog.text
    assert caplog.records


def test_a_server_that_sends_the_secret_back_does_not_get_it_shown(
    settings: Sandbox, run: Run
) -> None:
    body = refusal(settings.client_secret)
    settings.fail("token", body=body)
    result = run("doctor", "--base-url", settings.url)
    assert settings.client_secret not in result.output


def test_without_requests_it_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "authlib_xiaomi.cli.network", None)
    monkeypatch.delattr("authlib_xiaomi.cli.network")
    result = run("doctor")
    assert result.exit_code == 2
    assert "pip install 'authlib-xiaomi[cli]'" in result.stderr
    assert run("doctor", "--offline").exit_code == 1


def test_in_a_pipe_a_finding_is_a_line_of_tabs(settings: Sandbox, run: Run) -> None:
    lines = run("doctor", "--base-url", settings.url).stdout.splitlines()
    fields = [line.split("\t") for line in lines]
    assert all(len(line) == 5 for line in fields)
    assert [line[:2] for line in fields] == [
        ["ok", "client_id"],
        ["ok", "client_secret"],
        ["ok", "redirect_uri"],
        ["ok", "scope"],
        ["ok", "base_url"],
        ["unchecked", "clock"],
        ["ok", "live"],
    ]


def test_json_is_ascii_where_the_pipe_takes_no_chinese(run: Run, monkeypatch: Any) -> None:
    from click.testing import CliRunner

    from .conftest import _Program

    runner = CliRunner(charset="ascii")
    result = runner.invoke(_Program("x"), ["doctor", "--offline", "--json", "--lang", "zh"])
    assert result.stdout.isascii()
    assert "AppID" in json.loads(result.stdout)[0]["advice"]
    assert "是" in json.loads(result.stdout)[0]["advice"]


@pytest.mark.usefixtures("terminal")
class TestOnATerminal:
    """What a person sees."""

    def test_all_is_well(
        self, settings: Sandbox, run: Run, tls: ssl.SSLContext, trusted: None
    ) -> None:
        answer = response(refusal(96013), headers={"Date": formatdate()})
        with Answering(lambda _: answer, tls) as server:
            result = run("doctor", "--base-url", server.url)
        lines = result.stdout.splitlines()
        assert lines[-1] == "All is well."
        assert {line[:25].strip() for line in lines if line.startswith("ok")} >= {
            "ok         AppID",
            "ok         live check",
        }
        assert all(len(line) <= 80 for line in lines)

    def test_what_is_wrong_is_summed_up(self, settings: Sandbox, run: Run) -> None:
        result = run("doctor", "--base-url", settings.url, "--scope", "x")
        assert result.stdout.endswith("\nWrong: scope.\nLeft out: clock.\n")

    def test_what_could_not_be_checked_is_summed_up(self, run: Run, settings: Sandbox) -> None:
        settings.fail("token", reset=True)
        result = run("doctor", "--base-url", settings.url, "--scope", "3")
        assert result.stdout.endswith(
            "\nNothing is wrong in what was checked.\nCould not be checked: live check.\n"
            "Worth a look: scope.\nLeft out: clock.\n"
        )

    def test_in_chinese_the_columns_are_aligned(self, settings: Sandbox, run: Run) -> None:
        result = run("--lang", "zh", "doctor", "--base-url", settings.url)
        first, second, *_ = result.stdout.splitlines()
        assert first.startswith("正常    AppID       2882303761520000109")
        assert second.startswith("正常    AppSecret   已设置，不显示")
        assert "在线验证    127.0.0.1:" in result.stdout
