"""``python -m authlib_xiaomi.sandbox``: a sandbox by itself, for applications under development."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import PurePath
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from .._tools.layout import screen_columns
from .._tools.process import quietly
from .._tools.translations import LANGUAGES, Language, language_of
from . import token_file
from .arguments import BEHAVIOUR, FAIL, SERVE, Say, parse, say_in
from .command import NotFound, environment, run
from .configuration import as_json, instructions
from .help import help_text
from .invalid import InvalidValue
from .remote import RemoteError, fail, in_words

if TYPE_CHECKING:
    from .sandbox import Sandbox

__all__ = ["main"]

#: Columns of the help; longer lines are hard to read.
_WIDEST: Final = 100
_PORT: Final = 9009
#: A shell's for a command that is not there.
_NOT_FOUND: Final = 127
_PROGRAM: Final = "python -m authlib_xiaomi.sandbox"


def main(argv: Sequence[str] | None = None) -> int:
    """Serve a sandbox until Ctrl-C or SIGTERM, or with ``-- CMD`` as long as that command runs; or
    with ``fail`` as the first argument, let a request to one that is served elsewhere fail. For
    the main thread.

    :param argv: the arguments; the process's own by default.
    :returns: the exit status: 0, that of the command, 127 where it is not there, or 2 where an
        argument is not valid, the port is in use, or Flask is missing.
    :raises SystemExit: with status 2 for unknown options.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a terminal's encoding lacks is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    words, command = _split(list(sys.argv[1:] if argv is None else argv))
    language = _language(words)
    say = say_in(language)
    if words[:1] == ["fail"]:
        return _fail(words[1:], say)
    given, _ = parse(words, (*SERVE, *BEHAVIOUR), 0, say)
    if given.pop("help", False):
        return _help([" {}", " {} -- CMD...", " fail ENDPOINT {}"], "serve", say)
    if command == []:
        return _refuse(say("usage_no_command"), say)
    given.pop("lang", None)
    form, one_line = given.pop("format", "shell"), given.pop("json", False)
    keywords = {"port": _PORT if command is None else 0, **given}
    made = _make(keywords, language, say)
    if isinstance(made, int):
        return made
    told = None if one_line else form
    with made as xiaomi:
        port, token = urlsplit(xiaomi.url).port or 0, xiaomi.control_token
        if command is None:
            # Whoever has found the token's file may end this process by a signal.
            with _caught() as signals, token_file.left(port, token):
                return _serve(xiaomi, told, say, signals)
        with token_file.left(port, token):
            return _run(xiaomi, told, command, say)


def _make(given: dict[str, Any], language: Language, say: Say) -> Sandbox | int:
    """A sandbox that listens, or the exit status where there is none."""
    try:
        # Here, since help is there without Flask.
        from .sandbox import Sandbox
    except ModuleNotFoundError as error:
        if error.name not in ("flask", "werkzeug"):
            raise
        return _refuse(say("usage_no_flask"), say)
    try:
        return Sandbox(**_keywords(given), log=sys.stderr, language=language).start()
    except InvalidValue as error:
        return _refuse(error.words(language).replace("insecure_expose", "--insecure-expose"), say)
    except ValueError as error:
        return _refuse(str(error), say)
    except OSError as error:
        where = f"{given.get('host', '127.0.0.1')}:{given['port']}"
        # socket.create_server adds the address in parentheses.
        reason = str(error.strerror).partition(" (")[0]
        return _refuse(say("cannot_listen", where=where, reason=reason), say)


def _split(words: list[str]) -> tuple[list[str], list[str] | None]:
    """The sandbox's own words, and the command after ``--``, if there is one."""
    if "--" not in words:
        return words, None
    index = words.index("--")
    return words[:index], words[index + 1 :]


def _keywords(given: dict[str, Any]) -> dict[str, Any]:
    """The keywords of ``Sandbox`` for the options that were given."""
    keywords = given.copy()
    texts = keywords.pop("error_texts", ())
    keywords.setdefault("control_token", os.environ.get("XIAOMI_SANDBOX_TOKEN") or None)
    if texts:
        numbers = {number: text for number, text in texts if number.isascii() and number.isdigit()}
        if len(numbers) < len(dict(texts)):
            raise InvalidValue("invalid_error_texts")
        keywords["error_texts"] = {int(number): text for number, text in numbers.items()}
    return keywords


@contextmanager
def _caught() -> Iterator[SimpleQueue[int]]:
    """Within this context Ctrl-C and SIGTERM end nothing; their numbers are in the queue."""
    # A handler may put into this queue at any moment, which cannot be said of an event's lock.
    signals: SimpleQueue[int] = SimpleQueue()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {n: signal.signal(n, lambda number, _: signals.put(number)) for n in numbers}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _serve(xiaomi: Sandbox, form: str | None, say: Say, signals: SimpleQueue[int]) -> int:
    """Serve alone, until a signal comes.

    :param form: of what is printed to paste; ``None`` for JSON.
    """
    values, token = xiaomi.registration(), xiaomi.control_token
    if form is None:
        _print_json(xiaomi)
    else:
        text = instructions(xiaomi.url, values, xiaomi.users, token, form, say)
        print(text, flush=True)
    _wait(signals)
    return 0


def _run(xiaomi: Sandbox, form: str | None, words: Sequence[str], say: Say) -> int:
    """Serve as long as a command runs, which comes to this sandbox."""
    if form is None:
        _print_json(xiaomi)
    where, users = xiaomi.url, ", ".join(xiaomi.users)
    print(say("print_beside", url=where, users=users), file=sys.stderr, flush=True)
    try:
        return run(words, environment(xiaomi.registration(), os.environ))
    except NotFound as error:
        _refuse(say("usage_not_found", name=error), say)
        return _NOT_FOUND


def _print_json(xiaomi: Sandbox) -> None:
    """Print one line for a program."""
    values, token = xiaomi.registration(), xiaomi.control_token
    print(json.dumps(as_json(xiaomi.url, values, xiaomi.users, token)), flush=True)


def _wait(signals: SimpleQueue[int]) -> None:
    while True:
        # On Windows nothing interrupts a wait that has no end.
        with suppress(Empty):
            signals.get(timeout=1.0)
            return


def _fail(words: Sequence[str], say: Say) -> int:
    given, operands = parse(words, FAIL, 1, say)
    if given.get("help"):
        return _help([" fail ENDPOINT {}"], "fail", say)
    try:
        faults = fail(operands[0] if operands else None, given, say)
    except RemoteError as error:
        return _refuse(str(error), say)
    print(json.dumps(faults) if given.get("json") else "\n".join(in_words(faults, say)))
    return 0


def _help(commands: Sequence[str], what: str, say: Say) -> int:
    called = PurePath(sys.argv[0]).name
    program = f"{called} sandbox" if called == "authlib-xiaomi" else _PROGRAM
    usages = [program + command.format(say("help_options")) for command in commands]
    groups = {"help_own": SERVE, "help_behaviour": BEHAVIOUR}
    if what == "fail":
        groups = {"help_own": FAIL}
    columns = screen_columns(_WIDEST)
    print(help_text(usages, [f"help_{what}"], groups, columns, say))
    return 0


def _language(words: Sequence[str]) -> Language:
    """What ``--lang`` says, needed before the arguments are read; or else the locale."""
    for index, word in enumerate(words):
        name, _, value = word.partition("=")
        asked = value or (words[index + 1] if index + 1 < len(words) else "")
        if name == "--lang" and asked in LANGUAGES:
            return "zh" if asked == "zh" else "en"
    try:
        "小米".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "en"
    return language_of(os.environ)


def _refuse(message: str, say: Say) -> int:
    print(say("usage_error", message=message), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(quietly(main))
