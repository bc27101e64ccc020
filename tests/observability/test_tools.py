"""What Sentry and OpenTelemetry see of a sign-in, set up as the how-tos say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache

import pytest

from authlib_xiaomi.httpx_client import httpx

from ..docs.pages import ROOT, Block, read
from ..servers.kinds import CLIENTS, KINDS
from ..test_secrets import seen_in

TOOLS = {"sentry": "sentry_sdk", "opentelemetry": "opentelemetry.instrumentation.httpx"}


@cache
def watched(tool: str, code: str, *kinds: str) -> tuple[list[str], set[str]]:
    """What `tool` sees of sign-ins, and what must not be seen.

    :param code: what sets the tool up.
    """
    pytest.importorskip(TOOLS[tool], reason="the extra observability is not installed")
    result = subprocess.run(
        [sys.executable, "-m", "tests.observability.watched", tool, *kinds],
        input=code,
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    return found["seen"], set(found["hidden"])


def block_of_the_page(tool: str) -> Block:
    """The block of a how-to that sets the tool up."""
    return read(f"docs/how-to/{tool}.md").blocks[0]


def of_the_page(tool: str) -> str:
    """The code of a how-to, for the httpx that Authlib uses."""
    code = block_of_the_page(tool).text
    return code.replace("HTTPX2Client", "HTTPXClient") if httpx.__name__ == "httpx" else code


def without_hooks(code: str) -> str:
    """`code`, as one would write it who does not know of the hooks."""
    return re.sub(r"\w+=(sentry|otel)_\w+,?", "", code)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_that_is_set_up_as_the_page_says_sees_no_secret(tool: str) -> None:
    seen, hidden = watched(tool, of_the_page(tool), *KINDS)
    text = "\n".join(seen)
    assert "/user/profile" in text
    assert "[redacted]" in text
    assert "temporarily_unavailable" in text
    assert not seen_in(text, hidden)


def test_sentry_is_sent_breadcrumbs_spans_logs_and_local_variables_and_no_secret_in_them() -> None:
    seen, hidden = watched("sentry", of_the_page("sentry"), *KINDS)
    text = "\n".join(seen)
    assert all(f'"{part}"' in text for part in ("breadcrumbs", "spans", "vars", "log"))
    assert not seen_in(text, hidden)


@pytest.mark.parametrize("tool", TOOLS)
def test_without_the_hooks_a_tool_would_see_secrets(tool: str) -> None:
    seen, hidden = watched(tool, without_hooks(of_the_page(tool)), *CLIENTS)
    assert seen_in("\n".join(seen), hidden)
