"""The texts about Xiaomi's error numbers and scopes, in the user's language.

The English is in :mod:`authlib_xiaomi.errors` and :mod:`authlib_xiaomi.scopes`, the Chinese in
``locale/zh.po``, by the English.
"""

from __future__ import annotations

from .translations import Language, translations


def text(english: str, language: Language) -> str:
    """The translation of a ``meaning`` or ``hint`` of a number, or a ``description`` of a scope."""
    if language == "en":
        return english
    return translations(__package__, language).get(english, english)
