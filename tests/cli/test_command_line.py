"""The command line itself: help, languages, mistakes, ends; also as a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import authlib_xiaomi
from authlib_xiaomi import cli
from authlib_xiaomi._tools.layout import width
from authlib_xiaomi.cli import commands
from authlib_xiaomi.cli.interface import COMMANDS
from authlib_xiaomi.cli.screen import screen_of
from authlib_xiaomi.sandbox import Sandbox
from authlib_xiaomi.sandbox import __main__ as sandbox_main

from ..systems import UNIX
from .conftest import Run

COMMAND = [sys.executable, "-m", "authlib_xiaomi"]
ENGLISH = {"LANG": "en_US.UTF-8"}


pytestmark = UNIX


def seen(*args: str, env: dict[str, str] | None = None) -> tuple[str, int]:
    """What a user sees on a terminal that does not tell its size, and the exit status."""
    import pty

    main, other = pty.openpty()
    inherited = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [*COMMAND, *args],
        stdin=other,
        stdout=other,
        stderr=other,
        env={**inherited, **(env or {})},
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
    assert re.match(r"\x1b\[1mscope +name ", output)
    assert re.search(r"\n1 +PROFILE ", output)
    assert status == 0


@pytest.mark.parametrize("env", [{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}])
def test_a_terminal_without_colours_gets_none(env: dict[str, str]) -> None:
    output, _ = seen("scopes", "--lang", "zh", env=env)
    assert re.match("scope +名称 +授予的权限 ", output)
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


def test_ctrl_c_is_quiet() -> None:
    import termios
    from fcntl import ioctl

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
        (["scopes", "1"], "scopes takes no arguments, only options"),
        (["new"], "say for which framework: flask or fastapi or django; and a folder"),
        (["new", "bottle"], "say for which framework"),
        (["new", "flask", "a", "b"], "say for which framework"),
        (["completion"], "say for which shell: bash or zsh or fish"),
        (["completion", "tcsh"], "say for which shell"),
        (["completion", "bash", "zsh"], "say for which shell"),
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
    assert run("sandbox", *options).exit_code == 7
    assert run("--lang", "zh", "sandbox", *options).exit_code == 7
    assert run("--lang=zh", "sandbox", "fail", "token").exit_code == 7
    assert calls == [options, ["--lang", "zh", *options], ["fail", "--lang", "zh", "token"]]


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
    for name in ("app", "sandbox"):
        monkeypatch.delitem(sys.modules, f"authlib_xiaomi.sandbox.{name}")
    monkeypatch.setitem(sys.modules, "flask", None)
    result = run("sandbox")
    assert "uvx --from 'authlib-xiaomi[sandbox]' authlib-xiaomi sandbox\n" in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.exit_code == 2


class TestWithoutClick:
    """The package is there, its extra is not."""

    @pytest.fixture
    def bare(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> Callable[..., tuple[int, str, str]]:
        monkeypatch.setitem(sys.modules, "click", None)

        def bare(*words: str) -> tuple[int, str, str]:
            status = cli.main(list(words))
            return status, *capsys.readouterr()

        return bare

    @pytest.mark.parametrize(
        ("words", "extra", "command"),
        [
            (["scopes"], "cli", "scopes"),
            (["doctor", "--offline"], "cli", "doctor"),
            (["--lang", "en", "probe"], "cli", "probe"),
        ],
    )
    def test_it_says_what_to_install(
        self, bare: Any, words: list[str], extra: str, command: str
    ) -> None:
        assert bare(*words) == (
            2,
            "",
            f"error: this needs the extra {extra}: pip install 'authlib-xiaomi[{extra}]'; or, "
            f"without installing it: uvx --from 'authlib-xiaomi[{extra}]' authlib-xiaomi "
            f"{command}\n",
        )

    def test_it_knows_which_commands_there_are(self, bare: Any) -> None:
        assert bare("nonsense") == (2, "", "error: there is no command nonsense\n")

    @pytest.mark.parametrize("option", ["--version", "-V"])
    def test_the_version_is_there(self, bare: Any, option: str) -> None:
        assert bare(option) == (0, f"authlib-xiaomi {authlib_xiaomi.__version__}\n", "")

    @pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["doctor", "-h"], ["new", "--help"]])
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_help_is_the_same(
        self, bare: Any, run: Run, words: list[str], language: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        told = ["--lang", language, *words] if words else []
        without = bare(*told)
        monkeypatch.undo()
        monkeypatch.setenv("COLUMNS", "80")
        assert without == (0, run(*told, env={"LANG": "en"}).stdout, "")

    def test_the_sandbox_needs_no_click(self, bare: Any) -> None:
        status, out, _ = bare("sandbox", "--help")
        assert "--insecure-expose" in out
        assert status == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_in_a_short_form(run: Run, command: str) -> None:
    result = run(command, "-h")
    assert result.stdout.startswith("Usage: ")
    assert result.exit_code == 0


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("command", ["", *(name for name in COMMANDS if name != "sandbox")])
def test_help_folds_on_a_narrow_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, language: str
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    words = [*([command] if command else []), "--help"]
    lines = run("--lang", language, *words).stdout.splitlines()
    too_long = [line for line in lines if width(line) > 40 and " " in line.strip()]
    assert [line for line in too_long if not re.search("[|/=]", line)] == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_what_it_reads_for_completion(run: Run, shell: str) -> None:
    result = run("completion", shell)
    assert "_AUTHLIB_XIAOMI_COMPLETE" in result.stdout
    assert result.exit_code == 0
    as_json = json.loads(run("completion", "--json", shell).stdout)
    assert as_json == {"shell": shell, "script": result.stdout.removesuffix("\n")}


@pytest.mark.parametrize(
    ("words", "index", "completed"),
    [
        ("authlib-xiaomi pro", "1", "plain,probe\n"),
        ("authlib-xiaomi doctor --off", "2", "plain,--offline\n"),
        ("authlib-xiaomi new --js", "2", "plain,--json\n"),
        ("authlib-xiaomi new f", "2", "plain,flask\nplain,fastapi\n"),
        ("authlib-xiaomi new flask f", "3", "\n"),
        ("authlib-xiaomi completion z", "2", "plain,zsh\n"),
        ("authlib-xiaomi explain 9", "2", "\n"),
        ("authlib-xiaomi sandbox --na", "2", "plain,--name\n"),
        ("authlib-xiaomi sandbox f", "2", "plain,fail\n"),
        ("authlib-xiaomi sandbox fail to", "3", "plain,token\n"),
        ("authlib-xiaomi sandbox fail token --st", "4", "plain,--status\n"),
    ],
)
def test_commands_and_options_are_completed(
    run: Run, words: str, index: str, completed: str
) -> None:
    env = {
        "_AUTHLIB_XIAOMI_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": index,
    }
    assert run(env=env).stdout == completed


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": ""}, False),
    ],
)
def test_colours_can_be_asked_for_in_a_pipe(environ: dict[str, str], coloured: bool) -> None:
    done = subprocess.run(
        [*COMMAND, "scopes"],
        capture_output=True,
        text=True,
        env={**os.environ, **ENGLISH, **environ},
    )
    assert ("\x1b[1m" in done.stdout) is coloured


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
    def interrupted(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr("authlib_xiaomi.cli.actions.scopes", interrupted)
    saved = os.dup(1)
    try:
        assert cli.main(["scopes"]) == status
    finally:
        os.dup2(saved, 1)
        os.close(saved)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "words",
    [["authlib_xiaomi", "--help"], ["authlib_xiaomi", "scopes"], ["authlib_xiaomi.sandbox", "-h"]],
    ids=" ".join,
)
def test_a_pipe_that_nobody_reads_is_no_error(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_stream_of_another_kind_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    assert commands.run(["--version"]) == 0
    assert stream.getvalue().startswith("authlib-xiaomi ")
