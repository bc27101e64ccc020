"""What Xiaomi's error numbers and scopes are, in the user's language.

The English is in :mod:`authlib_xiaomi.errors` and :mod:`authlib_xiaomi.scopes`, the Chinese in
``locale/zh.po``, by the English.
"""

from __future__ import annotations

from ..errors import ErrorCode
from ..scopes import Scope
from .translations import Language, translations

__all__ = ["description", "hint", "meaning"]


def meaning(code: ErrorCode, language: Language) -> str:
    """What the number means, as part of a sentence."""
    return _in(language, code.meaning)


def hint(code: ErrorCode, language: Language) -> str:
    """What the developer should look at, in sentences."""
    return _in(language, code.hint)


def description(scope: Scope, language: Language) -> str:
    """What the scope grants."""
    return _in(language, scope.description)


def _in(language: Language, english: str) -> str:
    if language == "en":
        return english
    return translations(__package__, language).get(english, english)
