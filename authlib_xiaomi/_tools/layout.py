"""Lines and columns, also where characters are two columns wide."""

from __future__ import annotations

import re
import shutil
import unicodedata

#: What a line must not begin with, and what it must not end with.
_CLOSING = "，。；：、）》”’！？"
_OPENING = "（《“‘"

_TOKEN = re.compile(
    rf"""
      \s+
    | [{_OPENING}(\[]* (?![{_OPENING}]) [\u2e80-\uffef] [{_CLOSING})\],;]*  # a Chinese character
    | [{_OPENING}]* [^\s\u2e80-\uffef{_OPENING}]+ [{_CLOSING}]*  # a word
    | [{_OPENING}]+
    """,
    re.VERBOSE,
)

#: Control characters, halves of characters, and what reverses the direction of writing: what a
#: terminal would obey, not show.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)


def one_line(text: str) -> str:
    """`text` as one line that a terminal shows and does not obey."""
    return _UNPRINTABLE.sub(" ", text).strip()


def screen_columns(widest: int) -> int:
    """How many columns the screen has, `widest` at most."""
    # Python 3.10 says 0 of a terminal that does not tell its size.
    return min(shutil.get_terminal_size().columns or 80, widest)


def width(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return sum(_columns(character) for character in text)


def pad(text: str, columns: int) -> str:
    """`text` with spaces after it, up to so many columns."""
    return text + " " * (columns - width(text))


def wrap(text: str, columns: int) -> list[str]:
    """`text` in lines of at most so many columns, one at least.

    A word that is longer, such as a URL, stays in one piece, so that it can be copied.
    """
    lines = [""]
    for token in _TOKEN.findall(text):
        if width(lines[-1] + token.rstrip()) <= columns:
            lines[-1] += token
        elif not token.isspace():
            lines[-1] = lines[-1].rstrip()
            lines.append(token)
    lines[-1] = lines[-1].rstrip()
    return [line for line in lines if line] or [""]


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
