"""``python -m authlib_xiaomi.sandbox``."""

from __future__ import annotations

import io
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

import pytest
import requests

import authlib_xiaomi.sandbox
from authlib_xiaomi.sandbox import Sandbox
from authlib_xiaomi.sandbox.__main__ import main

from ..systems import UNIX

pytestmark = UNIX

REGISTRATION = {
    "client_id": "2882303761520000109",
    "client_secret": "Sandb0x+No/RealAppSecret==",
    "authorize_url": "{url}/oauth2/authorize",
    "access_token_url": "{url}/oauth2/token",
    "api_base_url": "{url}/",
}


@contextmanager
def served(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "authlib_xiaomi.sandbox", "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            # Up to the last variable, or to the end of a process that has failed.
            lines = [process.stdout.readline()]
            while lines[-1] and "XIAOMI_API_BASE_URL" not in lines[-1]:
                lines.append(process.stdout.readline())
            yield process, "".join(lines)
        finally:
            process.kill()


def url_in(output: str) -> str:
    found = re.search(r"http://\S+", output)
    assert found
    return found[0]


def test_it_serves_and_prints_what_to_configure() -> None:
    with served() as (_, output):
        url = url_in(output)
        assert requests.get(url).ok
    expected = {f"XIAOMI_{n.upper()}": value.format(url=url) for n, value in REGISTRATION.items()}
    exports = [shlex.split(line)[1] for line in output.splitlines() if line.startswith("export ")]
    assert dict(export.split("=", 1) for export in exports) == expected


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    with served() as (process, _):
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "")


def test_a_port_in_use_is_one_line_and_status_2() -> None:
    with Sandbox() as xiaomi:
        port = xiaomi.url.rpartition(":")[2]
        result = run("--port", port)
    assert (result.returncode, result.stdout) == (2, "")
    what = "Address already in use; --port takes another"
    assert result.stderr == f"error: cannot listen on 127.0.0.1:{port}: {what}\n"


def test_without_flask_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "flask.py").write_text("raise ModuleNotFoundError('no flask', name='flask')")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    result = run(env={**os.environ, "PYTHONPATH": path})
    assert result.returncode == 2
    assert result.stderr == (
        "error: the sandbox needs the extra sandbox: pip install 'authlib-xiaomi[sandbox]'; or, "
        "without installing it: uvx --from 'authlib-xiaomi[sandbox]' authlib-xiaomi sandbox\n"
    )


@pytest.fixture
def no_flask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the sandbox believe that Flask is not installed."""
    for name in ("app", "sandbox"):
        monkeypatch.delitem(sys.modules, f"authlib_xiaomi.sandbox.{name}")
    monkeypatch.setitem(sys.modules, "flask", None)


def test_without_flask_using_it_says_what_to_install(no_flask: None) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'authlib-xiaomi\[sandbox\]'"):
        authlib_xiaomi.sandbox.Sandbox  # noqa: B018


def test_without_flask_serving_says_what_to_install(
    no_flask: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 2
    assert "uvx --from 'authlib-xiaomi[sandbox]' authlib-xiaomi sandbox" in capsys.readouterr().err


def test_another_module_that_is_missing_is_named_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "authlib_xiaomi.sandbox.sandbox", None)
    for use in (lambda: authlib_xiaomi.sandbox.Sandbox, lambda: main([])):
        with pytest.raises(
            ModuleNotFoundError, match=r"import of authlib_xiaomi\.sandbox\.sandbox"
        ):
            use()


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Sandboxes'"):
        authlib_xiaomi.sandbox.Sandboxes  # noqa: B018


def test_help_needs_no_flask(tmp_path: Path) -> None:
    (tmp_path / "flask.py").write_text("raise ModuleNotFoundError('no flask', name='flask')")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    result = run("--help", env={**os.environ, "PYTHONPATH": path})
    assert "--insecure-expose" in result.stdout
    assert result.returncode == 0


def run(*options: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "authlib_xiaomi.sandbox", *options]
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=30, check=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--host", "0.0.0.0"],
            "error: host '0.0.0.0' is not a loopback address: .* --insecure-expose",
        ),
        (["--host", "nowhere.invalid", "--insecure-expose"], "error: cannot listen on nowhere.inv"),
        (["--port", "99999"], "error: port is 99999"),
        (["--redirect-uris", "auth"], "error: redirect_uris: 'auth' is not an absolute URL"),
        (["--scopes", "profile"], "error: 'profile' is not a Xiaomi scope"),
        (["--client-id", "x"], "error: client_id 'x' is not an AppID"),
    ],
)
def test_an_option_that_makes_no_sense_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert main(options) == 2
    out, err = capsys.readouterr()
    assert re.match(message, err)
    assert (out, err.count("\n")) == ("", 1)


@pytest.mark.parametrize("options", [["--port", "x"], ["--prot", "1"], ["--port"]])
def test_an_unknown_option_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(options)
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert err.startswith("error: ")
    assert err.count("\n") == 1


class EndsOnceServing(io.StringIO):
    """Standard output that ends the process by SIGTERM when it is told the address."""

    def write(self, text: str) -> int:
        written = super().write(text)
        if "http://127.0.0.1:" in text:
            os.kill(os.getpid(), signal.SIGTERM)
        return written


def test_serving_in_this_process_leaves_its_signal_handlers_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "stdout", EndsOnceServing())
    assert main(["--port", "0", "--require-mac", "--scopes", "1"]) == 0
    assert signal.getsignal(signal.SIGTERM) is before


def test_json_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    written = EndsOnceServing()
    monkeypatch.setattr(sys, "stdout", written)
    assert main(["--port", "0", "--json"]) == 0
    assert written.getvalue().count("\n") == 1
    assert json.loads(written.getvalue())["url"].startswith("http://127.0.0.1:")


def test_the_module_is_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["sandbox", "--port", "99999"])
    # Not with runpy, which cannot load a module whose asserts pytest rewrites: a plugin's.
    source = Path(str(main.__code__.co_filename))
    code = compile(source.read_text(), str(source), "exec")
    with pytest.raises(SystemExit) as ended:
        exec(code, {"__name__": "__main__", "__package__": "authlib_xiaomi.sandbox"})
    assert ended.value.code == 2
