"""The texts for users: the ``.po`` files, and what is read from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import authlib_xiaomi
from authlib_xiaomi import ErrorCode, Scope
from authlib_xiaomi._tools import facts
from authlib_xiaomi._tools.translations import parse_po

FILES = sorted(Path(authlib_xiaomi.__file__).parent.rglob("*.po"))


def name_of(file: Path) -> str:
    return f"{file.parts[-3]}/{file.stem}"


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_library_reads_the_same_from_each_file(file: Path) -> None:
    with file.open("rb") as opened:
        catalog = read_po(opened, abort_invalid=True)
    known = {message.id: message.string for message in catalog if message.id}
    assert parse_po(file.read_text(encoding="utf-8")) == known
    assert known
    assert all(known.values())
    assert not [message.id for message in catalog if message.id and message.fuzzy]
    assert not catalog.obsolete


def test_a_text_may_be_long_quoted_and_of_several_lines() -> None:
    text = r"""# comment
msgid ""
msgstr "Language: zh\n"

msgid "a \"b\""
msgstr ""
"1\n"
"2 \\"
"""
    assert parse_po(text) == {'a "b"': "1\n2 \\"}


def test_the_chinese_of_the_facts_is_complete_and_has_nothing_else() -> None:
    file = next(file for file in FILES if file.parts[-3] == "_tools")
    english = {text for code in ErrorCode for text in (code.meaning, code.hint)}
    english |= {scope.description for scope in Scope}
    assert parse_po(file.read_text(encoding="utf-8")).keys() == english


@pytest.mark.parametrize("code", ErrorCode)
def test_each_error_is_explained_in_chinese(code: ErrorCode) -> None:
    assert not facts.meaning(code, "zh").isascii()
    assert facts.hint(code, "zh").endswith("。")
    assert (facts.meaning(code, "en"), facts.hint(code, "en")) == (code.meaning, code.hint)


def test_scopes_are_told_apart_in_chinese() -> None:
    chinese = {facts.description(scope, "zh") for scope in Scope}
    assert len(chinese) == len(Scope)
    assert not any(text.isascii() for text in chinese)
