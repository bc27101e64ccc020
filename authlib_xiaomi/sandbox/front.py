"""What every request passes first: the check of its host, the record, the faults, the log."""

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
from .faults import AUTH_TOKEN, ENDPOINTS, Fault
from .hosts import is_own_host
from .log import Log
from .outcome import OUTCOME, Outcome, note
from .recorder import RecordedRequest
from .refusal import Refusal, because
from .service import SERVICE, Service

__all__ = ["REFUSE", "Front"]

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: The environment's key for the number with which ``authorize`` is told to refuse.
REFUSE: Final = "authlib_xiaomi.sandbox.refuse"

_FORM: Final = "application/x-www-form-urlencoded"
#: Characters of an answer that are kept.
_KEPT: Final = 4096
#: What a status says where nothing else was noted.
_STATUSES: Final = {404: "why_no_path", 405: "why_no_method"}


class Front:
    """The WSGI application around the sandbox's Flask application.

    :param stopping: ends the waiting of a delayed answer.
    :param log: writes a line for each request, if there is one.
    """

    def __init__(
        self, application: WSGI, service: Service, stopping: threading.Event, log: Log | None
    ) -> None:
        self._application = application
        self._service = service
        self._stopping = stopping
        self._log = log
        self._names = {path: name for name, path in ENDPOINTS.items()}
        if service.settings.options["auth_token_endpoint"]:
            self._names[AUTH_TOKEN] = "token"

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request.

        :raises ConnectionResetError: where a fault says so, or the sandbox stops during a delay.
        """
        environ[SERVICE] = self._service
        environ[OUTCOME] = outcome = Outcome()
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        record = self._record(environ) if path in self._names else None
        answer = None
        try:
            answer = self._answer(environ, record)
            if outcome.why is None and answer.status_code in _STATUSES:
                note(environ, because(_STATUSES[answer.status_code]))
        finally:
            status = answer.status_code if answer else None
            if record is not None:
                record.reason, record.error, record.status = outcome.why, outcome.code, status
            if self._log is not None:
                self._log.write(method, path, status, outcome)
        if record is not None and (answer.content_type or "").startswith("application/json"):
            record.answer = answer.get_data()[:_KEPT].decode(errors="replace")
        return answer(environ, start_response)

    def _answer(self, environ: dict[str, Any], record: RecordedRequest | None) -> Response:
        if not is_own_host(environ.get("HTTP_HOST", "localhost"), self._service.exposed):
            note(environ, because("why_host"))
            text = "This is a sandbox on one machine; it does not answer for this Host.\n"
            return Response(text, 403, content_type="text/plain;charset=UTF-8")
        if record is None:
            return self._process(environ)
        self._service.recorder.add(record)
        fault = self._service.faults.take(record.endpoint)
        return self._process(environ) if fault is None else self._fail(record, fault, environ)

    def _process(self, environ: dict[str, Any]) -> Response:
        return Response.from_app(self._application, environ, buffered=True)

    def _record(self, environ: dict[str, Any]) -> RecordedRequest:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)  # the application reads it again
        is_form = environ.get("CONTENT_TYPE", "").startswith(_FORM)
        query = environ.get("QUERY_STRING", "")
        return RecordedRequest(
            endpoint=self._names[environ["PATH_INFO"]],
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            args=_first_values(query),
            form=_first_values(body.decode(errors="replace")) if is_form else {},
            headers=_Headers(EnvironHeaders(environ)),
            time=self._service.clock(),
            query=query,
        )

    def _fail(self, record: RecordedRequest, fault: Fault, environ: dict[str, Any]) -> Response:
        answer = self._process(environ) if fault.after else None
        why = because("why_fault", fault=fault)
        note(environ, why)
        if fault.delay and self._stopping.wait(fault.delay):
            raise ConnectionResetError("the sandbox has stopped")
        if fault.reset:
            raise ConnectionResetError("xiaomi.fail(..., reset=True)")
        if not fault.replaces:
            return answer or self._process(environ)
        response = self._instead(record.endpoint, fault, environ)
        note(environ, why, fault.code)
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
        refusal = Refusal(fault.code)
        if endpoint == "authorize":
            return self._process({**environ, REFUSE: refusal})
        refuse = refuse_token if endpoint == "token" else refuse_api
        return refuse(environ, refusal, self._service.settings)


class _Headers(Headers):
    """Headers whose ``repr`` shows names only: a value may be a signature or a cookie."""

    def __repr__(self) -> str:
        return f"<Headers {', '.join(name for name, _ in self)}>"


def _first_values(query: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, value)
    return values
