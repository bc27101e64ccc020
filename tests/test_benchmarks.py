"""The benchmark's arithmetic, table and chart; what it measures is no test's business."""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.chart import draw
from benchmarks.figures import Figure, Target, of_rounds, typical
from benchmarks.report import as_json, as_text
from benchmarks.sites import FRAMEWORKS, SITES

_ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("rounds", "more", "value", "spread"),
    [
        ([1.0, 2.0, 3.0, 100.0], False, 2.0, 50.0),
        ([1.0, 200.0, 200.0, 200.0], True, 200.0, 0.0),
        ([4.0], False, 4.0, 0.0),
        ([0.0, 0.0], False, 0.0, 0.0),
    ],
)
def test_a_figure_is_the_mean_of_the_better_three_quarters(
    rounds: list[float], more: bool, value: float, spread: float
) -> None:
    assert typical(rounds, more) == (value, spread)


def test_ratios_are_those_of_the_plugin_to_the_others() -> None:
    rounds = {"authlib": [40.0], "plugin": [2.0], "by_hand": [1.0]}
    figure = of_rounds("cpu", "CPU", "Flask", "ms", rounds)
    assert figure.ratios == {"authlib": 0.05, "by_hand": 2.0}
    assert of_rounds("cpu", "CPU", "Flask", "ms", rounds, compared=False).ratios == {}


def test_no_ratio_is_made_to_zero() -> None:
    assert Figure("c", "c", "Flask", "", {"plugin": 0.0, "by_hand": 0.0}).ratios == {}


@pytest.mark.parametrize(
    ("targets", "met"),
    [
        ((), None),
        ((Target(2.0),), True),
        ((Target(1.9),), False),
        ((Target(1.25, "by_hand"),), True),
        ((Target(1.24, "by_hand"), Target(3.0)), False),
    ],
)
def test_all_targets_must_be_met(targets: tuple[Target, ...], met: bool | None) -> None:
    figure = Figure("c", "c", "Flask", "", {"plugin": 2.0, "by_hand": 1.6}, {}, targets)
    assert figure.met is met


#: In percent of the plugin's figure.
_PERCENT = {"authlib": 2000, "authlib_kept": 120, "plugin": 100, "by_hand": 80}


def _figures() -> list[Figure]:
    metrics = ("cpu", "api_cpu", "round_trips", "throughput_64", "memory", "imports", "connections")
    return [
        of_rounds(
            metric, f"title of {metric}", framework, "ms",
            {
                site: [10_000 / percent if metric == "throughput_64" else percent / 100]
                for site, percent in _PERCENT.items()
            },
            (Target(1.1, "by_hand"),),
            more=metric == "throughput_64",
        )
        for metric in metrics
        for framework in FRAMEWORKS.values()
    ]  # fmt: skip


@pytest.fixture
def results(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "results.json"
    as_json(_figures(), path)
    written: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return written


def test_the_terminal_shows_figures_ratios_and_verdicts() -> None:
    rounds = {"authlib": [30.0], "plugin": [1.0, 1.1, 1.2, 9.0], "by_hand": [1.0]}
    figure = of_rounds("cpu", "CPU", "Flask", "ms", rounds, (Target(1.05, "by_hand"),))
    head, _, row = as_text([figure]).splitlines()
    assert [name for name in SITES.values() if name not in head] == []
    for shown in ("CPU, ms, Flask", "30", "1.10 ± 9%", "1.1", "≤ 1.05 of by hand", "MISSED"):
        assert shown in row


def test_the_results_say_nothing_of_whose_machine_it_was(results: dict[str, Any]) -> None:
    assert set(results["machine"]) == {"python", "system", "cpus", "openssl", "libraries"}
    assert str(_ROOT) not in json.dumps(results)


def _benchmark_table() -> ModuleType:
    """The script of the documentation's, which is no package."""
    path = _ROOT / "docs" / "benchmark_table.py"
    spec = spec_from_file_location("benchmark_table", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "page", ["README.md", "README.zh-CN.md", "docs/costs.md", "docs/zh/costs.md"]
)
def test_the_benchmark_becomes_text(results: dict[str, Any], page: str) -> None:
    benchmark_table = _benchmark_table()
    text = (_ROOT / page).read_text(encoding="utf-8")
    rows = benchmark_table.table(results, page)
    cells = len(benchmark_table.ROWS) * 3 if page.startswith("docs") else 0
    assert rows.count("**1.25** (0.050)") == cells
    assert "1.25" in rows
    written = benchmark_table.insert(text, rows)
    assert rows in written
    assert benchmark_table.insert(written, rows) == written


@pytest.mark.parametrize("name", ["benchmark.svg", "benchmark.zh.svg"])
def test_the_chart_shows_how_much_faster_code_by_hand_is(
    results: dict[str, Any], tmp_path: Path, name: str
) -> None:
    draw(results, tmp_path)
    svg = ElementTree.parse(tmp_path / name).getroot()
    texts = [element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("25×") == texts.count("1.25×") == texts.count("1.50×") == 4 * 3
    assert [framework for framework in FRAMEWORKS.values() if framework not in texts] == []
    style = svg.findtext("{http://www.w3.org/2000/svg}style") or ""
    assert "prefers-color-scheme: dark" in style
