"""The fixture that applications use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import requests

seen = []

def test_one(xiaomi_sandbox):
    seen.append(xiaomi_sandbox)
    xiaomi_sandbox.users["lei"].nick = "changed"
    assert requests.get(xiaomi_sandbox.url).ok

def test_two(xiaomi_sandbox):
    assert xiaomi_sandbox is not seen[0]
    assert xiaomi_sandbox.users["lei"].nick == "Lei"
    try:
        requests.get(seen[0].url)
    except requests.ConnectionError:
        pass
    else:
        raise AssertionError("still there")
"""


def test_the_fixture_is_a_running_sandbox(request: pytest.FixtureRequest) -> None:
    pytest.importorskip("flask")
    sandbox = request.getfixturevalue("xiaomi_sandbox")
    assert sandbox.allow is not None
    assert sandbox.url.startswith("http://127.0.0.1:")


def test_each_test_has_a_sandbox_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(TESTS)
    # Blocked by name, so that it is the same plugin once whether or not it is installed.
    plugins = ["-p", "no:authlib_xiaomi", "-p", "authlib_xiaomi.pytest_plugin"]
    command = [sys.executable, "-m", "pytest", *plugins, "-q", "-p", "no:cacheprovider", "."]
    result = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert "2 passed" in result.stdout, result.stdout + result.stderr


def test_loading_the_plugin_loads_neither_flask_nor_the_sandbox() -> None:
    program = (
        "import sys, authlib_xiaomi.pytest_plugin;"
        "print([n for n in sys.modules if n.startswith(('flask', 'authlib_xiaomi.sandbox'))])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout == "[]\n"
