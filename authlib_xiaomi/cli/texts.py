"""What the command line says, in English and Chinese. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .._tools.translations import Language, language_of
from .texts_doctor import DOCTOR
from .texts_help import HELP
from .texts_points import CLAIMS
from .texts_probe import PROBE

__all__ = ["Language", "Say", "language_of", "say_in"]

_TEXTS: Final = {**HELP, **DOCTOR, **PROBE, **CLAIMS}

#: Gives a text by its key, with values for its fields.
Say = Callable[..., str]


def say_in(language: Language) -> Say:
    """The texts in `language`."""
    column = 0 if language == "en" else 1

    def say(key: str, **values: object) -> str:
        return _TEXTS[key][column].format(**values)

    return say
