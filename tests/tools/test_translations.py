"""The texts for users: the ``.po`` files, and what is read from them."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

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
    assert not facts.text(code.meaning, "zh").isascii()
    assert facts.text(code.hint, "zh").endswith("。")
    assert (facts.text(code.meaning, "en"), facts.text(code.hint, "en")) == (
        code.meaning,
        code.hint,
    )


def test_scopes_are_told_apart_in_chinese() -> None:
    chinese = {facts.text(scope.description, "zh") for scope in Scope}
    # Several numbers may have one description.
    assert len(chinese) == len({scope.description for scope in Scope})
    assert not any(text.isascii() for text in chinese)


#: Keys that are put together: what stands before the part that is in the code, and after it.
COMPOSED = {
    "cli": (
        *("help_", "option_", "label_", "status_", "sum_", "field_", "head_", "new_", "part_"),
        *("probe_step_", "probe_stopped_", "why_", "id_", "cause_", "own_"),
    ),
    "sandbox": ("option_", "print_", "help_", "scope_", "invalid_", "why_callback_", "part_"),
}
ENDINGS = {"cli": r"(_do|(_cause)?_\d|_meaning|_advice)$"}
#: Parts of the package (or the demo) that have texts in both languages.
PARTS = sorted({file.parent.parent for file in FILES if file.name == "en.po"})


def placeholders(text: str) -> list[str]:
    """The fields of a text, in alphabetical order: languages order their words differently."""
    return sorted(f"{name}!{how}:{spec}" for _, name, spec, how in Formatter().parse(text) if name)


def texts_of(part: Path, language: str) -> dict[str, str]:
    return parse_po((part / "locale" / f"{language}.po").read_text(encoding="utf-8"))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_both_languages_have_the_same_texts_with_the_same_fields(part: Path) -> None:
    english, chinese = texts_of(part, "en"), texts_of(part, "zh")
    assert list(english) == list(chinese)
    for key, text in english.items():
        assert placeholders(text) == placeholders(chinese[key]), key


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_text_is_used_and_every_used_text_is_there(part: Path) -> None:
    source = "\n".join(
        file.read_text(encoding="utf-8")
        for pattern in ("*.py", "templates/*.html")
        for file in sorted(part.rglob(pattern))
    )
    source += " ".join(str(int(number)) for number in (*Scope, *ErrorCode))
    source += source.replace("/", "_")
    used = set(re.findall(r"\w+", source))
    texts = texts_of(part, "en")
    prefixes = COMPOSED.get(part.name, ())
    for key in texts:
        rest = [key.removeprefix(prefix) for prefix in prefixes if key.startswith(prefix)]
        words = [key, *rest]
        if part.name in ENDINGS:
            words += [re.sub(ENDINGS[part.name], "", word) for word in rest]
        assert used & set(words), key
    # In templates, and in code.
    patterns = r"\bt\.(\w+)\b(?!\()", r'\b(?:say|because)\(\s*"(\w+)"', r'texts\["(\w+)"\]'
    for found in {key for pattern in patterns for key in re.findall(pattern, source)}:
        assert found in texts, found


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_chinese_texts_are_chinese(part: Path) -> None:
    english, chinese = texts_of(part, "en"), texts_of(part, "zh")
    same = {key for key, text in english.items() if text == chinese[key]}
    # What has no words of a language.
    wordless = re.compile(r"(\{\w+\}|AppID|AppSecret|Django|scope|\W)*")
    assert all(wordless.fullmatch(english[key]) for key in same), same
