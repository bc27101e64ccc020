"""Runs the blocks of the sandbox's page, against a sandbox on another port than theirs."""

from __future__ import annotations

import shlex
import subprocess
import sys

import requests

from .pages import Block
from .processes import LONG, environment
from .runners import runs
from .stage import Stage

#: Where the page says that the sandbox is.
USUAL = "http://127.0.0.1:9009"


@runs("docs/reference/sandbox.md#let-requests-fail")
def _fail(block: Block, stage: Stage) -> None:
    env = environment(XIAOMI_SANDBOX_TOKEN=stage.xiaomi.control_token)
    printed = []
    for line in block.text.splitlines():
        program, *words = shlex.split(line)
        assert program == "authlib-xiaomi"
        command = [sys.executable, "-m", "authlib_xiaomi", *words, "--url", stage.xiaomi.url]
        done = subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=LONG, check=True
        )
        printed.append(done.stdout)
    assert printed == [
        "token: HTTP status 503 (1×)\n",
        "token: HTTP status 503 (1×)\nuser/profile: error 96008 (always)\n",
        "No request is to fail.\n",
    ]


@runs("docs/reference/sandbox.md#over-http")
def _over_http(block: Block, stage: Stage) -> None:
    """Not with curl, which not every machine has."""
    program, *words = shlex.split(block.text)
    assert program == "curl"
    options = list(zip(words[:-1:2], words[1:-1:2], strict=True))
    headers = dict(value.split(": ", 1) for flag, value in options if flag == "-H")
    (data,) = (value for flag, value in options if flag == "-d")
    token = headers["Authorization"].replace("$XIAOMI_SANDBOX_TOKEN", stage.xiaomi.control_token)
    url = words[-1].replace(USUAL, stage.xiaomi.url)
    response = requests.post(url, data, headers={**headers, "Authorization": token}, timeout=10)
    assert response.json()["faults"][0]["what"] == "HTTP status 503"
