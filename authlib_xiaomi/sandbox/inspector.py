"""The sandbox's own page: what was asked and answered, who is there, what is to fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from .._tools.translations import translations
from .faults import ENDPOINTS
from .inspection import PRESETS, recent, waiting
from .outcome import note
from .pages import CSP, Pages, account_notes, each_request, protect
from .refusal import Why, because
from .service import SERVICE, Service

__all__ = ["Inspector"]

#: The page's script fetches what is new; the page works without it.
_CSP: Final = f"{CSP}; script-src 'self'; connect-src 'self'"
#: Requests on the page.
_MOST: Final = 30
#: How many requests a fault of the page is for; ``None`` is all.
_TIMES: Final[tuple[int | None, ...]] = (1, 2, 3, None)
#: Days by which the page moves the clock on.
_DAYS: Final = (3, 90)


class Inspector:
    """The page with its switches, for the request that is being answered."""

    def __init__(self) -> None:
        self._service: Service = request.environ[SERVICE]
        self._pages = Pages()

    @classmethod
    def blueprint(cls) -> Blueprint:
        """The page, for the application."""
        blueprint = Blueprint("inspector", __name__)
        for name, path in {"home": "/", "recent": "/sandbox/recent"}.items():
            blueprint.add_url_rule(path, name, each_request(cls, name))
        for name in _SWITCHES:
            blueprint.add_url_rule(
                f"/sandbox/{name}",
                name,
                each_request(cls, "switch"),
                methods=["POST"],
                defaults={"name": name},
            )
        blueprint.after_request(protect)
        return blueprint

    def home(self) -> Response:
        service, language = self._service, self._pages.language()
        note(request.environ, because("why_inspector"))
        user = service.state.signed_in(self._pages.session())
        users = dict(service.users)
        response = self._pages.render(
            "home.html",
            user=user,
            account=users.get(user or ""),
            users=users,
            allowed=[name for name in users if service.state.has_allowed(name)],
            notes={name: account_notes(account, language) for name, account in users.items()},
            records=self._recent(),
            faults=waiting(service.faults.waiting(), language),
            endpoints=list(ENDPOINTS),
            presets=list(PRESETS),
            times=_TIMES,
            days=_DAYS,
            ahead=service.clock.days,
            token=self._pages.form_token("inspector"),
        )
        response.headers["Content-Security-Policy"] = _CSP
        return response

    def recent(self) -> str:
        """The list of requests alone, for the page's script."""
        texts = translations(__package__, self._pages.language())
        return render_template("recent.html", t=texts, records=self._recent())

    def switch(self, name: str) -> BaseResponse:
        if self._pages.form_is_ours("inspector"):
            # A form that the page did not make may say anything.
            with suppress(ValueError, LookupError):
                note(request.environ, _SWITCHES[name](self))
        return redirect(f"/?_locale={self._pages.locale()}", 303)

    def _recent(self) -> list[dict[str, object]]:
        return recent(self._service.recorder.all(), _MOST, self._pages.language())

    def _sign_out(self) -> Why:
        self._service.state.sign_out(self._pages.session())
        return because("why_signed_out")

    def _fail(self) -> Why:
        times, endpoint = _TIMES[int(request.form["times"])], request.form["endpoint"]
        fault = PRESETS[request.form["preset"]]
        self._service.faults.add(endpoint, fault, times)
        return because("why_to_fail", endpoint=endpoint, fault=fault)

    def _clear(self) -> Why:
        self._service.faults.clear()
        return because("why_faults_forgotten")

    def _withdraw(self) -> Why:
        user = request.form["user"]
        self._service.state.withdraw(user)
        return because("why_consent_withdrawn", user=user)

    def _advance(self) -> Why:
        self._service.clock.advance(int(request.form["days"]) * 86400)
        return because("why_clock", days=self._service.clock.days)


_SWITCHES: Final[Mapping[str, Callable[[Inspector], Why]]] = {
    "sign-out": Inspector._sign_out,
    "fail": Inspector._fail,
    "clear": Inspector._clear,
    "withdraw": Inspector._withdraw,
    "advance": Inspector._advance,
}
