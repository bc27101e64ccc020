"""Type checkers know the package: a user's program in their strict modes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROGRAM = "tests/typing/program.py"
PYRIGHT = ROOT / ".tools" / "pyright" / "node_modules" / "pyright" / "index.js"


def test_strict_mypy_sees_precise_types() -> None:
    # A cache of its own: that of `make check` is for other options.
    options = ["--strict", "--config-file", os.devnull, "--cache-dir", ".cache/mypy-program"]
    command = [sys.executable, "-m", "mypy", *options, PROGRAM]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_pyright_sees_precise_types() -> None:
    node = shutil.which("node")
    if node is None or not PYRIGHT.exists():
        missing = "node" if node is None else "pyright (make services)"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing} is missing")
        pytest.skip(f"{missing} is missing")
    command = [node, str(PYRIGHT), "--pythonpath", sys.executable, PROGRAM]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
