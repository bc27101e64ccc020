"""A report as a person reads it, or a program."""

from __future__ import annotations

from typing import Final

from ..._tools.layout import width
from ..._tools.translations import translations
from ..screen import Screen
from ..texts import Language, Say
from .claims import Verdict
from .report import Report, in_words

__all__ = ["show"]

_COLOURS: Final[dict[Verdict, str]] = {
    "expected": "green",
    "different": "red",
    "not tried": "cyan",
}


def show(report: Report, screen: Screen, language: Language, say: Say) -> None:
    """Print all points that were tried; to a program, the others as well."""
    verdicts = report.verdicts()
    if not screen.terminal:
        for point, seen, verdict in verdicts:
            screen.fields(verdict, point.id, in_words(seen or {}), point.claim, point.source)
        return
    # The table is in English, and its translation by the English text.
    own = {} if language == "en" else translations(__package__, language)
    words: dict[Verdict, str] = {
        "expected": say("verdict_expected"),
        "different": say("verdict_different"),
        "not tried": say("verdict_not_tried"),
    }
    columns = max(map(width, words.values())) + 2
    for point, seen, verdict in verdicts:
        if seen is None:
            continue
        claim, source = own.get(point.claim, point.claim), own.get(point.source, point.source)
        text = [
            f"{point.id}: {claim}",
            f"-> {in_words(seen)}",
            f"[{point.strength}] {source}",
        ]
        screen.row([(words[verdict], columns)], text, fg=_COLOURS[verdict], bold=True)
    screen.line()
    for verdict, word in words.items():
        names = [point.id for point, _, what in verdicts if what == verdict]
        if names and verdict == "expected":
            names = [str(len(names))]
        if names:
            listed = say("comma").join(names)
            screen.row([(word, columns)], [listed], fg=_COLOURS[verdict], bold=True)
