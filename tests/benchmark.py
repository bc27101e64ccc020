"""Whether the benchmark runs; what it measures is no test's business. `make smoke` runs this file,
and `make test` does not: it takes most of a minute."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.metrics import METRICS
from benchmarks.sites import FRAMEWORKS, SITES

_ROOT = Path(__file__).resolve().parent.parent


def test_a_smoke_run_measures_everything(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--json", str(results)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True)
    assert "A smoke test" in done.stdout
    figures = json.loads(results.read_text(encoding="utf-8"))["figures"]
    assert {figure["subject"] for figure in figures} >= set(FRAMEWORKS.values())
    cpu = [figure for figure in figures if figure["metric"] == "cpu"]
    assert all(figure["values"].keys() == SITES.keys() for figure in cpu)
    assert len(cpu) == len(FRAMEWORKS)
    measured = [f"measuring {name.replace('_', ' ')}" for name in METRICS]
    assert [line for line in measured if line not in done.stderr] == []
