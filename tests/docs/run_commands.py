"""Runs the shell blocks, as a user would type them, but for where they lead."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from packaging.requirements import Requirement

from authlib_xiaomi.sandbox import Sandbox

from .pages import ROOT, Block, read
from .processes import LONG, Browser, environment, serving
from .runners import runs
from .stage import Stage

#: Where blocks start the servers of another block's application.
APPLICATIONS = {
    "README.md#flask-2": "README.md#flask",
    "README.md#starlette-and-fastapi-2": "README.md#starlette-and-fastapi",
    "docs/how-to/production.md#behind-a-proxy-2": "README.md#starlette-and-fastapi",
}


@runs("README.md#try-it", "README.md#what-it-costs", "README.md#development")
def _make(block: Block, stage: Stage) -> None:
    for words in _lines(block):
        recipe = _recipe(words)
        if words[1] == "demo":
            assert "python -m demo_flask" in recipe
            # What it does once everything is installed.
            more = ["--port", "0", "--instance", str(stage.folder)]
            command = [sys.executable, "-m", "demo_flask", *more]
            with (
                serving(command, stage.folder, environment(), after="Open ") as url,
                Browser(url, stage.xiaomi) as browser,
            ):
                assert 'href="/sign-in' in browser.get("/").text


@runs("CONTRIBUTING.md#tests")
def _for_contributors(block: Block, stage: Stage) -> None:
    """These run the tests, of which this is one: it looks whether what they name is there."""
    for words in _lines(block):
        words = [word for word in words if not re.match("[A-Z_]+=", word)]
        if words[0] == "make":
            _recipe(words)
        else:
            assert words[:3] == [".venv/bin/python", "-m", "pytest"]
            assert (ROOT / words[3]).exists()


def _recipe(words: list[str]) -> str:
    """What the Makefile has for ``make WORD``."""
    assert words[0] == "make"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rule = re.search(rf"^{words[1]}:.*\n((?:\t.*\n)*)", makefile, re.MULTILINE)
    assert rule, f"the Makefile has no {words[1]}"
    return rule[1]


@runs(
    "README.md#install",
    "examples/fastapi/README.md#fastapi",
    "examples/django/README.md#django",
    *APPLICATIONS,
    "README.md#is-it-set-up-right",
    "README.md#is-it-set-up-right-2",
    "README.md#is-it-set-up-right-3",
    "docs/how-to/production.md#the-set-up",
)
def _commands(block: Block, stage: Stage) -> None:
    folder = stage.folder
    if block.key in APPLICATIONS:
        (folder / "app.py").write_text(stage.text(APPLICATIONS[block.key]), encoding="utf-8")
    elif block.page.startswith("examples/"):
        folder = (ROOT / block.page).parent
    environ = {}
    for words in _lines(block):
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            environ[name] = _substituted(value)
        else:
            COMMANDS[words[0]](words, environ, folder, stage)


def _pip(words: list[str], environ: dict[str, str], folder: Path, stage: Stage) -> None:
    assert words[1] == "install"
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = config["options.extras_require"]
    needed = {
        Requirement(line).name for line in extras["dev"].splitlines() if line and "%" not in line
    }
    for requirement in map(Requirement, words[2:]):
        if requirement.name == config["metadata"]["name"]:
            assert requirement.extras
            assert requirement.extras <= set(extras)
        else:
            assert requirement.name in needed


def _serve(words: list[str], environ: dict[str, str], folder: Path, stage: Stage) -> None:
    """Start a server, sign in there, and end it."""
    assert environ.keys() <= _expected(words)
    program = [sys.executable] if words[0] == "python" else [sys.executable, "-m", words[0]]
    # On a free port; and the credentials are the sandbox's.
    arguments = _on_a_free_port(words[1:])
    prefix = "FLASK_XIAOMI" if words[0] == "flask" else "XIAOMI"
    ours = stage.xiaomi.config(prefix)
    assert all(name in ours or "SECRET_KEY" in name for name in environ)
    secret = {"SECRET_KEY": "a key", "FLASK_SECRET_KEY": "a key"}
    with (
        serving(
            [*program, *arguments], folder, environment(**{**secret, **environ, **ours})
        ) as url,
        Browser(url, stage.xiaomi) as browser,
    ):
        assert "/login" in browser.get("/").text
        browser.sign_in("lei")
        assert "Hello, Lei" in browser.get("/").text


def _expected(words: list[str]) -> set[str]:
    prefix = "FLASK_" if words[0] == "flask" else ""
    return {
        f"{prefix}{name}" for name in ("SECRET_KEY", "XIAOMI_CLIENT_ID", "XIAOMI_CLIENT_SECRET")
    }


def _on_a_free_port(arguments: list[str]) -> list[str]:
    """The arguments of a server, with port 0 in place of theirs or of the default."""
    if arguments[:2] == ["manage.py", "runserver"]:
        return ["manage.py", "runserver", "0"]
    if "--port" in arguments:
        at = arguments.index("--port")
        arguments = [*arguments[:at], *arguments[at + 2 :]]
    return [*arguments, "--port", "0"]


def _authlib_xiaomi(words: list[str], environ: dict[str, str], folder: Path, stage: Stage) -> None:
    command = [sys.executable, "-W", "error", "-m", "authlib_xiaomi", *words[1:]]
    xiaomi = stage.ending.enter_context(Sandbox(redirect_uris="https://example.com/auth"))
    env = environment(**xiaomi.config(), **xiaomi.config("FLASK_XIAOMI"))
    if words[1] == "sandbox":
        with (
            serving([*command, "--port", "0"], folder, env) as url,
            Browser(url, xiaomi) as browser,
        ):
            assert browser.get("/").status_code == 200
        return
    if words[1] == "doctor" and "--offline" not in words:
        command += ["--base-url", xiaomi.url]
    result = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=LONG, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    if "--json" in words:
        assert {finding["status"] for finding in json.loads(result.stdout)} <= {
            "ok",
            "warning",
            "unchecked",
        }
    if words[1] == "explain":
        assert "OA_INVALID" in result.stdout


COMMANDS: dict[str, Callable[[list[str], dict[str, str], Path, Stage], None]] = {
    "pip": _pip,
    "flask": _serve,
    "uvicorn": _serve,
    "python": _serve,
    "authlib-xiaomi": _authlib_xiaomi,
}


@runs("README.md#test-your-own-sign-in-2", "docs/how-to/fastapi.md#test-it-2")
def _pytest(block: Block, stage: Stage) -> None:
    """The block before it has the tests, and its runner runs them with this command."""
    blocks = read(block.page).blocks
    before = blocks[blocks.index(block) - 1]
    (words,) = _lines(block)
    assert words[:3] == ["python", "-m", "pytest"]
    assert before.text.startswith(f"# {words[3]}\n")


def _lines(block: Block) -> list[list[str]]:
    return [shlex.split(line, comments=True) for line in block.text.splitlines() if line.strip()]


def _substituted(value: str) -> str:
    """A value with what a shell puts in place of ``$(…)``."""
    match = re.fullmatch(r"\$\((.+)\)", value)
    if match is None:
        return value
    words = shlex.split(match[1])
    assert words[0] == "python"
    command = [shutil.which("python3") or sys.executable, *words[1:]]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    assert re.fullmatch("[0-9a-f]{64}\n", result.stdout)
    return result.stdout.strip()
