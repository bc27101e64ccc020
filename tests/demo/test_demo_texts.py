"""The texts: the ``.po`` files, one for each language."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

import demo_flask
from demo_flask.texts import LANGUAGES, PROBLEMS, Language, problem_texts, texts

FOLDER = Path(demo_flask.__file__).parent
#: Keys that are put together: what stands before or after the part that is in the code.
COMPOSED = re.compile(r"month_\d+|in_(one|many)_(\w+?)s?|(\w+)_(title|meaning|hint)")


def source() -> str:
    files = [*sorted(FOLDER.glob("*.py")), *sorted(FOLDER.glob("templates/*.html"))]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def placeholders(text: str) -> list[str]:
    return sorted(f"{name}!{how}:{spec}" for _, name, spec, how in Formatter().parse(text) if name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_library_reads_the_same_from_the_file(language: Language) -> None:
    with (FOLDER / "locale" / f"{language}.po").open("rb") as opened:
        catalog = read_po(opened, abort_invalid=True)

    assert texts(language) == {message.id: message.string for message in catalog if message.id}
    assert all(texts(language).values())
    assert not catalog.obsolete
    assert not [message.id for message in catalog if message.id and message.fuzzy]


def test_both_languages_have_the_same_texts_with_the_same_fields() -> None:
    assert list(texts("en")) == list(texts("zh"))
    assert {key: placeholders(text) for key, text in texts("en").items()} == {
        key: placeholders(text) for key, text in texts("zh").items()
    }


def test_every_text_is_used() -> None:
    known = source()
    for key in texts("en"):
        composed = COMPOSED.fullmatch(key)
        word = (composed[2] or composed[3] or "month_") if composed else key
        used = rf'\bt\.{word}\b|["\']{word}\b'
        assert re.search(used, known), key


def test_every_used_text_is_there() -> None:
    known = source()
    used = set(re.findall(r"\bt\.(\w+)", known)) | set(re.findall(r'known\["(\w+)"\]', known))
    assert used - set(texts("en")) == set()


def test_no_text_is_hidden_by_a_method_of_its_mapping() -> None:
    # In a template, t.copy is dict's.
    assert [key for key in texts("en") if hasattr(texts("en"), key)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("word", PROBLEMS)
def test_every_problem_has_its_texts(word: str, language: Language) -> None:
    assert all(problem_texts(word, language))
    # Other words share these, but nobody else's meaning.
    assert problem_texts(word, language)[1] == texts(language)[f"{word}_meaning"]


def test_chinese_texts_are_chinese() -> None:
    english, chinese = texts("en"), texts("zh")
    same = {key for key, text in english.items() if text == chinese[key]}
    assert same == set()
    latin = {key for key, text in chinese.items() if text.isascii()}
    assert latin == {"switch", "open_id", *(f"month_{number}" for number in range(1, 13))}
