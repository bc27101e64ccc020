"""One user's token for one call: where it comes from, and how it is refreshed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from authlib.integrations.base_client import InvalidTokenError, MissingTokenError

from ..redaction import Secret
from .hooks import accepts, call_hook, enter_lock, has_parameter
from .refresh import same_refresh_token
from .runtime import Runtime
from .tokens import SecretToken, as_token

#: A token's successor may have expired as well. So many successors are followed at most.
MAX_REFRESH_CHAIN: Final = 16


@dataclass(repr=False)
class TokenStore:
    """Where the application stores its users' tokens, as one call uses it."""

    runtime: Runtime
    #: Returns the stored token of the call's user.
    fetch_token: Callable[[], Any] | None = None
    update_token: Callable[..., Any] | None = None
    refresh_lock: Callable[[str], Any] | None = None
    #: Whether ``fetch_token`` certainly returns the token of the user whose token is refreshed.
    trusted: bool = False
    #: Further arguments for ``update_token``, if it has parameters of these names.
    extra: dict[str, Any] = field(default_factory=dict)
    #: The framework's signal, which is sent for each new token, too.
    signal: Callable[..., None] | None = None

    async def load(self) -> SecretToken | None:
        """The token that is stored now, or ``None``."""
        if self.fetch_token is None:
            return None
        is_async = self.runtime.is_async
        return as_token(await call_hook("fetch_token", Secret(self.fetch_token), is_async))

    async def trust(self, old: SecretToken) -> None:
        """Find out whether the store is that of the user of `old`."""
        if not self.trusted:
            stored = await self.load()
            self.trusted = stored is not None and same_refresh_token(stored, old)

    async def save(self, token: SecretToken, old: SecretToken) -> None:
        """Give a token to ``update_token``, with the old refresh and access token."""
        if self.update_token is not None:
            call = _bound(self.update_token, token, old, self.extra)
            await call_hook("update_token", call, self.runtime.is_async)
        if self.signal is not None:
            _bound(self.signal, token, old, {}).reveal()()

    def lock(self, key: str) -> Any:
        """The lock for a refresh, as an asynchronous context manager."""
        if self.refresh_lock is None:
            return nullcontext()
        return enter_lock(self.refresh_lock(key), self.runtime.is_async)


def _bound(
    hook: Callable[..., Any], token: SecretToken, old: SecretToken, extra: dict[str, Any]
) -> Secret[Callable[[], Any]]:
    """``update_token`` with its arguments, without those that it has no parameter for."""
    new, known = token.reveal().copy(), old.reveal()
    taken = {name: value for name, value in extra.items() if has_parameter(hook, name)}
    if accepts(hook, new, refresh_token="", access_token=""):
        taken["access_token"] = known.get("access_token")
    return Secret(partial(hook, new, refresh_token=known["refresh_token"], **taken))


@dataclass(repr=False)
class TokenSource:
    """One user's token for one call: nothing else decides whose token a call uses."""

    store: TokenStore
    #: Exchanges a refresh token, given the token, the store and the call's options.
    exchange: Callable[
        [SecretToken, TokenStore, Secret[dict[str, Any]]], Awaitable[tuple[SecretToken, bool]]
    ]
    #: Seconds before its end from which a token counts as expired.
    leeway: float
    token: SecretToken | None = None
    #: Is called with the old and the new token.
    replaced: Callable[[SecretToken, SecretToken], None] | None = None
    #: Is called where a refreshed token is not stored.
    lost: Callable[[], None] | None = None

    async def required(self) -> SecretToken:
        """The token of this call. Raises MissingTokenError where there is none."""
        if self.token is None and self.store.trusted:
            self.token = await self.store.load()
        if self.token is None:
            raise MissingTokenError(
                description="There is no token. Let the user sign in first, and pass token= or "
                "give fetch_token."
            )
        return self.token

    async def fresh(self) -> SecretToken:
        """The token, refreshed if it has expired; see :meth:`refreshed` for what is raised."""
        token = await self.required()
        if self._has_expired(token):
            token = await self.refreshed(Secret({}))
            if self.lost is not None:
                self.lost()
        return token

    async def refreshed(self, options: Secret[dict[str, Any]]) -> SecretToken:
        """Refresh this call's token, expired or not, and return the new one.

        :param options: of the token request.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        :raises InvalidTokenError: where there is no refresh token.
        """
        first = token = await self.required()
        for link in range(MAX_REFRESH_CHAIN):
            if not token.reveal().get("refresh_token"):
                raise InvalidTokenError(
                    description="The token is to be refreshed, and has no refresh_token. "
                    "Let the user sign in again."
                )
            if link == 0:
                await self.store.trust(token)
            token, issued = await self.exchange(token, self.store, options)
            if issued or not self._has_expired(token):
                break
        self.token = token
        if self.replaced is not None:
            self.replaced(first, token)
        return token

    async def has_unknown_age(self) -> bool:
        """Whether Xiaomi's 96008 means a refresh: nothing else says when the token expires."""
        token = await self.required()
        return token.reveal().get("expires_at") is None and bool(
            token.reveal().get("refresh_token")
        )

    def _has_expired(self, token: SecretToken) -> bool:
        return bool(token.reveal().is_expired(leeway=self.leeway))  # type: ignore[arg-type]
