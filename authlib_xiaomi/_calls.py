"""The calls of a client, written once for synchronous and asynchronous clients.

Each method is ``async def``. A synchronous client runs it to its end at once (see
``_core/runtime``). What is overwritten after its last use has secrets in it: a crash reporter
collects the local variables of each frame.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial, wraps
from typing import Any

from ._core.failures import without_frames
from ._core.responses import parse_api_data, post_is_refused
from ._core.runtime import synchronous
from ._core.token_source import TokenSource, TokenStore
from ._core.tokens import SecretToken, XiaomiToken, XiaomiUserInfo, hide_token
from ._core.userinfo import needed_paths, user_of
from ._own_requests import OwnRequest, OwnRequests
from .errors import ErrorCode, XiaomiOAuthError, at_step
from .redaction import Secret, redacting, secrets_in
from .scopes import granted_scopes


class ClientMethods(OwnRequests):
    """The methods of a client. Asynchronous clients have the public ones as they are."""

    #: Sends a request of this package's own, and returns the HTTP library's response with its body.
    _send: Callable[[OwnRequest], Awaitable[Any]]
    #: Sends a request of the application's (method, URL, arguments) as the HTTP library does.
    _library_request: Callable[[str, str, dict[str, Any]], Awaitable[Any]]

    async def _fetch(self, url: str | None, given: Secret[dict[str, Any]]) -> SecretToken:
        with at_step("token"), without_frames():
            request = self._code_request(url, given)
            return self._token_of(await self._send(request), request)

    async def _refresh_once(
        self, old: SecretToken, store: TokenStore, given: Secret[dict[str, Any]]
    ) -> tuple[SecretToken, bool]:
        with at_step("refresh"):
            return await self._shared.refresher.refresh(
                self.client_id,
                old,
                store,
                partial(self._exchange_refresh_token, given),
                self._options.time_limit,
            )

    async def _exchange_refresh_token(
        self, given: Secret[dict[str, Any]], old: SecretToken
    ) -> SecretToken:
        memory = self._shared.memory
        with at_step("refresh"), without_frames():
            request = self._refresh_request(old, given)
            response = await self._send(request)
            if request.method == "POST" and _post_is_refused(response):
                memory.refresh_by_get = True  # from now on (doc 1516)
                request = self._refresh_request(old, given)
                response = await self._send(request)
                if _post_is_refused(response):
                    # GET is refused, too: something else is wrong with the refresh.
                    memory.refresh_by_get = False
            return self._token_of(response, request)

    async def _userinfo(self, source: TokenSource, kwargs: dict[str, Any]) -> XiaomiUserInfo:
        with at_step("userinfo"):
            token = await source.fresh()
            try:
                return await self._user(token, kwargs)
            except XiaomiOAuthError as error:
                has_ended = error.code == ErrorCode.OA_INVALID_TOKEN
                if not has_ended or not await source.has_unknown_age():
                    raise
            return await self._user(await source.refreshed(Secret({})), kwargs)

    async def _user(self, token: SecretToken, kwargs: dict[str, Any]) -> XiaomiUserInfo:
        """Who the user is. The token is not refreshed."""
        scopes = granted_scopes(token.reveal().get("scope"), self.scope)
        paths = needed_paths(token.reveal(), scopes, self._options.subject)
        calls = [partial(self._ask, path, token, kwargs) for path in paths]
        outcomes = zip(paths, await self._runtime.gather(calls), strict=True)
        return user_of(token.reveal(), outcomes, self._options.subject)

    async def _ask(self, path: str, token: SecretToken, kwargs: dict[str, Any]) -> Any:
        """The data that the open API answers with, or the error: it is returned, not raised."""
        try:
            response = await self._send(self._api_request(path, token, kwargs))
            with redacting(self.client_secret, *secrets_in(token.reveal())):
                return parse_api_data(response.content, response.status_code)
        except XiaomiOAuthError as error:
            return error.with_traceback(None)  # its frames hold the answer

    async def _request(
        self, source: TokenSource | None, method: str, url: str, kwargs: dict[str, Any]
    ) -> Any:
        url, to_api = self._resolve_url(url, kwargs)
        if source is None:
            return await self._library_request(method, url, kwargs)
        with at_step("api"):
            token = await (source.fresh() if to_api else source.required())
            kwargs["auth"] = self._call_auth(token, kwargs)
            response = await self._library_request(method, url, kwargs)
            ended = to_api and self._has_ended(method, response, kwargs)
            if ended and await source.has_unknown_age():
                token = await source.refreshed(Secret({}))
                kwargs["auth"] = self._call_auth(token, kwargs)
                response = await self._library_request(method, url, kwargs)
            return response

    # The public methods

    async def fetch_token(self, /, url: str | None = None, **kwargs: Any) -> XiaomiToken:
        """Exchange a code for a token, assign it to ``.token``, and return it.

        :param url: by default Xiaomi's token endpoint.
        :param kwargs: ``code``, or ``authorization_response``, the callback's whole URL;
            ``redirect_uri``, by default that of the client; other arguments, as in Authlib.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        :raises StateMismatchError: where the state in ``authorization_response`` is not ``state``.
        :raises MissingCodeError: where ``authorization_response`` has neither a code nor an error.
        """
        given, kwargs = Secret(kwargs), {}
        self.token = token = released(await self._fetch(url, given))
        return token

    async def refresh_token(
        self,
        /,
        url: str | None = None,
        refresh_token: str | None = None,
        *,
        token: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> XiaomiToken:
        """Exchange a refresh token for a new token, give it to ``update_token``, and return it.

        A refresh token that was exchanged before, by any thread or task, is not sent again: the
        token that followed it is returned.

        :param url: by default Xiaomi's token endpoint.
        :param refresh_token: by default that of `token`.
        :param token: by default the client's.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        :raises MissingTokenError: where there is no token.
        :raises InvalidTokenError: where the token has no refresh token.
        """
        source, given = self._refresh_source(token, refresh_token), Secret({**kwargs, "url": url})
        token, refresh_token, kwargs = None, None, {}
        with at_step("refresh"):
            return released(await source.refreshed(given))

    async def userinfo(
        self, /, token: Mapping[str, Any] | str | None = None, **kwargs: Any
    ) -> XiaomiUserInfo:
        """Ask Xiaomi who the user is, and return the claims and Xiaomi's own fields.

        :param token: the user's, as a dict or an access token; by default the client's own.
        :param kwargs: options of the HTTP library for the requests, such as ``timeout``.
        :raises XiaomiOAuthError: what Xiaomi says, what happens on the way there, or that it is
            not certain who the user is.
        :raises MissingTokenError: where there is no token.
        :raises InvalidTokenError: where the token has expired, and has no refresh token.
        """
        source, token = self._source(token), None
        return await self._userinfo(source, kwargs)

    async def request(
        self,
        /,
        method: str,
        url: str,
        withhold_token: bool = False,
        auth: Any = ...,
        *,
        token: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Send a request; `url` may be a path of the open API, such as ``"user/profile"``.

        ``clientId``, ``token`` and, where Xiaomi requires it, a signature are sent to the open
        API's host alone. Xiaomi's prefix is taken off the answer, so that ``.json()`` works.

        :param withhold_token: whether to send none of these.
        :param auth: as in the HTTP library; it is sent instead of these.
        :param token: the user's, as a dict or an access token; by default the client's own.
        :returns: the HTTP library's response.
        :raises XiaomiOAuthError: where Xiaomi cannot be reached (``temporarily_unavailable``), its
            answer cannot be read, or a refresh fails.
        :raises MissingTokenError: where there is no token.
        :raises InvalidTokenError: where the token has expired, and has no refresh token.
        """
        auth = self._NO_AUTH if auth is ... else auth
        wanted = self._wants_token(withhold_token, auth)
        source, token = self._source(token) if wanted else None, None
        return await self._request(source, method, url, {"auth": auth, **kwargs})

    async def ensure_active_token(self, /, token: Any = None) -> bool:
        """Refresh a token, by default the client's, if it has expired.

        :returns: always ``True``.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        :raises MissingTokenError: where there is no token.
        :raises InvalidTokenError: where the token has expired, and has no refresh token.
        """
        source, token = self._source(token), None
        await source.fresh()
        return True


class SyncMethods(ClientMethods):
    """The public methods of synchronous clients."""

    @synchronous(ClientMethods.fetch_token)
    def fetch_token(self) -> None: ...  # type: ignore[override]
    @synchronous(ClientMethods.refresh_token)
    def refresh_token(self) -> None: ...  # type: ignore[override]
    @synchronous(ClientMethods.userinfo)
    def userinfo(self) -> None: ...
    @synchronous(ClientMethods.request)
    def request(self) -> None: ...
    @synchronous(ClientMethods.ensure_active_token)
    def ensure_active_token(self) -> None: ...  # type: ignore[override]


def released(token: SecretToken) -> XiaomiToken:
    """A copy of the token, for the application."""
    return token.reveal().copy()


def hiding_token(method: Callable[..., Any]) -> Callable[..., Any]:
    """A form of `method` whose frames do not show the ``token`` that it is given."""

    @wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        kwargs = hide_token(kwargs)
        return method(*args, **kwargs)

    return call


def _post_is_refused(response: Any) -> bool:
    return post_is_refused(response.content, response.status_code)
