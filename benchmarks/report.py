"""A run's figures as text and as JSON."""

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

from .figures import Figure
from .sites import SITES

__all__ = ["as_json", "as_text", "machine"]

_LIBRARIES: Final = (
    "authlib_xiaomi", "authlib", "flask", "starlette", "django", "requests", "urllib3", "httpx2",
    "httpx", "anyio", "certifi",
)  # fmt: skip

#: The ratios are those of authlib_xiaomi's figure to the others'.
_HEAD: Final = ("", *SITES.values(), "to Authlib", "to by hand", "target", "")


def machine() -> dict[str, Any]:
    """What of this machine matters to the figures; nothing that tells whose it is."""
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


def as_json(figures: Iterable[Figure], path: Path) -> None:
    """Write the figures to a file, with what of this machine matters to them."""
    rows = [
        {
            "metric": figure.metric,
            "title": figure.title,
            "subject": figure.subject,
            "unit": figure.unit,
            "more_is_better": figure.more,
            "values": _rounded(figure.values),
            "spreads": _rounded(figure.spreads),
            "ratios": _rounded(figure.ratios),
            "targets": [str(target) for target in figure.targets],
            "met": figure.met,
        }
        for figure in figures
    ]
    text = json.dumps({"machine": machine(), "figures": rows}, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def _row(figure: Figure) -> tuple[str, ...]:
    title = f"{figure.title}{f', {figure.unit}' if figure.unit else ''}, {figure.subject}"
    values = (_value(figure, site) for site in SITES)
    ratios = (f"{r:.3g}" if (r := figure.ratios.get(s)) else "" for s in ("authlib", "by_hand"))
    target = "; ".join(map(str, figure.targets))
    verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
    return (title, *values, *ratios, target, verdict)


def _value(figure: Figure, site: str) -> str:
    if site not in figure.values:
        return ""
    value, spread = figure.values[site], figure.spreads.get(site, 0)
    number = f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"
    return f"{number} ±{spread:2.0f}%" if spread else number


def _rounded(values: Any) -> dict[str, float]:
    return {site: float(f"{value:.4g}") for site, value in values.items()}


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
