"""What can be said of the scopes by looking at them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from .._tools import facts
from ..scopes import Scope, format_scope
from .configuration import Value
from .findings import Finding
from .texts import Language, Say

__all__ = ["check_scope"]

#: Scopes that every application with the account service has.
_BASIC: Final = {int(Scope.PROFILE), int(Scope.OPEN_ID)}
#: Scopes that only older documents have (passport scope-list; not in the list of 2023).
_OLD: Final = {2, 4, 6, 2000, 13002}
#: Health services, which want ``scope_provider=healthkit`` (doc 2333).
_HEALTH: Final = set(range(200001, 200020))


def check_scope(
    value: Value, granted: str | None, name: str, language: Language, say: Say
) -> Finding:
    """Whether the scopes are numbers, known, and the application's to ask for.

    :param granted: the scopes in Xiaomi's console; ``None`` where they are not given.
    :param name: the variable to put them into.
    """
    if value.text is None:
        return Finding("scope", "ok", say("scope_default"))
    words = value.text.split()
    asked = " ".join(word for word in words if word != "openid")
    try:
        # openid alone is well formed, and no number.
        numbers = [int(n) for n in format_scope(asked).split()] if asked or not words else []
    except ValueError as error:
        return _wrong_scope(value, str(error), name, language, say)
    allowed = None if granted is None else {int(n) for n in re.findall(r"[0-9]{1,18}", granted)}
    found = say("found", value=" ".join(words), source=value.source)
    warnings = list(_warnings(numbers, "openid" in words, allowed, say))
    if warnings:
        doubtful = _OLD | (set(numbers) - allowed if allowed is not None else set())
        rest = [str(number) for number in numbers if number not in doubtful] or ["1"]
        remedy = f'{name}="{" ".join(rest)}"'
        return Finding("scope", "warning", found, _joined(warnings, language), remedy)
    advice = say("scope_granted_do") if allowed is None and set(numbers) - _BASIC else ""
    if _HEALTH.intersection(numbers):
        advice = _joined([advice, say("scope_health_do")], language)
    return Finding("scope", "ok", found, advice)


def _warnings(
    numbers: list[int], openid: bool, allowed: set[int] | None, say: Say
) -> Iterator[str]:
    """What may be wrong with scopes that are well formed, each with its consequence."""

    def named(some: Iterable[int]) -> str:
        return say("comma").join(map(str, sorted(some)))

    if openid:
        yield say("scope_openid_do")
    if allowed is not None and set(numbers) - allowed:
        yield say("scope_ungranted_do", numbers=named(set(numbers) - allowed))
    if old := _OLD.intersection(numbers):
        yield say("scope_old_do", numbers=named(old))
    if unknown := set(numbers) - set(Scope) - _HEALTH:
        yield say("scope_unknown_do", numbers=named(unknown))
    if Scope.PROFILE not in numbers:
        yield say("scope_no_profile_do")


def _wrong_scope(value: Value, message: str, name: str, language: Language, say: Say) -> Finding:
    # The message is English; what it advises is told apart by what it quotes.
    text = value.text or ""
    if not text.strip():
        found = say("scope_empty", source=value.source)
        return Finding("scope", "wrong", found, say("scope_wrong_do"), f'{name}="1"')
    word = re.match(r"(?P<quote>['\"])(.*)(?P=quote) is (?:no|not a) Xiaomi scope", message)
    found = say("scope_wrong", value=word[2] if word else text, source=value.source)
    separate = re.search(r'Separate them with spaces: "([0-9 ]+)"', message)
    if separate:
        advice = say("scope_separate_do", scopes=separate[1])
        return Finding("scope", "wrong", found, advice, f'{name}="{separate[1]}"')
    meant = re.search(r"\(Scope\.(\w+)\)", message)
    if meant:
        scope = Scope[meant[1]]
        description = facts.text(scope.description, language)
        advice = say("scope_meant_do", description=description, number=int(scope), name=scope.name)
        return Finding("scope", "wrong", found, advice, f'{name}="{int(scope)}"')
    return Finding("scope", "wrong", found, say("scope_wrong_do"), f'{name}="1"')


def _joined(sentences: Iterable[str], language: Language) -> str:
    return (" " if language == "en" else "").join(filter(None, sentences))
