"""A Redis of a test's own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .processes import LONG


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A Redis as long as the block; its URL."""
    program = shutil.which("redis-server")
    if program is None:
        missing = "redis-server is missing (Debian: apt-get install redis-server)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(
        [program, *options, "--dir", str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        deadline = time.monotonic() + LONG
        for line in process.stdout:
            if "eady to accept connections" in line:
                break
            assert time.monotonic() < deadline
        else:
            raise AssertionError("redis-server did not start")
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate()
