"""Running one command: click reads it, ``actions`` does it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Final

import click
from click.shell_completion import shell_complete

from . import actions
from .click_program import Action, Program, complaint
from .configuration import ConfigurationError
from .interface import PROGRAM
from .run_sandbox import run_sandbox
from .texts import Language, Say, say_in
from .words import language_for, sandbox_words

__all__ = ["run"]

#: By which a shell asks for completions.
_COMPLETE: Final = "_AUTHLIB_XIAOMI_COMPLETE"

#: Functions of ``actions``, by the command's name.
_ACTIONS: Final = ("doctor", "probe", "explain", "scopes", "new")


def run(words: Sequence[str]) -> int:
    """Run one command.

    :returns: the exit status.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a terminal's encoding lacks is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    language = language_for(words)
    say = say_in(language)
    program = _program(language, say)
    try:
        return _invoke(program, words, language)
    except click.ClickException as error:
        message = complaint(error, program, say)
    except ConfigurationError as error:
        message = str(error)
    click.echo(say("error", message=message), err=True)
    return 2


def _program(language: Language, say: Say) -> Program:
    made: dict[str, Action] = {
        name: partial(getattr(actions, name), language, say) for name in _ACTIONS
    }
    made["completion"] = partial(actions.completion, say)
    return Program(made, say)


def _invoke(program: Program, words: Sequence[str], language: Language) -> int:
    if _COMPLETE in os.environ:
        return shell_complete(program, {}, PROGRAM, _COMPLETE, os.environ[_COMPLETE])
    sandbox = sandbox_words(words)
    if sandbox is not None:
        return run_sandbox(sandbox, language)
    try:
        with program.make_context(PROGRAM, list(words)) as context:
            status = program.invoke(context)
    except click.exceptions.Exit as exit_:
        status = exit_.exit_code
    return int(status or 0)
