"""The commands over click, and click's complaints in the user's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from operator import contains
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from .. import __version__
from .._tools.translations import LANGUAGES
from ..sandbox.arguments import BEHAVIOUR, FAIL, SERVE
from .help import command_help, help_columns, program_help
from .interface import COMMANDS, GENERAL, PROGRAM, Command, Option
from .texts import Say

__all__ = ["Action", "Program", "complaint"]

#: What a command does, with its options and its arguments; returns the exit status.
Action = Callable[..., int]

#: What users may call the option that does not exist.
_SECRET_OPTIONS: Final = ("--client-secret", "--secret", "--app-secret", "--appsecret")


class Program(click.Group):
    """The commands.

    :param actions: what each does, by its name; those without one are read elsewhere.
    """

    def __init__(self, actions: Mapping[str, Action], say: Say) -> None:
        self.say = say
        super().__init__(
            PROGRAM,
            params=[_parameter(option, say) for option in GENERAL],
            add_help_option=False,
            invoke_without_command=True,
            callback=_print_help,
            commands={
                name: _Command(name, command, actions.get(name), say)
                for name, command in COMMANDS.items()
            },
        )

    def get_help(self, ctx: click.Context) -> str:
        """The whole help."""
        return program_help(help_columns(), self.say)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` begin with.

        :raises UsageError: where there is none.
        """
        if args[0] not in self.commands:
            message = self.say("no_such_command", name=args[0])
            raise click.UsageError(_meant(message, args[0], list(self.commands), self.say), ctx)
        return super().resolve_command(ctx, args)


class _Command(click.Command):
    def __init__(self, name: str, command: Command, action: Action | None, say: Say) -> None:
        self.say = say
        self.command = command
        params: list[click.Parameter] = [_parameter(o, say) for o in command.all_options]
        arguments = click.Argument(
            ["arguments"], nargs=-1, type=click.UNPROCESSED, shell_complete=self._complete_argument
        )
        super().__init__(
            name, callback=action, params=[*params, arguments], add_help_option=False,
            short_help=say(f"help_{name}"),
        )  # fmt: skip

    def get_help(self, ctx: click.Context) -> str:
        """The whole help."""
        return command_help(str(self.name), self.command, help_columns(), self.say)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What may come next, of the sandbox's own options too."""
        if self.name != "sandbox" or not incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        own = FAIL if "fail" in ctx.params["arguments"] else (*SERVE, *BEHAVIOUR)
        return [CompletionItem(one.flag) for one in own if one.flag.startswith(incomplete)]

    def _complete_argument(
        self, ctx: click.Context, _: click.Parameter, incomplete: str
    ) -> list[str]:
        given, choices = ctx.params["arguments"] or (), self.command.choices
        known = len(given) < len(choices) and all(map(contains, choices, given))
        words = choices[len(given)] if known else ()
        return [word for word in words if word.startswith(incomplete)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuses an AppSecret on the command line, and arguments where there are none, without
        repeating them: one may be the AppSecret.

        :raises UsageError: for these.
        """
        for name in (arg.partition("=")[0] for arg in args):
            if name.lower() in _SECRET_OPTIONS:
                raise click.UsageError(self.say("secret_refused", name=name), ctx)
        rest = super().parse_args(ctx, args)
        if ctx.params["arguments"] and not self.command.arguments:
            raise click.UsageError(self.say("no_arguments", name=self.name), ctx)
        if not self.command.arguments:
            del ctx.params["arguments"]
        return rest


def complaint(error: click.ClickException, program: Program, say: Say) -> str:
    """What is wrong with the command line of `program`, in one line."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command if context else None
    if isinstance(error, click.NoSuchOption) and command is not None:
        names = [name for param in command.params for name in param.opts if name[0] == "-"]
        message = say("no_such_option", name=error.option_name)
        return _meant(message, error.option_name, names, say)
    if isinstance(error, click.BadOptionUsage):
        options = [*GENERAL, *(o for c in COMMANDS.values() for o in c.all_options)]
        switches = {form for option in options if not option.metavar for form in option.forms}
        key = "takes_no_value" if error.option_name in switches else "needs_value"
        return say(key, name=error.option_name)
    return error.message


def _parameter(option: Option, say: Say) -> click.Option:
    rest: dict[str, Any] = {}
    if option.name == "lang":
        # Read already; here it is taken out of the arguments.
        rest = {"expose_value": False, "callback": _check_language}
    if option.name in ("help", "version"):
        show = _show_help if option.name == "help" else _show_version
        rest = {"is_eager": True, "expose_value": False, "callback": show}
    if option.metavar == "SECONDS":
        rest = {"callback": _check_seconds}
    if option.metavar:
        rest |= {"metavar": option.metavar, "default": option.default}
    names = [*option.forms, *(["as_json"] if option.name == "json" else [])]
    return click.Option(names, is_flag=not option.metavar, help=say(option.text), **rest)


def _say(ctx: click.Context) -> Say:
    say: Say = ctx.command.say  # type: ignore[attr-defined]
    return say


def _check_language(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value not in (None, *LANGUAGES):
        raise click.UsageError(_say(ctx)("not_a_language"))


def _check_seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", value):
        raise click.UsageError(_say(ctx)("not_seconds", name=param.opts[0]))
    return float(value)


@click.pass_context
def _print_help(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def _show_help(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        click.echo(ctx.get_help())
        ctx.exit()


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"{PROGRAM} {__version__}")
        ctx.exit()


def _meant(message: str, name: str, names: list[str], say: Say) -> str:
    """`message`, and which of `names` was likely meant by `name`."""
    near = get_close_matches(name, names, cutoff=0.7)
    if not near:
        return message
    return say("did_you_mean", message=message, names=say("or").join(near))
