"""What one call of an app does, written once for synchronous and asynchronous apps.

Each method is ``async def``. A synchronous app runs it to its end at once (see ``_core/runtime``).
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from ._app import XiaomiApp
from ._authlib import state_storage
from ._client_tokens import released
from ._core.authorization import reject_speculative, require_state
from ._core.failures import without_frames
from ._core.records import log_redirect, logging_callback
from ._core.states import others_kept, state_data, take_state
from ._core.tokens import XiaomiToken, XiaomiUserInfo
from .errors import at_step
from .redaction import Secret


@dataclass(frozen=True, repr=False)
class Callback:
    """A request to the application's callback. Its ``repr`` shows no cookie and no session."""

    method: str
    headers: Any
    params: Secret[Mapping[str, Any]]
    session: MutableMapping[str, Any]


class AppCalls(XiaomiApp):
    """The way from a view to a client. ``_app`` decides."""

    #: What the client that is kept was made of, and the client.
    _built: tuple[dict[str, Any], Secret[Any], Any] | None = None

    async def _current(self) -> tuple[dict[str, Any], Any]:
        """The options as they are now, and the one client of this registration; a new one where
        an option was changed."""
        given = self._client_arguments(await _settled(self.load_server_metadata()))
        built, secret = self._built, Secret(self.client_secret)
        if built is None or built[:2] != (given, secret):
            self._built = built = given, secret, self._new_client(given)
        return given, built[2]

    async def _client(self) -> Any:
        return (await self._current())[1]

    async def _authorization_url(
        self, redirect_uri: str | None, given: dict[str, Any]
    ) -> dict[str, Any]:
        arguments, client = await self._current()
        metadata = {**self.server_metadata, **arguments}
        made = self._authorization(redirect_uri, given, client._options, metadata)
        log_redirect(made["url"])
        return made

    async def _save_state(self, session: MutableMapping[str, Any], given: dict[str, Any]) -> None:
        state, data = state_data(given)
        with others_kept(session, self.name, state):
            await _settled(state_storage(self).set_state_data(session, state, data))

    async def _authorize(
        self, callback: Callback, userinfo: bool, given: dict[str, Any]
    ) -> XiaomiToken:
        """The sign-in at the callback."""
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
        token = Secret(self._completed(await client._fetch(None, arguments), data))
        if userinfo:
            token.reveal()["userinfo"] = await client._user_of(token)
        return token.reveal()

    async def _fetch_access_token(
        self, redirect_uri: str | None, given: Secret[dict[str, Any]]
    ) -> XiaomiToken:
        callback = {"redirect_uri": redirect_uri} if redirect_uri else {}
        given = Secret({**(self.access_token_params or {}), **given.reveal(), **callback})
        return released(await (await self._client())._fetch(None, given))

    async def _call(self, method: str, url: str, token: Any, kwargs: dict[str, Any]) -> Any:
        client, request = await self._client(), kwargs.pop("request", None)
        auth = kwargs.get("auth", client._NO_AUTH)
        wanted = client._wants_token(kwargs.pop("withhold_token", False), auth)
        source = self._token_source(client, token, request) if wanted else None
        return await client._request(source, method, url, kwargs)

    async def _user(self, token: Any, kwargs: dict[str, Any]) -> XiaomiUserInfo:
        client = await self._client()
        source = self._token_source(client, token, kwargs.pop("request", None))
        user: XiaomiUserInfo = await client._userinfo(source, kwargs)
        return user

    async def _refresh(self, token: Any, request: Any) -> XiaomiToken:
        source = self._token_source(await self._client(), token, request)
        source.lost = None  # the caller gets the new token
        with at_step("refresh"):
            return released(await source.refreshed(Secret({})))


async def _settled(value: Any) -> Any:
    """`value`, awaited where an asynchronous app's part of Authlib gives something to await."""
    return await value if inspect.isawaitable(value) else value
