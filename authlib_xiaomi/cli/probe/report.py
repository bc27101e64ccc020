"""What a run of the probe gives: each point with what was seen. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ... import __version__
from .claims import Point, Verdict, judge
from .facts import Redactor, Seen
from .points import POINTS

__all__ = ["Report", "in_words"]


@dataclass
class Report:
    """What was seen so far, by a point's id."""

    seen: dict[str, Seen] = field(default_factory=dict)
    #: The key of the text that says why the run ended early; ``None`` where it did not.
    stopped: str | None = None
    #: What was to be tried: a value of ``Point.needs``.
    extent: str = ""

    def see(self, point: str, seen: Seen) -> None:
        """Note what was seen of a point."""
        self.seen[point] = seen

    def clean(self, redactor: Redactor) -> None:
        """Take out of Xiaomi's texts what became known as somebody's data after they came."""
        for point, seen in self.seen.items():
            if "text" in seen:
                self.seen[point] = {**seen, "text": redactor.clean(seen["text"])}

    def verdicts(self) -> list[tuple[Point, Seen | None, Verdict]]:
        """All points in their order."""
        seen = [(point, self.seen.get(point.id)) for point in POINTS]
        return [(point, what, judge(point, what)) for point, what in seen]

    def as_json(self) -> dict[str, Any]:
        """The report as it can be shared: no value of anybody's in it, and in English."""
        return {
            "report": "authlib-xiaomi probe",
            "version": __version__,
            "stopped": self.stopped,
            "points": [
                {
                    "id": point.id,
                    "claim": point.claim,
                    "source": point.source,
                    "strength": point.strength,
                    "seen": seen,
                    "verdict": verdict,
                }
                for point, seen, verdict in self.verdicts()
            ],
        }

    @property
    def exit_status(self) -> int:
        """As doctor's: 0 all as expected, 1 something is different, 2 something that was to be
        tried could not be."""
        verdicts = {verdict for _, _, verdict in self.verdicts()}
        if "different" in verdicts or self.stopped == "refused":
            return 1
        unanswered = any(v == "not tried" and seen is not None for _, seen, v in self.verdicts())
        return 2 if self.stopped or unanswered else 0


def in_words(seen: Mapping[str, object]) -> str:
    """What was seen, in one line for a person."""
    return ", ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in seen.items())


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return f"({'; '.join(f'{name}: {_value(item)}' for name, item in value.items())})"
    if isinstance(value, list):
        return " and ".join(map(_value, value))
    return value if isinstance(value, str) else json.dumps(value)
