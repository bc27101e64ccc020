"""``python docs/benchmark_table.py``: the benchmark's figures, where users read them.

Reads ``benchmarks/results.json``, which a whole run of ``make bench`` writes. The READMEs get two
sentences, ``costs.md`` of the documentation the chart and a table as well. With ``--check`` nothing
is written, and the exit status is 1 where a page has other figures.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
RESULTS: Final = ROOT / "benchmarks" / "results.json"
FRAMEWORKS: Final = ("Flask", "Starlette", "Django")

#: By metric: what it is in each language.
ROWS: Final = {
    "cpu": ("CPU time of a sign-in", "一次登录的 CPU 时间"),
    "round_trips": (
        "waiting for a sign-in, on a network with 60 ms there and back",
        "一次登录的等待时间（网络往返 60 毫秒）",
    ),
    "throughput_64": (
        "time of a sign-in, with 64 users at once",
        "64 个用户同时登录时，每次登录所需的时间",
    ),
    "api_cpu": (
        "CPU time of an API call with a stored token",
        "用已保存的令牌调用一次 API 的 CPU 时间",
    ),
    "memory": ("memory of the process", "进程占用的内存"),
    "imports": ("time to import", "导入所需的时间"),
}
#: By page: its language, and the chart where it has one.
PAGES: Final = {
    "README.md": ("en", ""),
    "README.zh-CN.md": ("zh", ""),
    "docs/costs.md": ("en", "images/benchmark.svg"),
    "docs/zh/costs.md": ("zh", "../images/benchmark.zh.svg"),
}
#: By language: the two sentences, what the chart shows, the table's head, and its foot.
TEXTS: Final = {
    "en": (
        "A sign-in costs {by_hand[0]} times (Flask) and {by_hand[1]} times (Starlette) the CPU "
        "time of the best code by hand, and {authlib[0]} and {authlib[1]} times that of plain "
        "Authlib; it waits for {trips} round trips (two are the least), and after the first "
        "sign-ins it opens {connections} new connections. What you get beyond code by hand: each "
        "one-time token is refreshed once, however many requests want it; what is safe to repeat "
        "is repeated; logs and exceptions have no secrets; errors explain themselves; and the "
        "user is never guessed.",
        "CPU time and waiting time of a sign-in, its time with 64 users at once, and the CPU time "
        "of an API call, times those of the best code by hand.",
        "Times the best code by hand, less is better; in parentheses times plain Authlib",
        "{python}, {cpus} processors, Authlib {authlib}.",
    ),
    "zh": (
        "一次登录的 CPU 时间是最佳手写代码的 {by_hand[0]} 倍（Flask）和 {by_hand[1]} 倍"
        "（Starlette），是原版 Authlib 的 {authlib[0]} 倍和 {authlib[1]} 倍；"
        "等待 {trips} 次网络往返（最少两次），运行起来之后新建 {connections} 个连接。"
        "与手写代码相比，您额外得到：无论多少请求同时需要，"
        "每个一次性令牌只刷新一次；可以安全重试的请求自动重试；日志和异常中没有密钥；错误带有说明；"
        "绝不猜测用户是谁。",
        "一次登录的 CPU 时间和等待时间、64 个用户同时登录时的时间，"
        "以及一次 API 调用的 CPU 时间；以最佳手写代码为 1。",
        "以最佳手写代码为 1，越低越好；括号内以原版 Authlib 为 1",
        "{python}，{cpus} 个处理器，Authlib {authlib}。",
    ),
}
_PLACE: Final = re.compile(r"(<!-- benchmark:[^\n]*\n).*?(<!-- end of benchmark -->)", re.DOTALL)


def table(results: dict[str, Any], page: str) -> str:
    """The figures for `page`: two sentences, and where it has a chart, that and a table."""
    language, chart = PAGES[page]
    sentences, shown, head, foot = TEXTS[language]
    found = {(f["metric"], f["subject"]): f for f in results["figures"]}
    text = sentences.format(**_summary(found))
    if not chart:
        return text
    lines = [f"| {head} | {' | '.join(FRAMEWORKS)} |", "| --- | --: | --: | --: |"]
    for metric, titles in ROWS.items():
        cells = [_cell(found[metric, framework]) for framework in FRAMEWORKS]
        lines.append(f"| {titles[list(TEXTS).index(language)]} | {' | '.join(cells)} |")
    machine = results["machine"]
    facts = {name: machine[name] for name in ("python", "cpus")}
    facts["authlib"] = machine["libraries"]["authlib"]
    return "\n".join([text, "", f"![{shown}]({chart})", "", *lines, "", foot.format(**facts)])


def _summary(found: dict[tuple[str, str], Any]) -> dict[str, Any]:
    compared = FRAMEWORKS[:2]
    summary: dict[str, Any] = {
        site: [_number(found["cpu", framework]["ratios"][site]) for framework in compared]
        for site in ("by_hand", "authlib")
    }
    for name, metric, form in (
        ("trips", "round_trips", ".2f"),
        ("connections", "connections", "g"),
    ):
        worst = max(found[metric, framework]["values"]["plugin"] for framework in FRAMEWORKS)
        summary[name] = f"{worst:{form}}"
    return summary


def _cell(figure: dict[str, Any]) -> str:
    ratios = figure["ratios"]
    by_hand, authlib = (
        1 / ratios[site] if figure["more_is_better"] else ratios[site]
        for site in ("by_hand", "authlib")
    )
    return f"**{_number(by_hand)}** ({_number(authlib)})"


def _number(ratio: float) -> str:
    return f"{ratio:.3f}" if ratio < 0.1 else f"{ratio:.2f}"


def insert(text: str, rows: str) -> str:
    """`text`, with `rows` where the benchmark's table belongs."""
    assert len(_PLACE.findall(text)) == 1
    return _PLACE.sub(lambda place: f"{place[1]}\n{rows}\n\n{place[2]}", text)


def main(arguments: list[str]) -> int:
    """Write the tables, or check them; the exit status."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    status = 0
    for page in PAGES:
        path = ROOT / page
        text = path.read_text(encoding="utf-8")
        fresh = insert(text, table(results, page))
        if text != fresh and "--check" in arguments:
            print(f"{page} has other figures: python docs/benchmark_table.py", file=sys.stderr)
            status = 1
        elif text != fresh:
            path.write_text(fresh, encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
