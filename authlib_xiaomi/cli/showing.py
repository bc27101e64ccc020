"""What ``doctor`` and ``explain`` found, on a terminal, in a pipe, or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

import click

from .._tools.layout import width
from .explaining import Explanation
from .findings import CHECKS, Finding
from .screen import Screen
from .texts import Say

__all__ = ["print_json", "show_explanation", "show_finding", "sum_up"]

_COLOURS: Final = {"ok": "green", "wrong": "red", "warning": "yellow", "unchecked": "cyan"}


def print_json(value: object) -> None:
    """Print `value`, which not every pipe takes in Chinese."""
    as_ascii = "utf" not in str(sys.stdout.encoding).lower()
    click.echo(json.dumps(value, ensure_ascii=as_ascii, indent=2))


def show_finding(finding: Finding, screen: Screen, say: Say) -> None:
    """Print one of the doctor's findings."""
    if not screen.terminal:
        texts = finding.found, finding.advice, finding.remedy
        screen.fields(finding.status, finding.check, *texts)
        return
    statuses = {status: say(f"status_{status}") for status in _COLOURS}
    labels = {check: say(f"label_{check}") for check in CHECKS}
    cells = [
        (statuses[finding.status], max(map(width, statuses.values())) + 2),
        (labels[finding.check], max(map(width, labels.values())) + 2),
    ]
    advice = [f"-> {finding.advice}"] if finding.advice else []
    colour = _COLOURS[finding.status]
    screen.row(cells, [finding.found, *advice], fg=colour, bold=True)
    if finding.remedy:
        screen.copyable(finding.remedy)


def sum_up(findings: Sequence[Finding], screen: Screen, say: Say) -> None:
    """Print what the findings come to."""
    kinds = {
        "wrong": [f for f in findings if f.status == "wrong"],
        "unchecked": [f for f in findings if f.status == "unchecked" and not f.left_out],
        "warning": [f for f in findings if f.status == "warning"],
        "left_out": [f for f in findings if f.left_out],
    }
    screen.line()
    if not kinds["wrong"]:
        all_of_it = not kinds["unchecked"] and not kinds["left_out"]
        verdict = say("sum_ok" if all_of_it else "sum_checked")
        screen.line(screen.style(verdict, bold=True))
    for kind, some in kinds.items():
        if some:
            names = say("comma").join(say(f"label_{finding.check}") for finding in some)
            line = say(f"sum_{kind}", names=names)
            screen.line(screen.style(line, bold=True) if kind == "wrong" else line)


def show_explanation(known: Explanation, screen: Screen, say: Say) -> None:
    """Print what there is to say about one error."""
    fields = {
        name: list(value) if isinstance(value, tuple) else [str(value)]
        for name, value in asdict(known).items()
        if value is not None
    }
    if not screen.terminal:
        for field, values in fields.items():
            for value in values:
                screen.fields(_SINGULAR.get(field, field), value)
        return
    head = [*fields.get("code", []), *fields.get("name", [])] or [known.error]
    screen.line(screen.style(" ".join(head), bold=True))
    labels = {field: say(f"field_{field}") for field in ("error", "meaning", "causes", "advice")}
    columns = max(map(width, labels.values())) + 4
    for field, label in labels.items():
        values = fields[field]
        if len(values) > 1:
            values = [f"- {value}" for value in values]
        screen.row([(f"  {label}", columns)], values, fg="cyan")


#: What a field is called where each of its values has a line.
_SINGULAR: Final = {"causes": "cause"}
