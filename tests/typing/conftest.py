"""The type checkers, as the tests run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
_PYRIGHT = ROOT / ".tools" / "pyright" / "node_modules" / "pyright" / "index.js"
#: What is checked: all at once, since to read the package takes longer than these.
_FILES = ["tests/typing/program.py", "tests/typing/mistakes.py"]

#: The errors, by file and line.
Errors = dict[str, dict[int, str]]


def _run(*command: str) -> str:
    """What a type checker prints that has found something."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def _mypy() -> Errors:
    """Strict, as setup.cfg has it for the package: so there is one cache, that of `make check`."""
    found: Errors = defaultdict(dict)
    said = _run(sys.executable, "-m", "mypy", *_FILES)
    for file, line, text in re.findall(r"^(\S+):([0-9]+): error: (.*)", said, re.MULTILINE):
        found[file][int(line)] = text
    return found


def _pyright() -> Errors:
    node = shutil.which("node")
    if node is None or not _PYRIGHT.exists():
        missing = "node" if node is None else "pyright (make services)"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing} is missing")
        pytest.skip(f"{missing} is missing")
    found: Errors = defaultdict(dict)
    said = _run(node, str(_PYRIGHT), "--pythonpath", sys.executable, "--outputjson", *_FILES)
    for one in json.loads(said)["generalDiagnostics"]:
        if one["severity"] == "error":
            file = Path(one["file"]).relative_to(ROOT).as_posix()
            found[file][one["range"]["start"]["line"] + 1] = one["message"]
    return found


@pytest.fixture(params=[_mypy, _pyright], ids=["mypy", "pyright"])
def errors(request: pytest.FixtureRequest) -> Errors:
    """Where a type checker finds errors."""
    found: Errors = request.param()
    return found
