"""``probe`` against the sandbox in both of its modes, and against servers that are not Xiaomi."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from authlib_xiaomi.cli.probe.points import POINTS
from authlib_xiaomi.sandbox import Sandbox

from ..listeners import Answering, Listener, response
from ..systems import UNIX
from .probing import CALLBACK, Run, probing

Probe = Callable[..., Run]

#: What a report has where nobody signs in.
WITHOUT_USER = [point.id for point in POINTS if not point.needs]
#: In which the documents differ from the live service, as far as it shows without a user.
DOCUMENTS = {
    "token-error-status",
    "plain-token",
    "callback-https",
    "callback-not-ascii",
    "skip-confirm-forms",
    "scope-openid",
}


@pytest.fixture
def xiaomi() -> Iterator[Sandbox]:
    """A sandbox for whose callback this machine has no port."""
    with Sandbox(redirect_uris=CALLBACK) as sandbox:
        yield sandbox


@pytest.fixture
def probe(xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Probe:
    """Runs ``probe --base-url`` with the sandbox."""

    def run(*args: str, **rest: Any) -> Run:
        return probing(xiaomi, monkeypatch).run("--base-url", xiaomi.url, *args, **rest)

    return run


def test_all_is_as_expected_of_the_live_service(probe: Probe) -> None:
    run = probe("--json")
    assert run.having("expected") == set(WITHOUT_USER)
    assert run.having("different") == set()
    assert run.report["stopped"] is None
    assert run.status == 0


def test_the_documents_differ_in_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(like="documents", redirect_uris=CALLBACK) as xiaomi:
        run = probing(xiaomi, monkeypatch).run("--base-url", xiaomi.url, "--json")
    assert run.having("different") == DOCUMENTS
    assert run.having("expected") == set(WITHOUT_USER) - DOCUMENTS
    assert run.status == 1


def test_a_point_has_its_claim_its_source_what_was_seen_and_a_verdict(probe: Probe) -> None:
    run = probe("--json")
    assert [point["id"] for point in run.report["points"]] == [point.id for point in POINTS]
    assert run.points["wrong-secret-get"] == {
        "id": "wrong-secret-get",
        "claim": "An AppSecret that is not the AppID's is refused with 96003, by GET.",
        "source": "passport error-code",
        "strength": "doc",
        "seen": {
            "status": 400,
            "content_type": "application/json;charset=UTF-8",
            "prefix": "yes",
            "error": 96003,
            "text": "invalid client",
        },
        "verdict": "expected",
    }
    assert run.points["profile"]["seen"] is None
    assert run.points["profile"]["verdict"] == "not tried"


def test_without_a_user_no_token_is_asked_for_that_could_be_given(
    xiaomi: Sandbox, probe: Probe
) -> None:
    probe()
    sent = [{**request.args, **request.form} for request in xiaomi.requests]
    values = {fields.get(name) for fields in sent for name in ("code", "refresh_token", "token")}
    assert {value for value in values if value} == {
        "authlib_xiaomi_probe_no_such_code",
        "authlib_xiaomi_probe_no_such_token",
    }


def test_each_error_is_asked_for_by_post_and_by_get(xiaomi: Sandbox, probe: Probe) -> None:
    probe()
    tokens = [request for request in xiaomi.requests if request.endpoint == "token"]
    assert sorted({request.method for request in tokens}) == ["GET", "POST"]
    by_post = [request.form for request in tokens if request.method == "POST"]
    by_get = [request.args for request in tokens if request.method == "GET"]
    assert all(form in by_get for form in by_post)
    assert len(by_post) == 5


def test_requests_are_paced(xiaomi: Sandbox, probe: Probe) -> None:
    probe("--pause", "0.05")
    times = [request.time for request in xiaomi.requests]
    pauses = [later - sooner for sooner, later in pairwise(times)]
    assert min(pauses) >= 0.045


def test_it_says_before_each_step_what_it_will_do_and_what_that_costs(probe: Probe) -> None:
    steps = [line for line in probe().err.splitlines() if line.startswith("[")]
    assert [step[:5] for step in steps] == ["[1/4]", "[2/4]", "[3/4]", "[4/4]"]
    assert all("Costs nothing." in step for step in steps)


def test_in_a_pipe_a_point_is_a_line_of_tabs(probe: Probe) -> None:
    lines = [line.split("\t") for line in probe().out.splitlines()]
    assert [line[1] for line in lines] == [point.id for point in POINTS]
    assert lines[0][0] == "expected"
    assert "status 400" in lines[0][2]
    assert "error 96013" in lines[0][2]


def test_on_a_terminal_the_points_that_were_tried_are_shown_and_summed_up(
    probe: Probe, terminal: None
) -> None:
    lines = probe().out.splitlines()
    assert lines[0].startswith("expected   wrong-code: A code that does not exist is refused")
    assert any(line.strip().startswith("[tried] passport index;") for line in lines)
    assert f"expected   {len(WITHOUT_USER)}" in lines
    assert any(line.startswith("not tried  callback, declined, token,") for line in lines)
    assert all(len(line) <= 80 for line in lines)


def test_the_screen_is_in_the_users_language_and_the_report_is_not(
    probe: Probe, terminal: None, place: Path
) -> None:
    run = probe("--lang", "zh", "--out", "report.json")
    assert "不存在的授权码以 POST 发送时，返回 96013。" in run.out
    assert "没有影响" in run.err
    report = json.loads((place / "report.json").read_text())
    assert report["points"][0]["claim"].startswith("A code that does not exist")


def test_out_writes_what_json_prints(probe: Probe, place: Path) -> None:
    run = probe("--json", "--out", "report.json")
    assert json.loads((place / "report.json").read_text()) == run.report
    assert "The report is in report.json." in run.err


@pytest.mark.parametrize("file", [".", "no/such/folder/report.json"])
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_asked(
    xiaomi: Sandbox, probe: Probe, file: str
) -> None:
    run = probe("--out", file)
    assert "it must be a file in a folder that exists" in run.err
    assert run.status == 2
    assert xiaomi.requests == []


def test_a_file_that_cannot_be_written_in_the_end_loses_no_report(
    probe: Probe, place: Path
) -> None:
    (place / "report.json").symlink_to(place / "no" / "such")
    run = probe("--json", "--out", "report.json")
    assert "cannot write report.json: No such file" in run.err
    assert run.having("expected") == set(WITHOUT_USER)
    assert run.status == 2


class TestSettings:
    """What is wrong before anything is asked."""

    @pytest.mark.parametrize(
        ("changed", "says"),
        [
            ({"XIAOMI_CLIENT_ID": ""}, "AppID: empty"),
            ({"XIAOMI_CLIENT_ID": "28823o"}, "AppID: no number"),
            ({"XIAOMI_CLIENT_SECRET": "a b"}, "AppSecret: has white space in it"),
            ({"XIAOMI_REDIRECT_URI": "/auth"}, "callback: /auth"),
        ],
    )
    def test_a_wrong_setting_is_named(
        self, xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch, changed: Any, says: str
    ) -> None:
        run = probing(xiaomi, monkeypatch, **changed).run("--base-url", xiaomi.url, "--json")
        assert run.err.startswith(says)
        assert run.report["stopped"] == "settings"
        assert run.having("not tried") == {point.id for point in POINTS}
        assert run.status == 1
        assert xiaomi.requests == []

    def test_a_missing_callback_could_not_be_tried(
        self, xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = probing(xiaomi, monkeypatch, XIAOMI_REDIRECT_URI="").run("--base-url", xiaomi.url)
        assert run.status == 2

    def test_options_win_over_the_environment(
        self, xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = probing(xiaomi, monkeypatch, XIAOMI_CLIENT_ID="1", XIAOMI_REDIRECT_URI="x")
        options = ["--client-id", xiaomi.client_id, "--redirect-uri", CALLBACK]
        assert other.run("--base-url", xiaomi.url, *options).status == 0

    def test_the_variables_that_lead_an_application_to_a_sandbox_lead_the_probe_there(
        self, xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = probing(xiaomi, monkeypatch, **xiaomi.config()).run("--json")
        assert run.having("expected") == set(WITHOUT_USER)

    @pytest.mark.parametrize("url", ["https://example.com/oauth2/token", "nowhere"])
    def test_the_secret_is_sent_to_no_other_machine_unasked(
        self, xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch, url: str
    ) -> None:
        run = probing(xiaomi, monkeypatch, XIAOMI_ACCESS_TOKEN_URL=url).run()
        assert "XIAOMI_ACCESS_TOKEN_URL leads the application to" in run.err
        assert run.status == 2

    @pytest.mark.parametrize(
        ("args", "says"),
        [
            (["--client-secret", "hunter2"], "does not belong on a command line"),
            (["hunter2"], "probe takes no arguments"),
            (["--base-url", "http://example.com"], "not sent in the clear"),
            (["--pause", "soon"], "--pause takes seconds, such as 0.5"),
            (["--timeout", "-1"], "--timeout takes seconds"),
        ],
    )
    def test_a_mistake_is_one_line_without_a_secret(
        self, probe: Probe, args: list[str], says: str
    ) -> None:
        run = probe(*args)
        assert says in run.err
        assert "hunter2" not in run.err
        assert run.err.count("\n") == 1
        assert run.status == 2

    def test_without_requests_it_says_what_to_install(
        self, probe: Probe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "authlib_xiaomi.cli.network", None)
        monkeypatch.delattr("authlib_xiaomi.cli.network", raising=False)
        run = probe()
        assert "pip install 'authlib-xiaomi[cli]'" in run.err
        assert run.status == 2


class TestOutOfOrder:
    """A service that fails, hangs, or is not Xiaomi's."""

    @pytest.mark.parametrize("code", [96001, 96003, 96010])
    def test_an_application_that_is_refused_ends_it(
        self, xiaomi: Sandbox, probe: Probe, code: int
    ) -> None:
        xiaomi.fail("token", code=code)
        run = probe("--json")
        assert f"refuses the application with {code}" in run.err
        assert run.report["stopped"] == "refused"
        assert run.having("not tried") == {point.id for point in POINTS}
        assert run.status == 1
        assert len(xiaomi.requests) == 1

    @pytest.mark.parametrize(
        ("fault", "stopped"),
        [
            ({"status": 503}, "down"),
            ({"status": 429}, "down"),
            ({"body": b"<html>"}, "nonsense"),
            ({"body": b""}, "nonsense"),
            ({"body": b"[]"}, "nonsense"),
            ({"body": b"{}"}, "nonsense"),
            ({"body": b"[" * 10**5}, "nonsense"),
            ({"body": b"9" * 5000}, "nonsense"),
            ({"body": b"\xff\xfe&&&START&&&"}, "nonsense"),
            ({"status": 302, "headers": {"Location": "/"}}, "nonsense"),
            ({"reset": True}, "connection"),
        ],
    )
    def test_an_answer_that_is_not_xiaomis_ends_it_without_a_verdict(
        self, xiaomi: Sandbox, probe: Probe, fault: Any, stopped: str
    ) -> None:
        xiaomi.fail("token", times=None, **fault)
        run = probe("--json")
        assert "Stopped: " in run.err
        assert "Traceback" not in run.err
        assert run.report["stopped"] == stopped
        assert run.having("not tried") == {point.id for point in POINTS}
        assert run.status == 2
        assert len(xiaomi.requests) == 1

    def test_a_server_that_is_not_there_ends_it(self, xiaomi: Sandbox, probe: Probe) -> None:
        xiaomi.stop()
        run = probe("--json")
        assert "no connection to 127.0.0.1:" in run.err
        assert run.report["stopped"] == "connection"
        assert run.status == 2

    def test_a_server_that_hangs_ends_it(self, probe: Probe) -> None:
        def listen(connection: socket.socket) -> None:
            while connection.recv(1024):
                pass

        with Listener(listen) as server:
            run = probe("--base-url", server.url, "--timeout", "0.1", "--json")
        assert "did not answer within 0.1 s" in run.err
        assert run.report["stopped"] == "timeout"
        assert run.status == 2

    @pytest.mark.parametrize("fault", [{"status": 503}, {"reset": True}])
    def test_one_answer_that_is_missing_costs_one_point_alone(
        self, xiaomi: Sandbox, probe: Probe, fault: Any
    ) -> None:
        xiaomi.fail("user/profile", **fault)
        run = probe("--json")
        assert run.having("expected") == set(WITHOUT_USER) - {"wrong-access-token"}
        assert run.points["wrong-access-token"]["verdict"] == "not tried"
        assert run.points["wrong-access-token"]["seen"]
        assert run.status == 2

    def test_of_several_requests_one_that_is_missing_costs_the_point(
        self, xiaomi: Sandbox, probe: Probe
    ) -> None:
        xiaomi.fail("token", times=1, code=96013)
        xiaomi.fail("token", times=9, status=502)
        run = probe("--json")
        assert run.points["token-error-status"]["seen"] == {"post": [400], "get": []}
        xiaomi.fail("authorize", times=None, status=500)
        run = probe("--json")
        assert run.points["skip-confirm-forms"]["seen"]["status"] == 500
        assert run.points["skip-confirm-forms"]["verdict"] == "not tried"

    def test_an_authorization_request_without_an_answer_is_not_judged(
        self, xiaomi: Sandbox, probe: Probe
    ) -> None:
        xiaomi.fail("authorize", reset=True)
        run = probe("--json")
        assert run.points["authorize"]["seen"] == {"no_answer": "connection"}
        assert run.having("not tried") & set(WITHOUT_USER) == {"authorize"}

    def test_without_any_error_there_is_no_status_of_errors(self, probe: Probe) -> None:
        answers = iter([b'{"error":96014}'])
        with Answering(lambda _: response(next(answers, b"{}"))) as server:
            run = probe("--base-url", server.url, "--json")
        assert run.points["wrong-code"]["seen"]["error"] == 96014
        assert run.points["token-error-status"]["seen"] == {"post": [200], "get": []}
        assert run.points["wrong-secret"]["verdict"] == "different"

    def test_an_answer_without_a_content_type_has_none(self, probe: Probe) -> None:
        body = b'{"error":96013}'
        head = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % len(body)
        with Answering(lambda _: head + body) as server:
            run = probe("--base-url", server.url, "--json")
        assert run.points["wrong-code"]["seen"] == {"status": 400, "prefix": "no", "error": 96013}

    def test_two_missing_answers_in_a_row_end_it_with_what_was_seen(
        self, xiaomi: Sandbox, probe: Probe
    ) -> None:
        xiaomi.fail("user/profile", times=2, reset=True)
        run = probe("--json")
        assert run.report["stopped"] == "connection"
        assert run.points["wrong-secret"]["verdict"] == "expected"
        assert run.points["authorize"]["seen"] is None
        assert run.status == 2

    def test_another_error_than_is_claimed_is_different(
        self, xiaomi: Sandbox, probe: Probe
    ) -> None:
        xiaomi.fail("token", times=None, body=b'{"error":"slow_down"}', status=418)
        run = probe("--json")
        assert {"wrong-code", "wrong-secret", "token-error-status"} <= run.having("different")
        assert run.points["wrong-code"]["seen"]["error"] == "slow_down"

    @pytest.mark.parametrize(
        ("error", "seen"),
        [
            ('"96013"', {"error": 96013, "number_as_text": True}),
            ("1234567890", {"error": "number"}),
            ('"No, 1234567890!"', {"error": "text"}),
            ("{}", {"error": "object"}),
        ],
    )
    def test_an_error_of_any_type_is_described(
        self, xiaomi: Sandbox, probe: Probe, error: str, seen: dict[str, object]
    ) -> None:
        xiaomi.fail("token", times=None, body=b'{"error":%s}' % error.encode())
        what = probe("--json").points["wrong-code"]["seen"]
        assert {**what, **seen} == what

    def test_xiaomis_own_page_about_a_callback_is_a_refusal(
        self, xiaomi: Sandbox, probe: Probe
    ) -> None:
        xiaomi.fail("authorize", times=None, body=b"<p>Invalid redirect URI</p>")
        seen = probe("--json").points["authorize-wrong-callback"]["seen"]
        assert seen["refused"] is True
        assert seen["error"] == 96010

    def test_a_page_elsewhere_is_not_followed(self, probe: Probe, xiaomi: Sandbox) -> None:
        headers = {"Location": "https://example.com/pass/serviceLogin"}
        xiaomi.fail("authorize", times=None, status=302, headers=headers)
        seen = probe("--json").points["authorize"]["seen"]
        assert seen["answer"] == "another page"
        assert seen["refused"] is False

    @pytest.mark.parametrize(
        ("off", "difference", "verdict"),
        [
            (0, "none", "expected"),
            (120, "over 1 minute", "expected"),
            (-3600, "over 5 minutes", "different"),
        ],
    )
    def test_the_clocks_are_compared(
        self, probe: Probe, off: int, difference: str, verdict: str
    ) -> None:
        from email.utils import formatdate

        def answer(_: bytes) -> bytes:
            date = {"Date": formatdate(time.time() + off)}
            return response(b'{"error":96013}', headers=date)

        with Answering(answer) as server:
            run = probe("--base-url", server.url, "--json")
        assert run.points["clock"]["seen"] == {"difference": difference}
        assert run.points["clock"]["verdict"] == verdict

    def test_without_a_date_there_is_no_clock_to_compare_with(self, probe: Probe) -> None:
        with Answering(lambda _: response(b'{"error":96013}')) as server:
            run = probe("--base-url", server.url, "--json")
        assert run.points["clock"]["verdict"] == "not tried"


def test_a_callback_with_tls_is_not_asked_for_without(
    xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = CALLBACK.replace("http:", "https:")
    with Sandbox(redirect_uris=uri) as other:
        run = probing(other, monkeypatch, XIAOMI_REDIRECT_URI=uri).run(
            "--base-url", other.url, "--json"
        )
    assert run.having("expected") == set(WITHOUT_USER) - {"callback-https"}


def test_a_scope_of_the_applications_own_is_asked_for(
    xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = probing(xiaomi, monkeypatch, XIAOMI_SCOPE="1 openid").run("--base-url", xiaomi.url)
    assert run.status == 0
    urls = [request.args for request in xiaomi.requests if request.endpoint == "authorize"]
    assert {args.get("scope") for args in urls} == {
        "1 openid",
        None,
        "1 openid authlib_xiaomi_probe",
    }


@UNIX
def test_ctrl_c_ends_it_with_what_was_seen(xiaomi: Sandbox) -> None:
    xiaomi.fail("user/profile", delay=30)
    environment = {
        **os.environ,
        "LANG": "en_US.UTF-8",
        **xiaomi.config(),
        "XIAOMI_REDIRECT_URI": CALLBACK,
    }
    command = [sys.executable, "-m", "authlib_xiaomi", "probe", "--json", "--timeout", "60"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while not any(request.endpoint == "user/profile" for request in xiaomi.requests):
            assert process.poll() is None
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrupted. This is what was seen so far." in err
    assert "Traceback" not in err
    report = json.loads(out)
    assert report["stopped"] == "interrupted"
    verdicts = {point["id"]: point["verdict"] for point in report["points"]}
    assert verdicts["wrong-secret"] == "expected"
    assert verdicts["authorize"] == "not tried"


def test_it_needs_no_flask(xiaomi: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "flask.py").write_text("raise ModuleNotFoundError('no flask', name='flask')")
    environment = {
        **os.environ,
        **xiaomi.config(),
        "XIAOMI_REDIRECT_URI": CALLBACK,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
    }
    command = [sys.executable, "-m", "authlib_xiaomi", "probe", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


#: What a token has, and a profile.
KNOWN = {
    "access_token": "V3_accessTOKEN0123456789abcdef",
    "refresh_token": "R3_refreshTOKEN0123456789abcde",
    "mac_key": "macKEY0123456789abcdef",
    "openId": "openid0123456789",
    "union_id": "union0123456789",
}
PROFILE = {
    "unionId": "union0123456789",
    "userId": 1234567890123,
    "miliaoNick": "张三 Zhang",
    "miliaoIcon": "https://pictures.example.com/zhang.png",
    "phone": "13800000001",
    "email": "zhang@example.com",
}
CODE = "C3_code0123456789ABCDEF"


class TestSecrets:
    """A service that sends back all it got, and all it knows, in every text."""

    def answer(self, request: bytes) -> bytes:
        head, _, form = request.partition(b"\r\n\r\n")
        target = head.split(b" ")[1].decode()
        fields = parse_qs(urlsplit(target).query or form.decode())
        values = [*KNOWN.values(), *map(str, PROFILE.values()), CODE]
        echo = " ".join([*values, *(value for some in fields.values() for value in some)])
        if fields.get("code") == [CODE] or fields.get("refresh_token") == [KNOWN["refresh_token"]]:
            body: dict[str, object] = {**KNOWN, "expires_in": 259200, "scope": "1 3"}
            body[KNOWN["access_token"]] = "a field named so"
        elif "token" in fields:
            ok = fields["token"] == [KNOWN["access_token"]]
            body = {"result": "ok" if ok else "error", "code": 0 if ok else 96008}
            body |= {"description": echo} | ({"data": PROFILE} if ok else {})
        else:
            body = {"error": 96013, "error_description": echo}
        kind = {"Content-Type": f"application/json; charset={KNOWN['mac_key']}"}
        return response(json.dumps(body).encode(), headers=kind)

    def test_no_value_is_in_the_report_or_on_the_screen(
        self, xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(1)

        def user(url: str) -> str:
            return f"{CALLBACK}?code={CODE}&state={parse_qs(urlsplit(url).query)['state'][0]}"

        with Answering(self.answer) as server:
            options = ["--base-url", server.url, "--twice"]
            run = probing(xiaomi, monkeypatch).run(*options, "--json", user=user)
            plain = probing(xiaomi, monkeypatch).run(*options, user=user)
        assert run.report["stopped"] is None
        assert run.points["profile-fields"]["seen"]["fields"]["miliaoNick"] == "text"
        secret = [xiaomi.client_secret, CODE, *KNOWN.values()]
        hidden = [*secret, *map(str, PROFILE.values()), xiaomi.client_id, "Zhang", "张三"]
        for text in (run.out, json.dumps(run.report, ensure_ascii=False), plain.out):
            assert [value for value in hidden if value in text] == []
        for text in (run.err, plain.err, caplog.text):
            assert [value for value in secret if value in text] == []

    def test_of_the_sandbox_no_value_is_in_the_report(self, xiaomi: Sandbox, probe: Probe) -> None:
        run = probe("--twice", "--json", user=lambda url: xiaomi.allow(url, "fox"))
        names = ("client_id", "client_secret", "code", "refresh_token", "token", "clientId")
        sent = [{**request.args, **request.form} for request in xiaomi.requests]
        values = {fields[name] for fields in sent for name in names if name in fields}
        fox = xiaomi.users["fox"]
        values |= {fox.nick or "", fox.union_id or "", fox.open_id, str(fox.user_id), "/pictures/"}
        text = json.dumps(run.report, ensure_ascii=False)
        assert [value for value in values if value in text] == []
        assert len(values) > 10


def test_the_callbacks_code_is_not_echoed(xiaomi: Sandbox, probe: Probe) -> None:
    callbacks: list[str] = []

    def user(url: str) -> str:
        callbacks.append(xiaomi.allow(url))
        return callbacks[-1]

    run = probe("--sign-in", user=user)
    code = parse_qs(urlsplit(callbacks[0]).query)["code"][0]
    assert code not in run.err + run.out
    assert requests.get(xiaomi.url, timeout=10).ok
