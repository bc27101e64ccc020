"""Whether the file descriptors and the memory of processes stay flat. Linux alone."""

from __future__ import annotations

import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

#: MiB by which a process may grow: what it remembers on purpose is bounded, and not small.
MEMORY: float = 8
#: With fewer samples, processes have only just begun, and nothing is said about them.
ENOUGH: int = 100


class Sampler(threading.Thread):
    """Looks at processes from time to time.

    :param groups: for each name, a function that gives the ids of the processes of that name.
    :param goes_on: asked before each look whether there is to be one.
    :param pause: seconds between two looks.
    """

    def __init__(
        self,
        groups: Mapping[str, Callable[[], Sequence[int]]],
        goes_on: Callable[[], bool],
        pause: float = 0.5,
    ) -> None:
        super().__init__()
        self._groups = groups
        self._goes_on = goes_on
        self._pause = pause
        #: For each group and process: how many file descriptors, and how much memory, in MiB.
        self._samples: dict[tuple[str, int], list[tuple[int, float]]] = defaultdict(list)

    def run(self) -> None:
        while self._goes_on():
            for name, ids in self._groups.items():
                for process in ids():
                    sample = _look(process)
                    if sample:
                        self._samples[name, process].append(sample)
            time.sleep(self._pause)

    def growth(self) -> dict[str, int]:
        """For each group, by how much the process that grew most has grown beyond what it may."""
        found: dict[str, int] = {}
        for (name, _), samples in self._samples.items():
            if len(samples) < ENOUGH:
                continue
            descriptors, memory = zip(*samples, strict=True)
            for what, grown in (
                (f"file descriptors more, {name}", _growth(descriptors)),
                (f"MiB of memory more, {name}", max(_growth(memory) - MEMORY, 0)),
            ):
                found[what] = max(found.get(what, 0), round(grown))
        return found


def _growth(values: Sequence[float]) -> float:
    """By how much even the least of the last quarter is more than the most of the second."""
    quarter = len(values) // 4
    return max(min(values[-quarter:]) - max(values[quarter : 2 * quarter]), 0)


def _look(process: int) -> tuple[int, float] | None:
    folder = Path(f"/proc/{process}")
    try:
        memory = re.search(r"VmRSS:\s*(\d+) kB", (folder / "status").read_text())
        descriptors = len(list((folder / "fd").iterdir()))
    except OSError:
        return None  # it has ended
    return (descriptors, int(memory[1]) / 1024) if memory else None
