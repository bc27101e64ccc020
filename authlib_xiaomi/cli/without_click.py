"""What the command line can do where its extra is not installed: help, and what to install."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .. import __version__
from .configuration import ConfigurationError
from .help import command_help, help_columns, program_help
from .interface import COMMANDS, HELP, PROGRAM, VERSION
from .run_sandbox import run_sandbox
from .texts import say_in
from .words import language_for, sandbox_words

__all__ = ["run"]


def run(words: Sequence[str]) -> int:
    """Print help or version, run the sandbox, or say what is missing.

    :returns: the exit status.
    """
    language = language_for(words)
    say = say_in(language)
    name = next((word for word in words if word in COMMANDS), None)
    command = COMMANDS[name] if name else None
    columns = help_columns()
    try:
        if sandbox_words(words) is not None:
            return run_sandbox(sandbox_words(words) or [], language)
        if not words or set(HELP.forms).intersection(words):
            text = command_help(name, command, columns, say) if name and command else None
            sys.stdout.write(f"{text or program_help(columns, say)}\n")
        elif set(VERSION.forms).intersection(words):
            sys.stdout.write(f"{PROGRAM} {__version__}\n")
        elif command is None and words[-1][0] != "-":
            raise ConfigurationError(say("no_such_command", name=words[-1]))
        else:
            extra = command.extra if command else "cli"
            raise ConfigurationError(say("no_extra", extra=extra, command=name or "--help"))
    except ConfigurationError as error:
        sys.stderr.write(f"{say('error', message=error)}\n")
        return 2
    return 0
