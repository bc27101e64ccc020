"""Whose token a call of a client uses, and how it is refreshed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ._authlib import Base
from ._core import log
from ._core.exchange import Memory
from ._core.local_token import LocalToken
from ._core.options import Options
from ._core.refresh import Refresher
from ._core.runtime import Runtime
from ._core.token_source import TokenSource, TokenStore
from ._core.tokens import SecretToken, as_token
from .redaction import Secret


@dataclass(repr=False)
class Shared:
    """What the clients of one registration have in common."""

    refresher: Refresher = field(default_factory=Refresher)
    memory: Memory = field(default_factory=Memory)
    #: Whether the log has said already that refreshed tokens are not stored.
    warned: bool = False


class ClientTokens(Base):  # type: ignore[misc]
    """Finds the token of each call: the client's own, or the one that the call was given."""

    _runtime: Runtime
    _options: Options
    _shared: Shared
    _local: LocalToken
    _fetch_token_hook: Any
    refresh_lock: Any
    #: Exchanges a refresh token, once for all who need it: see ``TokenSource.exchange``.
    _refresh_once: Any

    @property
    def token(self) -> Any:
        """The token that this thread or task has assigned.

        A thread or task that has assigned none gets that of the one which has, as long as there is
        only one; where there may be several, pass ``token=`` with each call.

        :raises MissingTokenError: where several threads or tasks have assigned a token, and this
            one has not.
        """
        return self._local.current()

    @token.setter
    def token(self, token: Any) -> None:
        given = as_token(token)
        self._local.assign(given.reveal() if given else None)

    def _source(self, token: Any) -> TokenSource:
        """The token source of a call: the call's token, else the client's, else the store's."""
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
