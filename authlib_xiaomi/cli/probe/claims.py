"""What a point is, and how what was seen is judged. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .facts import Seen

__all__ = ["Point", "Verdict", "all_in", "has", "judge", "out_of_order", "seen_as", "succeeded"]

Verdict = Literal["expected", "different", "not tried"]
#: How well a claim is founded: "live" and "tried" are code and tests that met the service,
#: "sdk" is Xiaomi's own code, "doc" a document, "open" what no source says.
Strength = Literal["live", "tried", "sdk", "doc", "open"]


@dataclass(frozen=True)
class Point:
    """One claim about the service.

    :param needs: what it takes to try it.
    :param confirms: whether what was seen is as claimed; ``None`` where it does not decide that.
    """

    id: str
    claim: str
    source: str
    strength: Strength
    confirms: Callable[[Seen], bool | None]
    needs: Literal["", "sign-in", "twice"] = ""


def judge(point: Point, seen: Seen | None) -> Verdict:
    """The verdict on a point, by what was seen of it."""
    confirmed = None if seen is None or out_of_order(seen) else point.confirms(seen)
    if confirmed is None:
        return "not tried"
    return "expected" if confirmed else "different"


def out_of_order(seen: Seen) -> bool:
    """Whether the server did not answer, or with a status that says nothing about how the service
    behaves when it works."""
    status = seen.get("status", 0)
    return "no_answer" in seen or status == 429 or status >= 500


def seen_as(**expected: object) -> Callable[[Seen], bool]:
    """Confirmed where each of these is seen; of a tuple one."""

    def confirms(seen: Seen) -> bool:
        return all(
            seen.get(name) in (value if isinstance(value, tuple) else (value,))
            for name, value in expected.items()
        )

    return confirms


def succeeded(seen: Seen) -> bool:
    """Confirmed where an API call gave data."""
    return seen.get("status") == 200 and "error" not in seen and "fields" in seen


def has(*names: str) -> Callable[[Seen], bool]:
    """Confirmed where the answer has these fields, stray spaces aside."""

    def confirms(seen: Seen) -> bool:
        return {name.strip() for name in seen.get("fields", ())}.issuperset(names)

    return confirms


def all_in(*allowed: object) -> Callable[[Seen], bool]:
    """Confirmed where each value that was seen is one of these."""
    return lambda seen: all(value in allowed for values in seen.values() for value in values)
