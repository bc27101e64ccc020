"""Greenlets, also where the package was imported before gevent patched the standard library."""

from __future__ import annotations

import sys

import pytest

from .crowd import Crowd
from .kinds import KINDS
from .programs import program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gevent is used on Unix")

SYNC = [name for name, kind in KINDS.items() if not kind.is_async]


@pytest.mark.parametrize("patched", ["first", "last"])
@pytest.mark.parametrize("kind", SYNC)
def test_ten_greenlets_with_one_expired_token_make_one_refresh(
    crowd: Crowd, kind: str, patched: str
) -> None:
    first, second = crowd.people(2)
    crowd.xiaomi.fail("token", delay=0.2)  # so that all have come before it is answered
    with program("greenlets", kind, patched, crowd=crowd, people=[first, second]) as running:
        assert running.hear() == [True] * 10
        assert crowd.refreshes == [first.token["refresh_token"]]
        # The first of the next ten is killed before its refresh is answered, which spends nothing.
        crowd.xiaomi.fail("token", delay=60, reset=True)
        running.say()
        assert running.hear() == ["killed", *[True] * 9]
        assert crowd.refreshes[1:] == [second.token["refresh_token"]] * 2
        running.say()
