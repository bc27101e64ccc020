"""What the words of a command line say before they are read in full. Pure."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from .._tools.translations import LANGUAGES, Language, language_of

__all__ = ["language_for", "sandbox_words"]


def language_for(words: Sequence[str]) -> Language:
    """What ``--lang`` says; or else the locale, where the output takes its characters."""
    own = words[: words.index("--")] if "--" in words else words
    for index in reversed(range(len(own))):
        _, is_long, value = own[index].partition("--lang=")
        asked = value if is_long else own[index]
        if (is_long or (index and own[index - 1] == "--lang")) and asked in LANGUAGES:
            return asked
    try:
        "小米".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "en"
    return language_of(os.environ)


def sandbox_words(words: Sequence[str]) -> list[str] | None:
    """The words after ``sandbox``, where that is the command; they are the sandbox's to read."""
    index = 0
    while index < len(words) and words[index].startswith("--lang"):
        index += 1 if "=" in words[index] else 2
    return list(words[index + 1 :]) if words[index : index + 1] == ["sandbox"] else None
