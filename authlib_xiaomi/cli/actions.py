"""What the commands do."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from click.shell_completion import get_completion_class

from .._tools import facts
from .._tools.layout import one_line
from ..scopes import Scope
from .checks import check_base_url
from .configuration import ConfigurationError, Settings, read_env_file
from .core import redacting
from .django_settings import read_django_settings
from .doctor import Doctor, Options
from .explaining import explanation, find_all, near
from .findings import Finding, exit_status
from .interface import PROGRAM, SHELLS
from .probe.run import Options as ProbeOptions
from .probe.run import Probe
from .probe.showing import show
from .scaffold import FRAMEWORKS, Occupied, write
from .screen import screen_of
from .showing import print_json, show_explanation, show_finding, sum_up
from .texts import Language, Say

__all__ = ["completion", "doctor", "explain", "new", "probe", "scopes"]


def doctor(
    language: Language,
    say: Say,
    *,
    env_file: str | None,
    django_settings: str | None,
    prefix: str,
    base_url: str | None,
    offline: bool,
    as_json: bool,
    **options: str | None,
) -> int:
    """Examine an application's set-up.

    :param options: the rest of ``Options``.
    :returns: the exit status.
    :raises ConfigurationError: where it cannot begin.
    """
    settings = _settings(env_file, django_settings, prefix, say)
    base_url = None if base_url is None else check_base_url(base_url, say)
    ask = None if offline else _network(say).ask
    patient = Doctor(Options(base_url=base_url, **options), settings, ask, language, say)
    screen = screen_of()
    findings: list[Finding] = []
    with redacting(*patient.secrets):
        for finding in patient.examine():
            findings.append(finding.shown())
            if not as_json:
                show_finding(findings[-1], screen, say)
    if as_json:
        print_json([finding.as_json() for finding in findings])
    elif screen.terminal:
        sum_up(findings, screen, say)
    return exit_status(findings)


def probe(
    language: Language,
    say: Say,
    *,
    env_file: str | None,
    django_settings: str | None,
    prefix: str,
    base_url: str | None,
    as_json: bool,
    out: str | None,
    **options: Any,
) -> int:
    """Find out what the service does.

    :param options: the rest of ``ProbeOptions``.
    :returns: the exit status.
    :raises ConfigurationError: where it cannot begin.
    """
    settings = _settings(env_file, django_settings, prefix, say)
    base_url = None if base_url is None else check_base_url(base_url, say)
    if out is not None and (Path(out).is_dir() or not Path(out).parent.is_dir()):
        raise ConfigurationError(say("probe_out", file=out))
    send = _network(say).send
    run = Probe(ProbeOptions(base_url=base_url, **options), settings, send, language, say)
    status = run.run()
    report = run.report.as_json()
    if out is not None:
        status = _write(json.dumps(report, indent=2), out, say) or status
    if as_json:
        print_json(report)
    else:
        show(run.report, screen_of(), language, say)
    return status


def explain(language: Language, say: Say, *, arguments: Sequence[str], as_json: bool) -> int:
    """Explain the errors in `arguments`.

    :returns: the exit status: 1 where one is not known, or there is none.
    """
    if not arguments:
        raise click.UsageError(say("what_to_explain"))
    found = find_all([_standard_input() if text == "-" else text for text in arguments])
    known = [explanation(error, language) for error in found.errors]
    status = 0 if known and not found.unknown else 1
    if as_json:
        print_json({"errors": list(map(asdict, known)), "unknown": list(found.unknown)})
        return status
    screen = screen_of()
    for index, error in enumerate(known):
        if index:
            screen.line()
        show_explanation(error, screen, say)
    for name in found.unknown:
        names = say("comma").join(near(name))
        key = "unknown_near" if names else "unknown"
        click.echo(say(key, value=one_line(name)[:80], names=names), err=True)
    if not known and not found.unknown:
        click.echo(say("nothing_found"), err=True)
    return status


def scopes(language: Language, say: Say, *, as_json: bool) -> int:
    """List Xiaomi's scopes.

    :returns: 0.
    """
    fields = ("scope", "name", "grants", "api")
    rows = [
        (str(int(scope)), scope.name, facts.text(scope.description, language), scope.api)
        for scope in Scope
    ]
    if as_json:
        print_json([dict(zip(fields, row, strict=True)) | {"scope": int(row[0])} for row in rows])
    else:
        screen_of().table([say(f"head_{name}") for name in fields], rows)
    return 0


def new(language: Language, say: Say, *, arguments: Sequence[str], as_json: bool) -> int:
    """Write the smallest whole application for a framework.

    :returns: 0.
    :raises ConfigurationError: where it cannot be written.
    """
    framework, *others = arguments or ("",)
    if framework not in FRAMEWORKS or len(others) > 1:
        raise click.UsageError(say("what_is_new", names=say("or").join(FRAMEWORKS)))
    folder = Path(*others)
    try:
        files = [str(path) for path in write(framework, folder)]
    except Occupied as error:
        raise ConfigurationError(say("occupied", file=error)) from error
    except OSError as error:
        reason = str(error.strerror)
        raise ConfigurationError(say("probe_unwritten", file=folder, reason=reason)) from error
    made = FRAMEWORKS[framework]
    commands = dict(made.commands)
    if others:
        commands = {"folder": f"cd {shlex.quote(str(folder))}", **commands}
    if as_json:
        print_json({"files": files, "commands": commands, "callback": made.callback})
        return 0
    screen = screen_of()
    screen.line(say("new_written", files=say("comma").join(files)))
    for purpose, line in {**commands, "callback": made.callback}.items():
        screen.line()
        screen.line(say(f"new_{purpose}"))
        screen.copyable(line)
    return 0


@click.pass_context
def completion(ctx: click.Context, say: Say, *, arguments: Sequence[str], as_json: bool) -> int:
    """Print what a shell reads to complete the commands.

    :returns: 0.
    """
    shell = get_completion_class(arguments[0]) if list(arguments) in [[s] for s in SHELLS] else None
    if shell is None:
        raise click.UsageError(say("what_shell", names=say("or").join(SHELLS)))
    command = ctx.find_root().command
    script = shell(command, {}, PROGRAM, "_AUTHLIB_XIAOMI_COMPLETE").source()
    if as_json:
        print_json({"shell": arguments[0], "script": script})
    else:
        click.echo(script)
    return 0


def _settings(env_file: str | None, django_settings: str | None, prefix: str, say: Say) -> Settings:
    file = read_env_file(env_file, say)
    django = read_django_settings(django_settings, os.environ)
    return Settings(os.environ, file, django, prefix, say)


def _network(say: Say) -> Any:
    """The module that asks servers.

    :raises ConfigurationError: where it cannot be had.
    """
    try:
        from . import network
    except ImportError as error:
        raise ConfigurationError(say("no_extra", extra="cli", command="doctor")) from error
    return network


def _standard_input() -> str:
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _write(text: str, file: str, say: Say) -> int:
    """Write a report; 2 where that cannot be done."""
    try:
        Path(file).write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        click.echo(say("probe_unwritten", file=file, reason=error.strerror), err=True)
        return 2
    click.echo(say("probe_written", file=file), err=True)
    return 0
