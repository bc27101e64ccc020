"""The help of ``sandbox`` and ``sandbox fail``. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from .._tools.layout import pad, width, wrap
from .arguments import BEHAVIOUR, Argument, Say
from .modes import TABLE

__all__ = ["help_text"]

#: Columns of what stands left of an option's text.
_LEFT: Final = 34


def help_text(
    usages: Sequence[str],
    paragraphs: Sequence[str],
    groups: Mapping[str, Collection[Argument]],
    columns: int,
    say: Say,
) -> str:
    """The whole help.

    :param usages: the ways to call it.
    :param paragraphs: keys of texts.
    :param groups: options by the key of their heading.
    """
    lines = [say("help_usage", usage=usages[0])]
    lines += [" " * width(say("help_usage", usage="")) + usage for usage in usages[1:]]
    for key in paragraphs:
        lines += ["", *wrap(say(key), columns)]
    for heading, arguments in groups.items():
        lines += ["", *wrap(say(heading), columns)]
        for argument in arguments:
            lines += _option(argument, columns, say)
    return "\n".join(lines)


def _option(argument: Argument, columns: int, say: Say) -> list[str]:
    term = f"--[no-]{argument.flag[2:]}" if argument.negated else argument.flag
    term = f"  {argument.short}, {term}" if argument.short else f"  {term}"
    term = f"{term} {argument.metavar}" if argument.metavar else term
    text = say(argument.text or f"option_{argument.name}")
    if argument in BEHAVIOUR:
        text += _values(argument.name, say)
    # On a narrow terminal the text stands below.
    left = _LEFT if columns >= 2 * _LEFT else 6
    rows = [" " * left + line for line in wrap(text, max(columns - left, 20))]
    if width(term) + 2 <= left:
        rows[0] = pad(term, left) + rows[0][left:]
        return rows
    return [term, *rows]


def _values(name: str, say: Say) -> str:
    """The value that the option has by itself, in each mode."""
    live, documents = (_shown(value, say) for value in TABLE[name])
    if not live:
        return ""
    key = "help_default" if live == documents else "help_defaults"
    return say(key, live=live, documents=documents)


def _shown(value: object, say: Say) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return "" if isinstance(value, Mapping) else str(value)
