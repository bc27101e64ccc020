"""Programs of tests/servers/jobs, which run in processes of their own."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .crowd import Crowd, Person
from .kinds import LONG
from .servers import ROOT


class Program:
    """A program, which reads lines and prints JSON."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.id = process.pid

    def say(self, line: str = "") -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def hear(self) -> Any:
        """What it prints on its next line.

        :raises AssertionError: with what it prints on stderr, where it has ended, or hung.
        """
        assert self._process.stdout
        assert self._process.stderr
        line = self._process.stdout.readline()
        assert line, self._process.stderr.read()
        return json.loads(line)


@contextmanager
def program(
    name: str, *arguments: str, crowd: Crowd, people: list[Person], seconds: float = LONG
) -> Iterator[Program]:
    """Run a program; it must end by itself, in time, and print nothing on stderr."""
    # From Python 3.12 on, a fork beside threads warns.
    python = [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning"]
    process = subprocess.Popen(
        [*python, "-m", f"tests.servers.jobs.{name}", *arguments],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    too_late = threading.Timer(seconds, process.kill)
    too_late.start()
    try:
        running = Program(process)
        given = [dataclasses.asdict(person) for person in people]
        running.say(json.dumps({"registration": crowd.xiaomi.registration(), "people": given}))
        yield running
        _, said = process.communicate(timeout=LONG)
        assert (process.returncode, said) == (0, ""), f"{process.returncode}: {said}"
    finally:
        too_late.cancel()
        process.kill()
        process.communicate()
