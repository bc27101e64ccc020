"""What became of a request: noted by what answers it, told in the log and in the inspector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .._tools.layout import one_line
from .._tools.translations import Language, translations
from .refusal import HasWords, Why

__all__ = ["OUTCOME", "Outcome", "note", "words"]

#: The environment's key for the outcome of its request.
OUTCOME: Final = "authlib_xiaomi.sandbox.outcome"


class Outcome:
    """What is known of one request's answer, beside its status."""

    why: Why | None = None
    #: Xiaomi's number, where it was refused.
    code: int | None = None


def note(environ: Mapping[str, Any], why: Why | None, code: int | None = None) -> None:
    """Note what became of the request of `environ`."""
    outcome = environ[OUTCOME]
    outcome.why, outcome.code = why, code


def words(why: Why | None, language: Language) -> str:
    """What happened, in one clause; empty where nothing was noted."""
    if why is None:
        return ""
    values = {
        name: value.words(language) if isinstance(value, HasWords) else str(value)
        for name, value in why.values.items()
    }
    # A value may come from a request: a callback that is not registered.
    values = {name: one_line(text)[:120] for name, text in values.items()}
    return translations(__package__, language)[why.key].format(**values)
