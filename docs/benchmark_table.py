"""``python docs/benchmark_table.py``: the benchmark's figures, as the READMEs' table.

Reads ``benchmarks/results.json``, which a whole run of ``make bench`` writes. With ``--check``
nothing is written, and the exit status is 1 where a README has other figures.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
RESULTS: Final = ROOT / "benchmarks" / "results.json"
FRAMEWORKS: Final = {"flask": "Flask", "starlette": "Starlette", "django": "Django"}

#: By metric: what it is in each README.
ROWS: Final = {
    "cpu": ("CPU time of a sign-in", "一次登录的 CPU 时间"),
    "round_trips": (
        "waiting for a sign-in, with a network of 60 ms there and back",
        "一次登录的等待时间（网络往返 60 毫秒）",
    ),
    "connections": ("new connections for a sign-in", "一次登录新建的连接数"),
    "throughput": (
        "time for a sign-in, with 32 users at once",
        "32 个用户同时登录时，每次登录所需的时间",
    ),
    "imports": ("time to import", "导入所需的时间"),
}
TEXTS: Final = {
    "README.md": (
        "Percent of plain Authlib, less is better; in parentheses code by hand, with a new client "
        "each time",
        "{python}, {cpus} processors, Authlib {authlib}.",
    ),
    "README.zh-CN.md": (
        "以原版 Authlib 为 100%，越低越好；括号内为手写代码，每次新建客户端",
        "{python}，{cpus} 个处理器，Authlib {authlib}。",
    ),
}
_PLACE: Final = re.compile(r"(<!-- benchmark:[^\n]*\n).*?(<!-- end of benchmark -->)", re.DOTALL)


def table(results: dict[str, Any], readme: str) -> str:
    """The figures in the language of `readme`."""
    head, foot = TEXTS[readme]
    found = {(f["metric"], f["framework"]): f for f in results["figures"]}
    lines = [f"| {head} | {' | '.join(FRAMEWORKS.values())} |", "| --- | --: | --: | --: |"]
    for metric, titles in ROWS.items():
        cells = [_cell(found[metric, framework]) for framework in FRAMEWORKS]
        lines.append(f"| {titles[list(TEXTS).index(readme)]} | {' | '.join(cells)} |")
    machine = results["machine"]
    facts = {name: machine[name] for name in ("python", "cpus")}
    facts["authlib"] = machine["libraries"]["authlib"]
    return "\n".join([*lines, "", foot.format(**facts)])


def _cell(figure: dict[str, Any]) -> str:
    ratios = figure["ratios"]
    one, other = (
        100 / ratios[site] if figure["more_is_better"] else 100 * ratios[site]
        for site in ("plugin", "by_hand")
    )
    return f"**{_number(one)}** ({_number(other)})"


def _number(percent: float) -> str:
    return f"{percent:.1f}" if 0 < percent < 10 else f"{percent:.0f}"


def insert(text: str, rows: str) -> str:
    """`text`, with `rows` where the benchmark's table belongs."""
    assert len(_PLACE.findall(text)) == 1
    return _PLACE.sub(lambda place: f"{place[1]}\n{rows}\n\n{place[2]}", text)


def main(arguments: list[str]) -> int:
    """Write the tables, or check them; the exit status."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    status = 0
    for readme in TEXTS:
        path = ROOT / readme
        text = path.read_text(encoding="utf-8")
        fresh = insert(text, table(results, readme))
        if text != fresh and "--check" in arguments:
            print(f"{readme} has other figures: python docs/benchmark_table.py", file=sys.stderr)
            status = 1
        elif text != fresh:
            path.write_text(fresh, encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
