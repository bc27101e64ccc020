"""Processes that are forked after a client was used have connections of their own."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from .crowd import Crowd
from .kinds import KINDS
from .programs import program
from .waiting import wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")

SYNC = [name for name, kind in KINDS.items() if not kind.is_async]


@pytest.mark.parametrize("kind", KINDS)
def test_a_parent_and_its_children_get_each_the_own_users_over_own_connections(
    kind: str, crowd: Crowd, tmp_path: Path
) -> None:
    people = crowd.people(81)
    before = crowd.xiaomi.connections
    with program("prefork", kind, "crowd", str(tmp_path), crowd=crowd, people=people) as running:
        assert running.hear() == [True] * 81
    # The parent has opened one before, and each of five processes at least one since.
    assert crowd.xiaomi.connections - before >= 5


@pytest.mark.parametrize("kind", KINDS)
def test_four_processes_with_one_stored_token_make_one_refresh(
    kind: str, crowd: Crowd, tmp_path: Path
) -> None:
    person = crowd.person()
    with program(
        "prefork", kind, "one_token", str(tmp_path), crowd=crowd, people=[person]
    ) as running:
        assert running.hear() == [True] * 5
    assert crowd.refreshes == [person.token["refresh_token"]]


# A worker's tasks run each in an event loop of its own: that is for apps, not for one client.
@pytest.mark.parametrize("kind", [*SYNC, "starlette"])
def test_the_workers_of_a_task_queue_get_each_the_own_users(
    kind: str, crowd: Crowd, tmp_path: Path
) -> None:
    people = crowd.people(41)
    with program("prefork", kind, "pool", str(tmp_path), crowd=crowd, people=people) as running:
        assert running.hear() == [True] * 81


@pytest.mark.parametrize("kind", SYNC)
def test_a_child_does_not_wait_for_a_refresh_of_its_parents_thread(
    kind: str, crowd: Crowd, tmp_path: Path
) -> None:
    people = crowd.people(3)
    people[1:] = [dataclasses.replace(person, token=person.expired) for person in people[1:]]
    crowd.xiaomi.fail("token", delay=0.5)
    with program("prefork", kind, "busy", str(tmp_path), crowd=crowd, people=people) as running:
        assert running.hear() == "asked"
        wait_for(lambda: len(crowd.refreshes) == 1)
        running.say()
        assert running.hear() == [True] * 3
