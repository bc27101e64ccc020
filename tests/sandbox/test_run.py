"""``sandbox -- CMD``: an application beside the sandbox; and the forms of its variables."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from dotenv import dotenv_values

from authlib_xiaomi._tools.translations import LANGUAGES, Language
from authlib_xiaomi.sandbox import command
from authlib_xiaomi.sandbox.__main__ import main
from authlib_xiaomi.sandbox.arguments import say_in
from authlib_xiaomi.sandbox.command import environment
from authlib_xiaomi.sandbox.configuration import FORMATS, instructions, registration

from ..systems import UNIX
from .test_main import url_in

pytestmark = UNIX

SANDBOX = [sys.executable, "-m", "authlib_xiaomi.sandbox"]
VALUES = registration("http://127.0.0.1:9009", "2882303761520000109", "a'b\\c$d\"e #")
VARIABLES = {f"XIAOMI_{name.upper()}": value for name, value in VALUES.items()}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own, and an environment without settings."""
    for name in list(os.environ):
        if name.startswith(("XIAOMI_", "FLASK_", "DJANGO_", "LANG", "LC_", "SECRET_KEY")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def python(code: str) -> list[str]:
    """A command that runs `code`."""
    return [sys.executable, "-c", code]


def run(*words: str, options: tuple[str, ...] = (), **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SANDBOX, *options, "--", *words],
        capture_output=True,
        text=True,
        env={**os.environ, **env},
        timeout=60,
        check=False,
    )


def seen_by_the_command(**env: str) -> dict[str, str]:
    """The environment of a command."""
    done = run(*python("import json, os; print(json.dumps(dict(os.environ)))"), **env)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_sandbox_serves_before_the_command_starts() -> None:
    code = (
        "import os, urllib.request as r\nprint(r.urlopen(os.environ['XIAOMI_API_BASE_URL']).status)"
    )
    done = run(*python(code))
    assert (done.returncode, done.stdout) == (0, "200\n")
    assert re.match(
        r"The sandbox, a local mock of Xiaomi, is at http://127.0.0.1:\d+\.", done.stderr
    )


def test_the_sandbox_ends_with_the_command() -> None:
    url = seen_by_the_command()["XIAOMI_API_BASE_URL"]
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_the_command_gets_the_variables_of_its_application() -> None:
    env = seen_by_the_command()
    url = env["XIAOMI_API_BASE_URL"]
    assert {name: value for name, value in env.items() if name.startswith("XIAOMI_")} == {
        "XIAOMI_CLIENT_ID": "2882303761520000109",
        "XIAOMI_CLIENT_SECRET": "Sandb0x+No/RealAppSecret==",
        "XIAOMI_AUTHORIZE_URL": f"{url}oauth2/authorize",
        "XIAOMI_ACCESS_TOKEN_URL": f"{url}oauth2/token",
        "XIAOMI_API_BASE_URL": url,
    }


def test_they_win_over_the_shells_and_a_callback_of_the_shells_is_not_handed_on() -> None:
    env = seen_by_the_command(
        XIAOMI_CLIENT_ID="1",
        FLASK_XIAOMI_CLIENT_SECRET="of production",
        XIAOMI_REDIRECT_URI="https://example.com/auth",
        FLASK_XIAOMI_REDIRECT_URI="https://example.com/auth",
        XIAOMI_SCOPE="1 3",
        FLASK_XIAOMI_SCOPE="1",
    )
    assert env["XIAOMI_CLIENT_ID"] == "2882303761520000109"
    assert env["XIAOMI_SCOPE"] == "1 3"
    assert env["FLASK_XIAOMI_SCOPE"] == "1"
    gone = {"FLASK_XIAOMI_CLIENT_SECRET", "XIAOMI_REDIRECT_URI", "FLASK_XIAOMI_REDIRECT_URI"}
    assert not gone & env.keys()


def test_a_random_key_is_set_where_there_is_none() -> None:
    first, second = environment(VALUES, {}), environment(VALUES, {"SECRET_KEY": "mine"})
    assert second["SECRET_KEY"] == "mine"
    for name in ("FLASK_SECRET_KEY", "DJANGO_SECRET_KEY"):
        assert re.fullmatch("[0-9a-f]{64}", first[name])
        assert first[name] != second[name]


def test_what_is_installed_beside_this_program_is_found() -> None:
    assert run("authlib-xiaomi", "--version", PATH="/nowhere").stdout.startswith("authlib-xiaomi ")


def test_the_exit_status_is_the_commands() -> None:
    assert run(*python("raise SystemExit(7)")).returncode == 7
    assert run(*python("import os, signal; os.kill(os.getpid(), 9)")).returncode == 128 + 9


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["--", "no-such-command"], 127, "error: there is no command no-such-command\n"),
        (["--"], 2, "error: say which command to run after --\n"),
        (["--port", "0", "x"], 2, "error: "),
        (["--format", "yaml", "--", "x"], 2, "error: --format must be one of shell, flask"),
    ],
)
def test_a_command_that_cannot_be_run_is_one_clear_line(
    words: list[str], status: int, says: str
) -> None:
    done = subprocess.run([*SANDBOX, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == status
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_the_sandboxs_options_stand_before_and_the_commands_after() -> None:
    code = "import os, sys; print(os.environ['XIAOMI_CLIENT_ID'], *sys.argv[1:])"
    words = [*python(code), "--port", "x", "--lang", "zh", "--", "--json"]
    done = run(*words, options=("--client-id", "42"))
    assert done.stdout == "42 --port x --lang zh -- --json\n"
    assert done.stderr.startswith("The sandbox")


def test_json_is_one_line_before_what_the_command_says() -> None:
    done = run(*python("print('hello')"), options=("--json",))
    first, second = done.stdout.splitlines()
    assert json.loads(first)["env"]["XIAOMI_CLIENT_ID"] == "2882303761520000109"
    assert second == "hello"


#: Says when it is there, and what it gets.
# Without print(): a signal may come within one, and a handler cannot print then.
WAITING = """
import os, signal, sys
def got(number, _):
    os.write(1, (signal.Signals(number).name + "\\n").encode())
    sys.exit(3)
for name in {names}:
    signal.signal(getattr(signal, name), got)
os.write(1, b"ready\\n")
while True:
    signal.pause()
"""


@contextmanager
def waiting(names: list[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """The sandbox with a command that handles these signals."""
    words = [*SANDBOX, "--", *python(WAITING.format(names=names))]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **options
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_is_handed_on_and_its_status_back(name: str) -> None:
    with waiting([name], stdin=subprocess.DEVNULL) as process:
        process.send_signal(getattr(signal, name))
        out, _ = process.communicate(timeout=30)
    assert out == f"{name}\n"
    assert process.returncode == 3


def test_a_terminals_ctrl_c_reaches_the_command_once() -> None:
    import pty

    ours, theirs = pty.openpty()
    words = [*SANDBOX, "--", *python(WAITING.format(names=["SIGINT"]))]
    with subprocess.Popen(
        words,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: _own_terminal(theirs),
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        os.write(ours, b"\x03")
        out, _ = process.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)
    assert out == "SIGINT\n"
    assert process.returncode == 3


def _own_terminal(descriptor: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)


def test_a_command_that_ignores_sigterm_is_ended_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "_PATIENCE", 0.2)
    code = (
        "import os, signal\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "os.kill(os.getppid(), signal.SIGTERM)\n"
        "os.kill(os.getppid(), signal.SIGTERM)\n"
        "signal.pause()"
    )
    before = signal.getsignal(signal.SIGTERM)
    assert main(["--", *python(code)]) == 128 + 9
    assert signal.getsignal(signal.SIGTERM) is before
    assert "Traceback" not in capfd.readouterr().err


def test_in_this_process_too_a_signal_is_handed_on(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "__stdin__", None)  # a terminal would send it to the command itself
    code = "import os, signal\nos.kill(os.getppid(), signal.SIGINT)\nsignal.pause()"
    assert main(["--json", "--", *python(code)]) == 128 + signal.SIGINT
    assert main(["--", "no-such-command"]) == 127
    assert main(["--"]) == 2
    assert "there is no command no-such-command" in capfd.readouterr().err


def test_what_a_terminal_sends_to_the_command_itself_is_not_sent_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read, write = os.pipe()
    with os.fdopen(read) as stdin:
        monkeypatch.setattr(sys, "__stdin__", stdin)
        monkeypatch.setattr(os, "tcgetpgrp", lambda descriptor: os.getpgrp())
        code = "import os, signal\nos.kill(os.getppid(), signal.SIGINT)\nraise SystemExit(5)"
        assert main(["--", *python(code)]) == 5
    os.close(write)


def test_what_a_shells_background_job_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = "import signal; raise SystemExit(signal.getsignal(signal.SIGINT) != signal.SIG_IGN)"
        assert main(["--json", "--", *python(code)]) == 0
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


class TestForms:
    """What the sandbox prints to paste."""

    def test_a_shell_reads_it(self) -> None:
        text = FORMATS["shell"]("http://127.0.0.1:9009", VALUES)
        words = [shlex.split(line) for line in text.splitlines()]
        assert dict(word.split("=", 1) for _, word in words) == VARIABLES

    def test_dotenv_reads_it(self, place: Path) -> None:
        (place / ".env").write_text(FORMATS["dotenv"]("http://127.0.0.1:9009", VALUES))
        assert dotenv_values(place / ".env") == VARIABLES
        assert "XIAOMI_CLIENT_ID=2882303761520000109\n" in (place / ".env").read_text()

    def test_flask_takes_it(self) -> None:
        call = ast.parse(FORMATS["flask"]("http://127.0.0.1:9009", VALUES)).body[0].value  # type: ignore[attr-defined]
        assert {k.arg: k.value.value for k in call.keywords} == VARIABLES

    def test_djangos_settings_take_it(self) -> None:
        namespace: dict[str, object] = {}
        exec(FORMATS["django"]("http://127.0.0.1:9009", VALUES), namespace)
        assert {name: namespace[name] for name in VARIABLES} == VARIABLES

    def test_compose_leads_servers_by_the_services_name_and_browsers_to_this_machine(self) -> None:
        text = FORMATS["compose"]("http://127.0.0.1:9009", VALUES)
        found = dict(re.findall(r'^      (\w+): (".*")$', text, re.MULTILINE))
        values = {name: json.loads(value).replace("$$", "$") for name, value in found.items()}
        assert values == {
            **VARIABLES,
            "XIAOMI_ACCESS_TOKEN_URL": "http://xiaomi:9009/oauth2/token",
            "XIAOMI_API_BASE_URL": "http://xiaomi:9009/",
            "AUTHLIB_INSECURE_TRANSPORT": "1",
        }
        assert "# xiaomi is no loopback address" in text
        assert "--host 0.0.0.0 --insecure-expose --port 9009" in text

    @pytest.mark.parametrize("form", FORMATS)
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_each_is_printed_with_what_it_is_for(self, form: str, language: Language) -> None:
        url, say = "http://127.0.0.1:9009", say_in(language)
        printed = instructions(url, VALUES, ["lei"], "token", form, say)
        assert printed.endswith(f"\n\n# {say(f'print_{form}')}\n{FORMATS[form](url, VALUES)}\n")

    def test_one_is_chosen_by_an_option(self) -> None:
        with subprocess.Popen(
            [*SANDBOX, "--port", "0", "--format", "django"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout
            lines = [process.stdout.readline()]
            while lines[-1] and "XIAOMI_API_BASE_URL" not in lines[-1]:
                lines.append(process.stdout.readline())
            process.terminate()
            process.communicate(timeout=30)
        assert lines[-1] == f"XIAOMI_API_BASE_URL = '{url_in(lines[0])}/'\n"

    def test_json_is_one_line(self) -> None:
        with subprocess.Popen(
            [*SANDBOX, "--port", "0", "--json"], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            line = json.loads(process.stdout.readline())
            assert requests.get(line["url"], timeout=10).ok
            process.terminate()
            rest, _ = process.communicate(timeout=30)
        assert rest == ""
        assert line["env"]["XIAOMI_ACCESS_TOKEN_URL"] == line["access_token_url"]
        assert line["users"] == ["lei", "fox", "ghost", "nora"]
        assert line["control_token"]
