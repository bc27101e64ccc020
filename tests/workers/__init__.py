"""Processes as a site has them. They sign in through the test's sandbox: see ``remote``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from authlib_xiaomi.sandbox import Sandbox

from ..listeners import Answering, response
from ..measuring import measured

ROOT = Path(__file__).parents[2]


def run_worker(name: str, framework: str, xiaomi: Sandbox, **more: Any) -> Any:
    """What a script of this folder prints, which is JSON, while nothing comes on stderr.

    :param more: what the script finds in its configuration beside the sandbox's.
    """

    def door(request: bytes) -> bytes:
        """Lets the script do what only this process can."""
        what, *args = json.loads(request.partition(b"\r\n\r\n")[2])
        asked = {
            "allow": xiaomi.allow,
            "connections": lambda: xiaomi.connections,
        }
        return response(json.dumps(asked[what](*args)).encode())

    with Answering(door) as listening:
        config = {"door": listening.url, "registration": xiaomi.registration(), **more}
        done = subprocess.run(
            [
                *(sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning"),
                *("-m", f"tests.workers.{name}", framework, json.dumps(config)),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=ROOT,
            env=measured() if name == "fork" else None,
        )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)
