"""Xiaomi over requests.

>>> session = XiaomiOAuth2Session(client_id, client_secret, redirect_uri=callback)
>>> url, state = session.create_authorization_url()
>>> token = session.fetch_token(authorization_response=callback_url, state=state)
>>> session.userinfo(token=token)["name"]
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import requests
from authlib.integrations.requests_client import OAuth2Auth, OAuth2Session
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import (
    ConnectTimeoutError,
    EmptyPoolError,
    HTTPError,
    NewConnectionError,
    ProxyError,
)

from ._authlib import protected_request_hooks
from ._client import OwnRequest, Shared
from ._connections import KeptConnection, limit_pools
from ._core.exchange import Answer, Call, Failure, TooLargeError, exchange, failure_of
from ._core.options import Options, describe_options
from ._core.responses import prefix_is_decided, strip_prefix
from ._core.runtime import reset_after_fork, run_sync
from ._core.urls import origin, same_origin
from ._sync_client import SyncXiaomiClient
from .errors import unavailable
from .provider import Subject
from .redaction import guard_loggers, redacting
from .scopes import ScopeLike

if TYPE_CHECKING:
    from typing_extensions import Never

__all__ = ["XiaomiOAuth2Session"]

guard_loggers("requests", "urllib3", "charset_normalizer")

#: Where a request carries its call, out of sight of logs and exceptions.
_CALL: Final = "xiaomi_call"


class XiaomiAuth(OAuth2Auth):
    """``client.token_auth``, for requests of other sessions: it signs in to the open API's host,
    and sends nothing elsewhere. The token then stands in the URL of the response."""

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

    def __call__(self, req: requests.PreparedRequest) -> requests.PreparedRequest:
        client = self.client
        if same_origin(req.url or "", client.api_base_url):
            client.ensure_active_token()
            call = client._call_auth(client._source(None).token, {}).call
            _put_on(req, call)
        return req


class _CallAuth(requests.auth.AuthBase):
    """The ``auth=`` of one call: hands the wire what the call carries."""

    def __init__(self, client: XiaomiOAuth2Session, call: Call) -> None:
        self._client = client
        self.call = call

    def __call__(self, req: requests.PreparedRequest) -> requests.PreparedRequest:
        for hook in protected_request_hooks(self._client):
            req.url, req.headers, req.body = hook(req.url, req.headers, req.body)
        # The URL as it will be sent, not as it was written.
        if same_origin(req.url or "", self._client.api_base_url):
            setattr(req, _CALL, self.call)
        return req


class XiaomiOAuth2Session(SyncXiaomiClient, OAuth2Session):  # type: ignore[misc]
    __doc__ = f"""Authlib's ``OAuth2Session``, for Xiaomi.

    One session may serve many users at once: pass ``token=`` with each call. What is not given is
    read from the environment (``XIAOMI_CLIENT_ID``, …).

{describe_options()}
    :param token: a user's token, as ``fetch_token`` gave it, or an access token (str).
    :raises ValueError: for an option that is not valid.
    :raises TypeError: for an option that is misspelt, or that is one of httpx.
    """

    token_auth_class = XiaomiAuth
    LIBRARY_OPTIONS = (
        "proxies", "hooks", "stream", "verify", "cert", "max_redirects", "trust_env",
    )  # fmt: skip
    OTHER_OPTIONS = {  # noqa: RUF012
        "proxy": 'requests\' option is proxies={"https": "http://…"}',
        "mounts": 'requests\' option is proxies={"https": "http://…"}',
        "transport": "mount an adapter on the session instead",
        "limits": "the option is max_connections",
        "event_hooks": 'requests\' option is hooks={"response": …}',
        "follow_redirects": "it is an option of httpx; Xiaomi's redirects are never followed",
        "http1": "it is an option of httpx",
        "http2": "it is an option of httpx",
        "base_url": "the option is api_base_url",
    }
    _REDIRECTS = "allow_redirects"
    _NO_AUTH = None
    _RESPONSE = requests.Response
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
        timeout: float | tuple[float | None, float | None] | None = None,
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
        proxies: Mapping[str, str] | None = None,
        hooks: Mapping[str, Any] | None = None,
        stream: bool | None = None,
        verify: bool | str | None = None,
        cert: str | tuple[str, str] | None = None,
        max_redirects: int | None = None,
        trust_env: bool | None = None,
        _options: Options | None = None,
        _shared: Shared | None = None,
        **metadata: Never,
    ) -> None:
        prepared = self._prepare(locals())
        super().__init__(**prepared)
        # requests' own adapters: what else is mounted is the application's, and is used.
        self._default_adapters = set(self.adapters.values())
        self._adapters: dict[Any, XiaomiAdapter] = {}
        connect, read = self._options.seconds()
        plain = self._options.timeout is None
        self.default_timeout = (connect, read) if plain else self._options.timeout

    def mount(self, prefix: str, adapter: Any) -> None:
        """As in requests. An adapter that is mounted for Xiaomi's URLs sends the requests to
        them, under this package's own (which adds credentials and repeats GETs)."""
        super().mount(prefix, adapter)

    def get_adapter(self, url: str) -> Any:
        """The adapter for `url`; for Xiaomi's hosts one that puts on what a call carries."""
        return self._adapter(url) if self._is_xiaomi(url) else super().get_adapter(url)

    def _adapter(self, url: str) -> XiaomiAdapter:
        inner = super().get_adapter(url)
        inner = None if inner in self._default_adapters else inner
        adapter = self._adapters.get(inner)
        if adapter is None:
            adapter = self._adapters[inner] = XiaomiAdapter(self._options, self._shared, inner)
        return adapter

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """As in requests; for Xiaomi's hosts the environment is read once."""
        if not self._is_xiaomi(url):
            return super().merge_environment_settings(url, proxies, stream, verify, cert)
        found = self._adapter(url).environment(self.trust_env, self._environment, url)
        if verify in (None, True) and isinstance(found["verify"], str):
            verify = found["verify"]
        merged = {**self.proxies, **found["proxies"], **(proxies or {})}
        return {
            "proxies": {k: v for k, v in merged.items() if v is not None},
            "stream": self.stream if stream is None else stream,
            "verify": self.verify if verify is None else verify,
            "cert": self.cert if cert is None else cert,
        }

    def _environment(self, url: str) -> dict[str, Any]:
        with requests.Session() as plain:
            return plain.merge_environment_settings(url, {}, None, None, None)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where a redirect leads; nowhere from Xiaomi's hosts, whatever the caller says."""
        if self._is_xiaomi(resp.url):
            return None
        target: str | None = super().get_redirect_target(resp)
        return target

    async def _library_request(self, method: str, url: str, kwargs: dict[str, Any]) -> Any:
        return OAuth2Session.request(self, method, url, withhold_token=True, **kwargs)

    async def _send(self, request: OwnRequest) -> requests.Response:
        """Straight to the adapter: nothing of a session is needed that is not done here."""
        settings = dict(request.settings)
        prepared = requests.Request(
            request.method, request.url, params=settings.pop("params", None)
        ).prepare() if "params" in settings else _prepared(request)  # fmt: skip
        prepared.headers = CaseInsensitiveDict({**self.headers, **request.headers})
        setattr(prepared, _CALL, request.call)
        environment = self.merge_environment_settings(
            request.url,
            settings.get("proxies"),
            False,
            settings.get("verify"),
            settings.get("cert"),
        )
        timeout = settings.get("timeout", self.default_timeout)
        response = self._adapter(request.url).send(prepared, timeout=timeout, **environment)
        hooks = [*_listed(self.hooks), *_listed(settings.get("hooks") or {})]
        for hook in hooks:
            response = hook(response, timeout=timeout, **environment) or response
        return response

    def close(self) -> None:
        """End the connections, after the refreshes that are on their way."""
        super().close()
        for adapter in list(self._adapters.values()):
            adapter.close()


def _prepared(request: OwnRequest) -> requests.PreparedRequest:
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url = request.method, request.url
    return prepared


def _listed(hooks: Mapping[str, Any]) -> list[Callable[..., Any]]:
    found = hooks.get("response") or []
    return [found] if callable(found) else list(found)


class XiaomiAdapter(BaseAdapter):
    """The connections to Xiaomi, and all that has to do with the wire.

    Here a request gets what its call carries, so that nothing above ever sees it: not the
    response that the application gets, nor an exception. Here it is repeated, if it may be, and
    what goes wrong gets a name.

    :param inner: what sends the requests; by default an adapter of requests' own.
    """

    def __init__(self, options: Options, shared: Shared, inner: Any = None) -> None:
        super().__init__()
        self._options = options
        self._shared = shared
        self._given = inner
        self.reset_after_fork()
        reset_after_fork(self)

    def reset_after_fork(self) -> None:
        """Leave the connections to the process that this one was forked from."""
        self._inner: Any = self._given
        self._environments: dict[tuple[str, bool], dict[str, Any]] = {}

    @property
    def inner(self) -> Any:
        """The adapter that sends, made at the first use: then all is patched that will be."""
        if self._inner is None:
            self._inner = _Pools(self._options)
        return self._inner

    def environment(
        self, trust_env: bool, read: Callable[[str], dict[str, Any]], url: str
    ) -> dict[str, Any]:
        """The environment's proxies and certificates for `url`, read once for each host."""
        key = origin(url), trust_env
        if key not in self._environments:
            nothing: dict[str, Any] = {"proxies": {}, "verify": None}
            self._environments[key] = read(url) if trust_env else nothing
        return self._environments[key]

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send `request`, with what it was handed.

        :raises XiaomiOAuthError: where Xiaomi cannot be reached, or its answer cannot be read.
        """
        # Taken off, so that nothing that keeps the request keeps it.
        call: Call = request.__dict__.pop(_CALL, None) or Call(
            self._options.max_api_response_size, stream=bool(kwargs.get("stream"))
        )
        wire = _Wire(self.inner, {**kwargs, "stream": True})
        method = request.method or "GET"
        with redacting(*call.secrets):
            answer = run_sync(
                exchange(wire, request, method, call, self._options.retry, self._shared.memory)
            )
        return _response(answer, request)

    def close(self) -> None:
        """End the connections; the next request opens a new one."""
        if self._inner is not None:
            self._inner.close()


class _Pools(HTTPAdapter):
    """requests' adapter, with limits for its connections and no repetitions of its own."""

    def __init__(self, options: Options) -> None:
        self._pool_timeout = options.pool_timeout
        super().__init__(
            pool_connections=8,
            pool_maxsize=options.max_connections,
            pool_block=True,
            max_retries=0,
        )

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        limit_pools(self.poolmanager, self._pool_timeout)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        if is_new:
            limit_pools(manager, self._pool_timeout)
        return manager


class _Wire:
    """One request, by requests."""

    errors = (OSError, HTTPError)  # OSError: all of requests' exceptions are

    def __init__(self, adapter: Any, settings: Mapping[str, Any]) -> None:
        self._adapter = adapter
        self._settings = settings

    async def send(self, request: requests.PreparedRequest, call: Call) -> Answer:
        response = self._adapter.send(_put_on(request.copy(), call), **self._settings)
        if call.stream:
            return Answer(response, response.status_code, None)
        return Answer(response, response.status_code, _read(response, call.max_size))

    async def close(self, answer: Answer) -> None:
        answer.response.close()

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251  # this coroutine runs in no event loop

    def failure(self, error: Exception, request: requests.PreparedRequest) -> Failure:
        host = origin(request.url or "")
        causes = [error, getattr(error.args[0] if error.args else None, "reason", None)]
        if isinstance(error, EmptyPoolError):
            text = f"too many requests at once to {host}: there was no free connection in time"
            return Failure(unavailable(text, "Raise max_connections or pool_timeout."))
        before = (ConnectTimeoutError, NewConnectionError, ProxyError, requests.ConnectTimeout)
        arrived = not any(isinstance(cause, before) for cause in causes)
        garbled = (
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        )
        return failure_of(error, host, arrived=arrived, garbled=isinstance(error, garbled))


def _put_on(request: requests.PreparedRequest, call: Call) -> requests.PreparedRequest:
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
        response.raw = _Stripped(received.raw)
        response.cookies.clear()
    response.headers.pop("Set-Cookie", None)
    response.url, response.request = request.url or "", request
    return response


class _Stripped:
    """A stream of urllib3's, with Xiaomi's prefix taken off its front."""

    #: The stream's own has the token in it.
    url = None

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def geturl(self) -> str | None:
        """As urllib3's."""
        return self.url

    def __getattr__(self, name: str) -> Any:
        if name in ("_original_response", "_request_url"):  # a cookie jar reads the one
            raise AttributeError(name)
        return getattr(self._raw, name)

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        front: bytes | None = b""
        for chunk in self._raw.stream(amt, decode_content=decode_content):
            if front is None:
                yield chunk
                continue
            front += chunk
            if prefix_is_decided(front):
                yield strip_prefix(front)
                front = None
        if front:
            yield strip_prefix(front)
