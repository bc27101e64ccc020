"""A Redis of the tests' own, on a socket in a folder: no port to find, and none to lose."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def redis_server() -> Iterator[str]:
    """A Redis as long as the block; its URL."""
    program = shutil.which("redis-server")
    if program is None:
        missing = "redis-server is missing (Debian: apt-get install redis-server)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    # Not pytest's folder: the path of a socket has room for a hundred characters.
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        socket = f"{folder}/socket"
        options = ["--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no"]
        process = subprocess.Popen(
            [program, *options, "--dir", folder], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            started = any("eady to accept connections" in line for line in process.stdout)
            assert started, "redis-server did not start"
            yield f"unix://{socket}"
        finally:
            process.terminate()
            process.communicate()
