"""Type checkers know the package: a user's program in their strict modes, and one with mistakes."""

from __future__ import annotations

from .conftest import ROOT, Errors

PROGRAM = "tests/typing/program.py"
MISTAKES = "tests/typing/mistakes.py"


def test_a_users_program_has_precise_types(errors: Errors) -> None:
    assert errors[PROGRAM] == {}


def test_wrong_arguments_of_public_classes_are_errors_and_nothing_else_is(errors: Errors) -> None:
    lines = (ROOT / MISTAKES).read_text(encoding="utf-8").splitlines()
    mistakes = {number for number, line in enumerate(lines, 1) if "# error: " in line}
    assert set(errors[MISTAKES]) == mistakes, errors[MISTAKES]
