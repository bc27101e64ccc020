"""Wrong arguments of public classes are errors in an editor."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROGRAM = "tests/typing/mistakes.py"
PYRIGHT = ROOT / ".tools" / "pyright" / "node_modules" / "pyright" / "index.js"


def expected() -> set[int]:
    """The lines that are mistakes."""
    lines = (ROOT / PROGRAM).read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if "# error: " in line}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_mypy_finds_each_mistake_and_no_other(tmp_path: Path) -> None:
    options = ["--strict", "--config-file", os.devnull, "--cache-dir", str(tmp_path)]
    result = run(sys.executable, "-m", "mypy", *options, PROGRAM)
    found = re.findall(rf"^{re.escape(PROGRAM)}:([0-9]+): error:", result.stdout, re.MULTILINE)
    assert set(map(int, found)) == expected(), result.stdout + result.stderr


def test_pyright_finds_each_mistake_and_no_other() -> None:
    node = shutil.which("node")
    if node is None or not PYRIGHT.exists():
        missing = "node" if node is None else "pyright (make services)"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing} is missing")
        pytest.skip(f"{missing} is missing")
    result = run(node, str(PYRIGHT), "--pythonpath", sys.executable, "--outputjson", PROGRAM)
    found = json.loads(result.stdout)["generalDiagnostics"]
    lines = {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"}
    assert lines == expected(), result.stdout + result.stderr
