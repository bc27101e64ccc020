"""The clients that await. See ``_client`` for what they decide."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import Any, TypeVar

import anyio
from authlib.oauth2.rfc6749 import OAuth2Token
from authlib.oidc.core import UserInfo

from ._client import LINKS, XiaomiClient, as_token
from .errors import XiaomiOAuthError
from .redaction import hidden, secrets_of
from .refresh import refresh_key
from .steps import Steps, adrive
from .uncancelled import to_the_end

T = TypeVar("T")


class AsyncXiaomiClient(XiaomiClient):
    """Xiaomi over a client of Authlib's that awaits."""

    async def fetch_token(self, url: str | None = None, **kwargs: Any) -> OAuth2Token:
        """Exchange a code for a token.

        :param url: Xiaomi's token endpoint, by default.
        :param kwargs: ``code``, or ``authorization_response``, the callback's whole URL;
            ``redirect_uri``, by default what the client was made with; and as in Authlib.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        :raises MismatchingStateError: where ``authorization_response`` has another state than
            the ``state`` given.
        """
        request = self._code_request(kwargs)
        with hidden(self.client_secret, *secrets_of(request)):
            token = await super().fetch_token(self._token_url(url), **request)
        self.token = self._issued(token, request["redirect_uri"])
        return self.token

    async def refresh_token(
        self, url: str | None = None, refresh_token: str | None = None, **kwargs: Any
    ) -> OAuth2Token:
        """Exchange a refresh token for a new token, and store it with ``update_token``.

        A token that was refreshed already, by whomever, is not sent again: its successor is
        returned.

        :param url: Xiaomi's token endpoint, by default.
        :param refresh_token: by default that of the client's token.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        :raises InvalidTokenError: where there is no refresh token.
        """
        self.token = await self._refreshed(self._token_of(refresh_token), url, kwargs)
        return self.token

    async def userinfo(self, token: Mapping[str, Any] | None = None, **kwargs: Any) -> UserInfo:
        """Who the user is.

        :param token: by default the client's own.
        :param kwargs: as for ``get``, for the requests to the open API.
        :raises XiaomiOAuthError: what Xiaomi says, what happens on the way there, or that the
            user cannot be told for sure.
        """
        if token is not None:
            self.token = as_token(token)
        await self._fresh_token()
        return await self.current_userinfo(**kwargs)

    async def current_userinfo(self, **kwargs: Any) -> UserInfo:
        """As :meth:`userinfo`, by the client's token as it is: it is not refreshed."""
        token = self._required_token()
        paths = self._paths(token)
        if len(paths) == 1:
            return self._userinfo(token, [(paths[0], await self._ask(paths[0], kwargs))])
        outcomes: dict[str, Any] = {}

        async def ask(path: str) -> None:
            try:
                outcomes[path] = await self._ask(path, kwargs)
            except Exception as error:  # noqa: BLE001  # else it would come in a group
                outcomes[path] = error

        async with anyio.create_task_group() as tasks:
            for path in paths:
                tasks.start_soon(ask, path)
        return self._userinfo(token, [(path, outcomes[path]) for path in paths])

    async def request(
        self, method: str, url: str, withhold_token: bool = False, **kwargs: Any
    ) -> Any:
        """Send a request; `url` may be a path of the open API, such as ``"user/profile"``.

        ``clientId``, ``token`` and the signature go along to the open API's host alone. Xiaomi's
        prefix is taken off the answer, so that ``.json()`` works.

        :param withhold_token: send none of these.
        :raises XiaomiOAuthError: ``temporarily_unavailable`` where Xiaomi cannot be reached.
        :raises MissingTokenError: where the client has no token.
        """
        url, to_api = self._aim(url, kwargs)
        if self._wants_token(withhold_token, kwargs):
            if to_api:
                await self._fresh_token()
            self._required_token()
            kwargs["auth"] = self.token_auth
        return await super().request(method, url, withhold_token=True, **kwargs)

    async def ensure_active_token(self, token: OAuth2Token | None = None) -> bool:
        """Refresh the client's token if it has expired; Authlib calls this."""
        await self._fresh_token()
        return True

    async def _ask(self, path: str, kwargs: Mapping[str, Any]) -> Any:
        try:
            response = await self.request("GET", path, **{"auth": self.token_auth, **kwargs})
        except XiaomiOAuthError as error:
            return error
        return self._answer(response)

    async def _fresh_token(self) -> OAuth2Token:
        token = self._required_token()
        if self._has_expired(token):
            self.token = token = await self._refreshed(self._token_to_refresh(token))
        return token

    async def _refreshed(
        self, old: OAuth2Token, url: str | None = None, options: Mapping[str, Any] = {}
    ) -> OAuth2Token:
        trusted = await self._store_is_of(old)
        for _ in range(LINKS):
            key = refresh_key(self.client_id, old)
            exchange = partial(self._exchange, old, url, options)
            steps = self._shared.refreshes.steps(
                key, old, exchange, self._load, self._save, trusted=trusted
            )
            # A request that is given up must not take the new token with it.
            token, issued = await to_the_end(partial(self._in_turn, key, steps))
            if issued or not self._has_expired(token):
                break
            old = self._token_to_refresh(token)
        return token

    async def _in_turn(self, key: str, steps: Steps[T]) -> T:
        with self._shared.turns.lock_for(key) as turn:
            async with turn, self._lock(key):
                return await adrive(steps)

    async def _exchange(
        self, old: OAuth2Token, url: str | None, options: Mapping[str, Any]
    ) -> OAuth2Token:
        options = dict(options)
        options.pop("scope", None)  # Xiaomi's refresh has no such parameter (doc 1516)
        redirect_uri = self._refresh_uri(old, options.pop("redirect_uri", None))
        with hidden(self.client_secret, *secrets_of(old)):
            token = await super().refresh_token(
                self._token_url(url),
                refresh_token=old["refresh_token"],
                redirect_uri=redirect_uri,
                scope=None,
                **options,
            )
        return self._issued(token, redirect_uri)

    async def _refresh_token(
        self,
        url: str,
        refresh_token: str | None = None,
        body: str = "",
        headers: Any = None,
        auth: Any = None,
        **kwargs: Any,
    ) -> OAuth2Token:
        """The last step of Authlib's ``refresh_token``, but for the storing, which is ours."""
        response = await self._http_post(url, body=body, auth=auth, headers=headers, **kwargs)
        for hook in self.compliance_hook["refresh_token_response"]:
            response = hook(response)
        return self.parse_response_token(response)

    async def _store_is_of(self, old: OAuth2Token) -> bool:
        if self.token_was_loaded:
            return True
        stored = await self._load()
        return stored is not None and stored.get("refresh_token") == old["refresh_token"]

    async def _load(self) -> OAuth2Token | None:
        return as_token(await self.load_token()) if self.load_token else None

    async def _save(self, token: OAuth2Token, refresh_token: str) -> None:
        if self.update_token:
            await self.update_token(token, refresh_token=refresh_token)

    def _lock(self, key: str) -> AbstractAsyncContextManager[Any]:
        return self.refresh_lock(key) if self.refresh_lock else nullcontext()
