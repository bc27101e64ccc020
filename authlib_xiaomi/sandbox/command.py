"""``sandbox -- CMD``: an application beside the sandbox, which leads it there."""

from __future__ import annotations

import math
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from .configuration import variables

__all__ = ["NotFound", "environment", "run"]

#: What frameworks sign sessions with; the applications of ``authlib-xiaomi new`` read these.
_KEYS: Final = ("FLASK_SECRET_KEY", "SECRET_KEY", "DJANGO_SECRET_KEY")
#: Seconds that the command has to end after SIGTERM.
_PATIENCE: Final = 10.0
_HANDED_ON: Final = ("SIGINT", "SIGTERM", "SIGHUP")


class NotFound(Exception):  # noqa: N818  # reads as what became of the command
    """There is no such command."""


def environment(values: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which an application comes to the sandbox.

    :param values: what ``Sandbox.registration`` gives.
    :param environ: the sandbox's own environment.
    """
    ours = variables(values)
    # A callback of production is not one of the sandbox's; and Flask makes configuration of what
    # begins with FLASK_, which would win.
    foreign = {"XIAOMI_REDIRECT_URI", *(f"FLASK_{name}" for name in ours)}
    foreign.add("FLASK_XIAOMI_REDIRECT_URI")
    made = {name: value for name, value in environ.items() if name not in foreign} | ours
    for name in _KEYS:
        made[name] = made.get(name) or secrets.token_hex(32)
    # As if the environment of this program were active, where it is not.
    beside = str(Path(sys.executable).parent)
    made["PATH"] = os.pathsep.join(filter(None, [made.get("PATH", os.defpath), beside]))
    return made


def run(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run `command` to its end. For the main thread.

    Signals are handed on to it. After SIGTERM it is ended where it does not end by itself.

    :returns: its exit status, as a shell has it.
    :raises NotFound: where there is no such command.
    """
    program = shutil.which(command[0], path=env["PATH"])
    if program is None:
        raise NotFound(command[0])
    # What happens, in its order: a signal's number, or None at the end. A handler may put into
    # this queue at any moment.
    events: SimpleQueue[int | None] = SimpleQueue()
    with _received(events):  # from before the command's first moment on
        process = subprocess.Popen([program, *command[1:]], env=dict(env))  # noqa: S603  # the user's

        def tell_the_end() -> None:
            process.wait()
            events.put(None)

        end = threading.Thread(target=tell_the_end)
        end.start()
        _wait(process, events)
        end.join()
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _wait(process: subprocess.Popen[bytes], events: SimpleQueue[int | None]) -> None:
    """Hand signals on to `process` until it has ended."""
    deadline = math.inf
    while True:
        # On Windows nothing interrupts a wait that has no end.
        with suppress(Empty):
            number = events.get(timeout=min(1.0, max(0.0, deadline - time.monotonic())))
            if number is None:
                return
            # A terminal sends its Ctrl-C to the command as well.
            if number != signal.SIGINT or not _in_the_foreground():
                process.send_signal(number)
            if number == signal.SIGTERM:
                deadline = min(deadline, time.monotonic() + _PATIENCE)
        if time.monotonic() >= deadline:
            process.kill()
            deadline = math.inf


@contextmanager
def _received(events: SimpleQueue[int | None]) -> Iterator[None]:
    """Put the signals that arrive within this context into `events`."""

    numbers = [getattr(signal, name) for name in _HANDED_ON if hasattr(signal, name)]
    # What is ignored, as in a shell's background job, stays so.
    handled = [n for n in numbers if signal.getsignal(n) is not signal.SIG_IGN]
    before = {
        number: signal.signal(number, lambda number, _: events.put(number)) for number in handled
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_the_foreground() -> bool:
    """Whether this process is one that a terminal sends its signals to."""
    try:
        return os.tcgetpgrp(sys.__stdin__.fileno()) == os.getpgrp()  # type: ignore[union-attr]
    except (AttributeError, OSError, ValueError):
        return False
