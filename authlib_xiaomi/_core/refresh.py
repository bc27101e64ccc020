"""Refreshes that lose no session: a Xiaomi refresh token works once (doc 1516).

A :class:`Refresher` belongs to a registration. It exchanges each refresh token once: threads, tasks
and event loops that need the same one wait until its result is stored by ``update_token``.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ..errors import INVALID_RESPONSE, ErrorCode, XiaomiOAuthError, unavailable
from ..provider import ID_NAMES
from ..redaction import Secret
from . import log
from .runtime import Runtime, T, WaitTimeoutError
from .single_flight import SingleFlight
from .tokens import SecretToken, XiaomiToken
from .userinfo import ids_in, same_user

if TYPE_CHECKING:
    from .token_source import TokenStore

#: Seconds for which the successor of a spent refresh token is remembered. A request that began with
#: the spent one is over by then.
_MEMORY: Final = 900.0
#: The largest number of spent tokens that are remembered.
_MAX_REMEMBERED: Final = 4096
#: The fields that a new token takes from the old one, where the answer to the refresh leaves them
#: out. Not mac_key: it belongs to the access token that it came with.
_INHERITED: Final = (
    "refresh_token",
    "scope",
    "device_id",
    "sub",
    *(name for names in ID_NAMES.values() for name in names),
)


@dataclass(repr=False)
class _Spent:
    """A refresh token that was exchanged, by its successor; ``None`` where Xiaomi refused it."""

    successor: SecretToken | None
    saved: bool = False
    at: float = field(default_factory=time.monotonic)


@dataclass(repr=False)
class _Refresh:
    """One refresh that a call needs."""

    key: str
    old: SecretToken
    store: TokenStore
    #: Sends the refresh token to Xiaomi.
    exchange: Callable[[SecretToken], Awaitable[SecretToken]]
    #: By ``time.monotonic``: until when it waits for a refresh that another call makes.
    until: float
    #: Each ends when Xiaomi has answered. A hook that needs the same refresh waits for this, since
    #: it cannot wait for the end of the refresh that has called it.
    exchanges: SingleFlight[_Spent] = field(default_factory=SingleFlight)


#: The refreshes that have called the hook in which the current thread or task is, by their keys.
_inside: ContextVar[Mapping[str, _Refresh] | None] = ContextVar("xiaomi_inside", default=None)


class Refresher:
    """Exchanges each refresh token once; other calls that need it wait for the result."""

    def __init__(self) -> None:
        #: Each ends when the new token is stored, or the refresh has failed.
        self._refreshes: SingleFlight[tuple[SecretToken, bool]] = SingleFlight()
        self._spent: dict[str, _Spent] = {}

    async def refresh(
        self,
        client_id: str | None,
        old: SecretToken,
        store: TokenStore,
        exchange: Callable[[SecretToken], Awaitable[SecretToken]],
        limit: float,
    ) -> tuple[SecretToken, bool]:
        """The token that follows `old`, and whether Xiaomi has issued it just now. If not, it may
        have expired, too: the caller looks at that.

        :param exchange: sends the refresh token to Xiaomi.
        :param limit: seconds to wait for refreshes that other calls make, all together.
        :raises XiaomiOAuthError: what Xiaomi says. A token that Xiaomi has refused before is not
            sent again: the error is 96009, too.
        """
        key = _refresh_key(client_id, old.reveal())
        one = _Refresh(key, old, store, exchange, time.monotonic() + limit)
        leader = (_inside.get() or {}).get(key)
        try:
            if leader is None:
                return await self._share(self._refreshes, self._lead, one)
            spent = await self._share(leader.exchanges, self._exchange, one)
        except WaitTimeoutError:
            raise unavailable("the refresh of this token by another request is late") from None
        if spent.successor is None:
            raise XiaomiOAuthError.from_xiaomi(ErrorCode.OA_INVALID_REFRESHTOKEN)
        return spent.successor, True

    async def idle(self, runtime: Runtime, limit: float) -> None:
        """Wait `limit` seconds at most until all refreshes have ended."""
        until = time.monotonic() + limit
        for flight in list(self._refreshes.flights.values()):
            try:
                await runtime.wait(flight, max(0.0, until - time.monotonic()))
            except Exception as error:  # noqa: BLE001, PERF203  # its caller gets it
                log.debug("A refresh ended with %s", type(error).__name__)

    async def _share(
        self, flights: SingleFlight[T], call: Callable[[_Refresh], Any], one: _Refresh
    ) -> T:
        """The result of ``call(one)``, made by this call or by another for the same token."""
        runtime = one.store.runtime
        while True:
            flight, is_mine = flights.join(one.key)
            if is_mine:
                lead = partial(flights.lead, one.key, flight, partial(call, one))
                return await runtime.shielded(lead)
            seconds = max(0.0, one.until - time.monotonic())
            try:
                return await flights.follow(one.key, flight, runtime, seconds)
            except WaitTimeoutError:
                raise
            except XiaomiOAuthError as error:
                raise copy(error) from None
            except Exception as error:  # noqa: BLE001  # from a hook, or its event loop has ended
                log.debug("A refresh ended with %s: trying it again", type(error).__name__)

    async def _lead(self, one: _Refresh) -> tuple[SecretToken, bool]:
        mark = _inside.set({**(_inside.get() or {}), one.key: one})
        try:
            async with one.store.lock(one.key):
                return await self._exchange_and_store(one)
        finally:
            _inside.reset(mark)

    async def _exchange_and_store(self, one: _Refresh) -> tuple[SecretToken, bool]:
        spent, store = self._known(one.key), one.store
        issued = spent is None
        while spent is None or spent.successor is None:
            # Another process may have refreshed: look before the exchange, and after a refusal.
            stored = await store.load()
            if stored is not None and _follows(stored, one.old, named=not store.trusted):
                return stored, False
            if spent is not None:
                raise XiaomiOAuthError.from_xiaomi(ErrorCode.OA_INVALID_REFRESHTOKEN)
            spent = await self._share(one.exchanges, self._exchange, one)
        if not spent.saved:
            # Before any call uses it. If the hook fails, the next call tries to store it again.
            await store.save(spent.successor, one.old)
            spent.saved = True
        return spent.successor, issued

    async def _exchange(self, one: _Refresh) -> _Spent:
        known = self._known(one.key)  # ``fetch_token`` may have made the exchange meanwhile
        if known is not None:
            return known
        ids_in(one.old.reveal())  # raises for invalid ids, before the token is spent
        try:
            token = await one.exchange(one.old)
        except XiaomiOAuthError as error:
            if error.code != ErrorCode.OA_INVALID_REFRESHTOKEN:
                raise
            return self._remember(one, None)
        if same_user(one.old.reveal(), token.reveal()):
            return self._remember(one, _inherit(token, one.old))
        self._remember(one, None)
        raise XiaomiOAuthError(
            INVALID_RESPONSE,
            "the refresh was answered with another user's token",
            hint="Let the user sign in again, and look at what answers at access_token_url.",
        )

    def _known(self, key: str) -> _Spent | None:
        oldest = time.monotonic() - _MEMORY
        with suppress(RuntimeError):  # another thread changes it meanwhile
            # The oldest are first. Two are looked at each time, so that the memory does not grow.
            for first, spent in tuple(islice(self._spent.items(), 2)):
                if spent.at < oldest or len(self._spent) > _MAX_REMEMBERED:
                    self._spent.pop(first, None)
        known = self._spent.get(key)
        return known if known is not None and known.at >= oldest else None

    def _remember(self, one: _Refresh, successor: SecretToken | None) -> _Spent:
        spent = _Spent(successor)
        if successor is None or not same_refresh_token(successor, one.old):
            self._spent[one.key] = spent
        return spent


def _refresh_key(client_id: str | None, token: Mapping[str, Any]) -> str:
    """The key of a refresh: the same on all hosts, and it does not tell the token."""
    text = f"authlib-xiaomi\n{client_id}\n{token['refresh_token']}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def same_refresh_token(one: SecretToken, other: SecretToken) -> bool:
    return bool(one.reveal().get("refresh_token") == other.reveal().get("refresh_token"))


def _follows(stored: SecretToken, old: SecretToken, *, named: bool) -> bool:
    """Whether `stored` has followed `old`: it is new, of the same user, and has another refresh
    token. `named`: both must name their user."""
    known, found = old.reveal(), stored.reveal()
    is_new = found.get("access_token") not in (None, "", known.get("access_token"))
    return is_new and not same_refresh_token(stored, old) and same_user(known, found, named=named)


def _inherit(token: SecretToken, old: SecretToken) -> SecretToken:
    known: Mapping[str, Any] = old.reveal()
    new = token.reveal()
    user = known.get("userinfo")
    if isinstance(user, Mapping) and user.get("sub"):
        known = {"sub": user["sub"], **known}
    kept = {name: known[name] for name in _INHERITED if known.get(name) and not new.get(name)}
    return Secret(XiaomiToken({**new, **kept}))
