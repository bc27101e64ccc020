"""The soak, for a few seconds, and what it watches processes with."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from scripts.flatness import ENOUGH, Sampler

from .servers import ROOT

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the soak looks into /proc"
)


def test_a_few_seconds_of_it_find_nothing_wrong() -> None:
    # Not measured, as `measuring` has it: a fork while another thread is in coverage's lock leaves
    # the child locked.
    done = subprocess.run(
        [sys.executable, "-m", "scripts.soak", "--duration=3", "--seed=1", "--users=40"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    counts = {what: int(n) for what, n in re.findall(r"^(.*?) +(\d+)$", done.stdout, re.MULTILINE)}
    for what in ("sign-ins", "API calls", "refreshes", "faults", "forks", "cancelled requests"):
        assert counts[what], done.stdout
    for what in ("wrong identities", "lost sessions", "hung requests", "unexpected errors"):
        assert counts[what] == 0


@pytest.mark.parametrize(
    ("leak", "grows"),
    [
        ("kept.append(open('/dev/null'))", {"file descriptors": True, "MiB of memory": False}),
        ("kept.append(b'x' * 300_000)", {"file descriptors": False, "MiB of memory": True}),
        ("kept[:] = [open('/dev/null')] * 9", {"file descriptors": False, "MiB of memory": False}),
    ],
)
def test_a_process_that_does_not_stay_flat_is_noticed(leak: str, grows: dict[str, bool]) -> None:
    code = f"import time\nkept = []\nwhile True:\n    {leak}\n    time.sleep(0.01)"
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        looks = iter(range(3 * ENOUGH // 2))
        sampler = Sampler(
            {"it": lambda: [process.pid]}, lambda: next(looks, None) is not None, 0.02
        )
        sampler.start()
        sampler.join()
    finally:
        process.kill()
        process.wait()
    found = {what.partition(" more")[0]: number > 0 for what, number in sampler.growth().items()}
    assert found == grows
