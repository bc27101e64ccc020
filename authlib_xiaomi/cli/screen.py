"""Where the output goes: aligned and coloured on a terminal, plain lines in a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import click

from .._tools.layout import one_line, pad, screen_columns, width, wrap

__all__ = ["Screen", "screen_of"]

#: Columns; longer lines are hard to read.
_WIDEST = 100
#: Columns; where a text would have fewer, it stands below what it is about.
_NARROWEST = 20
_MARKS = ("-", "->")


@dataclass(frozen=True)
class Screen:
    """Standard output.

    :param terminal: whether a person reads it.
    :param columns: how wide it is.
    """

    terminal: bool
    colour: bool = False
    columns: int = _WIDEST

    def style(self, text: str, **styles: bool | str) -> str:
        """`text` in colour, where there is any; `styles` as for ``click.style``."""
        return click.style(text, **styles) if self.colour else text  # type: ignore[arg-type]

    def line(self, text: str = "") -> None:
        """Print one line."""
        click.echo(text, color=self.colour)

    def fields(self, *fields: str) -> None:
        """Print one line for a program: fields, separated by tabs."""
        self.line("\t".join(one_line(field) for field in fields))

    def row(
        self, cells: Sequence[tuple[str, int]], text: Sequence[str], **styles: bool | str
    ) -> None:
        """Print cells, and after them paragraphs, which begin in a column of their own.

        :param cells: text and columns of each.
        :param styles: of the first cell.
        """
        (first, columns), *others = cells
        head = self.style(first, **styles) + pad("", columns - width(first))
        head += "".join(pad(cell, wide) for cell, wide in others)
        indent = sum(wide for _, wide in cells)
        if self.columns - indent < _NARROWEST:
            self.line(head.rstrip())
            head, indent = "  ", 2
        lines = [line for paragraph in text for line in _hanging(paragraph, self.columns - indent)]
        self.line((head + lines[0]).rstrip())
        for line in lines[1:]:
            self.line(" " * indent + line)

    def copyable(self, text: str) -> None:
        """Print a line to copy, in one piece however long it is."""
        self.line(f"  {self.style(text, bold=True)}")

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print columns; the head on a terminal only, and folded where it is narrow."""
        if not self.terminal:
            for row in rows:
                self.fields(*row)
            return
        columns = [max(map(width, column)) for column in zip(head, *rows, strict=True)]
        excess = sum(columns) + 2 * (len(columns) - 1) - self.columns
        if excess > 0:
            widest = columns.index(max(columns))
            columns[widest] -= excess
            if columns[widest] < _NARROWEST:
                self._fold(rows)
                return
        for index, row in enumerate([head, *rows]):
            cells = [wrap(cell, wide) for cell, wide in zip(row, columns, strict=True)]
            for line in zip_longest(*cells, fillvalue=""):
                parts = [pad(cell, wide) for cell, wide in zip(line, columns, strict=True)]
                text = "  ".join(parts).rstrip()
                self.line(self.style(text, bold=True) if index == 0 else text)

    def _fold(self, rows: Sequence[Sequence[str]]) -> None:
        """Print each row in several lines: two cells, and the others below them."""
        for first, second, *others in rows:
            self.line(self.style(f"{first}  {second}", bold=True))
            for line in wrap(" · ".join(others), self.columns - 2):
                self.line(f"  {line}")


def screen_of(environ: Mapping[str, str] = os.environ) -> Screen:
    """The process's standard output.

    ``FORCE_COLOR`` says that a person reads it, in colours; ``NO_COLOR`` wins over that.
    """
    forced = bool(environ.get("FORCE_COLOR"))
    if not sys.stdout.isatty() and not forced:
        return Screen(terminal=False)
    colour = not environ.get("NO_COLOR") and (forced or environ.get("TERM") != "dumb")
    return Screen(True, colour, screen_columns(_WIDEST))


def _hanging(paragraph: str, room: int) -> list[str]:
    """`paragraph` in lines, indented below its mark where it has one."""
    mark, _, rest = paragraph.partition(" ")
    if mark not in _MARKS:
        return wrap(paragraph, room)
    first, *others = wrap(rest, room - len(mark) - 1)
    return [f"{mark} {first}", *(" " * (len(mark) + 1) + line for line in others)]
