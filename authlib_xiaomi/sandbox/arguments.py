"""The options of ``sandbox`` and ``sandbox fail`` on the command line."""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Any, Final, NoReturn

from .._tools.layout import one_line
from .._tools.translations import Language, translations
from .configuration import FORMATS
from .modes import TABLE, TYPES, choices

__all__ = ["BEHAVIOUR", "FAIL", "SERVE", "Argument", "Say", "parse", "say_in"]

#: Gives a text by its key, with values for its fields.
Say = Callable[..., str]


def say_in(language: Language) -> Say:
    """The sandbox's texts in that language."""
    texts = translations(__package__, language)
    return lambda key, /, **values: texts[key].format(**values)


@dataclasses.dataclass(frozen=True)
class Argument:
    """One option."""

    #: As a keyword: ``client_id`` is ``--client-id``.
    name: str
    #: What its value is called; empty for a switch.
    metavar: str = ""
    #: A pattern for the value, and the key of what is said where it does not match.
    pattern: tuple[str, str] = ("(?s).*", "")
    #: Makes the value of the text.
    read: Callable[[str], Any] = str
    #: Whether it may be given several times.
    several: bool = False
    #: Whether a switch can be turned off, too.
    negated: bool = False
    short: str = ""
    #: The key of its help, where that is not ``option_`` and the name.
    text: str = ""

    @property
    def flag(self) -> str:
        """As it is written."""
        return f"--{self.name.replace('_', '-')}"

    def add_to(self, parser: _Parser) -> None:
        """Let `parser` read it."""
        flags = [self.short, self.flag] if self.short else [self.flag]
        rest: dict[str, Any] = {"type": partial(self._value, parser.say)}
        if self.several:
            rest["action"] = "append"
        if not self.metavar:
            negated = argparse.BooleanOptionalAction
            rest = {"action": negated if self.negated else "store_true"}
        parser.add_argument(*flags, dest=self.name, **rest)

    def _value(self, say: Say, text: str) -> Any:
        pattern, key = self.pattern
        if not re.fullmatch(pattern, text):
            message = say(key, choices=self.metavar.replace("|", say("comma")))
            raise argparse.ArgumentTypeError(message)
        return self.read(text)


def _words(name: str, words: Collection[str]) -> Argument:
    return Argument(name, "|".join(words), ("|".join(words), "usage_choice"))


def _number(name: str, metavar: str = "N") -> Argument:
    return Argument(name, metavar, ("[0-9]{1,12}", "usage_number"), int)


def _pairs(name: str, metavar: str) -> Argument:
    def read(text: str) -> tuple[str, str]:
        return (text.partition("=")[0], text.partition("=")[2])

    return Argument(name, metavar, ("(?s)[^=]+=.*", "usage_pair"), read, several=True)


def _behaviour(name: str) -> Argument:
    if choices(name):
        return _words(name, choices(name))
    if TYPES[name] is bool:
        return Argument(name, negated=True)
    if TYPES[name] is int:
        return _number(name)
    return Argument(name, "TEXT") if TYPES[name] is str else _pairs(name, "N=TEXT")


_EVERYWHERE: Final = (_words("lang", ("en", "zh")), Argument("help", short="-h"))

#: Of ``sandbox``: the sandbox itself.
SERVE: Final = (
    Argument("like", "MODE"),
    Argument("host", "HOST"),
    _number("port", "PORT"),
    Argument("client_id", "APPID"),
    Argument("client_secret", "TEXT"),
    Argument("redirect_uris", "URLS"),
    Argument("scopes", "SCOPES"),
    Argument("name", "TEXT"),
    Argument("mark", "FILE"),
    Argument("control_token", "TEXT"),
    Argument("require_mac"),
    Argument("insecure_expose"),
    _words("format", FORMATS),
    Argument("json"),
    *_EVERYWHERE,
)
#: Of ``sandbox``: how Xiaomi behaves.
BEHAVIOUR: Final = tuple(map(_behaviour, TABLE))
#: Of ``sandbox fail``.
FAIL: Final = (
    _number("status"),
    _number("code"),
    Argument("delay", "SECONDS", (r"[0-9]{1,9}(\.[0-9]{1,9})?", "usage_number"), float),
    Argument("reset"),
    Argument("body", "TEXT"),
    Argument("content_type", "TEXT", text="option_answer_content_type"),
    _pairs("header", "NAME=TEXT"),
    Argument("after"),
    _number("times"),
    Argument("always"),
    Argument("clear"),
    Argument("json"),
    Argument("url", "URL"),
    Argument("control_token", "TEXT", text="option_sent_token"),
    *_EVERYWHERE,
)


class _Parser(argparse.ArgumentParser):
    """Says what it finds in the user's language, in one line."""

    def __init__(self, say: Say) -> None:
        super().__init__(add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS)
        self.say = say

    def error(self, message: str) -> NoReturn:
        # argparse's own words are English.
        found = re.fullmatch(r"argument ([^ :/,]+)[^:]*: (.*)", message, re.DOTALL)
        name, text = found.groups() if found else ("", message)
        if text == "expected one argument":
            text = self.say("usage_needs_value")
        elif text.startswith("ignored explicit argument"):
            text = self.say("usage_takes_no_value")
        self.exit(2, self.say("usage_error", message=one_line(f"{name} {text}")) + "\n")


def parse(
    argv: Sequence[str], known: Collection[Argument], operands: int, say: Say
) -> tuple[dict[str, Any], list[str]]:
    """The options that were given, by keyword, and the operands.

    :param operands: how many there may be.
    :raises SystemExit: with status 2, after one line on stderr, where `argv` is not valid.
    """
    parser = _Parser(say)
    for argument in known:
        argument.add_to(parser)
    given, rest = parser.parse_known_args(list(argv))
    unknown = next((word.partition("=")[0] for word in rest if word.startswith("-")), None)
    if unknown is not None:
        near = get_close_matches(unknown, [argument.flag for argument in known], n=1)
        meant = say("usage_meant", name=near[0]) if near else ""
        parser.error(say("usage_unknown", name=unknown[:80]) + meant)
    if len(rest) > operands:
        parser.error(say("usage_too_many", value=rest[operands][:80]))
    return vars(given), rest
