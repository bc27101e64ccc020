"""Type checkers know the package: a user's program in their strict modes, and one with mistakes."""

from __future__ import annotations

from .conftest import ROOT, Errors

PROGRAM = "tests/typing/program.py"
MISTAKES = "tests/typing/mistakes.py"


def test_a_program_has_precise_types_and_each_wrong_argument_is_an_error(errors: Errors) -> None:
    # In one test, so that no two processes of the tests run a type checker on one cache.
    assert errors[PROGRAM] == {}
    lines = (ROOT / MISTAKES).read_text(encoding="utf-8").splitlines()
    mistakes = {number for number, line in enumerate(lines, 1) if "# error: " in line}
    assert set(errors[MISTAKES]) == mistakes, errors[MISTAKES]
