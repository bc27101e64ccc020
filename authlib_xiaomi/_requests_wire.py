"""The adapter to Xiaomi over requests."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import (
    ConnectTimeoutError,
    EmptyPoolError,
    HTTPError,
    NewConnectionError,
    ProxyError,
)

from ._client_tokens import Shared
from ._connections import KeptConnection, forget_url, limit_pool
from ._core.exchange import Answer, Call, Exchange, TooLargeError
from ._core.failures import Failure, failure_of, no_free_connection
from ._core.options import Options
from ._core.responses import PrefixStripper, strip_prefix
from ._core.runtime import Runtime, reset_after_fork, run_sync
from ._core.urls import origin
from .redaction import guard_loggers, redacting

guard_loggers("requests", "urllib3", "charset_normalizer")

#: The name under which a request carries its call; logs and exceptions do not show it.
CALL: Final = "xiaomi_call"

_RUNTIME: Final = Runtime()


class XiaomiAdapter(HTTPAdapter):
    """The connections to Xiaomi.

    A request gets its credentials or its form here, so that they are in nothing that the
    application sees: no response and no exception. It is sent by an ``Exchange``.

    :param inner: an adapter of the application's, which then sends the requests.
    """

    def __init__(self, options: Options, shared: Shared, inner: Any = None) -> None:
        self._options = options
        self._shared = shared
        self._inner = inner
        self.reset_after_fork()
        reset_after_fork(self)

    def reset_after_fork(self) -> None:
        """Make new connections, since the present ones are the parent process's, and read the
        environment again."""
        #: The environment's proxies and certificates, by host and ``trust_env``.
        self.environments: dict[tuple[str, bool], dict[str, Any]] = {}
        size = self._options.max_connections
        super().__init__(pool_connections=8, pool_maxsize=size, pool_block=True, max_retries=0)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """As in requests, with this package's limits."""
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        if "urlopen" not in vars(pool):
            limit_pool(pool, self._options.pool_timeout)
        return pool

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send `request`, with what its call carries.

        :raises XiaomiOAuthError: where Xiaomi cannot be reached, or its answer cannot be read.
        """
        # Removed, so that an object which keeps the request does not keep the secrets.
        call: Call = request.__dict__.pop(CALL, None) or Call(
            self._options.max_api_response_size, stream=bool(kwargs.get("stream"))
        )
        send = self._inner.send if self._inner is not None else super().send
        wire = _Wire(partial(send, **{**kwargs, "stream": True}))
        method = request.method or "GET"
        with redacting(*call.secrets):
            one = Exchange(
                wire, request, method, call, self._options.retry, self._shared.memory, _RUNTIME
            )
            answer = run_sync(one.run())
        return _response(answer, request)

    def close(self) -> None:
        """End the connections; the next request opens a new one."""
        super().close()
        if self._inner is not None:
            self._inner.close()


class _Wire:
    """One request, by requests."""

    errors = (OSError, HTTPError)  # the exceptions of requests are OSErrors

    def __init__(self, send: Callable[..., requests.Response]) -> None:
        self._send = send

    async def send(self, request: requests.PreparedRequest, call: Call) -> Answer:
        response = self._send(put_on(request.copy(), call))
        if call.stream:
            return Answer(response, response.status_code, None)
        return Answer(response, response.status_code, _read(response, call.max_size))

    async def close(self, answer: Answer) -> None:
        answer.response.close()

    def failure(self, error: Exception, request: requests.PreparedRequest) -> Failure:
        host = origin(request.url or "")
        if isinstance(error, EmptyPoolError):
            return no_free_connection(host)
        # requests wraps an error of urllib3's, which has the cause as its ``reason``.
        causes = [error, getattr(error.args[0] if error.args else None, "reason", None)]
        not_sent = (ConnectTimeoutError, NewConnectionError, ProxyError, requests.ConnectTimeout)
        arrived = not any(isinstance(cause, not_sent) for cause in causes)
        garbled = (
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        )
        return failure_of(error, host, arrived=arrived, garbled=isinstance(error, garbled))


def put_on(request: requests.PreparedRequest, call: Call) -> requests.PreparedRequest:
    """`request` with what `call` carries."""
    if call.credentials is not None:
        request.url = call.credentials.url(request.url or "")
        signature = call.credentials.authorization(request.method or "GET", request.url)
        if signature is not None:
            request.headers["Authorization"] = signature
    elif call.form is not None:
        request.url = call.form.url(request.url or "")
        if not call.form.in_query:
            request.body = call.form.body
            request.headers["Content-Length"] = str(len(call.form.body))
    return request


def _read(response: requests.Response, limit: int) -> bytes:
    chunks, size = [], 0
    for chunk in response.iter_content(16384):
        size += len(chunk)
        if size > limit:
            response.close()
            raise TooLargeError
        chunks.append(chunk)
    return b"".join(chunks)


def _response(answer: Answer, request: requests.PreparedRequest) -> requests.Response:
    """The answer as the application gets it: without credentials, cookies and prefix."""
    received = answer.response
    response = received if answer.body is None else requests.Response()
    if answer.body is not None:
        for name in ("status_code", "headers", "encoding", "reason"):
            setattr(response, name, getattr(received, name))
        response.raw = io.BytesIO(strip_prefix(answer.body))
    else:
        connection = getattr(received.raw, "connection", None)
        if isinstance(connection, KeptConnection):
            connection.allow_any_duration()
        forget_url(received.raw)
        response.raw = _Stripped(received.raw)
        response.cookies.clear()
    response.headers.pop("Set-Cookie", None)
    response.url, response.request = request.url or "", request
    return response


class _Stripped:
    """A stream of urllib3's, with Xiaomi's prefix taken off its front."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        if name == "_original_response":  # requests would take cookies from it
            raise AttributeError(name)
        return getattr(self._raw, name)

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        stripper = PrefixStripper()
        for chunk in self._raw.stream(amt, decode_content=decode_content):
            if piece := stripper.feed(chunk):
                yield piece
        if rest := stripper.end():
            yield rest
