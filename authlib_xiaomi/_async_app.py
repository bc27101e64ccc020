"""The apps that await. See ``_app`` for what they decide."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncGenerator, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from anyio.lowlevel import RunVar
from authlib.integrations.base_client import MismatchingStateError
from authlib.oauth2.rfc6749 import OAuth2Token
from authlib.oidc.core import UserInfo

from ._app import XiaomiApp
from ._client import Shared, as_token
from .authorization import code_from_callback
from .refresh import Refreshes
from .states import put_back, state_data, take_out

__all__ = ["AsyncXiaomiApp"]


_number = itertools.count()


@dataclass
class _Kept:
    """What is kept in one event loop, in one process."""

    shared: Shared
    closing: AsyncGenerator[None, None]
    process: int


class AsyncXiaomiApp(XiaomiApp):
    """A registration of Xiaomi over an app of Authlib's that awaits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A connection belongs to the event loop that it was opened in.
        # The name is this app's alone: older releases of anyio tell variables apart by it.
        self._kept: RunVar[_Kept | None] = RunVar(f"authlib_xiaomi.{next(_number)}")
        self._refreshes = Refreshes()

    async def aclose(self) -> None:
        """End the connections to Xiaomi of this event loop; the next request opens a new one.

        A loop that is shut down in the usual ways (``asyncio.run``, uvicorn) ends them itself.
        """
        kept = self._kept.get(None)
        if kept is not None:
            await kept.closing.aclose()

    async def create_authorization_url(
        self, redirect_uri: str | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """The URL to send the user's browser to, and the ``state`` to expect back.

        :param redirect_uri: the callback; by default that of the registration.
        :param kwargs: ``scope`` and ``skip_confirm``, which win over the registration's, and
            other parameters, such as ``_locale="zh_CN"``.
        :raises XiaomiOAuthError: where ``client_id`` or ``redirect_uri`` is missing.
        :raises ValueError: where ``scope`` is none of Xiaomi's.
        """
        return self._authorization(redirect_uri, kwargs, await self.load_server_metadata())

    async def request(
        self, method: str, url: str, token: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """Send a request; `url` may be a path of the open API, such as ``"user/profile"``.

        :param token: the user's; by default what ``fetch_token`` gives.
        :param kwargs: as in Authlib and httpx.
        :raises XiaomiOAuthError: ``temporarily_unavailable`` where Xiaomi cannot be reached.
        """
        async with await self._client(
            token, kwargs.pop("request", None), bool(kwargs.get("withhold_token"))
        ) as client:
            response = await client.request(method, url, **kwargs)
        return response

    async def userinfo(self, token: Mapping[str, Any] | None = None, **kwargs: Any) -> UserInfo:
        """Who the user is.

        :param token: the user's; by default what ``fetch_token`` gives.
        :raises XiaomiOAuthError: what Xiaomi says, what happens on the way there, or that the
            user cannot be told for sure.
        """
        async with await self._client(token, kwargs.pop("request", None)) as client:
            info: UserInfo = await client.userinfo(**kwargs)
        return info

    async def refresh_token(
        self, token: Mapping[str, Any] | None = None, request: Any = None
    ) -> OAuth2Token:
        """Refresh a token, expired or not, and store the new one with ``update_token``.

        :param token: the user's; by default what ``fetch_token`` gives.
        :returns: the new token; where `token` was refreshed before, the one that followed it.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        """
        async with await self._client(token, request) as client:
            fresh: OAuth2Token = await client.refresh_token()
        return fresh

    async def _client(self, token: Any, request: Any = None, withhold: bool = False) -> Any:
        client = self._get_oauth_client(**await self.load_server_metadata())
        client.token_was_loaded = token is None and not withhold
        client.load_token = self._loader(request)
        if token is None and not withhold:
            token = await self._stored_token(request)
        client.token = as_token(token)
        return client

    async def _stored_token(self, request: Any) -> Any:
        load = self._loader(request)
        return await load() if load else None

    def _loader(self, request: Any) -> Any:
        return partial(self._fetch_token, request) if self._fetch_token and request else None

    def _shared(self) -> Shared:
        kept = self._kept.get(None)
        if kept is None or kept.process != os.getpid():
            shared = self.client_cls.share(self.client_kwargs, self._refreshes)
            kept = _Kept(shared, self._closing(shared.connections), os.getpid())
            _start(kept.closing)
            self._kept.set(kept)
        return kept.shared

    async def _closing(self, connections: Any) -> AsyncGenerator[None, None]:
        """Closes the connections when it is closed itself, which event loops do at their end with
        the asynchronous generators that were started in them."""
        process = os.getpid()
        try:
            yield
        finally:
            # A forked process does not say goodbye on the connections of its parent.
            if process == os.getpid():
                self._kept.set(None)  # else it would hold the loop, which holds it
                await connections.aclose()

    async def _save_state(self, session: MutableMapping[str, Any], given: dict[str, Any]) -> None:
        state, data = state_data(given)
        others = take_out(session, self.name)
        await self.framework.set_state_data(session, state, data)
        put_back(session, self.name, state, others)

    async def _authorize(
        self, session: Any, params: Mapping[str, Any], userinfo: bool, given: dict[str, Any]
    ) -> OAuth2Token:
        state = self._state_of(params)
        data = await self.framework.get_state_data(session, state)
        if data is None:
            raise MismatchingStateError()
        await self.framework.clear_state_data(session, state)
        # Only now: who forges a callback does not get to speak.
        code = code_from_callback(params)
        arguments = self._token_arguments(data, given)
        async with await self._client(None, None, True) as client:
            token: OAuth2Token = await client.fetch_token(code=code, **arguments)
            # Where an answer has no scope, it is the one asked for (RFC 6749, 5.1).
            if data.get("scope") and not token.get("scope"):
                token["scope"] = data["scope"]
            if userinfo:
                token["userinfo"] = await client.current_userinfo()
            return token


def _start(generator: AsyncGenerator[None, None]) -> None:
    # It yields without awaiting anything, and so needs no loop to get there.
    with suppress(StopIteration):
        generator.__anext__().send(None)
