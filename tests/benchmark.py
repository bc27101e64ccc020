"""The benchmark runs: tried by ``make smoke``, not by ``make test``.

What it measures is no test's business: machines differ, and are busy.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def test_it_prints_a_table_and_writes_json(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "connections"]
    done = subprocess.run(
        [*command, "--json", str(results)], cwd=_ROOT, capture_output=True, text=True, check=True
    )
    assert "new connections per sign-in, Flask" in done.stdout
    written = json.loads(results.read_text(encoding="utf-8"))
    assert {f["framework"] for f in written["figures"]} == {"flask", "starlette", "django"}
    assert all(f["values"].keys() == {"plugin", "authlib", "by_hand"} for f in written["figures"])
    assert str(_ROOT) not in results.read_text(encoding="utf-8")
