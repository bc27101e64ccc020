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
from ._core.tokens import SecretToken, as_token
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
    #: Exchanges a refresh token, once for all who want it: see ``TokenSource.exchange``.
    _refresh_once: Any

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

    def _source(self, token: Any) -> TokenSource:
        """The token source of a call: its own token, else the client's, else the store's."""
        store = TokenStore(
            self._runtime, self._fetch_token_hook, self.update_token, self.refresh_lock
        )
        given, lost = as_token(token), None
        if given is not None:
            lost = None if self.update_token else self._warn_once
        else:
            own = self._local.own() if store.fetch_token else self._local.current()
            given = Secret(own) if own else None
        store.trusted = given is None and store.fetch_token is not None
        return TokenSource(store, self._refresh_once, self.leeway, given, self._replace, lost)

    def _refresh_source(self, token: Any, refresh_token: str | None) -> TokenSource:
        """The token source of an explicit refresh."""
        if refresh_token and token is None and not self._local.holds(refresh_token):
            token = {"refresh_token": refresh_token}
        elif refresh_token and (given := as_token(token)):
            token = {**given.reveal(), "refresh_token": refresh_token}
        source, token = self._source(token), None
        source.lost = None  # the caller gets the new token
        return source

    def _replace(self, old: SecretToken, new: SecretToken) -> None:
        self._local.replace(old.reveal(), new.reveal())

    def _warn_once(self) -> None:
        if not self._shared.warned:
            self._shared.warned = True
            log.warning(
                "A token was refreshed, and nobody stores the new one: the refresh token that was "
                "passed works only once. Give update_token, which stores each new token."
            )
