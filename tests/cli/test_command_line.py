"""The command line itself: help, languages, mistakes, ends; also as a process of its own."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import termios
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path

import pytest

import authlib_xiaomi
from authlib_xiaomi import cli
from authlib_xiaomi.cli import commands
from authlib_xiaomi.cli.screen import screen_of
from authlib_xiaomi.sandbox import Sandbox
from authlib_xiaomi.sandbox import __main__ as sandbox_main

from .conftest import Run

COMMAND = [sys.executable, "-m", "authlib_xiaomi"]
ENGLISH = {"LANG": "en_US.UTF-8"}


def seen(*args: str, env: dict[str, str] | None = None) -> tuple[str, int]:
    """What a user sees on a terminal, and the exit status."""
    main, other = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *args],
        stdin=other,
        stdout=other,
        stderr=other,
        env={**os.environ, **(env or {})},
    )
    os.close(other)
    output = b""
    with suppress(OSError):  # its way to say that the other end is closed
        while data := os.read(main, 65536):
            output += data
    os.close(main)
    return output.decode().replace("\r\n", "\n"), process.wait()


def test_a_terminal_gets_colours_and_a_table() -> None:
    output, status = seen("scopes", env={"TERM": "xterm", **ENGLISH})
    assert output.startswith("\x1b[1mscope   name ")
    assert "1       PROFILE " in output
    assert status == 0


@pytest.mark.parametrize("env", [{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}])
def test_a_terminal_without_colours_gets_none(env: dict[str, str]) -> None:
    output, _ = seen("scopes", "--lang", "zh", env=env)
    assert output.startswith("scope   名称                 授予的权限 ")
    assert "\x1b" not in output


def test_the_doctor_works_as_a_process(settings: Sandbox) -> None:
    command = [*COMMAND, "doctor", "--base-url", settings.url]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ENGLISH})
    assert done.returncode == 0
    assert "live\t96013 from " in done.stdout
    assert done.stderr == ""


def test_a_reader_that_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    process = subprocess.Popen([*COMMAND, "scopes"], stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert process.communicate()[1] == b""
    assert process.returncode == 141


def test_ctrl_c_is_quiet(interruptible: None) -> None:
    with subprocess.Popen(
        [*COMMAND, "explain", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin
        process.stdin.write(b"x")
        process.stdin.flush()
        while ioctl(process.stdin, termios.FIONREAD, b"    ") != b"\0\0\0\0":
            os.sched_yield()  # until it has begun to read
        process.send_signal(signal.SIGINT)
        assert process.communicate()[1] == b""
    assert process.returncode == 130


def test_standard_output_that_is_no_terminal_is_plain() -> None:
    assert not screen_of().terminal


@pytest.mark.parametrize(
    ("environ", "colour"),
    [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_terminals_that_have_them(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], colour: bool
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert screen_of(environ).colour is colour
    assert screen_of(environ).terminal


@pytest.mark.parametrize("args", [[], ["--help"], ["doctor", "--help"], ["explain", "--help"]])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_is_in_the_users_language_and_fits(run: Run, args: list[str], language: str) -> None:
    result = run(*args, env={"LANG": language})
    usage = "Usage: authlib-xiaomi" if language == "en" else "用法：authlib-xiaomi"
    assert result.stdout.startswith(usage)
    assert result.exit_code == 0
    chinese = bool(re.search(r"[\u4e00-\u9fff]", result.stdout))
    assert chinese is (language == "zh")


def test_help_names_every_command_and_option(run: Run) -> None:
    assert all(
        f"\n  {name} " in run().stdout for name in ("doctor", "explain", "scopes", "sandbox")
    )
    doctor = run("doctor", "--help").stdout
    for name in ("--client-id APPID", "--registered URLS", "--prefix NAME", "--json"):
        assert f"\n  {name} " in doctor
    assert "--client-secret" not in doctor


def test_the_version_is_the_packages(run: Run) -> None:
    assert run("--version").stdout == f"authlib-xiaomi {authlib_xiaomi.__version__}\n"


@pytest.mark.parametrize(
    "args",
    [
        ["--lang", "zh", "explain", "96010"],
        ["--lang=zh", "explain", "96010"],
        ["explain", "96010", "--lang", "zh"],
        ["explain", "--lang=zh", "96010"],
        ["--lang", "en", "explain", "96010", "--lang", "zh"],
    ],
)
def test_the_language_may_stand_before_or_after_the_command(run: Run, args: list[str]) -> None:
    assert "回调地址" in run(*args, env=ENGLISH).stdout


def test_an_output_that_takes_no_chinese_gets_english_unless_told() -> None:
    environment = {**os.environ, "LANG": "zh_CN.UTF-8", "PYTHONIOENCODING": "latin-1"}
    by_locale = subprocess.run([*COMMAND, "scopes"], capture_output=True, env=environment)
    assert b"the user's profile" in by_locale.stdout
    told = subprocess.run(
        [*COMMAND, "scopes", "--lang", "zh"], capture_output=True, env=environment
    )
    assert b"\\u7528\\u6237" in told.stdout
    assert told.returncode == 0


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--lang", "de"], "--lang is en or zh"),
        (["--lang"], "--lang needs a value"),
        (["docter"], "there is no command docter; did you mean doctor?"),
        (["x"], "there is no command x"),
        (["--x"], "there is no option --x"),
        (["doctor", "--registerd", "x"], "no option --registerd; did you mean --registered?"),
        (["doctor", "--scope"], "--scope needs a value"),
        (["doctor", "--json=1"], "--json takes no value"),
        (["explain"], "say what to explain, such as 96010"),
        (["scopes", "1"], "Got unexpected extra argument"),
    ],
)
def test_a_mistake_is_one_line(run: Run, args: list[str], says: str) -> None:
    result = run(*args)
    assert result.stderr.startswith("error: ")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert result.exit_code == 2


def test_a_mistake_is_told_in_chinese(run: Run) -> None:
    assert run("docter", "--lang", "zh").stderr == "错误：没有命令 docter；是否想用 doctor？\n"


def test_the_sandbox_gets_its_options_as_they_are(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(sandbox_main, "main", lambda argv: calls.append(list(argv)) or 7)
    options = ["--port", "0", "--client-secret", "x", "--require-mac", "--redirect-uris=a;b"]
    assert run("sandbox", "--lang", "en", *options).exit_code == 7
    assert calls == [options]


def test_the_sandbox_has_help_of_its_own(run: Run) -> None:
    result = run("sandbox", "--help")
    assert "--insecure-expose" in result.stdout
    assert result.exit_code == 0


def test_the_sandbox_says_what_is_wrong_in_one_line(run: Run) -> None:
    result = run("sandbox", "--host", "0.0.0.0")
    assert "--insecure-expose" in result.stderr
    assert result.exit_code == 2


def test_the_sandbox_runs() -> None:
    with subprocess.Popen(
        [*COMMAND, "sandbox", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert b"http://127.0.0.1:" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.communicate()[1] == b""
    assert process.returncode == 0


def test_without_flask_it_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "authlib_xiaomi.sandbox.__main__", None)
    result = run("sandbox")
    assert (
        result.stderr == "error: the sandbox needs Flask: pip install 'authlib-xiaomi[sandbox]'\n"
    )
    assert result.exit_code == 2


def test_without_click_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "click", None)
    assert cli.main(["scopes"]) == 2
    output = capsys.readouterr()
    assert output.err == (
        "error: the command line needs click: pip install 'authlib-xiaomi[cli]'\n"
    )
    assert output.out == ""


def test_the_arguments_are_the_processs_by_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["authlib-xiaomi", "--version"])
    assert cli.main() == 0
    assert capsys.readouterr().out.startswith("authlib-xiaomi ")


def test_it_can_be_run_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(authlib_xiaomi.__file__).with_name("__main__.py")
    code = compile(path.read_text(), path, "exec")
    monkeypatch.setattr(sys, "argv", ["authlib-xiaomi", "--version"])
    with pytest.raises(SystemExit) as ending:
        exec(code, {"__name__": "__main__", "__package__": "authlib_xiaomi"})
    assert ending.value.code == 0
    exec(code, {"__name__": "another", "__package__": "authlib_xiaomi"})


@pytest.mark.parametrize(("error", "status"), [(BrokenPipeError, 141), (KeyboardInterrupt, 130)])
def test_an_interruption_is_quiet(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    error: type[BaseException],
    status: int,
) -> None:
    def interrupted(*_: object) -> int:
        raise error

    monkeypatch.setattr("authlib_xiaomi.cli.actions.scopes", interrupted)
    saved = os.dup(1)
    try:
        assert commands.run(["scopes"]) == status
    finally:
        os.dup2(saved, 1)
        os.close(saved)
    assert capfd.readouterr() == ("", "")


def test_a_stream_of_another_kind_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    assert commands.run(["--version"]) == 0
    assert stream.getvalue().startswith("authlib-xiaomi ")
