"""What the command line says, in English and Chinese. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from .texts_doctor import DOCTOR
from .texts_help import HELP
from .texts_points import CLAIMS
from .texts_probe import PROBE

__all__ = ["Language", "Say", "language_of", "say_in"]

_TEXTS: Final = {**HELP, **DOCTOR, **PROBE, **CLAIMS}

Language = Literal["en", "zh"]
#: Gives a text by its key, with values for its fields.
Say = Callable[..., str]


def language_of(environ: Mapping[str, str]) -> Language:
    """The language that the locale asks for, by the variables' order in POSIX."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "zh" if environ[name].lower().startswith("zh") else "en"
    return "en"


def say_in(language: Language) -> Say:
    """The texts in `language`."""
    column = 0 if language == "en" else 1

    def say(key: str, **values: object) -> str:
        return _TEXTS[key][column].format(**values)

    return say
