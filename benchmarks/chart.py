"""The chart of a run, for the READMEs: one SVG for each language, in light and in dark.

Run as ``python -m benchmarks.chart`` to draw it again from the figures that are committed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from .sites import FRAMEWORKS, SITES

__all__ = ["draw"]

_METRICS: Final = ("cpu", "round_trips", "throughput_64", "api_cpu")

_TEXTS: Final[dict[str, dict[str, Any]]] = {
    "benchmark.svg": {
        "title": "What a sign-in with Xiaomi costs, times the best code by hand",
        "note": "Shorter is better. By hand: one requests.Session or httpx client for the whole "
        "application, and the checks of a careful author.",
        "metrics": (
            "CPU time of a sign-in",
            "Waiting for a sign-in, on a network with 60 ms there and back",
            "Time of a sign-in, with 64 users at once",
            "CPU time of an API call with a stored token",
        ),
        "sites": ("plain Authlib", "Authlib, connections kept", "authlib_xiaomi", "by hand"),
        "trips": "{:.1f} round trips",
        "buys": (
            "What authlib_xiaomi does beyond that: refreshes each one-time token once, however "
            "many ask for it; retries what is safe to retry;",
            "keeps secrets out of logs and exceptions; explains Xiaomi's errors; "
            "never guesses who the user is.",
        ),
        "machine": "{python}, {cpus} processors, Authlib {authlib}, measured in turns in one run "
        "by “make bench”.",
    },
    "benchmark.zh.svg": {
        "title": "一次小米登录的开销，以最佳手写代码为 1 倍",
        "note": "越短越好。手写代码：整个应用共用一个 requests.Session 或 httpx 客户端，"
        "并做了谨慎的开发者会做的检查。",
        "metrics": (
            "一次登录的 CPU 时间",
            "一次登录的等待时间（网络往返 60 毫秒）",
            "64 个用户同时登录时，每次登录所需的时间",
            "用已保存的令牌调用一次 API 的 CPU 时间",
        ),
        "sites": ("原版 Authlib", "Authlib，保留连接", "authlib_xiaomi", "手写代码"),
        "trips": "{:.1f} 次往返",
        "buys": (
            "authlib_xiaomi 比手写代码多做的事：无论多少请求同时需要，每个一次性令牌只刷新一次；"
            "可以安全重试的请求自动重试；",
            "密钥不进入日志和异常；说明小米错误码的含义；绝不猜测用户是谁。",
        ),
        "machine": "{python}，{cpus} 个处理器，Authlib {authlib}；"
        "由“make bench”在同一次运行中轮流测得。",
    },
}

_STYLE: Final = """
text { font: 12px system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC",
  "PingFang SC", "Microsoft YaHei", sans-serif; fill: #24292f }
.card { fill: #ffffff; stroke: #d0d7de }
.title { font-size: 17px; font-weight: 600 }
.metric, .ours { font-weight: 600 }
.metric { font-size: 13px }
.faint { fill: #59636e }
.bar { fill: #afb8c1 }
.bar.ours { fill: #e8590c }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .card { fill: #0d1117; stroke: #30363d }
  .faint { fill: #9198a1 }
  .bar { fill: #57606a }
  .bar.ours { fill: #ff8a3d }
}
"""

_WIDTH, _MARGIN = 880, 24
#: The columns: names of the sites, then one for each framework.
_NAMES, _COLUMN, _LONGEST = 178, 220, 112
_ROW, _BAR, _GAP = 19, 12, 20


def draw(results: dict[str, Any], folder: Path) -> None:
    """Draw the figures in `results` into `folder`, in each language."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, texts in _TEXTS.items():
        (folder / name).write_text(_svg(results, texts), encoding="utf-8")


def _svg(results: dict[str, Any], texts: dict[str, Any]) -> str:
    found = {(figure["metric"], figure["subject"]): figure for figure in results["figures"]}
    body, y = [_text(_MARGIN, 38, texts["title"], "title"), _text(_MARGIN, 60, texts["note"])], 96
    for index, framework in enumerate(FRAMEWORKS.values()):
        body.append(_text(_left(index), y, framework, "metric"))
    y += 26
    for metric, title in zip(_METRICS, texts["metrics"], strict=True):
        figures = [found[metric, framework] for framework in FRAMEWORKS.values()]
        body.append(_text(_MARGIN, y, title, "metric"))
        body += _bars(figures, y + 8, texts)
        y += len(SITES) * _ROW + _GAP + 20
    machine = results["machine"]
    facts = {name: machine[name] for name in ("python", "cpus")}
    facts["authlib"] = machine["libraries"]["authlib"]
    for line in texts["buys"]:
        body.append(_text(_MARGIN, y, line))
        y += 18
    body.append(_text(_MARGIN, y + 6, texts["machine"].format(**facts), "faint"))
    height = y + 26
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            f'width="{_WIDTH}" height="{height}" role="img">',
            f"<title>{escape(texts['title'])}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="card" x=".5" y=".5" width="{_WIDTH - 1}" height="{height - 1}" rx="8"/>',
            *body,
            "</svg>\n",
        )
    )


def _bars(figures: list[dict[str, Any]], top: int, texts: dict[str, Any]) -> Iterator[str]:
    """One row for each site, in it one bar for each framework, all at the same scale."""
    multiples = [_multiples(figure) for figure in figures]
    longest = max(value for each in multiples for value in each.values())
    for row, (site, name) in enumerate(zip(SITES, texts["sites"], strict=True)):
        y = top + row * _ROW
        ours = " ours" if site == "plugin" else ""
        yield _text(_MARGIN + 8, y + _BAR - 2, name, ours.strip())
        for column, (figure, each) in enumerate(zip(figures, multiples, strict=True)):
            length = max(1.0, each[site] / longest * _LONGEST)
            yield (
                f'<rect class="bar{ours}" x="{_left(column)}" y="{y}" width="{length:.1f}" '
                f'height="{_BAR}"/>'
            )
            value = f"{_number(each[site])}×"
            if site == "by_hand":
                value = f"1× = {_absolute(figure, texts)}"
            yield _text(_left(column) + length + 6, y + _BAR - 2, value, ours.strip())


def _multiples(figure: dict[str, Any]) -> dict[str, float]:
    """The sites' figures, times that by hand; where more is better, those of the reciprocals."""
    values = figure["values"]
    if figure["more_is_better"]:
        return {site: values["by_hand"] / values[site] for site in SITES}
    return {site: values[site] / values["by_hand"] for site in SITES}


def _absolute(figure: dict[str, Any], texts: dict[str, Any]) -> str:
    value: float = figure["values"]["by_hand"]
    if figure["metric"] == "round_trips":
        return str(texts["trips"].format(value))
    return f"{1000 / value if figure['more_is_better'] else value:.2f} ms"


def _number(multiple: float) -> str:
    return f"{multiple:.0f}" if multiple >= 9.995 else f"{multiple:.2f}"


def _left(column: int) -> int:
    return _MARGIN + _NAMES + column * _COLUMN


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y}"{named}>{escape(text)}</text>'


if __name__ == "__main__":
    _here = Path(__file__).resolve().parent
    _results = json.loads((_here / "results.json").read_text(encoding="utf-8"))
    draw(_results, _here.parent / "docs" / "images")
