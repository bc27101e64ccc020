"""The processes of a run: how they start, talk, and end with the one that started them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["call", "serve_until_orphaned", "serving"]

_ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def serving(module: str, *args: object) -> Iterator[dict[str, int]]:
    """A process that runs `module`, until the context ends; gives the ports that it writes."""
    process = subprocess.Popen(
        _command(module, args), cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ports: dict[str, int] = json.loads(process.stdout.readline())
        yield ports
    finally:
        process.stdin.close()  # which it takes for its end
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


async def serve_until_orphaned(ports: Mapping[str, int]) -> None:
    """Say `ports` to the process that started this one, and serve for as long as it is there.

    Its end is the end of standard input, however it comes about, so none is ever left behind.
    """
    print(json.dumps(ports), flush=True)
    # A thread, since standard input may be a file, which event loops do not watch. A daemon that
    # waits on the buffered reader would keep the interpreter from ending.
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=wait, daemon=True).start()
    await ended.wait()
    # Not by way of the tasks that are under way: nobody waits for them any more.
    os._exit(0)


def call(module: str, *args: object, environment: Mapping[str, str] | None = None) -> Any:
    """Run `module` in a fresh process; gives the JSON that it writes last.

    :raises subprocess.CalledProcessError: where it fails.
    """
    done = subprocess.run(
        _command(module, args),
        cwd=_ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _command(module: str, args: tuple[object, ...]) -> list[str]:
    return [sys.executable, "-m", module, *map(str, args)]
