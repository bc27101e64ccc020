"""The type checkers, as the tests run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
_PYRIGHT = ROOT / ".tools" / "pyright" / "node_modules" / "pyright" / "index.js"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def mypy() -> Run:
    """Runs mypy in its strict mode, with further arguments."""
    options = ["--strict", "--config-file", os.devnull]
    return lambda *more: _run(sys.executable, "-m", "mypy", *options, *more)


@pytest.fixture
def pyright() -> Run:
    """Runs pyright, with further arguments."""
    node = shutil.which("node")
    if node is None or not _PYRIGHT.exists():
        missing = "node" if node is None else "pyright (make services)"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing} is missing")
        pytest.skip(f"{missing} is missing")
    return lambda *more: _run(node, str(_PYRIGHT), "--pythonpath", sys.executable, *more)
