"""Wrong arguments of public classes are errors in an editor."""

from __future__ import annotations

import json
import re
from pathlib import Path

from .conftest import ROOT, Run

PROGRAM = "tests/typing/mistakes.py"


def expected() -> set[int]:
    """The lines that are mistakes."""
    lines = (ROOT / PROGRAM).read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if "# error: " in line}


def test_mypy_finds_each_mistake_and_no_other(mypy: Run, tmp_path: Path) -> None:
    result = mypy("--cache-dir", str(tmp_path), PROGRAM)
    found = re.findall(rf"^{re.escape(PROGRAM)}:([0-9]+): error:", result.stdout, re.MULTILINE)
    assert set(map(int, found)) == expected(), result.stdout + result.stderr


def test_pyright_finds_each_mistake_and_no_other(pyright: Run) -> None:
    result = pyright("--outputjson", PROGRAM)
    found = json.loads(result.stdout)["generalDiagnostics"]
    lines = {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"}
    assert lines == expected(), result.stdout + result.stderr
