"""The sandbox's options on the command line, ``fail``, and both languages."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from authlib_xiaomi._tools.layout import width
from authlib_xiaomi.sandbox import Sandbox, token_file
from authlib_xiaomi.sandbox.__main__ import main
from authlib_xiaomi.sandbox.arguments import say_in
from authlib_xiaomi.sandbox.configuration import instructions
from authlib_xiaomi.sandbox.modes import TABLE

from ..listeners import Answering, response
from ..systems import UNIX
from .application import Application
from .test_main import EndsOnceServing, run, served, url_in

pytestmark = UNIX


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment without settings, and a place for control tokens."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "XIAOMI_SANDBOX_TOKEN", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    """An application of a sandbox that `fail` may change."""
    with Sandbox() as xiaomi:
        monkeypatch.setenv("XIAOMI_SANDBOX_TOKEN", xiaomi.control_token)
        application = Application(xiaomi)
        with application.http:
            yield application


Fail = Callable[..., tuple[int, str, str]]


@pytest.fixture
def fail(live: Application, capsys: pytest.CaptureFixture[str]) -> Fail:
    """Runs ``fail`` on that sandbox: status, output, errors."""

    def fail(*words: str) -> tuple[int, str, str]:
        status = main(["fail", *words, "--url", live.xiaomi.url])
        return status, *capsys.readouterr()

    return fail


def test_the_next_request_fails(live: Application, fail: Fail) -> None:
    assert fail("token", "--status", "503") == (0, "token: HTTP status 503 (1×)\n", "")
    assert [live.post({}).status_code for _ in range(2)] == [503, 400]


def test_json_has_the_faults_that_wait(fail: Fail) -> None:
    status, out, _ = fail("token", "--status", "503", "--json")
    [fault] = json.loads(out)
    assert (status, fault["endpoint"], fault["what"]) == (0, "token", "HTTP status 503")
    assert json.loads(fail("--clear", "--json")[1]) == []


def test_every_way_to_fail_is_an_option(live: Application, fail: Fail) -> None:
    words = "--delay 0.01 --body x=y --content-type text/plain --header X-A=1=2 --after --times 2"
    status, out, _ = fail("user/profile", *words.split())
    assert status == 0
    assert out == (
        "user/profile: after it was done, after 0.01 seconds, another answer (3 bytes), "
        "other headers (2×)\n"
    )
    token = live.token()
    answer = live.call("user/profile", token)
    assert (answer.text, answer.headers["X-A"]) == ("x=y", "1=2")


def test_all_requests_fail_until_told_otherwise(live: Application, fail: Fail) -> None:
    assert fail("token", "--code", "96013", "--always")[1] == "token: error 96013 (always)\n"
    assert all("96013" in live.post({}).text for _ in range(3))
    assert fail("--clear") == (0, "No request is to fail.\n", "")
    assert "96002" in live.post({}).text


def test_what_was_to_fail_is_forgotten_before_the_next_is_asked_for(
    live: Application, fail: Fail
) -> None:
    fail("user/profile", "--reset")
    assert fail("token", "--status", "500", "--clear")[1] == "token: HTTP status 500 (1×)\n"


def test_fail_speaks_chinese(fail: Fail) -> None:
    status, out, _ = fail("token", "--status", "503", "--lang", "zh")
    assert (status, out) == (0, "token：HTTP 状态 503（1 次）\n")
    status, _, err = fail("tokens", "--status", "503", "--lang=zh")
    assert (status, err[:15]) == (2, "错误：没有端点 'tokens")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "say which endpoint is to fail"),
        (("token",), "say what fails"),
        (("tokens", "--reset"), "there is no endpoint 'tokens'"),
        (("token", "--status", "99"), "status is 99; it must be from 200 to 599"),
        (("token", "--reset", "--control-token", "x"), "has another control token"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_2(
    fail: Fail, words: tuple[str, ...], message: str
) -> None:
    status, out, err = fail(*words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("error: ")
    assert message in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["fail", "token", "user/profile"], "error: there is one argument too many: user/profile"),
        (["fail", "token", "--stauts", "1"], "error: there is no option --stauts; did you mean --"),
        (["fail", "token", "--xyz"], "error: there is no option --xyz\n"),
        (["fail", "token", "--status"], "error: --status needs a value"),
        (["fail", "token", "--status", "x"], "error: --status must be a number"),
        (["fail", "token", "--delay", "-1"], "error: --delay must be a number"),
        (["fail", "token", "--header", "x"], "error: --header must have a name and a value"),
        (["fail", "token", "--reset=1"], "error: --reset takes no value"),
        (["--prefix=1"], "error: --prefix takes no value"),
        (["--declined", "no"], "error: --declined must be one of number, word, name"),
        (["--error-texts", "96013"], "error: --error-texts must have a name and a value"),
        (["--lang", "fr"], "error: --lang must be one of en, zh"),
        (["x"], "error: there is one argument too many: x"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(message)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:1", "no sandbox answers at http://127.0.0.1:1"),
        ("https://127.0.0.1:1", "--url https://127.0.0.1:1 must be a URL such as"),
        ("127.0.0.1:1", "must be a URL such as"),
        ("http://[", "must be a URL such as"),
    ],
)
def test_a_sandbox_that_is_not_there_is_told(
    capsys: pytest.CaptureFixture[str], url: str, message: str
) -> None:
    assert main(["fail", "token", "--reset", "--control-token", "x", "--url", url]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [("200 OK", b"<html>", "no sandbox answers"), ("404 Not Found", b"{}", "error: 404")],
)
def test_another_server_is_told(
    capsys: pytest.CaptureFixture[str], status: str, body: bytes, message: str
) -> None:
    with Answering(lambda _: response(body, status)) as server:
        words = ["fail", "token", "--reset", "--control-token", "x", "--url", server.url]
        assert main(words) == 2
    assert message in capsys.readouterr().err


def test_a_control_token_that_nobody_knows_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in ("/nonexistent", None):
        monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
        monkeypatch.setenv("HOME", home) if home else monkeypatch.delenv("HOME")
        assert main(["fail", "token", "--reset"]) == 2
        assert "no control token of a sandbox at http://127.0.0.1:9009" in capsys.readouterr().err


def test_a_sandbox_on_another_port_is_named(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    with ExitStack() as ending:
        listeners = [ending.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in "abc"]
        ports = [listener.getsockname()[1] for listener in listeners]
        for port in (*ports, 70000):
            ending.enter_context(token_file.left(port, "x"))
        listeners[0].close()  # killed: its token is still there
        assert main(["fail", "token", "--reset"]) == 2
    first, second = sorted(ports[1:])
    assert capsys.readouterr().err == (
        "error: no sandbox is known at http://127.0.0.1:9009; there may be one elsewhere: "
        f"add --url http://127.0.0.1:{first}, --url http://127.0.0.1:{second}\n"
    )


@pytest.mark.parametrize("where", ["XDG_RUNTIME_DIR", "HOME"])
def test_another_terminal_needs_no_token(
    place: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv(where, str(place))
    with served() as (process, output):
        url = url_in(output)
        done = run("fail", "token", "--status", "503", "--url", url)
        assert (done.returncode, done.stderr) == (0, "")
        assert requests.post(f"{url}/oauth2/token", timeout=10).status_code == 503
        (file,) = place.rglob("*.token")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert file.read_text() in output
        process.terminate()
        process.wait(10)
        assert not list(place.rglob("*.token"))
        assert process.stderr
        lines = process.stderr.read().splitlines()
    assert [line[10:] for line in lines] == [
        "POST /sandbox/api/faults 200  control: token will fail: HTTP status 503",
        "POST /oauth2/token 503  fails as was asked for: HTTP status 503",
    ]


def test_a_token_file_of_before_is_replaced(place: Path) -> None:
    folder = place / "authlib-xiaomi"
    folder.mkdir()
    with Sandbox() as xiaomi:
        port = xiaomi.url.rpartition(":")[2]
    (folder / f"sandbox-{port}.token").symlink_to(place / "elsewhere")
    with served("--port", port) as (_, output):
        assert not (folder / f"sandbox-{port}.token").is_symlink()
        assert (folder / f"sandbox-{port}.token").read_text() in output
    assert not (place / "elsewhere").exists()


@pytest.mark.parametrize("where", ["a-file", "a-file/below"])
def test_it_serves_where_no_token_can_be_left(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    (place / "a-file").touch()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place / where))
    monkeypatch.setenv("XIAOMI_SANDBOX_TOKEN", "from-the-environment")
    written = EndsOnceServing()
    monkeypatch.setattr(sys, "stdout", written)
    assert main(["--port", "0"]) == 0
    assert "Authorization: Bearer from-the-environment" in written.getvalue()


def test_the_usual_port_need_not_be_named() -> None:
    lines = instructions(
        "http://127.0.0.1:9009", {}, ["lei"], "t", "shell", say_in("en")
    ).splitlines()
    assert lines[2].endswith("or run: authlib-xiaomi sandbox fail token --status 503")


def test_the_printed_command_is_one_that_works() -> None:
    with served() as (_, output):
        command = re.search(r"or run: authlib-xiaomi sandbox (.*)", output)
        assert command
        assert run(*shlex.split(command[1])).stdout == "token: HTTP status 503 (1×)\n"


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--help", "--lang", "zh"]])
@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_help_has_every_option(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    columns: str,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert main(words) == 0
    out = capsys.readouterr().out
    for name in TABLE:
        assert re.search(rf"--(\[no-\])?{name.replace('_', '-')}\b", out)
    assert "--insecure-expose" in out
    assert ("用法" in out) is ("zh" in words)
    assert ("[400; 200]" in out) or columns == "40"
    too_long = [line for line in out.splitlines() if width(line) > int(columns)]
    # An option is never broken: it is to be copied.
    assert all(line.startswith("  --") or "sandbox" in line or "/" in line for line in too_long)


def test_help_of_fail(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fail", "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Usage: python -m authlib_xiaomi.sandbox fail ENDPOINT [OPTIONS]\n")
    for flag in ("--status N", "--always", "--clear", "--url URL", "--header NAME=TEXT"):
        assert flag in out


def test_help_says_how_it_was_called(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/authlib-xiaomi"])
    main(["--help"])
    assert capsys.readouterr().out.startswith(
        "Usage: authlib-xiaomi sandbox [OPTIONS]\n"
        "       authlib-xiaomi sandbox [OPTIONS] -- CMD...\n"
        "       authlib-xiaomi sandbox fail ENDPOINT [OPTIONS]\n"
    )


@pytest.mark.parametrize(
    ("environ", "chinese"),
    [({"LANG": "zh_CN.UTF-8"}, True), ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, False), ({}, False)],
)
def test_the_language_is_the_locales(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    environ: dict[str, str],
    chinese: bool,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert main(["--port", "99999"]) == 2
    assert ("必须在" in capsys.readouterr().err) is chinese


@pytest.mark.parametrize(
    ("words", "chinese"),
    [
        (["--like", "x"], "like 是 'x'；只能是：live / documents"),
        (["--host", "0.0.0.0"], "不是回环地址"),
        (["--client-id", "x"], "不是 AppID"),
        (["--error-texts", "x=y"], "请写错误码和说明"),
        (["--token-expires-in", "0"], "必须至少为 1 秒"),
        (["--mark", "x.txt"], "不是图片"),
    ],
)
def test_what_is_not_valid_is_told_in_chinese_too(
    capsys: pytest.CaptureFixture[str], words: list[str], chinese: str
) -> None:
    assert main([*words, "--lang", "zh"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("错误：")
    assert chinese in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(("words", "usage"), [([], b"Usage"), (["--lang", "zh"], rb"\u7528")])
def test_a_terminal_that_knows_ascii_alone_gets_what_it_can_show(
    words: list[str], usage: bytes
) -> None:
    environ = {**os.environ, "LANG": "zh_CN.UTF-8", "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "authlib_xiaomi.sandbox", "fail", "--help", *words]
    done = subprocess.run(command, capture_output=True, env=environ, timeout=60, check=True)
    assert done.stdout.startswith(usage)


def test_streams_of_other_kinds_do_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii"))
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert main(["fail", "--help"]) == 0
    sys.stdout.flush()
    assert written.getvalue().startswith(b"Usage")


def test_what_it_prints_is_in_chinese_too() -> None:
    with served("--lang", "zh") as (process, output):
        url = url_in(output)
        requests.get(f"{url}/nothing", timeout=10)
        process.terminate()
        _, errors = process.communicate(timeout=10)
    assert output.startswith(f"小米的本地沙箱位于 {url}\n")
    assert "此处没有小米的这个路径" in errors


def test_options_reach_the_sandbox() -> None:
    options = [
        "--like", "documents", "--error-status", "403", "--no-prefix", "--openid",
        "--declined", "word", "--error-texts", "96013=gone", "--error-texts", "96010=no",
        "--name", "Shop", "--client-secret", "s", "--content-type", "text/plain",
    ]  # fmt: skip
    with served(*options) as (_, output):
        url = url_in(output)
        fields = {"client_id": "2882303761520000109", "client_secret": "s", "code": "x"}
        fields |= {"grant_type": "authorization_code", "redirect_uri": "http://localhost/"}
        answer = requests.post(f"{url}/oauth2/token", data=fields, timeout=10)
        assert "Shop" in requests.get(url, timeout=10).text
    assert answer.status_code == 403
    assert answer.text == '{"error":96013,"error_description":"gone"}'
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_serving_in_this_process_leaves_and_removes_its_token(place: Path) -> None:
    with Sandbox() as xiaomi:
        port = xiaomi.url.rpartition(":")[2]
    file = place / "authlib-xiaomi" / f"sandbox-{port}.token"
    left: list[str] = []

    def end() -> None:
        deadline = time.monotonic() + 20
        while left[-1:] != ["t"] and time.monotonic() < deadline:
            left.append(file.read_text() if file.exists() else "")
        os.kill(os.getpid(), signal.SIGTERM)

    ending = threading.Thread(target=end)
    ending.start()
    assert main(["--port", port, "--error-texts", "96013=gone", "--control-token", "t"]) == 0
    ending.join()
    assert left[-1] == "t"
    assert not file.exists()


def test_a_keyword_of_the_core_that_is_not_valid_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--scopes", "profile"]) == 2
    assert "profile" in capsys.readouterr().err
