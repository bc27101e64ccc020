"""What the command line says: the texts of ``locale/en.po`` and ``locale/zh.po``."""

from __future__ import annotations

from collections.abc import Callable

from .._tools.translations import Language, language_of, translations

__all__ = ["Language", "Say", "language_of", "say_in", "texts_in"]

#: Gives a text by its key, with values for its fields.
Say = Callable[..., str]


def say_in(language: Language) -> Say:
    """The texts in `language`."""
    texts = texts_in(language)
    return lambda key, /, **values: texts[key].format(**values)


def texts_in(language: Language) -> dict[str, str]:
    """The texts in `language` by their keys, with their fields as they are."""
    return dict(translations(__package__, language))
