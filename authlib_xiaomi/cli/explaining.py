"""What Xiaomi's errors mean, and finding them in a text. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import count, takewhile
from typing import Final
from urllib.parse import unquote

from .._tools import facts
from ..errors import ErrorCode
from .texts import Language, texts_in

__all__ = ["OWN", "Explanation", "Found", "explanation", "find", "find_all", "near"]


@dataclass(frozen=True)
class Explanation:
    """What there is to say about one error; without number and name where it is not Xiaomi's."""

    code: int | None
    name: str | None
    error: str
    meaning: str
    causes: tuple[str, ...]
    advice: str


@dataclass(frozen=True)
class Found:
    """What a text has in it.

    :param errors: numbers of Xiaomi's, and words that this package and Authlib use.
    :param unknown: what looks like an error and is none that is known.
    """

    errors: tuple[int | str, ...]
    unknown: tuple[str, ...]


#: This package's errors and Authlib's, by their word; after a slash, the cases of one word. Beside
#: each what stands in a text that is about it, where the word alone does not tell.
OWN: Final[Mapping[str, Sequence[str]]] = {
    "invalid_response": (),
    "temporarily_unavailable": (),
    "speculative_request": (),
    "missing_token": ("MissingTokenError",),
    "token_invalid": ("InvalidTokenError",),
    "missing_code": ("MissingCodeError", "MissingCodeException"),
    "mismatching_state/used": ("this callback was used already",),
    "mismatching_state/other": ("waits for other sign-ins", "session holds other states"),
    "mismatching_state/lost": ("waits for no sign-in", "cookie was lost", "session is empty"),
    "mismatching_state/missing": ("callback brought no state",),
    "mismatching_state": (
        "MismatchingStateError",
        "StateMismatchError",
        "MismatchingStateException",
    ),
}

_WORD: Final = re.compile(r"[\w.-]+")
_NUMBERS: Final = {str(int(code)): code for code in ErrorCode}
_BY_WORD: Final[dict[str, tuple[int, ...]]] = {
    code.error: tuple(int(c) for c in ErrorCode if c.error == code.error) for code in ErrorCode
}

#: Numbers count that begin as Xiaomi's do, or are an error's field; what is part of something
#: longer, such as an AppID or a state, does not.
_SIGNS: Final = re.compile(
    r"""
      (?<![\w.-]) (?P<number> 96[0-9]{3} ) (?![\w-])
    | (?: \berror | ["']code ) ["']? \s*[:=]\s* ["']? (?P<field> [0-9]{3,9} ) (?![\w-])
    | \b (?P<name> OA_[A-Z_]+ )
    | \b (?P<word> [a-z]+(?:_[a-z]+)+ ) \b
    """,
    re.VERBOSE | re.ASCII,
)


def find(text: str) -> Found:
    """The errors in `text`: one by itself, or a text with any number of them.

    >>> find('&&&START&&&{"error":96010,"error_description":"invalid redirect uri"}').errors
    (96010,)
    """
    text = text.strip()
    if _WORD.fullmatch(text):
        known = _known(text)
        return Found(known, () if known else (text,))
    errors: dict[int | str, None] = {}
    unknown: dict[str, None] = {}
    words: dict[int | str, None] = {}
    for sign in _SIGNS.finditer(unquote(text)):
        number = sign["number"] or sign["field"]
        exact = number or sign["name"]
        known = _known(exact or sign["word"])
        if exact is None:
            words.update(dict.fromkeys(known))
        elif known:
            errors.update(dict.fromkeys(known))
        else:
            unknown[exact] = None
    own = _own(text)
    if own is not None:
        words = {own: None}
    # A word says less than the number beside it; alone, it is all there is.
    return Found(tuple(errors if errors or unknown else words), tuple(unknown))


def _own(text: str) -> str | None:
    """Which of the package's own errors a text is about, by what is said in it."""
    for error, signs in OWN.items():
        if any(sign in text for sign in signs):
            return error
    return None


def find_all(texts: Sequence[str]) -> Found:
    """The errors in all of `texts`, which may be one text that a shell has cut into words."""
    errors: dict[int | str, None] = {}
    unknown: dict[str, None] = {}
    for text in texts:
        found = find(text)
        errors.update(dict.fromkeys(found.errors))
        unknown.update(dict.fromkeys(found.unknown))
    own = _own(" ".join(texts))
    if own is not None and own.partition("/")[0] in errors:
        errors = {own if error == own.partition("/")[0] else error: None for error in errors}
    prose = [name for name in unknown if name.rstrip(".").replace("-", "").isalpha()]
    if errors and (len(prose) > 2 or not all(map(_WORD.fullmatch, texts))):
        unknown = {name: None for name in unknown if name not in prose}
    return Found(tuple(errors), tuple(unknown))


def near(text: str) -> list[str]:
    """Numbers or names that are much like `text`."""
    if text.isdigit():
        return get_close_matches(text, _NUMBERS, n=3, cutoff=0.75)
    names = {
        name.lower(): name for name in (*ErrorCode.__members__, *_BY_WORD, *OWN) if "/" not in name
    }
    short = {name.removeprefix("oa_"): full for name, full in names.items()}
    matches = get_close_matches(text.lower(), {**names, **short}, n=3, cutoff=0.75)
    return list(dict.fromkeys({**short, **names}[match] for match in matches))


def explanation(error: int | str, language: Language) -> Explanation:
    """What there is to say about one of the errors that :func:`find` finds."""
    texts = texts_in(language)
    if isinstance(error, str):
        key = f"own_{error.replace('/', '_')}"
        return Explanation(
            None,
            None,
            error.partition("/")[0],
            texts[f"{key}_meaning"],
            _causes(f"{key}_cause", texts),
            texts[f"{key}_advice"],
        )
    code = _NUMBERS[str(error)]
    meaning, advice = (
        facts.text(code.meaning, language),
        facts.text(code.hint, language),
    )
    causes = _causes(f"cause_{error}", texts)
    return Explanation(int(code), code.name, code.error, meaning, causes, advice)


def _causes(key: str, texts: Mapping[str, str]) -> tuple[str, ...]:
    """The texts of a key with a number at its end, from 1 on."""
    numbered = (f"{key}_{number}" for number in count(1))
    return tuple(texts[name] for name in takewhile(texts.__contains__, numbered))


def _known(text: str) -> tuple[int | str, ...]:
    """What one word stands for; a standard's word may be several of Xiaomi's numbers."""
    if text in _NUMBERS:
        return (int(text),)
    name = text.upper()
    for candidate in (name, f"OA_{name}"):
        if candidate in ErrorCode.__members__ and not (text.islower() and text in _BY_WORD):
            return (int(ErrorCode[candidate]),)
    if text.lower() in OWN:
        return (text.lower(),)
    return _BY_WORD.get(text.lower(), ())
