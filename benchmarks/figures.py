"""A run's figures, and what they are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Final

__all__ = ["FRAMEWORKS", "Figure", "Target", "of_rounds"]

#: The frameworks, and what they are called in the table.
FRAMEWORKS: Final = {"flask": "Flask", "starlette": "Starlette", "django": "Django"}


@dataclass(frozen=True)
class Target:
    """The most that a figure of the plugin's may be."""

    most: float
    #: Whether it is the ratio to plain Authlib that is held against it, not the figure.
    of_ratio: bool = False

    def __str__(self) -> str:
        return f"≤ {self.most * 100:g} %" if self.of_ratio else f"≤ {self.most:g}"


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    metric: str
    title: str
    framework: str
    unit: str
    #: By site; the sites that were measured.
    values: Mapping[str, float]
    #: To plain Authlib, by site.
    ratios: Mapping[str, float] = field(default_factory=dict)
    target: Target | None = None
    #: Whether more is better.
    more: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; ``None`` where there is none."""
        if self.target is None:
            return None
        value = (self.ratios if self.target.of_ratio else self.values)["plugin"]
        return value <= self.target.most


def of_rounds(
    metric: str,
    title: str,
    framework: str,
    unit: str,
    rounds: Mapping[str, list[float]],
    target: Target | None = None,
    more: bool = False,
) -> Figure:
    """The figure of what was measured in several rounds, by site."""
    ratios = {}
    if all(rounds["authlib"]):
        for site, each in rounds.items():
            pairs = zip(each, rounds["authlib"], strict=True)
            ratios[site] = median(one / plain for one, plain in pairs)
    values = {site: median(each) for site, each in rounds.items()}
    return Figure(metric, title, framework, unit, values, ratios, target, more)
