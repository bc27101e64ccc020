"""Xiaomi over httpx2, or over httpx where Authlib uses that.

>>> async with AsyncXiaomiOAuth2Client(client_id, client_secret, redirect_uri=callback) as client:
...     url, state = client.create_authorization_url()
...     token = await client.fetch_token(authorization_response=callback_url, state=state)
...     (await client.userinfo(token=token))["name"]
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final
from urllib.request import getproxies

import anyio
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuth2Auth

from ._async_client import AsyncXiaomiClient
from ._async_runtime import AsyncRuntime
from ._authlib import httpx_module, protected_request_hooks
from ._client import OwnRequest, Shared
from ._core.exchange import Answer, Call, Failure, TooLargeError, exchange, failure_of
from ._core.options import Options, describe_options
from ._core.responses import prefix_is_decided, strip_prefix
from ._core.runtime import reset_after_fork
from ._core.urls import origin, same_origin
from .errors import unavailable
from .provider import MAX_IDLE, Subject
from .redaction import guard_loggers, redacting, silenced
from .scopes import ScopeLike

if TYPE_CHECKING:
    import httpx2 as httpx
    from typing_extensions import Never
else:
    httpx = httpx_module()

__all__ = ["AsyncXiaomiOAuth2Client"]

_HTTPX: Final = httpx.__name__
_HTTPCORE: Final = _HTTPX.replace("httpx", "httpcore")

guard_loggers(
    _HTTPX,
    *(f"{_HTTPCORE}.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
    *("hpack", "hpack.hpack", "hpack.table", "h2", "charset_normalizer"),
)

#: Where a request carries its call, out of sight of logs and exceptions.
_CALL: Final = "authlib_xiaomi"

#: The options that have to do with the connections, and not with a single client.
_WIRE_OPTIONS: Final = (
    "verify", "cert", "http1", "http2", "proxy", "mounts", "limits", "transport", "trust_env",
)  # fmt: skip
_PROXY_OPTIONS: Final = ("proxy", "mounts", "transport")

#: A whole answer may take so many times what a single read may.
ANSWER_FACTOR: Final = 3


class XiaomiAuth(OAuth2Auth):
    """``client.token_auth``, for requests of other clients: it signs in to the open API's host,
    and sends nothing elsewhere. The token then stands in the URL of the response."""

    requires_request_body = True

    def __init__(self, token: Any, token_placement: Any = None, client: Any = None) -> None:
        super().__init__(None, token_placement, client)
        if token is not None:
            client.token = token

    @property
    def token(self) -> Any:
        """The client's token."""
        return self.client.token

    @token.setter
    def token(self, token: Any) -> None:
        if token is not None:
            self.client.token = token

    def set_token(self, token: Any) -> None:
        """As in Authlib."""
        self.client.token = token

    def sync_auth_flow(self, request: httpx.Request) -> Any:
        """:raises RuntimeError: an asynchronous client cannot refresh a token here."""
        raise RuntimeError("token_auth of an asynchronous client goes with asynchronous requests")

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Put the credentials on a request to the open API."""
        client = self.client
        if same_origin(str(request.url), client.api_base_url):
            await client.ensure_active_token()
            call = client._call_auth(client._source(None).token, {}).call
            request = _put_on(request, call)
        yield request


class _CallAuth(httpx.Auth):
    """The ``auth=`` of one call: hands the wire what the call carries."""

    requires_request_body = True

    def __init__(self, client: AsyncXiaomiOAuth2Client, call: Call) -> None:
        self._client = client
        self.call = call

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        for hook in protected_request_hooks(self._client):
            url, headers, body = hook(str(request.url), request.headers, request.content)
            headers["Content-Length"] = str(len(body.encode() if isinstance(body, str) else body))
            request = httpx.Request(
                request.method, url, headers=headers, content=body, extensions=request.extensions
            )
        # The URL as it will be sent, not as it was written.
        if same_origin(str(request.url), self._client.api_base_url):
            request.extensions = {**request.extensions, _CALL: self.call}
        yield request


class AsyncXiaomiOAuth2Client(AsyncXiaomiClient, AsyncOAuth2Client):  # type: ignore[misc]
    __doc__ = f"""Authlib's ``AsyncOAuth2Client``, for Xiaomi.

    One client may serve many users at once: pass ``token=`` with each call. What is not given is
    read from the environment (``XIAOMI_CLIENT_ID``, …). Hooks are async functions, and
    ``refresh_lock`` returns an asynchronous context manager.

{describe_options()}
    :param token: a user's token, as ``fetch_token`` gave it, or an access token (str).
    :raises ValueError: for an option that is not valid.
    :raises TypeError: for an option that is misspelt, or that is one of requests.
    """

    token_auth_class = XiaomiAuth
    LIBRARY_OPTIONS = (
        *_WIRE_OPTIONS, "headers", "cookies", "follow_redirects", "max_redirects", "event_hooks",
        "base_url", "default_encoding",
    )  # fmt: skip
    OTHER_OPTIONS = {  # noqa: RUF012
        "proxies": 'httpx\' option is proxy="http://…"',
        "hooks": 'httpx\' option is event_hooks={"response": […]}',
        "stream": "use client.stream()",
        "allow_redirects": "it is an option of requests; Xiaomi's redirects are never followed",
    }
    _REDIRECTS = "follow_redirects"
    _NO_AUTH = httpx.USE_CLIENT_DEFAULT
    _RESPONSE = httpx.Response
    _CALL_AUTH = _CallAuth

    def __init__(
        self,
        client_id: str | int | None = None,
        client_secret: str | None = None,
        *,
        scope: ScopeLike | None = None,
        redirect_uri: str | None = None,
        token: Mapping[str, Any] | str | None = None,
        fetch_token: Callable[[], Any] | None = None,
        update_token: Callable[..., Any] | None = None,
        refresh_lock: Callable[[str], Any] | None = None,
        subject: Subject | None = None,
        skip_confirm: bool | None = None,
        mac: bool | str | None = None,
        timeout: Any = None,
        default_timeout: float | None = None,
        leeway: float | None = None,
        state: str | None = None,
        max_connections: int | None = None,
        pool_timeout: float | None = None,
        max_response_size: int | None = None,
        max_api_response_size: int | None = None,
        retry_backoff: tuple[float, ...] | None = None,
        authorization_endpoint: str | None = None,
        token_endpoint: str | None = None,
        api_base_url: str | None = None,
        authorize_url: str | None = None,
        access_token_url: str | None = None,
        token_endpoint_auth_method: Any = None,
        revocation_endpoint_auth_method: str | None = None,
        code_challenge_method: str | None = None,
        token_placement: str | None = None,
        headers: Any = None,
        cookies: Any = None,
        verify: Any = None,
        cert: Any = None,
        http1: bool | None = None,
        http2: bool | None = None,
        proxy: Any = None,
        mounts: Mapping[str, Any] | None = None,
        limits: Any = None,
        transport: Any = None,
        trust_env: bool | None = None,
        follow_redirects: bool | None = None,
        max_redirects: int | None = None,
        event_hooks: Mapping[str, list[Callable[..., Any]]] | None = None,
        base_url: str | None = None,
        default_encoding: str | Callable[[bytes], str] | None = None,
        _options: Options | None = None,
        _shared: Shared | None = None,
        _pool: _Pool | None = None,
        **metadata: Never,
    ) -> None:
        prepared = self._prepare(locals())
        wire = {name: prepared.pop(name) for name in _WIRE_OPTIONS if name in prepared}
        self._state_option = prepared.pop("state", None)  # Authlib's own takes none
        self._wire = _Transport(_pool or _Pool(self._options, wire), self._options, self._shared)
        timeout = _timeout(self._options)
        super().__init__(**prepared, timeout=timeout, transport=self._wire)
        self.state = self._state_option

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: Any,
        withhold_token: bool = False,
        auth: Any = httpx.USE_CLIENT_DEFAULT,
        *,
        token: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[httpx.Response]:
        """As in httpx; `url` may be a path of the open API, and `token` is as for ``request``."""
        url, to_api = self._resolve_url(url, kwargs)
        if self._wants_token(withhold_token, auth):
            source, token = self._source(token), None
            found = await (source.fresh() if to_api else source.required())
            auth = self._call_auth(found, {"stream": True})
        elif self._is_xiaomi(url):
            call = Call(self._options.max_api_response_size, stream=True)
            kwargs["extensions"] = {**(kwargs.get("extensions") or {}), _CALL: call}
        auth = None if withhold_token and auth is self._NO_AUTH else auth
        opened = super(AsyncOAuth2Client, self).stream(method, url, auth=auth, **kwargs)
        async with opened as response:
            yield response

    async def _library_request(self, method: str, url: str, kwargs: dict[str, Any]) -> Any:
        return await AsyncOAuth2Client.request(self, method, url, withhold_token=True, **kwargs)

    async def _send(self, request: OwnRequest) -> httpx.Response:
        """Straight to the transport: nothing of a client is needed that is not done here."""
        settings = request.settings
        timeout = settings.get("timeout", self.timeout)
        if not isinstance(timeout, httpx.Timeout):
            timeout = httpx.Timeout(timeout)
        own = httpx.Request(
            request.method,
            request.url,
            params=settings.get("params"),
            headers={**self.headers, **{k.lower(): v for k, v in request.headers.items()}},
            extensions={"timeout": timeout.as_dict(), _CALL: request.call},
        )
        for hook in self.event_hooks["request"]:
            await hook(own)
        response = await self._wire.handle_async_request(own)
        response.request = own
        # As httpx' client, which is not asked here.
        logging.getLogger(httpx.__name__).info(
            'HTTP Request: %s %s "%s %d %s"',
            *(own.method, own.url, response.http_version),
            *(response.status_code, response.reason_phrase),
        )
        for hook in self.event_hooks["response"]:
            await hook(response)
        return response


def _timeout(options: Options) -> Any:
    if options.timeout is None or isinstance(options.timeout, (int, float)):
        connect, read = options.seconds()
        return httpx.Timeout(read, connect=connect, pool=options.pool_timeout)
    return options.timeout


class _Pool:
    """The connections: a transport, or where proxies are to be found the way that httpx finds
    them, a client. Connections belong to an event loop, and to a process."""

    def __init__(self, options: Options, wire: Mapping[str, Any]) -> None:
        self._options = options
        self._wire = dict(wire)
        self.reset_after_fork()
        reset_after_fork(self)

    def reset_after_fork(self) -> None:
        """Leave the connections to the process that this one was forked from."""
        # Kept, since closing them here would end them there.
        self._of_parent = getattr(self, "_opened", None)
        self._opened: Any = None
        self._slots: anyio.Semaphore | None = None

    @property
    def opened(self) -> Any:
        """What sends, made at the first use."""
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    @property
    def slots(self) -> anyio.Semaphore:
        """One for each connection: httpcore's own queue costs more the longer it is."""
        if self._slots is None:
            self._slots = anyio.Semaphore(self._options.max_connections)
        return self._slots

    def _open(self) -> Any:
        limits = httpx.Limits(
            max_connections=self._options.max_connections,
            max_keepalive_connections=self._options.max_connections,
            keepalive_expiry=MAX_IDLE,
        )
        given = {"limits": limits, **self._wire}
        proxies = given.get("trust_env", True) and getproxies()
        if proxies or given.get("proxy") or given.get("mounts"):
            # Users share the connections, and must not share cookies.
            cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
            return httpx.AsyncClient(**{**given, "cookies": cookies})
        if given.get("transport"):
            return given["transport"]
        rest = {name: value for name, value in given.items() if name not in _PROXY_OPTIONS}
        return httpx.AsyncHTTPTransport(**rest)

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; the body of the response is still to be read."""
        opened = self.opened
        if isinstance(opened, httpx.AsyncClient):
            return await opened.send(request, stream=True, follow_redirects=False)
        response: httpx.Response = await opened.handle_async_request(request)
        return response

    async def aclose(self) -> None:
        """End the connections; the next request opens a new one."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.aclose()


class _Transport(httpx.AsyncBaseTransport):
    """The way to Xiaomi, and all that has to do with the wire.

    Here a request gets what its call carries, so that nothing above ever sees it: not the
    response that the application gets, nor an exception, nor an event hook. Here it is repeated,
    if it may be, and what goes wrong gets a name.
    """

    def __init__(self, pool: _Pool, options: Options, shared: Shared) -> None:
        self._pool = pool
        self._options = options
        self._shared = shared

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`.

        :raises XiaomiOAuthError: where Xiaomi cannot be reached, or its answer cannot be read.
        """
        # Taken off, so that nothing that keeps the request keeps it.
        call: Call | None = request.extensions.pop(_CALL, None)
        if call is None:
            if not any(same_origin(str(request.url), own) for own in self._options.trusted_urls):
                return _passed_on(await self._pool.send(request))
            call = Call(self._options.max_api_response_size)
        options, shared = self._options, self._shared
        with redacting(*call.secrets), silenced(_HTTPX):
            answer = await exchange(
                _Wire(self._pool, options), request, request.method, call, options.retry,
                shared.memory,
            )  # fmt: skip
        return _response(answer)

    async def aclose(self) -> None:
        """End the connections, after the refreshes that are on their way."""
        await self._shared.refresher.idle(AsyncRuntime(), self._options.time_limit)
        await self._pool.aclose()


class _Wire:
    """One request, by httpx."""

    errors = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError)

    def __init__(self, pool: _Pool, options: Options) -> None:
        self._pool = pool
        self._options = options

    async def send(self, request: httpx.Request, call: Call) -> Answer:
        wire = _put_on(request, call)
        seconds = (request.extensions.get("timeout") or {}).get("read")
        slots = self._pool.slots
        try:
            slots.acquire_nowait()
        except anyio.WouldBlock:
            with anyio.move_on_after(self._options.pool_timeout) as waiting:
                await slots.acquire()
            if waiting.cancelled_caught:
                raise httpx.PoolTimeout("no free connection") from None
        try:
            if call.stream:
                response = await self._pool.send(wire)
                return Answer(response, response.status_code, None)
            with anyio.fail_after(seconds and ANSWER_FACTOR * seconds):
                response = await self._pool.send(wire)
                body = await _read(response, call.max_size)
            return Answer(response, response.status_code, body)
        finally:
            slots.release()

    async def close(self, answer: Answer) -> None:
        await answer.response.aclose()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    def failure(self, error: Exception, request: httpx.Request) -> Failure:
        host = origin(str(request.url))
        if isinstance(error, httpx.PoolTimeout):
            text = f"too many requests at once to {host}: there was no free connection in time"
            return Failure(unavailable(text, "Raise max_connections or pool_timeout."))
        before = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)
        garbled = isinstance(error, httpx.DecodingError)
        return failure_of(error, host, arrived=not isinstance(error, before), garbled=garbled)


def _put_on(request: httpx.Request, call: Call) -> httpx.Request:
    """A copy of `request` with what `call` carries."""
    url, headers, stream = request.url, request.headers.copy(), request.stream
    extensions = dict(request.extensions)
    extensions["timeout"] = {**extensions.get("timeout", {}), "pool": None}  # slots are limited
    if call.credentials is not None:
        target = call.credentials.url(str(request.url))
        signature = call.credentials.authorization(request.method, target)
        if signature is not None:
            headers["Authorization"] = signature
        url = httpx.URL(target)
    elif call.form is not None:
        url = httpx.URL(call.form.url(str(request.url)))
        if not call.form.in_query:
            content = call.form.body.encode()
            headers["Content-Length"] = str(len(content))
            return httpx.Request(
                request.method, url, headers=headers, content=content, extensions=extensions
            )
    return httpx.Request(request.method, url, headers=headers, stream=stream, extensions=extensions)


async def _read(response: httpx.Response, limit: int) -> bytes:
    chunks, size = [], 0
    try:
        async for chunk in response.aiter_bytes():
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
    # Raw: who says that a header is ASCII?
    headers = [(k, v) for k, v in received.headers.raw if k.lower() not in _DROPPED]
    extensions = {"http_version": received.extensions.get("http_version", b"HTTP/1.1")}
    content: Any = {"content": strip_prefix(answer.body)} if answer.body is not None else {}
    stream: Any = {} if content else {"stream": _Stripped(received)}
    return httpx.Response(
        received.status_code, headers=headers, extensions=extensions, **content, **stream
    )


class _Stripped(httpx.AsyncByteStream):
    """A response's decoded body, with Xiaomi's prefix taken off its front."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        front: bytes | None = b""
        async for chunk in self._response.aiter_bytes():
            if front is None:
                yield chunk
                continue
            front += chunk
            if prefix_is_decided(front):
                yield strip_prefix(front)
                front = None
        if front:
            yield strip_prefix(front)

    async def aclose(self) -> None:
        await self._response.aclose()


def _passed_on(response: httpx.Response) -> httpx.Response:
    return httpx.Response(
        response.status_code,
        headers=response.headers,
        stream=response.stream,
        extensions=response.extensions,
    )
