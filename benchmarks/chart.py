"""The chart of a run, for the README.

Run as ``python -m benchmarks.chart`` to draw it anew from the figures that are committed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from .figures import FRAMEWORKS
from .sites import NAMES

__all__ = ["draw"]

#: The panels: metrics by title. All of them are better when they are lower.
_PANELS: Final = {
    "cpu": "CPU",
    "round_trips": "waiting,\n60 ms network",
    "connections": "new\nconnections",
    "throughput": "time per sign-in,\n32 users at once",
    "imports": "import time",
}
_BARS: Final = {"plugin": ("#e8590c", "#1f2328"), "by_hand": ("#b8c0c8", "#59636e")}
_INK, _FAINT = "#1f2328", "#8b949e"
#: Percent of plain Authlib; where a bar would pass it, its number still tells.
_TOP: Final = 116


def draw(results: dict[str, Any], folder: Path) -> None:
    """Draw the ratios in `results` into `folder`, as ``benchmark.svg`` and ``benchmark.png``."""
    import matplotlib as mpl

    mpl.use("agg")
    # The same figures make the same file.
    mpl.rcParams.update({"svg.hashsalt": "authlib_xiaomi", "font.size": 10, "text.color": _INK})
    from matplotlib import pyplot
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    figures = {(f["metric"], f["framework"]): f for f in results["figures"]}
    # A card of its own, not a transparent one: as easy to read on GitHub's dark theme.
    figure, panels = pyplot.subplots(
        1, len(_PANELS), figsize=(11, 4.2), sharey=True, facecolor="white"
    )
    for panel, (metric, title) in zip(panels, _PANELS.items(), strict=True):
        _panel(panel, title, [_percent(figures[metric, framework]) for framework in FRAMEWORKS])
    panels[0].set_ylabel("percent of plain Authlib (lower is better)", color=_INK)
    handles = [
        Patch(color=_BARS["plugin"][0], label=NAMES["plugin"]),
        Patch(
            color=_BARS["by_hand"][0], label="by hand: requests or httpx, a new client each time"
        ),
        Line2D([], [], color=_INK, linestyle="--", linewidth=1, label="plain Authlib"),
    ]
    figure.suptitle("What a sign-in with Xiaomi costs", fontsize=14, fontweight="bold", y=0.975)
    figure.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.925), ncols=3, frameon=False
    )
    figure.subplots_adjust(left=0.07, right=0.985, bottom=0.09, top=0.74, wspace=0.12)
    folder.mkdir(parents=True, exist_ok=True)
    for kind, metadata in (("svg", {"Date": None, "Creator": None}), ("png", {"Software": None})):
        figure.savefig(folder / f"benchmark.{kind}", dpi=160, metadata=metadata)
    pyplot.close(figure)


def _panel(panel: Any, title: str, percents: list[dict[str, float]]) -> None:
    width = 0.4
    for index, (site, (colour, ink)) in enumerate(_BARS.items()):
        for place, percent in enumerate(percents):
            left = place + (index - 0.5) * width
            panel.bar(left, min(percent[site], _TOP), width * 0.92, color=colour, zorder=2)
            panel.text(
                left, min(percent[site], _TOP) + 1.5, _label(percent[site]), color=ink,
                fontsize=8, fontweight="bold" if site == "plugin" else "normal",
                ha="center", va="bottom", zorder=4,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            )  # fmt: skip
    panel.axhline(100, color=_INK, linestyle="--", linewidth=1, zorder=3)
    panel.set_title(title, fontsize=10, color=_INK)
    panel.set_ylim(0, _TOP + 9)
    panel.set_xlim(-0.55, len(percents) - 0.45)
    panel.set_xticks(range(len(percents)), FRAMEWORKS.values(), fontsize=8.5, color=_INK)
    panel.set_yticks(range(0, 101, 25))
    panel.tick_params(length=0, labelcolor=_INK)
    panel.grid(axis="y", color="#e6e9ec", zorder=0)
    for spine in panel.spines.values():
        spine.set_visible(False)
    panel.spines["bottom"].set(visible=True, color=_FAINT)


def _percent(figure: dict[str, Any]) -> dict[str, float]:
    """The ratios in percent; where more is better, those of their reciprocals."""
    ratios = figure["ratios"]
    return {s: 100 / ratios[s] if figure["more_is_better"] else 100 * ratios[s] for s in _BARS}


def _label(percent: float) -> str:
    return f"{percent:.1f}" if 0 < percent < 10 else f"{percent:.0f}"


if __name__ == "__main__":
    _here = Path(__file__).resolve().parent
    _results = json.loads((_here / "results.json").read_text(encoding="utf-8"))
    draw(_results, _here.parent / "docs" / "images")
