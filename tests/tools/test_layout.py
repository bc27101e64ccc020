"""Lines and columns of mixed width."""

from __future__ import annotations

import click
import pytest

from authlib_xiaomi._tools.layout import one_line, pad, width, wrap
from authlib_xiaomi.cli.screen import Screen


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("小米", 4), ("（", 2), ("é", 1), ("e\u0301", 1), ("a\u200bb", 2), ("", 0)],
)
def test_a_chinese_character_takes_two_columns_and_an_accent_none(text: str, columns: int) -> None:
    assert width(text) == columns
    assert width(pad(text, 6)) == 6


def test_english_is_broken_between_words() -> None:
    assert wrap("one two three", 8) == ["one two", "three"]


def test_chinese_is_broken_between_characters_but_not_before_punctuation() -> None:
    assert wrap("请让用户重新登录。", 8) == ["请让用户", "重新登", "录。"]


def test_an_opening_bracket_stays_with_what_follows() -> None:
    assert wrap("错误（abc）。", 5) == ["错误", "（abc）。"]


def test_square_brackets_stay_with_chinese_text() -> None:
    assert wrap("多余空格 [否]", 12) == ["多余空格", "[否]"]
    assert wrap("接受 [是; 否]", 8) == ["接受", "[是; 否]"]


def test_a_long_url_stays_in_one_piece() -> None:
    url = "https://example.com/a/long/path"
    assert wrap(f"see {url} there", 10) == ["see", url, "there"]


def test_nothing_is_one_empty_line() -> None:
    assert wrap("", 10) == [""]
    assert wrap("  ", 10) == [""]


@pytest.mark.parametrize("text", ["a\nb", "a\x1b\x9bb", "a\u202eb", "a\ud800b", "a\r\n\tb"])
def test_what_a_terminal_would_obey_becomes_a_space(text: str) -> None:
    assert one_line(text) == "a b"


def test_a_row_hangs_below_its_marks(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(True, columns=30).row([("ab", 4), ("小米", 6)], ["one two", "-> three four five six"])
    assert capsys.readouterr().out == (
        "ab  小米  one two\n"
        "          -> three four five\n"
        "             six\n"
    )  # fmt: skip


def test_where_there_is_no_room_beside_a_text_stands_below(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Screen(True, columns=24).row([("ab", 4), ("小米", 6)], ["one two", "-> three four five six"])
    assert capsys.readouterr().out == (
        "ab  小米\n"
        "  one two\n"
        "  -> three four five six\n"
    )  # fmt: skip


def test_a_cell_is_wrapped_where_a_table_is_too_wide(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(True, columns=34).table(["n", "what it is", "api"], [["1", "one two three four", "a/b"]])
    assert capsys.readouterr().out == (
        "n  what it is          api\n"
        "1  one two three four  a/b\n"
    )  # fmt: skip
    Screen(True, columns=34).table(["n", "what"], [["12345", "one two three four five six seven"]])
    assert capsys.readouterr().out == (
        "n      what\n"
        "12345  one two three four five six\n"
        "       seven\n"
    )  # fmt: skip


def test_a_table_on_a_narrow_screen_is_folded(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["1", "ONE", "the first of them", "a/b"], ["2", "TWO", "二", "c"]]
    Screen(True, columns=20).table(["n", "name", "what", "api"], rows)
    assert capsys.readouterr().out == (
        "1  ONE\n"
        "  the first of them\n"
        "  · a/b\n"
        "2  TWO\n"
        "  二 · c\n"
    )  # fmt: skip


def test_a_table_in_a_pipe_is_tabs_without_a_head(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(False).table(["a", "b"], [["1", "x\ty"], ["2", ""]])
    assert capsys.readouterr().out == "1\tx y\n2\t\n"


def test_a_table_on_a_terminal_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(True, colour=True).table(["名称", "b"], [["x", "1"], ["小米科技", "2"]])
    head, *rows = click.unstyle(capsys.readouterr().out).splitlines()
    assert [head, *rows] == ["名称      b", "x         1", "小米科技  2"]
