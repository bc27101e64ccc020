"""The transport to Xiaomi over httpx."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import anyio

from ._async_runtime import AsyncRuntime
from ._authlib import httpx_module
from ._client_tokens import Shared
from ._core.exchange import Answer, Call, Exchange, TooLargeError
from ._core.failures import Failure, failure_of, no_free_connection
from ._core.options import Options
from ._core.responses import PrefixStripper, strip_prefix
from ._core.urls import origin, same_origin
from ._httpx_pool import Pool
from .provider import ANSWER_FACTOR
from .redaction import guard_loggers, redacting

if TYPE_CHECKING:
    import httpx2 as httpx
else:
    httpx = httpx_module()


_HTTPX: Final = httpx.__name__
_HTTPCORE: Final = _HTTPX.replace("httpx", "httpcore")

guard_loggers(
    _HTTPX,
    *(f"{_HTTPCORE}.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
    *("hpack", "hpack.hpack", "hpack.table", "h2", "charset_normalizer"),
)

#: The name under which a request carries its call; logs and exceptions do not show it.
CALL: Final = "authlib_xiaomi"

_RUNTIME: Final = AsyncRuntime()


class Transport(httpx.AsyncBaseTransport):
    """The transport to Xiaomi, and to other hosts.

    A request to Xiaomi gets its credentials or its form here, so that they are in nothing that the
    application sees: no response, exception or event hook. It is sent by an ``Exchange``.
    """

    def __init__(self, pool: Pool, options: Options, shared: Shared) -> None:
        self._pool = pool
        self._options = options
        self._shared = shared

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`.

        :raises XiaomiOAuthError: where Xiaomi cannot be reached, or its answer cannot be read.
        """
        # Removed, so that an object which keeps the request does not keep the secrets.
        call: Call | None = request.extensions.pop(CALL, None)
        if call is None:
            if not any(same_origin(str(request.url), own) for own in self._options.trusted_urls):
                return _copy_response(await self._pool.opened(b"").send(request))
            call = Call(self._options.max_api_response_size)
        options, shared = self._options, self._shared
        with redacting(*call.secrets):
            wire = _Wire(self._pool, options)
            answer = await Exchange(
                wire, request, request.method, call, options.retry, shared.memory, _RUNTIME
            ).run()
        return _response(answer)

    async def aclose(self) -> None:
        """End the connections, after the refreshes that are on their way."""
        await self._shared.refresher.idle(_RUNTIME, self._options.time_limit)
        await self._pool.aclose()


class _Wire:
    """One request, by httpx."""

    errors = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError)

    def __init__(self, pool: Pool, options: Options) -> None:
        self._pool = pool
        self._options = options

    async def send(self, request: httpx.Request, call: Call) -> Answer:
        seconds = (request.extensions.get("timeout") or {}).get("read")
        opened = self._pool.opened(request.url.netloc)
        wire = put_on(request, call, in_url=not opened.is_direct)
        slots = opened.slots
        try:
            slots.acquire_nowait()
        except anyio.WouldBlock:
            with anyio.move_on_after(self._options.pool_timeout) as waiting:
                await slots.acquire()
            if waiting.cancelled_caught:
                raise httpx.PoolTimeout("no free connection") from None
        try:
            with anyio.move_on_after(None if seconds is None else ANSWER_FACTOR * seconds):
                response = await opened.send(wire)
                body = None if call.stream else await _read(response, call.max_size)
                return Answer(response, response.status_code, body)
            raise TimeoutError("the answer took too long")
        finally:
            slots.release()

    async def close(self, answer: Answer) -> None:
        await answer.response.aclose()

    def failure(self, error: Exception, request: httpx.Request) -> Failure:
        host = origin(str(request.url))
        if isinstance(error, httpx.PoolTimeout):
            return no_free_connection(host)
        not_sent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)
        garbled = isinstance(error, httpx.DecodingError)
        return failure_of(error, host, arrived=not isinstance(error, not_sent), garbled=garbled)


#: Parses an endpoint once. Not for URLs with a token: it would keep them.
parsed_url = lru_cache(maxsize=64)(httpx.URL)


def put_on(request: httpx.Request, call: Call, *, in_url: bool = True) -> httpx.Request:
    """A copy of `request` with what `call` carries.

    :param in_url: whether to put the query into the URL. httpx' own transport takes it by the
        documented extension ``target`` instead: then tools that look at the URL see no token, and
        the URL need not be parsed again.
    """
    url, headers, stream = request.url, request.headers.raw, request.stream
    # Without the path: a double slash at its front would be read as a host.
    path, mark, query = url.raw_path.decode("ascii").partition("?")
    extensions, query = request.extensions, mark + query
    if call.credentials is not None:
        query = call.credentials.url(query)
        if call.is_signed:
            whole = str(url.copy_with(raw_path=(path + query).encode()))
            signature = call.credentials.authorization(request.method, whole) or ""
            headers = [*_without(headers, b"authorization"), (b"Authorization", signature.encode())]
    elif call.form is not None and call.form.in_query:
        query = call.form.url(query)
    elif call.form is not None:
        body = call.form.body.encode()
        headers = [*_without(headers, b"content-length"), (b"Content-Length", b"%d" % len(body))]
        stream = httpx.ByteStream(body)
    target = (path + query).encode()
    if in_url:
        url = url.copy_with(raw_path=target)
    else:
        extensions = {"target": target, **extensions}  # one of the application's own wins
    return httpx.Request(request.method, url, headers=headers, stream=stream, extensions=extensions)


def own_headers(
    url: httpx.URL, common: httpx.Headers, own: Mapping[str, str]
) -> list[tuple[bytes, bytes]]:
    """The headers of a request to `url`: `own` win over `common`."""
    added = httpx.Headers(own).raw
    names = {name.lower() for name, _ in added}
    headers = [*_without(common.raw, *names), *added]
    if "host" not in common and b"host" not in names:
        headers.insert(0, (b"Host", url.netloc))
    return headers


def _without(headers: list[tuple[bytes, bytes]], *names: bytes) -> list[tuple[bytes, bytes]]:
    return [(k, v) for k, v in headers if k.lower() not in names]


async def _read(response: httpx.Response, limit: int) -> bytes:
    chunks, size = [], 0
    try:
        # httpx' iterator is slower, and needed for compressed answers alone.
        packed = "content-encoding" in response.headers
        stream: Any = response.aiter_bytes() if packed else response.stream
        async for chunk in stream:
            size += len(chunk)
            if size > limit:
                raise TooLargeError
            chunks.append(chunk)
    except httpx.RemoteProtocolError as error:
        raise httpx.DecodingError("the body broke off") from error
    finally:
        await response.aclose()
    return b"".join(chunks)


#: Headers that are no longer true of a body that was read, and Xiaomi's cookies.
_DROPPED: Final = (b"content-encoding", b"content-length", b"transfer-encoding", b"set-cookie")


def _response(answer: Answer) -> httpx.Response:
    """The answer as the application gets it: without credentials, cookies and prefix."""
    received = answer.response
    # As bytes: a header need not be ASCII.
    headers = _without(received.headers.raw, *_DROPPED)
    extensions = {"http_version": received.extensions.get("http_version", b"HTTP/1.1")}
    stream: Any = _Stripped(received)
    if answer.body is not None:
        body = strip_prefix(answer.body)
        headers.append((b"Content-Length", b"%d" % len(body)))
        stream = httpx.ByteStream(body)
    return httpx.Response(
        received.status_code, headers=headers, stream=stream, extensions=extensions
    )


class _Stripped(httpx.AsyncByteStream):
    """A response's decoded body, with Xiaomi's prefix taken off its front."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        stripper = PrefixStripper()
        async for chunk in self._response.aiter_bytes():
            if piece := stripper.feed(chunk):
                yield piece
        if rest := stripper.end():
            yield rest

    async def aclose(self) -> None:
        await self._response.aclose()


def _copy_response(response: httpx.Response) -> httpx.Response:
    """`response` without what a client adds to it: the client above is to add its own."""
    return httpx.Response(
        response.status_code,
        headers=response.headers,
        stream=response.stream,
        extensions=response.extensions,
    )
