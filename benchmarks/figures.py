"""A run's figures, and the targets that they are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import fmean

__all__ = ["Figure", "Target", "of_rounds", "typical"]


@dataclass(frozen=True)
class Target:
    """The most that a figure of ``authlib_xiaomi`` may be."""

    most: float
    #: The site whose figure it is a multiple of; ``None`` where it is the figure itself.
    times: str | None = None

    def __str__(self) -> str:
        to = {"authlib": " of Authlib", "by_hand": " of by hand"}
        return f"≤ {self.most:g}{to[self.times] if self.times else ''}"


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    metric: str
    title: str
    #: The framework, or what else tells rows of the same title apart.
    subject: str
    unit: str
    #: By site; the sites that were measured.
    values: Mapping[str, float]
    #: Half the distance between the lowest and the highest of the rounds that count, in percent
    #: of the value, by site.
    spreads: Mapping[str, float] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    #: Whether more is better.
    more: bool = False
    #: Whether a ratio to the other sites says anything.
    compared: bool = True

    @property
    def ratios(self) -> dict[str, float]:
        """``authlib_xiaomi``'s figure as a multiple of each other site's."""
        if not self.compared:
            return {}
        ours = self.values["plugin"]
        others = {site: value for site, value in self.values.items() if site != "plugin"}
        return {site: ours / value for site, value in others.items() if value}

    @property
    def met(self) -> bool | None:
        """Whether all targets are met; ``None`` where there are none."""
        if not self.targets:
            return None
        return all(
            (self.ratios[target.times] if target.times else self.values["plugin"]) <= target.most
            for target in self.targets
        )


def typical(values: Sequence[float], more: bool = False) -> tuple[float, float]:
    """The mean of the better three quarters of some rounds, and their spread in percent.

    Whatever else a machine does makes a round worse and never better, so the worst quarter says
    more about that than about what is measured.
    """
    best = sorted(values, reverse=more)[: ceil(len(values) * 3 / 4)]
    mean = fmean(best)
    return mean, (max(best) - min(best)) / 2 / mean * 100 if mean else 0.0


def of_rounds(
    metric: str,
    title: str,
    subject: str,
    unit: str,
    rounds: Mapping[str, Sequence[float]],
    targets: tuple[Target, ...] = (),
    **options: bool,
) -> Figure:
    """The figure of what was measured in several rounds, by site; `options` are its flags."""
    found = {site: typical(values, options.get("more", False)) for site, values in rounds.items()}
    values = {site: value for site, (value, _) in found.items()}
    spreads = {site: spread for site, (_, spread) in found.items()}
    return Figure(metric, title, subject, unit, values, spreads, targets, **options)
