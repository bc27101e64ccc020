"""A run's figures as text, as Markdown and as JSON."""

from __future__ import annotations

import json
import os
import platform
import ssl
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final
from unicodedata import east_asian_width

from .figures import FRAMEWORKS, Figure
from .sites import NAMES

__all__ = ["as_json", "as_markdown", "as_text", "machine"]

_LIBRARIES: Final = (
    "authlib_xiaomi", "authlib", "flask", "starlette", "django", "requests", "urllib3", "httpx2",
    "httpx", "anyio", "certifi",
)  # fmt: skip

#: The ratios' columns are of those two to plain Authlib.
_HEAD: Final = ("", *NAMES.values(), "ratio", "by hand's ratio", "target", "")


def machine() -> dict[str, Any]:
    """What of this machine shows in the figures; nothing that tells whose it is."""
    installed = {d.metadata["Name"].lower().replace("-", "_"): d.version for d in distributions()}
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "openssl": ssl.OPENSSL_VERSION,
        "libraries": {name: installed[name] for name in _LIBRARIES if name in installed},
    }


def as_text(figures: Iterable[Figure]) -> str:
    """A table for a terminal."""
    rows = [_HEAD, *map(_row, figures)]
    widths = [max(_width(row[i]) for row in rows) for i in range(len(_HEAD))]
    lines = []
    for row in rows:
        cells = [_padded(row[i], width, i > 0) for i, width in enumerate(widths)]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "─" * (sum(widths) + 2 * len(widths) - 2))
    return "\n".join(lines)


def as_markdown(figures: Iterable[Figure]) -> str:
    """A table for a page."""
    rule = ("---", *("--:" for _ in _HEAD[1:]))
    rows = [_HEAD, rule, *map(_row, figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def as_json(figures: Iterable[Figure], path: Path) -> None:
    """Write the figures to a file, with what matters of this machine."""
    rows = [
        {
            "metric": figure.metric,
            "title": figure.title,
            "framework": figure.framework,
            "unit": figure.unit,
            "more_is_better": figure.more,
            "values": {site: _rounded(value) for site, value in figure.values.items()},
            "ratios": {site: _rounded(value) for site, value in figure.ratios.items()},
            "target": str(figure.target) if figure.target else None,
            "met": figure.met,
        }
        for figure in figures
    ]
    text = json.dumps({"machine": machine(), "figures": rows}, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def _row(figure: Figure) -> tuple[str, ...]:
    title = f"{figure.title}{f', {figure.unit}' if figure.unit else ''}, "
    values = (_number(figure.values.get(site)) for site in NAMES)
    ratios = (_ratio(figure, site) for site in ("plugin", "by_hand"))
    target = str(figure.target) if figure.target else ""
    verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
    return (f"{title}{FRAMEWORKS[figure.framework]}", *values, *ratios, target, verdict)


def _ratio(figure: Figure, site: str) -> str:
    ratio = figure.ratios.get(site)
    if ratio is None:
        return ""
    return f"{ratio:.1f} ×" if figure.more else f"{ratio * 100:.1f} %"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
