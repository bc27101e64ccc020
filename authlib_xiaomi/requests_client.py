"""Xiaomi over requests.

>>> session = XiaomiOAuth2Session(client_id, client_secret, redirect_uri=callback)
>>> url, state = session.create_authorization_url()
>>> token = session.fetch_token(authorization_response=callback_url, state=state)
>>> session.userinfo()["name"]
"""

from __future__ import annotations

import io
import os
import time
import weakref
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final

import requests
from authlib.integrations.requests_client import OAuth2Auth, OAuth2Session
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util.retry import Retry

from ._client import Shared
from ._sync_client import SyncXiaomiClient
from .credentials import Credentials
from .errors import CERTIFICATES, INVALID_RESPONSE, XiaomiOAuthError, comes_of, unavailable
from .provider import MAX_CONNECTIONS, MAX_IDLE, origin, same_origin
from .redaction import guard_loggers, hidden
from .refresh import Refreshes, Turns
from .repeats import PAUSES, STATUSES, WITHIN
from .responses import nonce_was_used, strip_prefix

__all__ = ["XiaomiOAuth2Session"]

guard_loggers("requests", "urllib3", "charset_normalizer")


class XiaomiAuth(OAuth2Auth):
    """Hands a request for the open API the credentials of the client's token."""

    def __call__(self, req: requests.PreparedRequest) -> requests.PreparedRequest:
        for hook in self.hooks:
            req.url, req.headers, req.body = hook(req.url, req.headers, req.body)
        # The URL as it will be sent, not as it was written.
        client: Any = self.client
        if same_origin(req.url or "", client.api_base_url):
            req.credentials = client.credentials()  # type: ignore[attr-defined]
        return req


class XiaomiOAuth2Session(SyncXiaomiClient, OAuth2Session):  # type: ignore[misc]
    """Authlib's ``OAuth2Session``, for Xiaomi.

    :param client_id: the AppID, as ``str`` or ``int``.
    :param client_secret: the AppSecret.
    :param redirect_uri: the callback, as registered with Xiaomi.
    :param scope: ``"1 3"``, ``[1, 3]``, members of :class:`~authlib_xiaomi.Scope`; default ``1``.
    :param token: a user's token, as ``fetch_token`` gave it.
    :param update_token: called with each refreshed token, to store it, and with
        ``refresh_token``, the one that it came of.
    :param subject: which of Xiaomi's ids becomes ``sub``: ``"unionId"``, ``"openId"`` or
        ``"userId"``.
    :param skip_confirm: whether a user who has allowed the application before is not asked again.
    :param mac: whether to sign requests when the token has a ``mac_key``.
    :param timeout: seconds, or what requests takes for it.
    :param refresh_lock: given a key, a lock that all processes share, as a context manager.
    :param authorization_endpoint: Xiaomi's, by default; so ``token_endpoint``, ``api_base_url``.
    :param kwargs: as in Authlib.
    :raises ValueError: for an option that cannot be.
    :raises TypeError: for an option that is misspelt.
    """

    token_auth_class = XiaomiAuth
    _REDIRECTS = "allow_redirects"
    _NO_AUTH = None

    @classmethod
    def share(cls, options: Mapping[str, Any], refreshes: Refreshes | None = None) -> Shared:
        return Shared(XiaomiAdapter(), Turns(Lock), refreshes or Refreshes())

    def _library_options(
        self, timeout: Any, options: dict[str, Any], owned: bool
    ) -> dict[str, Any]:
        self._owns_connections = owned
        return {"default_timeout": timeout, **options}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for url in self._xiaomi:
            self.mount(origin(url), self._shared.connections)

    def _token_url(self, url: str | None) -> str:
        url = super()._token_url(url)
        self.mount(origin(url), self._shared.connections)
        return url

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where a redirect leads; nowhere from Xiaomi's hosts, whatever the caller says."""
        if any(same_origin(resp.url, own) for own in self._xiaomi):
            return None
        target: str | None = super().get_redirect_target(resp)
        return target

    def close(self) -> None:
        """End the connections, but for those that are shared with other sessions."""
        for adapter in self.adapters.values():
            if self._owns_connections or adapter is not self._shared.connections:
                adapter.close()


class XiaomiAdapter(HTTPAdapter):
    """The connections to Xiaomi, and all that has to do with the wire.

    Here a request gets its credentials, so that nothing above it ever sees them: not the
    response that the application gets, nor an exception. Here it is repeated, if it may be, and
    what goes wrong gets a name.
    """

    def __init__(self) -> None:
        super().__init__(
            pool_connections=4,
            pool_maxsize=MAX_CONNECTIONS,
            max_retries=_Repeats(
                total=len(PAUSES),
                other=0,
                status_forcelist=STATUSES,
                allowed_methods=["GET"],
                raise_on_status=False,
                respect_retry_after_header=False,
            ),
        )
        _adapters.add(self)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        if manager.pool_classes_by_scheme.get("https") is HTTPSConnectionPool:  # not SOCKS
            manager.pool_classes_by_scheme = _POOLS
        return manager

    def forget(self) -> None:
        """Leave the connections to the process that this one was forked from."""
        self.proxy_manager = {}
        self.init_poolmanager(4, MAX_CONNECTIONS)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send `request`, with the credentials that it was handed.

        :raises XiaomiOAuthError: where Xiaomi cannot be reached, or its answer not be read.
        """
        # Taken off, so that nothing that keeps the request keeps them.
        credentials: Credentials | None = request.__dict__.pop("credentials", None)
        wire = _with_credentials(request, credentials)
        secrets = (credentials.access_token, credentials.mac_key) if credentials else ()
        with hidden(*secrets):
            try:
                response = self._send(wire, kwargs)
                if _was_refused_for_its_nonce(response, credentials, kwargs):
                    response = self._send(wire, kwargs)
            except (OSError, HTTPError) as error:  # OSError: all of requests' exceptions are
                failure = _failure(error, request)
            else:
                response.url, response.request = request.url or "", request
                return response
        raise failure

    def _send(self, wire: requests.PreparedRequest, kwargs: Mapping[str, Any]) -> requests.Response:
        response = super().send(wire, **kwargs)
        if kwargs.get("stream"):
            response.raw._request_url = None  # it has the token
            return response
        return _with_body(response, strip_prefix(response.content))


def _with_credentials(
    request: requests.PreparedRequest, credentials: Credentials | None
) -> requests.PreparedRequest:
    if credentials is None:
        return request
    method = request.method or "GET"
    wire = request.copy()
    wire.url = url = credentials.url(request.url or "")
    if credentials.mac_key:
        wire.headers = _SignedHeaders(wire.headers, lambda: credentials.authorization(method, url))
    return wire


def _was_refused_for_its_nonce(
    response: requests.Response, credentials: Credentials | None, kwargs: Mapping[str, Any]
) -> bool:
    signed = credentials is not None and credentials.mac_key is not None
    return signed and not kwargs.get("stream") and nonce_was_used(response.content)


def _with_body(response: requests.Response, body: bytes) -> requests.Response:
    bare = requests.Response()
    for name in ("status_code", "headers", "encoding", "reason", "cookies"):
        setattr(bare, name, getattr(response, name))
    bare.raw = io.BytesIO(body)
    return bare


class _SignedHeaders(CaseInsensitiveDict[str]):
    """Headers that get a new signature each time they are sent: a nonce works once."""

    def __init__(self, headers: Any, sign: Callable[[], str | None]) -> None:
        super().__init__(headers)
        self._sign = sign

    def signed(self) -> _SignedHeaders:
        headers = self.copy()
        headers["Authorization"] = self._sign() or ""
        return headers

    def copy(self) -> _SignedHeaders:
        return _SignedHeaders(self.items(), self._sign)


class _Repeats(Retry):
    """urllib3's repetitions, with our pauses and within our limit."""

    _until: float | None = None

    def started(self) -> _Repeats:
        retries = self.new()
        retries._until = self._until or time.monotonic() + WITHIN
        return retries

    def new(self, **kwargs: Any) -> _Repeats:
        retries: _Repeats = super().new(**kwargs)
        retries._until = self._until
        return retries

    def increment(
        self,
        method: Any = None,
        url: Any = None,
        response: Any = None,
        error: Exception | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> _Repeats:
        if isinstance(error, ReadTimeoutError):
            raise error
        late = self._until is not None and time.monotonic() > self._until
        retries = self.new(total=0) if late else self
        rest: _Repeats = super(_Repeats, retries).increment(
            method, url, response, error, *args, **kwargs
        )
        return rest

    def get_backoff_time(self) -> float:
        return PAUSES[min(len(self.history), len(PAUSES)) - 1] if self.history else 0


class _Pool:
    """Signs each try anew, and counts the time from the first."""

    def urlopen(self, method: str, url: str, body: Any = None, headers: Any = None,
                retries: Any = None, *args: Any, **kwargs: Any) -> Any:  # fmt: skip
        if isinstance(headers, _SignedHeaders):
            headers = headers.signed()
        # urllib3 calls this method once more for each repetition.
        retries = retries.started()
        return super().urlopen(method, url, body, headers, retries, *args, **kwargs)  # type: ignore[misc]


class _Connection:
    """A kept connection that is not used again after a while: the other end may be about to
    close it, or something on the way may have forgotten it."""

    _last_used = float("inf")

    def getresponse(self) -> Any:
        response = super().getresponse()  # type: ignore[misc]
        self._last_used = time.monotonic()
        return response

    @property
    def is_connected(self) -> bool:
        kept: bool = super().is_connected  # type: ignore[misc]
        return kept and time.monotonic() - self._last_used < MAX_IDLE


class _HTTPConnection(_Connection, HTTPConnection):
    pass


class _HTTPSConnection(_Connection, HTTPSConnection):
    pass


class _HTTPPool(_Pool, HTTPConnectionPool):  # type: ignore[misc]
    ConnectionCls = _HTTPConnection


class _HTTPSPool(_Pool, HTTPSConnectionPool):  # type: ignore[misc]
    ConnectionCls = _HTTPSConnection


_POOLS: Final = {"http": _HTTPPool, "https": _HTTPSPool}

_adapters: weakref.WeakSet[XiaomiAdapter] = weakref.WeakSet()


def _forget_all() -> None:
    for adapter in _adapters:
        adapter.forget()


# Windows has no fork, and nothing to register.
getattr(os, "register_at_fork", lambda **_: None)(after_in_child=_forget_all)


def _failure(error: Exception, request: requests.PreparedRequest) -> XiaomiOAuthError:
    """What `error` says, without what it quotes."""
    host = origin(request.url or "")
    if isinstance(error, requests.Timeout):
        return unavailable(f"{host} did not answer in time")
    garbled = (
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
    )
    if isinstance(error, garbled) and not comes_of(error, ConnectionError):
        return XiaomiOAuthError(INVALID_RESPONSE, f"the answer of {host} broke off or is garbled")
    if isinstance(error, requests.exceptions.SSLError):
        return unavailable(f"no trusted connection to {host}", hint=CERTIFICATES)
    if isinstance(error, (requests.RequestException, HTTPError)):
        return unavailable(f"{host} could not be reached ({type(error).__name__})")
    return unavailable(f"{host} could not be reached: {error}")
