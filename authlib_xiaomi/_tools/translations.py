"""Texts for users, from gettext's ``.po`` files: one for each part of the package and language.

Read by the few lines below and not by a library, since ``--help`` needs texts where no extra is
installed; the tests read the same files with Babel and compare.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, Literal

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")

_ENTRY: Final = re.compile(
    r'^msgid (?P<id>"(?:.*"\n")*.*")\nmsgstr (?P<text>"(?:.*"\n")*.*")$', re.MULTILINE
)


def language_of(environ: Mapping[str, str]) -> Language:
    """The language that the locale asks for, by the variables' order in POSIX."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "zh" if environ[name].lower().startswith("zh") else "en"
    return "en"


@cache
def translations(part: str, language: Language) -> Mapping[str, str]:
    """The texts of one part in one language, by their ``msgid``.

    :param part: the package whose folder ``locale`` holds the files, such as
        ``"authlib_xiaomi.sandbox"``.
    :raises FileNotFoundError: where the part has no texts in that language.
    """
    file = files(part) / "locale" / f"{language}.po"
    return parse_po(file.read_text(encoding="utf-8"))


def parse_po(text: str) -> dict[str, str]:
    """The texts in a ``.po`` file by their ``msgid``, without the header.

    Of the format it knows what these files use: comments, ``msgid`` and ``msgstr``.
    """
    entries = {_string(match["id"]): _string(match["text"]) for match in _ENTRY.finditer(text)}
    entries.pop("", None)
    return entries


def _string(literal: str) -> str:
    # The escapes of a .po file are C's; those of JSON are the ones in use.
    return "".join(json.loads(line) for line in literal.split("\n"))
