"""The table of the probe's points, and the documents that have the same ids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from authlib_xiaomi.cli.probe.claims import Point, judge
from authlib_xiaomi.cli.probe.points import POINTS
from authlib_xiaomi.cli.texts import say_in
from authlib_xiaomi.cli.texts_points import CLAIMS

DOCS = Path(__file__).parents[2] / "docs"
RUNS = {"": "probe", "sign-in": "probe --sign-in", "twice": "probe --sign-in --twice"}


def rows(page: str) -> list[list[str]]:
    """The rows of the table of points, by their cells."""
    text = (DOCS / page).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(r"\| `[a-z-]+` \|", line)]
    return [[cell.strip(" `") for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_document_has_each_point_with_claim_source_strength_and_what_decides_it() -> None:
    assert rows("protocol.md") == [
        [point.id, point.claim, point.source, point.strength, RUNS[point.needs]] for point in POINTS
    ]


def test_the_chinese_document_has_the_same_points() -> None:
    say = say_in("zh")
    assert [[row[0], row[1], *row[3:]] for row in rows("zh/protocol.md")] == [
        [point.id, say(f"point_{point.id}"), point.strength, RUNS[point.needs]] for point in POINTS
    ]


def test_each_point_has_one_id_and_a_claim_in_both_languages() -> None:
    assert len({point.id for point in POINTS}) == len(POINTS)
    assert len({point.claim for point in POINTS}) == len(POINTS)
    assert len({chinese for _, chinese in CLAIMS.values()}) == len(POINTS)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.id)
@pytest.mark.parametrize("seen", [None, {"no_answer": "timeout"}, {"status": 503}, {"status": 429}])
def test_a_service_that_is_out_of_order_is_not_judged(
    point: Point, seen: dict[str, object] | None
) -> None:
    assert judge(point, seen) == "not tried"
