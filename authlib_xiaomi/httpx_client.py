"""Xiaomi over httpx2, or over httpx where Authlib uses that.

>>> async with AsyncXiaomiOAuth2Client(client_id, client_secret, redirect_uri=callback) as client:
...     url, state = client.create_authorization_url()
...     token = await client.fetch_token(authorization_response=callback_url, state=state)
...     (await client.userinfo(token=token))["name"]
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuth2Auth

from ._async_runtime import AsyncRuntime
from ._authlib import ClientTokenAuth, protected_request_hooks
from ._calls import ClientMethods
from ._core.exchange import Call
from ._core.options import Options, describe_options
from ._core.tokens import hide_token
from ._core.urls import goes_to_api
from ._httpx_pool import WIRE_OPTIONS, Pool
from ._httpx_wire import CALL, Transport, own_headers, parsed_url, put_on
from ._option_types import AsyncClientOptions, signature_lists
from ._own_requests import OwnRequest

if TYPE_CHECKING:
    import httpx2 as httpx
    from typing_extensions import Unpack
else:
    from ._httpx_wire import httpx

__all__ = ["AsyncXiaomiOAuth2Client"]

_log = logging.getLogger(httpx.__name__)


class XiaomiAuth(ClientTokenAuth, OAuth2Auth):
    """``client.token_auth`` for requests of other clients. To requests to the open API, and to no
    others, it adds the client's token, which is then in the URL of the response."""

    requires_request_body = True

    def sync_auth_flow(self, request: httpx.Request) -> Any:
        """Raise a RuntimeError: an asynchronous client cannot refresh a token here."""
        raise RuntimeError("token_auth of an asynchronous client goes with asynchronous requests")

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Add the credentials to a request to the open API."""
        client = self.client
        if goes_to_api(str(request.url), client.api_base_url):
            token = await client._source(None).fresh()
            call = client._call_auth(token, {}).call
            request = put_on(request, call)
        yield request


class _CallAuth(httpx.Auth):
    """The ``auth=`` of one call: it hands the call to the transport, which adds the credentials."""

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
        if goes_to_api(str(request.url), self._client.api_base_url):
            request.extensions = {**request.extensions, CALL: self.call}
        yield request


class AsyncXiaomiOAuth2Client(ClientMethods, AsyncOAuth2Client):  # type: ignore[misc]
    __doc__ = f"""Authlib's ``AsyncOAuth2Client``, for Xiaomi.

    One client may serve many users at once: pass ``token=`` with each call. Options that are not
    given are read from the environment (``XIAOMI_CLIENT_ID``, …). Hooks are async functions, and
    ``refresh_lock`` returns an asynchronous context manager.

{describe_options()}
    :param token: a user's token, as ``fetch_token`` gave it, or an access token (str).
    :raises ValueError: for an option that is not valid.
    :raises TypeError: for a misspelt option, an option of requests, or a hook of the wrong kind.
    """

    _runtime = AsyncRuntime()
    token_auth_class = XiaomiAuth
    _TAKEN = AsyncClientOptions.__optional_keys__
    _REFUSED = {  # noqa: RUF012
        "proxies": 'httpx\' option is proxy="http://…"',
        "hooks": 'httpx\' option is event_hooks={"response": […]}',
        "stream": "use client.stream()",
        "allow_redirects": "it is an option of requests; Xiaomi's redirects are never followed",
    }
    _TIMEOUT_PARTS = (2, 4)
    _REDIRECTS = "follow_redirects"
    _NO_AUTH = httpx.USE_CLIENT_DEFAULT
    _RESPONSE = httpx.Response
    _CALL_AUTH = _CallAuth

    @signature_lists(AsyncClientOptions)
    def __init__(
        self,
        client_id: str | int | None = None,
        client_secret: str | None = None,
        **options: Unpack[AsyncClientOptions],
    ) -> None:
        prepared = self._prepare(client_id=client_id, client_secret=client_secret, **options)
        wire: Any = {name: prepared.pop(name) for name in WIRE_OPTIONS if name in prepared}
        state = prepared.pop("state", None)  # Authlib's constructor does not take it
        self._wire = Transport(Pool(self._options, wire), self._options, self._shared)
        timeout = _timeout(self._options)
        super().__init__(**prepared, timeout=timeout, transport=self._wire)
        self.state = state

    @asynccontextmanager
    async def stream(  # type: ignore[override]
        self,
        method: str,
        url: Any,
        withhold_token: bool = False,
        auth: Any = httpx.USE_CLIENT_DEFAULT,
        *,
        token: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[httpx.Response]:
        """Send a request, and give its response, whose body is read piece by piece, as a context.

        The arguments and the errors are those of :meth:`request`.
        """
        url, to_api = self._resolve_url(url, kwargs)
        if self._wants_token(withhold_token, auth):
            source, token = self._source(token), None
            found = await (source.fresh() if to_api else source.required())
            auth = self._call_auth(found, {"stream": True})
        elif self._is_xiaomi(url):
            call = Call(self._options.max_api_response_size, stream=True)
            kwargs["extensions"] = {**(kwargs.get("extensions") or {}), CALL: call}
        auth = None if withhold_token and auth is self._NO_AUTH else auth
        opened = super(AsyncOAuth2Client, self).stream(method, url, auth=auth, **kwargs)
        async with opened as response:
            yield response

    async def close_connections(self) -> None:
        """Wait for the refreshes that have begun, and close the connections of this event loop; the
        next request opens new ones."""
        await self._wire.aclose()

    async def _library_request(self, method: str, url: str, kwargs: dict[str, Any]) -> Any:
        # parsed_url remembers URLs, and a query may have secrets.
        target = url if "?" in url else parsed_url(url)
        return await AsyncOAuth2Client.request(self, method, target, withhold_token=True, **kwargs)

    async def _send(self, request: OwnRequest) -> httpx.Response:
        """Send a request through the transport: what a client does besides is not needed for it."""
        settings = request.settings
        timeout = settings.get("timeout", self.timeout)
        if not isinstance(timeout, httpx.Timeout):
            timeout = httpx.Timeout(timeout)
        url = parsed_url(request.url)
        own = httpx.Request(
            request.method,
            url,
            params=settings.get("params"),
            headers=own_headers(url, self.headers, request.headers),
            stream=httpx.ByteStream(b""),
            extensions={"timeout": timeout.as_dict(), CALL: request.call},
        )
        own.read()  # so that hooks may look at its content
        for hook in self.event_hooks["request"]:
            await hook(own)
        response = await self._wire.handle_async_request(own)
        response.request = own
        response.read()
        if _log.isEnabledFor(logging.INFO):  # as httpx' client does
            _log.info(
                'HTTP Request: %s %s "%s %d %s"',
                own.method,
                own.url,
                response.http_version,
                response.status_code,
                response.reason_phrase,
            )
        for hook in self.event_hooks["response"]:
            await hook(response)
        return response


def _method(name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def call(self: AsyncXiaomiOAuth2Client, url: Any, **kwargs: Any) -> Any:
        kwargs = hide_token(kwargs)
        return await self.request(name, url, **kwargs)

    call.__doc__ = f"Send a {name} request. The other arguments are those of :meth:`request`."
    return call


# The methods of httpx do not take ``token``.
for _name in ("get", "options", "head", "post", "put", "patch", "delete"):
    setattr(AsyncXiaomiOAuth2Client, _name, _method(_name.upper()))


def _timeout(options: Options) -> Any:
    if isinstance(options.timeout, tuple) and len(options.timeout) != 2:
        return httpx.Timeout(options.timeout)
    connect, read = options.seconds()
    if options.timeout is None or isinstance(options.timeout, (int, float, tuple)):
        return httpx.Timeout(read, connect=connect, pool=options.pool_timeout)
    return options.timeout
