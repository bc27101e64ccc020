"""The texts of ``--help``, in the user's language and aligned in it."""

from __future__ import annotations

from collections.abc import Sequence

from .._tools.layout import pad, screen_columns, width, wrap
from .findings import CHECKS
from .interface import COMMANDS, GENERAL, PROGRAM, Command, Option
from .texts import Say

__all__ = ["command_help", "help_columns", "program_help"]

#: Columns.
_WIDEST = 80
#: Columns; where a list's texts would have fewer, they stand below what they are about.
_NARROWEST = 24


def help_columns() -> int:
    """How wide the help may be: as the screen, and not so wide that it is hard to read."""
    return screen_columns(_WIDEST)


def program_help(columns: int, say: Say) -> str:
    """The help of the program.

    :param columns: how wide the screen is.
    """
    commands = [(name, say(f"help_{name}")) for name in COMMANDS]
    return "\n".join(
        [
            *_usage(f"{PROGRAM} {say('usage_options')} {say('usage_command')}", columns, say),
            *_paragraph(say("help"), columns),
            "",
            say("commands"),
            *_list(commands, columns),
            "",
            say("options"),
            *_list(_rows(GENERAL, say), columns),
        ]
    )


def command_help(name: str, command: Command, columns: int, say: Say) -> str:
    """The help of one command."""
    usage = f"{PROGRAM} {name} {say('usage_options')} {command.arguments}".rstrip()
    keys = [f"help_{name}", *(f"help_{name}_{n + 1}" for n in range(command.paragraphs))]
    checks = say("comma").join(CHECKS)
    return "\n".join(
        [
            *_usage(usage, columns, say),
            *(line for key in keys for line in _paragraph(say(key, checks=checks), columns)),
            "",
            say("options"),
            *_list(_rows(command.all_options, say), columns),
        ]
    )


def _usage(usage: str, columns: int, say: Say) -> list[str]:
    first, *others = wrap(say("usage", usage=usage), columns)
    return [first, *(f"  {line}" for line in others)]


def _paragraph(text: str, columns: int) -> list[str]:
    return ["", *(f"  {line}" for line in wrap(text, columns - 2))]


def _rows(options: Sequence[Option], say: Say) -> list[tuple[str, str]]:
    return [
        (f"{', '.join(option.forms)} {option.metavar}".rstrip(), say(option.text))
        for option in options
    ]


def _list(rows: Sequence[tuple[str, str]], columns: int) -> list[str]:
    """Terms and texts, beside each other where there is room."""
    left = max(width(term) for term, _ in rows) + 4
    lines = []
    for term, text in rows:
        if columns - left < _NARROWEST:
            lines += [f"  {term}", *(f"      {line}" for line in wrap(text, columns - 6))]
            continue
        first, *others = wrap(text, columns - left)
        lines.append(pad(f"  {term}", left) + first)
        lines += [" " * left + line for line in others]
    return lines
