"""Which function runs which block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .pages import Block
from .stage import Stage

Runner = Callable[[Block, Stage], None]

RUNNERS: Final[dict[str, Runner]] = {}


def runs(*keys: str) -> Callable[[Runner], Runner]:
    """Register a function as the runner of blocks."""

    def register(runner: Runner) -> Runner:
        for key in keys:
            assert key not in RUNNERS, key
            RUNNERS[key] = runner
        return runner

    return register
