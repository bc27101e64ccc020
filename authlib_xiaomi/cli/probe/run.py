"""One run of the probe: its steps one after the other, and the report in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import click

from ..checks import check_client_id, check_client_secret, check_redirect, is_loopback
from ..configuration import ConfigurationError, Settings
from ..findings import exit_status
from ..place import place_of
from ..texts import Language, Say
from .dialogue import Dialogue
from .facts import Redactor
from .report import Report
from .service import App, Send, Service, Stopped
from .session import Session
from .steps import ask_api, ask_authorize, ask_first, ask_token

__all__ = ["Options", "Probe"]

#: A shell's for SIGINT.
_INTERRUPTED: Final = 130
#: Seconds between two requests to a service that others use, too.
_PAUSE: Final = 1.0

_WITHOUT_USER: Final = {
    "first": ask_first,
    "token": ask_token,
    "api": ask_api,
    "authorize": ask_authorize,
}

#: Kinds of ``Unreachable``, which have texts of the doctor's.
_UNREACHABLE: Final = ("name", "timeout", "proxy", "connection", "certificate", "bundle")


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    client_id: str | None
    redirect_uri: str | None
    scope: str | None
    base_url: str | None
    sign_in: bool
    twice: bool
    no_browser: bool
    paste: bool
    pause: float | None
    timeout: float


class Probe:
    """Runs the probe for one application.

    :param send: sends a request, as ``network.send`` does.
    """

    def __init__(
        self, options: Options, settings: Settings, send: Send, language: Language, say: Say
    ) -> None:
        self._options = options
        self._settings = settings
        self._send = send
        self._language = language
        self._say = say
        self.report = Report()

    def run(self) -> int:
        """Try the points, as far as it goes.

        :returns: the exit status.
        :raises ConfigurationError: where it cannot begin.
        """
        redactor = Redactor()
        app = self._app(redactor)
        if isinstance(app, int):
            return app
        dialogue = Dialogue(
            app.redirect_uri,
            self._language,
            self._say,
            browser=not self._options.no_browser,
            paste=self._options.paste,
        )
        try:
            self._try_all(self._service(app, redactor), dialogue)
        except Stopped as stop:
            self.report.stopped = stop.reason
            self._say_why(stop, dialogue)
        except KeyboardInterrupt:
            self.report.stopped = "interrupted"
            dialogue.tell("probe_stopped_interrupted")
            return _INTERRUPTED
        finally:
            self.report.clean(redactor)
        return self.report.exit_status

    def _try_all(self, service: Service, dialogue: Dialogue) -> None:
        todo = list(self._steps(service, dialogue))
        for number, (name, step) in enumerate(todo, 1):
            what = self._say(f"probe_step_{name}")
            dialogue.tell("probe_step", number=number, count=len(todo), what=what)
            step()

    def _steps(
        self, service: Service, dialogue: Dialogue
    ) -> Iterator[tuple[str, Callable[[], None]]]:
        for name, ask in _WITHOUT_USER.items():
            yield name, partial(ask, service, self.report)
        if not (self._options.sign_in or self._options.twice):
            return
        session = Session(service, self.report, dialogue.ask)
        yield "sign_in", session.sign_in
        yield "profile", session.read_profile
        yield "signed", session.read_signed
        yield "others", session.read_others
        yield "refresh", session.refresh
        yield "no_redirect_uri", session.refresh_without_redirect_uri
        if self._options.twice:
            yield "sign_in_again", session.sign_in_again
        yield "code_again", session.send_code_again

    def _app(self, redactor: Redactor) -> App | int:
        """The application, or the exit status where its settings are wrong."""
        say, settings, options = self._say, self._settings, self._options
        client_id = settings.get("CLIENT_ID", options.client_id)
        secret = settings.get("CLIENT_SECRET")
        redirect_uri = settings.get("REDIRECT_URI", options.redirect_uri)
        redactor.learn([client_id.text, secret.text, (secret.text or "").strip("\"' ")])
        findings = [
            check_client_id(client_id, settings.name("CLIENT_ID"), say),
            check_client_secret(secret, client_id.text, settings.name("CLIENT_SECRET"), say),
            check_redirect(redirect_uri, None, settings.name("REDIRECT_URI"), say),
        ]
        wrong = [finding for finding in findings if finding.status in ("wrong", "unchecked")]
        for finding in wrong:
            with redactor.hiding():
                shown = finding.shown()
            label = say(f"label_{shown.check}")
            text = say("probe_setting", label=label, found=shown.found, advice=shown.advice)
            click.echo(text, err=True)
        if wrong:
            self.report.stopped = "settings"
            return exit_status(wrong)
        scope = settings.get("SCOPE", options.scope).text
        return App(client_id.text or "", secret.text or "", redirect_uri.text or "", scope)

    def _service(self, app: App, redactor: Redactor) -> Service:
        base_url = self._base_url()
        near = base_url is not None and is_loopback(urlsplit(base_url).hostname)
        pause = self._options.pause
        return Service(
            app,
            base_url,
            self._send,
            redactor,
            pause=(0.0 if near else _PAUSE) if pause is None else pause,
            timeout=self._options.timeout,
        )

    def _base_url(self) -> str | None:
        """The server to ask, which is where the application goes, if that is on this machine."""
        place = place_of(self._settings, self._options.base_url)
        if place.elsewhere is None:
            return place.base_url
        say = self._say
        found = say("live_elsewhere", name=place.setting, host=place.elsewhere)
        raise ConfigurationError(f"{found}. {say('live_elsewhere_do', url=place.elsewhere)}")

    def _say_why(self, stop: Stopped, dialogue: Dialogue) -> None:
        values = {"timeout": self._options.timeout, **stop.values}
        if stop.reason in _UNREACHABLE:
            reason = self._say(f"why_{stop.reason}", **values)
            advice = self._say(f"why_{stop.reason}_do", **values)
            dialogue.tell("probe_stopped", reason=reason, advice=advice)
        else:
            dialogue.tell(f"probe_stopped_{stop.reason}", **values)
