"""Type checkers know the package: a user's program in their strict modes."""

from __future__ import annotations

from .conftest import Run

PROGRAM = "tests/typing/program.py"


def test_strict_mypy_sees_precise_types(mypy: Run) -> None:
    # A cache of its own: that of `make check` is for other options.
    result = mypy("--cache-dir", ".cache/mypy-program", PROGRAM)
    assert result.returncode == 0, result.stdout + result.stderr


def test_pyright_sees_precise_types(pyright: Run) -> None:
    result = pyright(PROGRAM)
    assert result.returncode == 0, result.stdout + result.stderr
