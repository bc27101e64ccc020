"""The commands, over click: what their options are. What they do is in ``actions``."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from .. import __version__
from . import actions
from .click_texts import Command, Group, complaint
from .configuration import ConfigurationError
from .texts import Language, Say, language_of, say_in

__all__ = ["run"]

_PROGRAM: Final = "authlib-xiaomi"
#: A shell's for SIGINT and SIGPIPE.
_INTERRUPTED: Final = 130
_NOBODY_READS: Final = 141

#: What users may call the option that does not exist.
_SECRET_OPTIONS: Final = ("--client-secret", "--secret", "--app-secret", "--appsecret")

_LANGUAGES: Final[dict[str, Language]] = {"en": "en", "zh": "zh"}


def run(argv: Sequence[str]) -> int:
    """Run one command.

    :returns: the exit status.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a terminal's encoding lacks is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    language = _language(argv)
    say = say_in(language)
    program = _program(language, say)
    try:
        return _invoke(program, argv)
    except click.ClickException as error:
        message = complaint(error, program, say)
    except ConfigurationError as error:
        message = str(error)
    except BrokenPipeError:
        # Nor must the interpreter complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOBODY_READS
    except KeyboardInterrupt:
        return _INTERRUPTED
    click.echo(say("error", message=message), err=True)
    return 2


def _invoke(program: click.Command, argv: Sequence[str]) -> int:
    try:
        with program.make_context(_PROGRAM, list(argv)) as context:
            status = program.invoke(context)
    except click.exceptions.Exit as exit_:
        status = exit_.exit_code
    sys.stdout.flush()
    return int(status or 0)


def _language(argv: Sequence[str]) -> Language:
    """What ``--lang`` says, needed before click has looked; or else the locale."""
    words = [word.removeprefix("--lang=") for word in argv]
    for index in reversed(range(len(words))):
        asked = words[index] != argv[index] or (index and argv[index - 1] == "--lang")
        if asked and words[index] in _LANGUAGES:
            return _LANGUAGES[words[index]]
    try:
        "小米".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "en"
    return language_of(os.environ)


class _DoctorCommand(Command):
    """Refuses an AppSecret on the command line, without repeating it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for name in (arg.partition("=")[0] for arg in args):
            if name.lower() in _SECRET_OPTIONS:
                raise click.UsageError(self.say("secret_refused", name=name), ctx)
        return super().parse_args(ctx, args)


def _key(option: str) -> str:
    """The key of an option's text."""
    return f"option_{option.replace('-', '_')}"


def _program(language: Language, say: Say) -> Group:
    def option(name: str, metavar: str, **rest: Any) -> click.Option:
        return click.Option([f"--{name}"], metavar=metavar, help=say(_key(name)), **rest)

    def flag(name: str, **rest: Any) -> click.Option:
        return click.Option([f"--{name}"], is_flag=True, help=say(_key(name)), **rest)

    def check_language(_: click.Context, __: click.Parameter, value: str | None) -> None:
        if value not in (None, *_LANGUAGES):
            raise click.UsageError(say("not_a_language"))

    def check_seconds(_: click.Context, param: click.Parameter, value: str | None) -> float | None:
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", value):
            raise click.UsageError(say("not_seconds", name=param.opts[0]))
        return float(value)

    def show_help(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            click.echo(ctx.get_help())
            ctx.exit()

    def show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            click.echo(f"{_PROGRAM} {__version__}")
            ctx.exit()

    # Read already; here it is taken out of the arguments.
    lang = option("lang", "en|zh", expose_value=False, callback=check_language)
    help_ = flag("help", is_eager=True, expose_value=False, callback=show_help)
    version = flag("version", is_eager=True, expose_value=False, callback=show_version)

    @click.pass_context
    def program(ctx: click.Context) -> None:
        if ctx.invoked_subcommand is None:
            click.echo(ctx.get_help())

    @click.pass_context
    def doctor(ctx: click.Context, /, **options: Any) -> int:
        if ctx.args:  # not repeated: one may be the AppSecret
            raise click.UsageError(say("no_arguments", name="doctor"))
        return actions.doctor(language, say, **options)

    @click.pass_context
    def probe(ctx: click.Context, /, **options: Any) -> int:
        if ctx.args:
            raise click.UsageError(say("no_arguments", name="probe"))
        return actions.probe(language, say, **options)

    @click.pass_context
    def explain(ctx: click.Context) -> int:
        if not ctx.args:
            raise click.UsageError(say("what_to_explain"))
        return actions.explain(ctx.args, language, say)

    def scopes() -> int:
        return actions.scopes(language, say)

    @click.pass_context
    def sandbox(ctx: click.Context) -> int:
        return actions.sandbox(ctx.args, language, say)

    def command(
        name: str,
        callback: Callable[..., int],
        params: Sequence[click.Parameter] = (),
        paragraphs: int = 0,
        **rest: Any,
    ) -> Command:
        keys = [f"help_{name}", *(f"help_{name}_{n + 1}" for n in range(paragraphs))]
        kind = _DoctorCommand if name in ("doctor", "probe") else Command
        return kind(name, say=say, paragraphs=keys, callback=callback, params=params, **rest)

    more = {"allow_extra_args": True}
    others = {"allow_extra_args": True, "ignore_unknown_options": True}
    commands = [
        command(
            "doctor",
            doctor,
            [
                option("client-id", "APPID"),
                option("redirect-uri", "URL"),
                option("registered", "URLS"),
                option("scope", "SCOPES"),
                option("granted", "SCOPES"),
                option("env-file", "FILE"),
                option("prefix", "NAME", default="XIAOMI"),
                option("base-url", "URL"),
                flag("offline"),
                click.Option(["--json", "as_json"], is_flag=True, help=say("option_json")),
                lang,
                help_,
            ],
            paragraphs=4,
            context_settings=more,
        ),
        command(
            "probe",
            probe,
            [
                flag("sign-in"),
                flag("twice"),
                flag("no-browser"),
                flag("paste"),
                option("client-id", "APPID"),
                option("redirect-uri", "URL"),
                option("scope", "SCOPES"),
                option("env-file", "FILE"),
                option("prefix", "NAME", default="XIAOMI"),
                option("base-url", "URL"),
                option("pause", "SECONDS", callback=check_seconds),
                option("timeout", "SECONDS", default="10", callback=check_seconds),
                click.Option(["--json", "as_json"], is_flag=True, help=say("option_json")),
                option("out", "FILE"),
                lang,
                help_,
            ],
            paragraphs=5,
            context_settings=more,
        ),
        command(
            "explain",
            explain,
            [lang, help_],
            paragraphs=2,
            arguments="ERROR...",
            context_settings=more,
        ),
        command("scopes", scopes, [lang, help_]),
        # All but the language is argparse's to read, --help included.
        command("sandbox", sandbox, [lang], context_settings=others),
    ]
    return Group(
        _PROGRAM,
        say=say,
        paragraphs=["help"],
        arguments=say("usage_command"),
        params=[lang, version, help_],
        callback=program,
        invoke_without_command=True,
        commands={str(command.name): command for command in commands},
    )
