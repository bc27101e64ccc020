"""What every request to one of Xiaomi's endpoints passes first: the record, and the faults."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

from werkzeug.datastructures import EnvironHeaders, Headers
from werkzeug.wrappers import Response

from .answers import CONTENT_TYPE, api_error, token_error
from .faults import ENDPOINTS, Fault, Faults, RecordedRequest, Recorder
from .open_api import status_for
from .refusal import Refusal
from .settings import Settings

__all__ = ["REFUSE", "Front"]

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: The environment's key for the number with which ``authorize`` is told to refuse.
REFUSE: Final = "authlib_xiaomi.sandbox.refuse"

_NAMES: Final = {path: name for name, path in ENDPOINTS.items()}
_FORM: Final = "application/x-www-form-urlencoded"


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

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request.

        :raises ConnectionResetError: where a fault says so, or the sandbox stops during a delay.
        """
        endpoint = _NAMES.get(environ["PATH_INFO"])
        if endpoint is None:
            return self._application(environ, start_response)
        self.recorder.add(self._record(endpoint, environ))
        fault = self.faults.take(endpoint)
        if fault is None:
            return self._application(environ, start_response)
        return self._fail(endpoint, fault, environ)(environ, start_response)

    def _record(self, endpoint: str, environ: dict[str, Any]) -> RecordedRequest:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)  # the application reads it again
        is_form = environ.get("CONTENT_TYPE", "").startswith(_FORM)
        return RecordedRequest(
            endpoint=endpoint,
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            args=_first_values(environ.get("QUERY_STRING", "")),
            form=_first_values(body.decode(errors="replace")) if is_form else {},
            headers=_Headers(EnvironHeaders(environ)),
            time=self._clock(),
        )

    def _fail(self, endpoint: str, fault: Fault, environ: dict[str, Any]) -> Response:
        answer = Response.from_app(self._application, environ, True) if fault.after else None
        if fault.delay and self._stopping.wait(fault.delay):
            raise ConnectionResetError("the sandbox has stopped")
        if fault.reset:
            raise ConnectionResetError("xiaomi.fail(..., reset=True)")
        if not fault.replaces:
            return answer or Response.from_app(self._application, environ, True)
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
            # What stands between a service and its clients answers in HTML.
            page = "<html><body><h1>Xiaomi sandbox: a fault asked for</h1></body></html>\n"
            return Response(page, content_type="text/html;charset=UTF-8")
        refusal = Refusal(fault.code)
        if endpoint == "authorize":
            return Response.from_app(self._application, {**environ, REFUSE: refusal}, True)
        if endpoint == "token":
            return Response(token_error(refusal, self._settings), content_type=CONTENT_TYPE)
        return Response(
            api_error(refusal, self._settings), status_for(refusal.code), content_type=CONTENT_TYPE
        )


class _Headers(Headers):
    """Headers whose ``repr`` shows names only: a value may be a signature or a cookie."""

    def __repr__(self) -> str:
        return f"<Headers {', '.join(name for name, _ in self)}>"


def _first_values(query: str) -> dict[str, str]:
    return dict(reversed(parse_qsl(query, keep_blank_values=True)))
