"""Which of the processes that tests start count for the package's coverage: those that ask for it.

To be measured takes a process as long again. What processes of their own run is nearly all
run by tests in the test's process, too.
"""

from __future__ import annotations

import os

_kept: dict[str, str] = {}


def measure_no_process() -> None:
    """Take from the environment what lets coverage measure each process that inherits it."""
    names = [name for name in os.environ if name.startswith("COVERAGE_PROCESS_")]
    _kept.update({name: os.environ.pop(name) for name in names})


def measured() -> dict[str, str]:
    """The environment of a process that is measured, where this one is."""
    return {**os.environ, **_kept}
