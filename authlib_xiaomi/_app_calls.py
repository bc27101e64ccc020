"""The calls of an app, written once for synchronous and asynchronous apps.

Each method is ``async def``. A synchronous app runs it to its end at once, as in ``_calls``.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from authlib.integrations.base_client import BaseApp

from ._app import XiaomiApp
from ._authlib import state_storage
from ._calls import hiding_token, released
from ._core.authorization import reject_speculative, require_state
from ._core.failures import without_frames
from ._core.records import logging_callback
from ._core.runtime import synchronous
from ._core.states import others_kept, state_data, take_state
from ._core.tokens import SecretToken, XiaomiToken, XiaomiUserInfo, as_token
from .errors import at_step
from .redaction import Secret


@dataclass(frozen=True, repr=False)
class Callback:
    """A request to the application's callback. Its ``repr`` does not show cookies and session."""

    method: str
    headers: Any
    params: Secret[Mapping[str, Any]]
    session: MutableMapping[str, Any]


class AppMethods(XiaomiApp):
    """The methods of an app. Asynchronous apps have the public ones as they are."""

    #: The arguments of the present client, its AppSecret, and the client itself.
    _built: tuple[dict[str, Any], Secret[Any], Any] | None = None

    async def _client(self) -> Any:
        """The client of this registration: always the same one, until an option is changed."""
        given = self._client_arguments(await _settled(self.load_server_metadata()))
        built, secret = self._built, Secret(self.client_secret)
        if built is None or built[:2] != (given, secret):
            self._built = built = given, secret, self._new_client(given)
        return built[2]

    async def _save_state(self, session: MutableMapping[str, Any], given: dict[str, Any]) -> None:
        state, data = state_data(given)
        with others_kept(session, self.name, state):
            await _settled(state_storage(self).set_state_data(session, state, data))

    async def _authorize(
        self, callback: Callback, userinfo: bool, given: dict[str, Any]
    ) -> XiaomiToken:
        """Complete a sign-in at the callback."""
        storage = state_storage(self)
        with without_frames(), logging_callback() as record:
            reject_speculative(callback.method, callback.headers)
            state = require_state(callback.params.reveal())
            found = await _settled(storage.get_state_data(callback.session, state))
            data = take_state(callback.session, self.name, state, found)
            record["endpoint"] = data.get("redirect_uri") or self.client_kwargs.get("redirect_uri")
            await _settled(storage.clear_state_data(callback.session, state))
            arguments, given = self._token_arguments(callback.params, data, given), {}
        client = await self._client()
        token: SecretToken = await client._fetch(None, arguments)
        if data.get("scope") and not token.reveal().get("scope"):
            # An answer without a scope grants the one that was asked for (RFC 6749, 5.1).
            token.reveal()["scope"] = data["scope"]
        if userinfo:
            with at_step("userinfo"):
                token.reveal()["userinfo"] = await client._user(token, {})
        return token.reveal()

    # The public methods

    def authorize_access_token(self, *args: Any, **kwargs: Any) -> Any:
        """Exchange the callback's code for the user's token. Where views are given the request
        (Django, Starlette), it is the first argument.

        :param userinfo: whether to fetch who the user is as well, as ``token["userinfo"]``.
        :param kwargs: as in Authlib: further arguments of ``fetch_access_token``.
        :returns: the token. Where views are given no request (Flask, Quart), calls without
            ``token=`` in the same request take it as theirs.
        :raises StateMismatchError: for a callback that this session does not wait for.
        :raises MissingCodeError: for a callback with neither a code nor an error.
        :raises XiaomiOAuthError: what Xiaomi says, what happens on the way there, or that it is
            not certain who the user is; ``speculative_request`` for a request that a browser makes
            ahead of its user (answer it with 204).
        :raises TypeError: for ``claims_options`` and other arguments about ID tokens.
        """
        # For the docstring alone: the app of each framework has the method itself.

    async def create_authorization_url(
        self, /, redirect_uri: str | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Make the URL to send the user's browser to.

        :param redirect_uri: the callback; by default that of the registration.
        :param kwargs: ``scope`` and ``skip_confirm``, which win over the registration's, and
            other parameters, such as ``_locale="zh_CN"``.
        :returns: ``url``, ``state``, and what else ``save_authorize_data`` is to save.
        :raises XiaomiOAuthError: where ``client_id`` or ``redirect_uri`` is missing.
        :raises ValueError: where ``scope`` is not one of Xiaomi's.
        """
        return self._authorization(redirect_uri, kwargs, await self._client())

    async def fetch_access_token(
        self, /, redirect_uri: str | None = None, **kwargs: Any
    ) -> XiaomiToken:
        """Exchange a code for a token, and return the token.

        :param redirect_uri: the callback; by default that of the registration.
        :param kwargs: ``code``, and other arguments, as in Authlib.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        """
        callback = {"redirect_uri": redirect_uri} if redirect_uri else {}
        given = Secret({**(self.access_token_params or {}), **kwargs, **callback})
        kwargs = {}
        return released(await (await self._client())._fetch(None, given))

    async def request(
        self, /, method: str, url: str, token: Mapping[str, Any] | str | None = None, **kwargs: Any
    ) -> Any:
        """Send a request; `url` may be a path of the open API, such as ``"user/profile"``.

        :param token: the user's, as a dict or an access token; by default what ``fetch_token``
            gives.
        :param kwargs: as in Authlib and the HTTP library.
        :returns: the HTTP library's response.
        :raises XiaomiOAuthError: where Xiaomi cannot be reached (``temporarily_unavailable``), its
            answer cannot be read, or a refresh fails.
        :raises MissingTokenError: where there is no token.
        :raises InvalidTokenError: where the token has expired, and has no refresh token.
        """
        given, token = as_token(token), None
        client, request = await self._client(), kwargs.pop("request", None)
        auth = kwargs.get("auth", client._NO_AUTH)
        wanted = client._wants_token(kwargs.pop("withhold_token", False), auth)
        source = self._token_source(client, given, request) if wanted else None
        return await client._request(source, method, url, kwargs)

    async def userinfo(
        self, /, token: Mapping[str, Any] | str | None = None, **kwargs: Any
    ) -> XiaomiUserInfo:
        """Ask Xiaomi who the user is, and return the claims and Xiaomi's own fields.

        :param token: the user's, as a dict or an access token; by default what ``fetch_token``
            gives.
        :raises XiaomiOAuthError: what Xiaomi says, what happens on the way there, or that it is
            not certain who the user is.
        :raises MissingTokenError: where there is no token.
        :raises InvalidTokenError: where the token has expired, and has no refresh token.
        """
        given, token = as_token(token), None
        client = await self._client()
        source = self._token_source(client, given, kwargs.pop("request", None))
        user: XiaomiUserInfo = await client._userinfo(source, kwargs)
        return user

    async def refresh_token(
        self, /, token: Mapping[str, Any] | None = None, request: Any = None
    ) -> XiaomiToken:
        """Refresh a token, expired or not, and store the new one with ``update_token``.

        :param token: the user's; by default what ``fetch_token`` gives.
        :returns: the new token; where `token` was refreshed before, the one that followed it.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        :raises MissingTokenError: where there is no token.
        :raises InvalidTokenError: where the token has no refresh token.
        """
        given, token = as_token(token), None
        source = self._token_source(await self._client(), given, request)
        source.lost = None  # the caller gets the new token
        with at_step("refresh"):
            return released(await source.refreshed(Secret({})))


class AsyncXiaomiApp(AppMethods):
    """A registration of Xiaomi with asynchronous methods."""

    async def aclose(self) -> None:
        """Wait for the refreshes that have begun, and close the connections to Xiaomi of this event
        loop; the next request opens new ones.

        A loop that is shut down in the usual ways (``asyncio.run``, uvicorn) closes them itself.
        """
        if self._built is not None:
            await self._built[2].close_connections()


class SyncXiaomiApp(AppMethods):
    """A registration of Xiaomi with synchronous methods."""

    @synchronous(AppMethods.create_authorization_url)
    def create_authorization_url(self) -> None: ...  # type: ignore[override]
    @synchronous(AppMethods.fetch_access_token)
    def fetch_access_token(self) -> None: ...  # type: ignore[override]
    @synchronous(AppMethods.request)
    def request(self) -> None: ...
    @synchronous(AppMethods.userinfo)
    def userinfo(self) -> None: ...
    @synchronous(AppMethods.refresh_token)
    def refresh_token(self) -> None: ...  # type: ignore[override]

    def close(self) -> None:
        """Wait for the refreshes that have begun, and close the connections to Xiaomi; the next
        request opens new ones."""
        if self._built is not None:
            self._built[2].close()


for _name in ("get", "post", "patch", "put", "delete"):
    setattr(SyncXiaomiApp, _name, hiding_token(getattr(BaseApp, _name)))


async def _settled(value: Any) -> Any:
    """What one of Authlib's methods returns: those of asynchronous apps are awaited."""
    return await value if inspect.isawaitable(value) else value
