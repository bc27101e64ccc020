"""Xiaomi over httpx2, or over httpx where Authlib uses that.

>>> async with AsyncXiaomiOAuth2Client(client_id, client_secret, redirect_uri=callback) as client:
...     url, state = client.create_authorization_url()
...     token = await client.fetch_token(authorization_response=callback_url, state=state)
...     (await client.userinfo())["name"]
"""

from __future__ import annotations

import importlib
import ssl
import time
from collections.abc import Callable, Generator, Mapping
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.request import getproxies

import anyio
from authlib.integrations.httpx_client import (
    AsyncOAuth2Client,
    OAuth2Auth,
    OAuth2Client,
    OAuth2ClientAuth,
)

from ._async_client import AsyncXiaomiClient
from ._client import Shared
from ._sync_client import SyncXiaomiClient
from .credentials import Credentials
from .errors import CERTIFICATES, INVALID_RESPONSE, XiaomiOAuthError, comes_of, unavailable
from .provider import MAX_CONNECTIONS, MAX_IDLE, origin, same_origin
from .redaction import guard_loggers, hidden, muted
from .refresh import Refreshes, Turns
from .repeats import Repeats
from .responses import nonce_was_used, strip_prefix
from .steps import Steps, adrive, drive

if TYPE_CHECKING:
    import httpx2 as httpx
else:
    # The one that Authlib uses: it says so nowhere but in what its client is made of.
    _client = next(cls for cls in OAuth2Client.__mro__ if cls.__module__.startswith("httpx"))
    httpx = importlib.import_module(_client.__module__.partition(".")[0])

__all__ = ["AsyncXiaomiOAuth2Client", "XiaomiOAuth2Client"]

_HTTPX: Final = httpx.__name__
_HTTPCORE: Final = _HTTPX.replace("httpx", "httpcore")

guard_loggers(
    _HTTPX,
    *(f"{_HTTPCORE}.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
    *("hpack", "hpack.hpack", "hpack.table", "h2", "charset_normalizer"),
)

#: Where a request carries its credentials, out of sight of logs and exceptions.
_CREDENTIALS: Final = "authlib_xiaomi"

#: The options that have to do with the connections, and not with a single client.
_WIRE_OPTIONS: Final = (
    "verify", "cert", "http1", "http2", "proxy", "mounts", "limits", "transport", "trust_env",
)  # fmt: skip


class XiaomiAuth(OAuth2Auth):
    """Hands a request for the open API the credentials of the client's token."""

    requires_request_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        for hook in self.hooks:
            url, headers, body = hook(str(request.url), request.headers, request.content)
            headers["Content-Length"] = str(len(body.encode() if isinstance(body, str) else body))
            request = httpx.Request(
                request.method, url, headers=headers, content=body, extensions=request.extensions
            )
        # The URL as it will be sent, not as it was written.
        client: Any = self.client
        if same_origin(str(request.url), client.api_base_url):
            credentials = client.credentials()
            request.extensions = {**request.extensions, _CREDENTIALS: credentials}
        yield request


class XiaomiClientAuth(OAuth2ClientAuth):
    """Puts the AppSecret into the form."""

    def prepare(self, method: str, uri: str, headers: Any, body: Any) -> Any:
        # Authlib hands on bytes, which it reads as ASCII; a code may be anything.
        return super().prepare(method, uri, headers, body.decode())  # type: ignore[no-untyped-call]


class _HttpxClient:
    """What is httpx's, sync or async."""

    _REDIRECTS = "follow_redirects"
    _NO_AUTH = httpx.USE_CLIENT_DEFAULT
    token_auth_class = XiaomiAuth
    client_auth_class = XiaomiClientAuth
    _shared: Shared
    _transport_class: Callable[..., Any]
    _xiaomi: list[str]

    def _library_options(
        self, timeout: Any, options: dict[str, Any], owned: bool
    ) -> dict[str, Any]:
        transport = self._transport_class(self._shared.connections, self._xiaomi, owned)
        timeout = options.pop("default_timeout", timeout)  # Authlib's name for it with requests
        rest = {name: value for name, value in options.items() if name not in _WIRE_OPTIONS}
        return {"timeout": timeout, **rest, "transport": transport}

    def stream(self, method: str, url: Any, **kwargs: Any) -> Any:
        """As in httpx; `url` may be a path of the open API."""
        url, _ = self._aim(url, kwargs)  # type: ignore[attr-defined]
        return super().stream(method, url, **kwargs)  # type: ignore[misc]


class XiaomiOAuth2Client(_HttpxClient, SyncXiaomiClient, OAuth2Client):  # type: ignore[misc]
    """Authlib's httpx ``OAuth2Client``, for Xiaomi. Takes what
    :class:`~authlib_xiaomi.requests_client.XiaomiOAuth2Session` takes, and httpx's options.
    """

    @classmethod
    def share(cls, options: Mapping[str, Any], refreshes: Refreshes | None = None) -> Shared:
        wire = _wire(httpx.Client, httpx.HTTPTransport, options)
        return Shared(wire, Turns(Lock), refreshes or Refreshes())


class AsyncXiaomiOAuth2Client(_HttpxClient, AsyncXiaomiClient, AsyncOAuth2Client):  # type: ignore[misc]
    """Authlib's ``AsyncOAuth2Client``, for Xiaomi. Takes what
    :class:`~authlib_xiaomi.requests_client.XiaomiOAuth2Session` takes, and httpx's options;
    ``update_token`` is awaited, and ``refresh_lock`` returns an asynchronous context manager.
    """

    @classmethod
    def share(cls, options: Mapping[str, Any], refreshes: Refreshes | None = None) -> Shared:
        wire = _wire(httpx.AsyncClient, httpx.AsyncHTTPTransport, options)
        return Shared(wire, Turns(anyio.Lock), refreshes or Refreshes())


def _wire(client: Any, transport: Any, options: Mapping[str, Any]) -> Any:
    """What keeps the connections: a transport, or where proxies are to be found the way that
    httpx finds them, a client."""
    limits = httpx.Limits(
        max_connections=None,
        max_keepalive_connections=MAX_CONNECTIONS,
        keepalive_expiry=MAX_IDLE,
    )
    given = {name: value for name, value in options.items() if name in _WIRE_OPTIONS}
    proxies = given.get("trust_env", True) and getproxies()
    if proxies or given.get("proxy") or given.get("mounts"):
        # Users share the connections, and must not share cookies.
        cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        return client(**{"limits": limits, **given, "cookies": cookies})
    if given.get("transport"):
        return given["transport"]
    rest = {name: value for name, value in given.items() if name not in _FOR_PROXIES}
    return transport(**{"limits": limits, **rest})


_FOR_PROXIES: Final = ("proxy", "mounts", "transport")


class _Transport:
    """The way to Xiaomi, and all that has to do with the wire.

    Here a request gets its credentials, so that nothing above it ever sees them: not the
    response that the application gets, nor an exception, nor an event hook. Here it is repeated,
    if it may be, and what goes wrong gets a name.
    """

    def __init__(self, wire: Any, xiaomi: list[str], owned: bool) -> None:
        self._wire = wire
        self._xiaomi = xiaomi
        self._owned = owned

    def _is_for_xiaomi(self, request: httpx.Request) -> bool:
        return any(same_origin(str(request.url), url) for url in self._xiaomi)


class _SyncTransport(_Transport, httpx.BaseTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        credentials = _taken_off(request)
        with hidden(*_secrets(credentials)), muted(_HTTPX):
            if self._is_for_xiaomi(request):
                return drive(_exchange(request, credentials, self._send, time.sleep))
            return _passed_on(self._send(request))

    def _send(self, request: httpx.Request) -> httpx.Response:
        wire: Any = self._wire
        if isinstance(wire, httpx.Client):
            return wire.send(request, stream=True, follow_redirects=False)
        response: httpx.Response = wire.handle_request(request)
        return response

    def close(self) -> None:
        if self._owned:
            self._wire.close()


class _AsyncTransport(_Transport, httpx.AsyncBaseTransport):
    _under_way = 0
    _at_rest: anyio.Event | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._under_way += 1
        try:
            return await self._handle(request)
        finally:
            self._under_way -= 1
            if self._at_rest and not self._under_way:
                self._at_rest.set()

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        credentials = _taken_off(request)
        with hidden(*_secrets(credentials)), muted(_HTTPX):
            if self._is_for_xiaomi(request):
                return await adrive(_exchange(request, credentials, self._send, anyio.sleep))
            return _passed_on(await self._send(request))

    async def _send(self, request: httpx.Request) -> httpx.Response:
        wire: Any = self._wire
        if isinstance(wire, httpx.AsyncClient):
            return await wire.send(request, stream=True, follow_redirects=False)
        response: httpx.Response = await wire.handle_async_request(request)
        return response

    async def aclose(self) -> None:
        if self._owned:
            if self._under_way:
                # A refresh that goes on, though nobody waits for it any more.
                self._at_rest = anyio.Event()
                await self._at_rest.wait()
            await self._wire.aclose()


XiaomiOAuth2Client._transport_class = _SyncTransport
AsyncXiaomiOAuth2Client._transport_class = _AsyncTransport


def _exchange(
    request: httpx.Request,
    credentials: Credentials | None,
    send: Callable[..., Any],
    sleep: Callable[[float], Any],
) -> Steps[httpx.Response]:
    repeats = Repeats(request.method)
    may_sign_again = credentials is not None and credentials.mac_key is not None
    while True:
        response: Any = None
        failure: Exception | None = None
        try:
            response = yield partial(send, _with_credentials(request, credentials))
        except (httpx.HTTPError, OSError) as error:
            failure = error
        if failure is None:
            pause = repeats.pause(status=response.status_code)
        else:
            pause = repeats.pause(failed=_is_broken(failure), left=_has_left(failure))
        if pause is not None:
            if response is not None:
                yield _closing(response)
            yield partial(sleep, pause)
            continue
        if failure is not None:
            raise _failure(failure, request)
        try:
            body = yield _reading(response)
        except httpx.HTTPError as error:
            failure = error
        if failure is not None:
            raise _failure(failure, request, answering=True)
        if may_sign_again and nonce_was_used(body):
            may_sign_again = False
            continue
        return _with_body(response, body)


def _closing(response: httpx.Response) -> Callable[[], Any]:
    return response.aclose if isinstance(response.stream, httpx.AsyncByteStream) else response.close


def _reading(response: httpx.Response) -> Callable[[], Any]:
    return response.aread if isinstance(response.stream, httpx.AsyncByteStream) else response.read


def _taken_off(request: httpx.Request) -> Credentials | None:
    """The credentials that a request was handed, so that nothing that keeps it keeps them."""
    credentials: Credentials | None = request.extensions.pop(_CREDENTIALS, None)
    return credentials


def _secrets(credentials: Credentials | None) -> tuple[str | None, ...]:
    return (credentials.access_token, credentials.mac_key) if credentials else ()


def _with_credentials(request: httpx.Request, credentials: Credentials | None) -> httpx.Request:
    if credentials is None:
        return request
    url = credentials.url(str(request.url))
    headers = request.headers.copy()
    signature = credentials.authorization(request.method, url)
    if signature is not None:
        headers["Authorization"] = signature
    return httpx.Request(
        request.method, url, headers=headers, stream=request.stream, extensions=request.extensions
    )


def _with_body(response: httpx.Response, body: bytes) -> httpx.Response:
    """`response` with its body read, decoded, and without Xiaomi's prefix."""
    # Raw: who says that a header is ASCII?
    headers = [(k, v) for k, v in response.headers.raw if k.lower() not in _ABOUT_THE_BODY]
    extensions = {"http_version": response.extensions.get("http_version", b"HTTP/1.1")}
    return httpx.Response(
        response.status_code, headers=headers, content=strip_prefix(body), extensions=extensions
    )


#: Headers that are no longer true of a body that was read.
_ABOUT_THE_BODY: Final = (b"content-encoding", b"content-length", b"transfer-encoding")


def _passed_on(response: httpx.Response) -> httpx.Response:
    return httpx.Response(
        response.status_code,
        headers=response.headers,
        stream=response.stream,
        extensions=response.extensions,
    )


def _is_broken(error: Exception) -> bool:
    """Whether the connection is what failed, so that another may do better."""
    broken = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)
    return isinstance(error, broken) and not comes_of(error, ssl.SSLError)


def _has_left(error: Exception) -> bool:
    """Whether the request may have reached the other side."""
    return not isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))


def _failure(error: Exception, request: httpx.Request, answering: bool = False) -> XiaomiOAuthError:
    """What `error` says, without what it quotes."""
    host = origin(str(request.url))
    if isinstance(error, httpx.TimeoutException):
        return unavailable(f"{host} did not answer in time")
    if isinstance(error, httpx.DecodingError) or (
        answering and isinstance(error, httpx.RemoteProtocolError)
    ):
        return XiaomiOAuthError(INVALID_RESPONSE, f"the answer of {host} broke off or is garbled")
    if comes_of(error, ssl.SSLError):
        return unavailable(f"no trusted connection to {host}", hint=CERTIFICATES)
    if isinstance(error, httpx.HTTPError):
        return unavailable(f"{host} could not be reached ({type(error).__name__})")
    return unavailable(f"{host} could not be reached: {error}")
