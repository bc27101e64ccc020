"""Whose token a call of a client uses, and how it is refreshed."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from ._authlib import Base
from ._core.exchange import Memory
from ._core.local_token import LocalToken
from ._core.options import Options
from ._core.refresh import Refresher
from ._core.runtime import Runtime
from ._core.token_source import TokenSource, TokenStore
from ._core.tokens import SecretToken, XiaomiToken, as_token
from .errors import at_step
from .redaction import Secret

log = logging.getLogger("authlib_xiaomi")


@dataclass(repr=False)
class Shared:
    """What the clients of one registration have in common."""

    refresher: Refresher = field(default_factory=Refresher)
    memory: Memory = field(default_factory=Memory)
    #: Whether the log says already that nobody stores refreshed tokens.
    warned: bool = False


class ClientTokens(Base):  # type: ignore[misc]
    """The tokens of a client: its own, and those that calls bring."""

    _runtime: Runtime
    _options: Options
    _shared: Shared
    _local: LocalToken
    _fetch_token_hook: Any
    refresh_lock: Any

    @property
    def token(self) -> Any:
        """The token of the thread or task that has assigned it.

        Others get it too, as long as only one living thread or task has assigned one; otherwise
        pass ``token=`` with each call.

        :raises MissingTokenError: where it would be a guess.
        """
        return self._local.current()

    @token.setter
    def token(self, token: Any) -> None:
        given = as_token(token)
        self._local.assign(given.reveal() if given else None)

    def _source(self, token: Any, store: TokenStore | None = None, **more: Any) -> TokenSource:
        """The token source of a call: its own token, else the client's, else the store's."""
        given = as_token(token)
        if store is None:
            store = self._store()
            find = self._local.own if store.fetch_token else self._local.current
            own = find() if given is None else None
            more["replaced"] = self._replace
            if own is not None:
                given = Secret(own)
            elif given is not None and not self.update_token:
                more["lost"] = self._warn_once
            store.trusted = given is None and store.fetch_token is not None
        return TokenSource(store, self._refresh_once, self.leeway, given, **more)

    def _refresh_source(self, token: Any, refresh_token: str | None) -> TokenSource:
        """The token source of an explicit refresh."""
        if refresh_token and token is None and not self._local.holds(refresh_token):
            token = {"refresh_token": refresh_token}
        elif refresh_token and (given := as_token(token)):
            token = {**given.reveal(), "refresh_token": refresh_token}
        source, token = self._source(token), None
        source.lost = None  # the caller gets the new token
        return source

    def _store(self) -> TokenStore:
        return TokenStore(
            self._runtime, self._fetch_token_hook, self.update_token, self.refresh_lock
        )

    def _replace(self, old: SecretToken, new: SecretToken) -> None:
        self._local.replace(old.reveal(), new.reveal())

    def _warn_once(self) -> None:
        if not self._shared.warned:
            self._shared.warned = True
            log.warning(
                "A token was refreshed, and nobody stores the new one: the refresh token that was "
                "passed works only once. Give update_token, which stores each new token."
            )

    async def _refresh_once(
        self, old: SecretToken, store: TokenStore, given: Secret[dict[str, Any]]
    ) -> tuple[SecretToken, bool]:
        async def exchange(old: SecretToken) -> SecretToken:
            return await self._exchange_refresh_token(old, given)

        with at_step("refresh"):
            return await self._shared.refresher.refresh(
                self.client_id, old, store, exchange, self._options.time_limit
            )

    async def _exchange_refresh_token(
        self, old: SecretToken, given: Secret[dict[str, Any]]
    ) -> SecretToken:
        raise NotImplementedError


def released(token: SecretToken) -> XiaomiToken:
    """A token as the application gets it: a copy of its own."""
    return token.reveal().copy()
