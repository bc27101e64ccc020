"""The environment, the secret key, and the command line."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import requests

from demo_flask import create_app
from demo_flask.__main__ import main
from demo_flask.configuration import ConfigurationError, from_environment, secret_key
from demo_flask.database import dispose

from .visitors import ROOT, SECRET_KEY

APP_ID = "2882303761520251711"
REAL = {"XIAOMI_CLIENT_ID": APP_ID, "XIAOMI_CLIENT_SECRET": "s3cret"}


def test_the_environment_is_read() -> None:
    given = {**REAL, "XIAOMI_SCOPE": "1", "XIAOMI_SUBJECT": "openId", "SECRET_KEY": SECRET_KEY}

    found = from_environment({**given, "TRUSTED_PROXIES": "1", "HOME": "/root"})

    assert found == {**given, "TRUSTED_PROXIES": 1}


def test_an_empty_variable_is_none_and_spaces_are_no_part() -> None:
    assert from_environment({"XIAOMI_CLIENT_ID": "", "XIAOMI_CLIENT_SECRET": " "}) == {}
    assert from_environment({**REAL, "XIAOMI_CLIENT_ID": f" {APP_ID}\n"}) == REAL


BAD = [
    ({"XIAOMI_CLIENT_ID": APP_ID}, "XIAOMI_CLIENT_SECRET is not"),
    ({"XIAOMI_CLIENT_SECRET": "s3cret"}, "XIAOMI_CLIENT_ID is not"),
    ({"SECRET_KEY": "short"}, "SECRET_KEY must have 16"),
    ({"TRUSTED_PROXIES": "many"}, "TRUSTED_PROXIES must be a number"),
]


@pytest.mark.parametrize(("environ", "message"), BAD)
def test_what_makes_no_sense_is_said_in_one_line(environ: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as raised:
        from_environment(environ)
    assert "\n" not in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_without_credentials_there_is_no_application(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="python -m demo_flask does without"):
        create_app({}, tmp_path)


def test_the_environment_is_the_default_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)

    app = create_app(instance=tmp_path / "instance")
    dispose(app)

    assert app.config["XIAOMI_CLIENT_ID"] == APP_ID
    for name in ("secret_key", "demo.sqlite3"):
        assert stat.S_IMODE((tmp_path / "instance" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "instance").stat().st_mode) == 0o700


def test_the_secret_key_is_made_once(tmp_path: Path) -> None:
    key = secret_key(tmp_path / "new")

    assert len(key) == 64
    assert secret_key(tmp_path / "new") == key
    assert secret_key(tmp_path / "other") != key


@pytest.mark.parametrize("content", [b"short\n", b"\xff" * 40, None])
def test_a_secret_key_that_is_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "secret_key"
    path.mkdir() if content is None else path.write_bytes(content)

    with pytest.raises(ConfigurationError, match="secret key in"):
        secret_key(tmp_path)


def test_an_instance_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match="cannot make the folder"):
        create_app(REAL, tmp_path / "file" / "folder")


def test_a_database_that_cannot_be_is_refused(tmp_path: Path) -> None:
    config = {**REAL, "SECRET_KEY": SECRET_KEY, "DATABASE": str(tmp_path / "no" / "folder")}

    with pytest.raises(ConfigurationError, match="cannot write to"):
        create_app(config, tmp_path)


# The command

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts ``python -m demo_flask`` in an empty folder; keywords are the environment."""
    started = []

    def start(*arguments: str, **environ: str) -> subprocess.Popen[str]:
        plain = {k: v for k, v in os.environ.items() if not k.startswith(("XIAOMI_", "SECRET_"))}
        process = subprocess.Popen(
            [sys.executable, "-m", "demo_flask", "--instance", "instance", *arguments],
            cwd=tmp_path,
            env={**plain, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def first_lines(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What the command says of Xiaomi, and the address to open."""
    assert process.stdout is not None
    about = process.stdout.readline()
    assert about, process.communicate()[1]
    found = re.search(r"Open (http://\S+)/ in a browser", process.stdout.readline())
    assert found
    return about, found[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_without_configuration_it_brings_a_sandbox(start: Start, number: signal.Signals) -> None:
    process = start("--port", "0")
    about, url = first_lines(process)
    assert "No XIAOMI_CLIENT_ID: using the sandbox" in about

    with requests.Session() as session:
        page = session.get(url).text
        to_xiaomi = session.get(f"{url}/sign-in", allow_redirects=False)
        session.get(f"{url}/sign-in/callback?code=TheCode&state=x%20y")
    sandbox = about.split()[-1]
    process.send_signal(number)
    out, err = process.communicate(timeout=20)

    assert sandbox.partition("://")[2] in page
    assert to_xiaomi.headers["Location"].startswith(f"{sandbox}/oauth2/authorize")
    assert process.returncode == 0
    assert "GET /sign-in/callback 400" in err
    assert "TheCode" not in out + err
    assert "Traceback" not in err


def test_with_credentials_it_talks_to_xiaomi(start: Start, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"XIAOMI_CLIENT_ID={APP_ID}\nXIAOMI_CLIENT_SECRET='from file'\n")
    process = start("--port", "0", "--host", "localhost")
    about, url = first_lines(process)

    with requests.Session() as session:
        page = session.get(url).text
        to_xiaomi = session.get(f"{url}/sign-in", allow_redirects=False)

    assert f"{url}/sign-in/callback" in about
    assert "sandbox" not in page.lower()
    location = to_xiaomi.headers["Location"]
    assert location.startswith("https://account.xiaomi.com/oauth2/authorize?")
    assert f"client_id={APP_ID}" in location
    assert (tmp_path / "instance" / "demo.sqlite3").exists()


def test_all_of_xiaomis_settings_are_read(start: Start, tmp_path: Path) -> None:
    elsewhere = "https://demo.example/sign-in/callback"
    (tmp_path / ".env").write_text(
        f"XIAOMI_CLIENT_ID={APP_ID}\nXIAOMI_CLIENT_SECRET=s\nXIAOMI_SCOPE=1\n"
        f"XIAOMI_REDIRECT_URI={elsewhere}\nXIAOMI_SKIP_CONFIRM=true\n"
        "XIAOMI_AUTHORIZE_URL=https://xiaomi.example/authorize\n"
    )
    about, url = first_lines(start("--port", "0"))

    to_xiaomi = requests.get(f"{url}/sign-in", allow_redirects=False, timeout=10)

    assert elsewhere in about
    address, _, query = to_xiaomi.headers["Location"].partition("?")
    sent = parse_qs(query)
    assert address == "https://xiaomi.example/authorize"
    assert (sent["scope"], sent["redirect_uri"]) == (["1"], [elsewhere])
    assert sent["skip_confirm"] == ["true"]


def test_the_sandbox_of_the_demo_takes_no_callback_from_the_environment(start: Start) -> None:
    _, url = first_lines(start("--port", "0", XIAOMI_REDIRECT_URI="https://demo.example/auth"))

    to_xiaomi = requests.get(f"{url}/sign-in", allow_redirects=False, timeout=10)

    sent = parse_qs(to_xiaomi.headers["Location"].partition("?")[2])
    assert sent["redirect_uri"] == [f"{url}/sign-in/callback"]


def test_the_environment_wins_over_the_file(start: Start, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("XIAOMI_CLIENT_ID=nonsense\n")

    about, _ = first_lines(start("--port", "0", **REAL, TRUSTED_PROXIES=""))

    assert "Callback URL" in about


Run = Callable[..., None]


@pytest.fixture
def refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Runs the command where it must not begin, and looks at what it says."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.chdir(tmp_path)
    for name in ("XIAOMI_CLIENT_ID", "XIAOMI_CLIENT_SECRET", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(message: str, *arguments: str, **environ: str) -> None:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        try:
            status = main(["--port", "0", *arguments])
        except SystemExit as ended:
            status = ended.code  # type: ignore[assignment]
        out, err = capsys.readouterr()
        assert (status, out) == (2, "")
        assert err.startswith("error: ")
        assert err.count("\n") == 1
        assert message in err

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        *BAD,
        ({**REAL, "XIAOMI_CLIENT_ID": "my app"}, "client_id"),
        ({**REAL, "XIAOMI_CLIENT_ID": "１２３"}, "client_id"),
        ({**REAL, "XIAOMI_CLIENT_SECRET": "'quoted'"}, "client_secret"),
        ({**REAL, "XIAOMI_SCOPE": "profile"}, "scope"),
        ({**REAL, "XIAOMI_REDIRECT_URI": "/sign-in/callback"}, "redirect_uri"),
    ],
)
def test_a_bad_setting_is_one_line(refuse: Run, environ: dict[str, str], message: str) -> None:
    refuse(message, **environ)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "many"], "no port"),
        (["--port", "65536"], "no port"),
        (["--host", "256.1.1.1"], "other machines"),
        (["--host", "0.0.0.0"], "the sandbox for this one alone"),
        (["--nonsense"], "unrecognized arguments"),
    ],
)
def test_bad_arguments_are_one_line(refuse: Run, arguments: list[str], message: str) -> None:
    refuse(message, *arguments)


def test_a_host_that_cannot_be_had_is_one_line(refuse: Run) -> None:
    refuse("cannot listen on", "--host", "a" * 70, **REAL)


def test_a_port_in_use_is_one_line(refuse: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refuse(f"port {port}: Address already in use; try another --port", "--port", port)


def test_an_unreadable_env_file_is_one_line(refuse: Run) -> None:
    Path(".env").write_bytes(b"XIAOMI_CLIENT_ID=\xff\n")

    refuse("cannot read .env")


def test_an_instance_folder_that_cannot_be_is_one_line(refuse: Run) -> None:
    Path("file").touch()

    refuse("cannot make the folder", "--instance", "file/folder")


def test_a_refusal_ends_the_command_with_status_2(start: Start) -> None:
    process = start("--port", "0", XIAOMI_CLIENT_ID=APP_ID)

    out, err = process.communicate(timeout=20)

    assert (process.returncode, out) == (2, "")
    assert err.count("\n") == 1
