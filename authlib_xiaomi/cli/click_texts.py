"""Click's help and complaints, in the user's language and aligned in it."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click

from .._tools.layout import pad, width, wrap
from .findings import CHECKS
from .texts import Say

__all__ = ["Command", "Group", "complaint"]


class Command(click.Command):
    """A command whose help is in `say`'s language.

    :param paragraphs: keys of texts; the first also stands in the list of commands.
    :param arguments: what follows the options in the usage.
    """

    def __init__(
        self,
        name: str,
        *,
        say: Say,
        paragraphs: Sequence[str],
        arguments: str = "",
        params: Sequence[click.Parameter] = (),
        **rest: Any,
    ) -> None:
        self.say = say
        self.paragraphs = paragraphs
        self.arguments = arguments
        super().__init__(name, params=list(params), add_help_option=False, **rest)

    def get_help(self, ctx: click.Context) -> str:
        """The whole help."""
        columns = ctx.make_formatter().width
        usage = f"{ctx.command_path} {self.say('usage_options')} {self.arguments}"
        lines = [self.say("usage", usage=usage.rstrip())]
        for key in self.paragraphs:
            text = self.say(key, checks=self.say("comma").join(CHECKS))
            lines += ["", *(f"  {line}" for line in wrap(text, columns - 2))]
        for heading, rows in self.lists().items():
            lines += ["", self.say(heading)]
            left = max(width(term) for term, _ in rows) + 4
            for term, text in rows:
                first, *others = wrap(text, columns - left)
                lines.append(pad(f"  {term}", left) + first)
                lines += [" " * left + line for line in others]
        return "\n".join(lines)

    def lists(self) -> dict[str, list[tuple[str, str]]]:
        """By the key of its heading, each list in the help."""
        options = [param for param in self.params if isinstance(param, click.Option)]
        return {"options": [(_term(param), param.help or "") for param in options]}

    def meant(self, message: str, name: str, names: Sequence[str]) -> str:
        """`message`, and which of `names` was likely meant by `name`."""
        near = get_close_matches(name, names, cutoff=0.7)
        if not near:
            return message
        return self.say("did_you_mean", message=message, names=self.say("or").join(near))


class Group(Command, click.Group):
    """The commands."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` begin with.

        :raises UsageError: where there is none.
        """
        if args[0] not in self.commands:
            message = self.say("no_such_command", name=args[0])
            raise click.UsageError(self.meant(message, args[0], list(self.commands)), ctx)
        return super().resolve_command(ctx, args)

    def lists(self) -> dict[str, list[tuple[str, str]]]:
        """The commands, then the options."""
        rows = [
            (name, self.say(command.paragraphs[0]))
            for name, command in self.commands.items()
            if isinstance(command, Command)
        ]
        return {"commands": rows, **super().lists()}


def complaint(error: click.ClickException, program: Group, say: Say) -> str:
    """What is wrong with the command line of `program`, in one line."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command if context else None
    if isinstance(error, click.NoSuchOption) and isinstance(command, Command):
        names = [name for param in command.params for name in param.opts]
        message = say("no_such_option", name=error.option_name)
        return command.meant(message, error.option_name, names)
    if isinstance(error, click.BadOptionUsage):
        params = [param for each in (program, *program.commands.values()) for param in each.params]
        flags = {name for p in params if getattr(p, "is_flag", False) for name in p.opts}
        key = "takes_no_value" if error.option_name in flags else "needs_value"
        return say(key, name=error.option_name)
    return error.message


def _term(option: click.Option) -> str:
    names = ", ".join(option.opts)
    return names if option.is_flag else f"{names} {option.metavar}"
