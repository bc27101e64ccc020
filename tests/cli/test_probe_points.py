"""The table of the probe's points, and the documents that have the same ids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from authlib_xiaomi._tools.translations import translations
from authlib_xiaomi.cli.probe.claims import Point, judge
from authlib_xiaomi.cli.probe.points import POINTS

DOCS = Path(__file__).parents[2] / "docs"
CHINESE = translations("authlib_xiaomi.cli.probe", "zh")
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
    assert rows("zh/protocol.md") == [
        [
            point.id,
            CHINESE[point.claim],
            CHINESE.get(point.source, point.source),
            point.strength,
            RUNS[point.needs],
        ]
        for point in POINTS
    ]


def test_each_point_has_one_id_and_a_claim_in_both_languages() -> None:
    assert len({point.id for point in POINTS}) == len(POINTS)
    assert len({point.claim for point in POINTS}) == len(POINTS)
    assert len({CHINESE[point.claim] for point in POINTS}) == len(POINTS)


def test_what_is_translated_is_a_claim_or_a_source() -> None:
    english = {text for point in POINTS for text in (point.claim, point.source)}
    assert CHINESE.keys() <= english


@pytest.mark.parametrize("word", ["live", "test", "tried", "source", "SDKs", "Xiaomi's"])
def test_a_source_with_words_of_a_language_is_translated(word: str) -> None:
    sources = [point.source for point in POINTS if re.search(rf"\b{word}(?!\w)", point.source)]
    assert all(source in CHINESE for source in sources)
    assert sources


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.id)
@pytest.mark.parametrize("seen", [None, {"no_answer": "timeout"}, {"status": 503}, {"status": 429}])
def test_a_service_that_is_out_of_order_is_not_judged(
    point: Point, seen: dict[str, object] | None
) -> None:
    assert judge(point, seen) == "not tried"
