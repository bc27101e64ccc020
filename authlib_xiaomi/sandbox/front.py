"""What every request passes first: the record, and the faults."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

from werkzeug.datastructures import EnvironHeaders, Headers
from werkzeug.wrappers import Response

from .answers import CONTENT_TYPE
from .endpoints import refuse_api, refuse_token, service_page
from .faults import AUTH_TOKEN, ENDPOINTS, Fault, Faults
from .outcome import OUTCOME, Outcome, note
from .recorder import RecordedRequest, Recorder
from .refusal import Refusal, because
from .settings import Settings

__all__ = ["REFUSE", "Front"]

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: The environment's key for the number with which ``authorize`` is told to refuse.
REFUSE: Final = "authlib_xiaomi.sandbox.refuse"

_FORM: Final = "application/x-www-form-urlencoded"
#: Characters of an answer that are kept.
_KEPT: Final = 4096


class Front:
    """The WSGI application around the sandbox's Flask application.

    :param clock: gives the time of the recorded requests.
    :param stopping: ends the waiting of a delayed answer.
    """

    def __init__(
        self,
        application: WSGI,
        settings: Settings,
        clock: Callable[[], float],
        stopping: threading.Event,
    ) -> None:
        self.faults = Faults()
        self.recorder = Recorder()
        self._application = application
        self._settings = settings
        self._clock = clock
        self._stopping = stopping
        self._names = {path: name for name, path in ENDPOINTS.items()}
        if settings.options["auth_token_endpoint"]:
            self._names[AUTH_TOKEN] = "token"

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request.

        :raises ConnectionResetError: where a fault says so, or the sandbox stops during a delay.
        """
        environ[OUTCOME] = outcome = Outcome()
        endpoint = self._names.get(environ["PATH_INFO"])
        if endpoint is None:
            return self._application(environ, start_response)
        record = self._record(endpoint, environ)
        self.recorder.add(record)
        fault = self.faults.take(endpoint)
        try:
            answer = (
                self._answer(environ) if fault is None else self._fail(endpoint, fault, environ)
            )
        finally:
            record.why, record.error = outcome.why, outcome.code
        record.status = answer.status_code
        if answer.content_type and answer.content_type.startswith("application/json"):
            record.answer = answer.get_data()[:_KEPT].decode(errors="replace")
        return answer(environ, start_response)

    def _answer(self, environ: dict[str, Any]) -> Response:
        return Response.from_app(self._application, environ, buffered=True)

    def _record(self, endpoint: str, environ: dict[str, Any]) -> RecordedRequest:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)  # the application reads it again
        is_form = environ.get("CONTENT_TYPE", "").startswith(_FORM)
        query = environ.get("QUERY_STRING", "")
        return RecordedRequest(
            endpoint=endpoint,
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            args=_first_values(query),
            form=_first_values(body.decode(errors="replace")) if is_form else {},
            headers=_Headers(EnvironHeaders(environ)),
            time=self._clock(),
            query=query,
        )

    def _fail(self, endpoint: str, fault: Fault, environ: dict[str, Any]) -> Response:
        answer = self._answer(environ) if fault.after else None
        note(environ, because("why_fault"))
        if fault.delay and self._stopping.wait(fault.delay):
            raise ConnectionResetError("the sandbox has stopped")
        if fault.reset:
            raise ConnectionResetError("xiaomi.fail(..., reset=True)")
        if not fault.replaces:
            return answer or self._answer(environ)
        response = self._instead(endpoint, fault, environ)
        if fault.status is not None:
            response.status_code = fault.status
        if fault.content_type is not None:
            response.headers["Content-Type"] = fault.content_type
        for name, value in fault.headers.items():
            response.headers[name] = value
        return response

    def _instead(self, endpoint: str, fault: Fault, environ: dict[str, Any]) -> Response:
        if fault.code is None:
            if fault.body is not None:
                return Response(fault.body, content_type=CONTENT_TYPE)
            return service_page(fault.status or 200)
        refusal = Refusal(fault.code, why=because("why_fault"))
        if endpoint == "authorize":
            return self._answer({**environ, REFUSE: refusal})
        refuse = refuse_token if endpoint == "token" else refuse_api
        return refuse(environ, refusal, self._settings)


class _Headers(Headers):
    """Headers whose ``repr`` shows names only: a value may be a signature or a cookie."""

    def __repr__(self) -> str:
        return f"<Headers {', '.join(name for name, _ in self)}>"


def _first_values(query: str) -> dict[str, str]:
    return dict(reversed(parse_qsl(query, keep_blank_values=True)))
