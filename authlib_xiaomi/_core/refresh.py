"""Refreshes that lose no session: a Xiaomi refresh token works once (doc 1516).

A :class:`Refresher` belongs to a registration. Threads, tasks and event loops that want the same
refresh token exchanged wait for one result, the hook that stores it included.
"""

from __future__ import annotations

import hashlib
import logging
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
from .runtime import Runtime, T, WaitTimeoutError
from .single_flight import SingleFlight
from .tokens import SecretToken, XiaomiToken
from .userinfo import ids_in, same_user

if TYPE_CHECKING:
    from .token_source import TokenStore

log = logging.getLogger("authlib_xiaomi")

#: Seconds for which the token that followed a spent one is remembered: as long as a request that
#: began with the spent one may still be on its way.
_MEMORY: Final = 900.0
#: How many spent tokens are remembered at most.
_MAX_REMEMBERED: Final = 4096
#: What an answer to a refresh may leave out, and what stays true of the user all the same.
#: Not mac_key: it goes with the access token that it came with.
_INHERITED: Final = (
    "refresh_token",
    "scope",
    "device_id",
    "sub",
    *(name for names in ID_NAMES.values() for name in names),
)


@dataclass(repr=False)
class _Spent:
    """What came of a refresh token: its successor, or ``None`` where Xiaomi refused it."""

    successor: SecretToken | None
    saved: bool = False
    at: float = field(default_factory=time.monotonic)


@dataclass(repr=False)
class _Refresh:
    """One refresh that somebody wants."""

    key: str
    old: SecretToken
    store: TokenStore
    #: Sends the refresh token to Xiaomi.
    exchange: Callable[[SecretToken], Awaitable[SecretToken]]
    #: By ``time.monotonic``: until when it waits for those that others make.
    until: float
    #: Over when Xiaomi has answered: a hook of a refresh cannot wait for the refresh.
    exchanges: SingleFlight[_Spent] = field(default_factory=SingleFlight)


#: The refreshes that the current thread or task is inside of: a hook may use the client.
_inside: ContextVar[Mapping[str, _Refresh] | None] = ContextVar("xiaomi_inside", default=None)


class Refresher:
    """Each refresh token is exchanged once; everybody else waits for that result."""

    def __init__(self) -> None:
        #: Over when the new token is stored, or when it is known that there is none.
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
        """The token that follows `old`, and whether it is just from Xiaomi. If not, it is for the
        caller to see whether it has expired in its turn.

        :param exchange: sends the refresh token to Xiaomi.
        :param limit: seconds to wait for the refreshes that others make, however many.
        :raises XiaomiOAuthError: what Xiaomi says; 96009 without asking it, for a token that it
            has refused before.
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
        return spent.successor, True  # not stored yet

    async def idle(self, runtime: Runtime, limit: float) -> None:
        """Wait until the refreshes that are on their way are stored, for `limit` seconds."""
        until = time.monotonic() + limit
        for flight in list(self._refreshes.flights.values()):
            try:
                await runtime.wait(flight, max(0.0, until - time.monotonic()))
            except Exception as error:  # noqa: BLE001, PERF203  # it has been told to its caller
                log.debug("A refresh ended with %s", type(error).__name__)

    async def _share(
        self, flights: SingleFlight[T], call: Callable[[_Refresh], Any], one: _Refresh
    ) -> T:
        """The result of ``call(one)``, or of another one's call for the same refresh token."""
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
            except Exception as error:  # noqa: BLE001  # of a hook, or the end of a loop
                log.debug("A refresh ended with %s: trying it again", type(error).__name__)

    async def _lead(self, one: _Refresh) -> tuple[SecretToken, bool]:
        mark = _inside.set({**(_inside.get() or {}), one.key: one})
        try:
            async with one.store.lock(one.key):
                return await self._steps(one)
        finally:
            _inside.reset(mark)

    async def _steps(self, one: _Refresh) -> tuple[SecretToken, bool]:
        spent, store = self._known(one.key), one.store
        issued = spent is None
        while spent is None or spent.successor is None:
            # Another process may have won: before our look at the store, or before our try.
            stored = await store.load()
            if stored is not None and _follows(stored, one.old, named=not store.trusted):
                return stored, False
            if spent is not None:
                raise XiaomiOAuthError.from_xiaomi(ErrorCode.OA_INVALID_REFRESHTOKEN)
            spent = await self._share(one.exchanges, self._exchange, one)
        if not spent.saved:
            # Before anyone uses it. If this fails, the next caller finds it here and tries again.
            await store.save(spent.successor, one.old)
            spent.saved = True
        return spent.successor, issued

    async def _exchange(self, one: _Refresh) -> _Spent:
        known = self._known(one.key)  # a hook that ran since may have made the exchange
        if known is not None:
            return known
        ids_in(one.old.reveal())  # they are compared after it, and it works once
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
        with suppress(RuntimeError):  # another thread is at it
            # In order of age: two are looked at for each new one.
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
    """What names a refresh: the same for the same token on every host, and one way."""
    text = f"authlib-xiaomi\n{client_id}\n{token['refresh_token']}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def same_refresh_token(one: SecretToken, other: SecretToken) -> bool:
    return bool(one.reveal().get("refresh_token") == other.reveal().get("refresh_token"))


def _follows(stored: SecretToken, old: SecretToken, *, named: bool) -> bool:
    """Whether `stored` is what became of `old`, and the same user's. One with the same refresh
    token is not."""
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
