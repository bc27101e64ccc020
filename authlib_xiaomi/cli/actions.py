"""What the commands do."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from .._tools import facts
from .._tools.layout import one_line, width
from ..redaction import redacting
from ..scopes import Scope
from .checks import check_base_url
from .configuration import ConfigurationError, Settings, read_env_file
from .doctor import Ask, Doctor, Options
from .explaining import Explanation, explanation, find_all, near
from .findings import CHECKS, Finding, exit_status
from .probe.run import Options as ProbeOptions
from .probe.run import Probe
from .probe.showing import show
from .screen import Screen, screen_of
from .texts import Language, Say, language_of

__all__ = ["doctor", "explain", "probe", "sandbox", "scopes"]

_COLOURS: Final = {"ok": "green", "wrong": "red", "warning": "yellow", "unchecked": "cyan"}


def doctor(
    language: Language,
    say: Say,
    *,
    client_id: str | None,
    redirect_uri: str | None,
    registered: str | None,
    scope: str | None,
    granted: str | None,
    env_file: str | None,
    prefix: str,
    base_url: str | None,
    offline: bool,
    as_json: bool,
) -> int:
    """Examine an application's set-up.

    :returns: the exit status.
    :raises ConfigurationError: where it cannot begin.
    """
    if base_url is not None:
        base_url = check_base_url(base_url, say)
    file = read_env_file(env_file, say)
    settings = Settings(os.environ, file, prefix, say)
    options = Options(client_id, redirect_uri, registered, scope, granted, base_url)
    ask = None if offline else _asking(say)
    patient = Doctor(options, settings, file, ask, language, say)
    screen = screen_of()
    findings: list[Finding] = []
    with redacting(*patient.secrets):
        for finding in patient.examine():
            findings.append(finding.shown())
            if not as_json:
                _show(findings[-1], screen, say)
    if as_json:
        _print_json(findings)
    elif screen.terminal:
        _sum_up(findings, screen, say)
    return exit_status(findings)


def explain(texts: Sequence[str], language: Language, say: Say) -> int:
    """Explain the errors in `texts`.

    :returns: the exit status: 1 where one is not known, or there is none.
    """
    texts = [
        sys.stdin.buffer.read().decode("utf-8", "replace") if text == "-" else text
        for text in texts
    ]
    found = find_all(texts)
    screen = screen_of()
    for index, error in enumerate(found.errors):
        if index:
            screen.line()
        _show_explanation(explanation(error, language), screen, say)
    for name in found.unknown:
        names = say("comma").join(near(name))
        key = "unknown_near" if names else "unknown"
        click.echo(say(key, value=one_line(name)[:80], names=names), err=True)
    if not found.errors and not found.unknown:
        click.echo(say("nothing_found"), err=True)
    return 0 if found.errors and not found.unknown else 1


def probe(
    language: Language,
    say: Say,
    *,
    env_file: str | None,
    prefix: str,
    base_url: str | None,
    as_json: bool,
    out: str | None,
    **options: Any,
) -> int:
    """Find out what the service does.

    :param options: those of ``ProbeOptions``.
    :returns: the exit status.
    :raises ConfigurationError: where it cannot begin.
    """
    if base_url is not None:
        base_url = check_base_url(base_url, say)
    if out is not None and (Path(out).is_dir() or not Path(out).parent.is_dir()):
        raise ConfigurationError(say("probe_out", file=out))
    settings = Settings(os.environ, read_env_file(env_file, say), prefix, say)
    try:
        from .network import send
    except ModuleNotFoundError as error:
        raise ConfigurationError(say("no_requests")) from error
    run = Probe(ProbeOptions(base_url=base_url, **options), settings, send, language, say)
    status = run.run()
    text = json.dumps(run.report.as_json(), indent=2)
    if out is not None:
        status = _write(text, out, say) or status
    if as_json:
        click.echo(text)
    else:
        show(run.report, screen_of(), say)
    return status


def scopes(language: Language, say: Say) -> int:
    """List Xiaomi's scopes.

    :returns: 0.
    """
    rows = [
        (
            str(int(scope)),
            scope.name,
            facts.description(scope, language),
            scope.api,
        )
        for scope in Scope
    ]
    screen_of().table([say(f"head_{name}") for name in ("scope", "name", "grants", "api")], rows)
    return 0


def sandbox(argv: Sequence[str], language: Language, say: Say) -> int:
    """Run a sandbox, or with ``fail`` let a request to one fail.

    :returns: the exit status.
    :raises SystemExit: from argparse.
    :raises ConfigurationError: where Flask is missing.
    """
    try:
        from ..sandbox.__main__ import main
    except ModuleNotFoundError as error:
        raise ConfigurationError(say("no_sandbox")) from error
    # It looks at the locale itself.
    told = [] if language == language_of(os.environ) else ["--lang", language]
    return main([*argv, *told])


def _asking(say: Say) -> Ask:
    try:
        from .network import ask
    except ModuleNotFoundError as error:
        raise ConfigurationError(say("no_requests")) from error
    return ask


def _write(text: str, file: str, say: Say) -> int:
    """Write a report; 2 where that cannot be done."""
    try:
        Path(file).write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        click.echo(say("probe_unwritten", file=file, reason=error.strerror), err=True)
        return 2
    click.echo(say("probe_written", file=file), err=True)
    return 0


def _show(finding: Finding, screen: Screen, say: Say) -> None:
    if not screen.terminal:
        screen.fields(finding.status, finding.check, finding.found, finding.advice)
        return
    statuses = {status: say(f"status_{status}") for status in _COLOURS}
    labels = {check: say(f"label_{check}") for check in CHECKS}
    cells = [
        (statuses[finding.status], max(map(width, statuses.values())) + 2),
        (labels[finding.check], max(map(width, labels.values())) + 2),
    ]
    advice = [f"-> {finding.advice}"] if finding.advice else []
    screen.row(cells, [finding.found, *advice], fg=_COLOURS[finding.status], bold=True)


def _sum_up(findings: Sequence[Finding], screen: Screen, say: Say) -> None:
    kinds = {
        "wrong": [f for f in findings if f.status == "wrong"],
        "unchecked": [f for f in findings if f.status == "unchecked" and not f.left_out],
        "warning": [f for f in findings if f.status == "warning"],
        "left_out": [f for f in findings if f.left_out],
    }
    screen.line()
    if not kinds["wrong"]:
        all_of_it = not kinds["unchecked"] and not kinds["left_out"]
        verdict = say("sum_ok" if all_of_it else "sum_checked")
        screen.line(screen.style(verdict, bold=True))
    for kind, some in kinds.items():
        if some:
            names = say("comma").join(say(f"label_{finding.check}") for finding in some)
            line = say(f"sum_{kind}", names=names)
            screen.line(screen.style(line, bold=True) if kind == "wrong" else line)


def _print_json(findings: Sequence[Finding]) -> None:
    # Not every pipe takes Chinese.
    as_ascii = "utf" not in str(sys.stdout.encoding).lower()
    objects = [finding.as_json() for finding in findings]
    click.echo(json.dumps(objects, ensure_ascii=as_ascii, indent=2))


def _show_explanation(known: Explanation, screen: Screen, say: Say) -> None:
    code = [] if known.code is None else [str(known.code)]
    name = [] if known.name is None else [known.name]
    fields = {
        "code": code,
        "name": name,
        "error": [known.error],
        "meaning": [known.meaning],
        "cause": list(known.causes),
        "advice": [known.advice],
    }
    if not screen.terminal:
        for field, values in fields.items():
            for value in values:
                screen.fields(field, value)
        return
    screen.line(screen.style(" ".join([*code, *name] or [known.error]), bold=True))
    labels = {field: say(f"field_{field}") for field in ("error", "meaning", "cause", "advice")}
    columns = max(map(width, labels.values())) + 4
    for field, label in labels.items():
        values = fields[field]
        if len(values) > 1:
            values = [f"- {value}" for value in values]
        screen.row([(f"  {label}", columns)], values, fg="cyan")
