"""Refreshes that lose no session: a Xiaomi refresh token works once (doc 1516).

A :class:`Refresher` belongs to a registration. Threads, tasks and event loops that want the same
refresh token exchanged wait for one result, the hook that stores it included.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ..errors import ErrorCode, XiaomiOAuthError, unavailable
from .runtime import Runtime, WaitTimeoutError, reset_after_fork
from .succession import another_user, inherit, refresh_key, same_refresh_token, successor_of
from .tokens import SecretToken
from .userinfo import ids_in, same_user

if TYPE_CHECKING:
    from .token_source import TokenStore

log = logging.getLogger("authlib_xiaomi")

#: Seconds for which the token that followed a spent one is remembered: as long as a request that
#: began with the spent one may still be on its way.
_MEMORY: Final = 900.0
#: How many spent tokens are remembered at most.
_MAX_REMEMBERED: Final = 4096


@dataclass(repr=False)
class _Spent:
    """What came of a refresh token: its successor, or ``None`` where Xiaomi refused it."""

    successor: SecretToken | None
    saved: bool = False
    at: float = field(default_factory=time.monotonic)


@dataclass(repr=False)
class _Flight:
    """One refresh on its way."""

    #: Set when the new token is stored, or when it is known that there is none.
    stored: Future[tuple[SecretToken, bool]] = field(default_factory=Future)
    #: Set when Xiaomi has answered. Only hooks of this very refresh wait for it.
    exchanged: Future[_Spent] | None = None


#: The refreshes that the current thread or task is inside of: a hook may use the client.
_inside: ContextVar[Mapping[str, _Flight] | None] = ContextVar(
    "authlib_xiaomi_inside", default=None
)


class Refresher:
    """Each refresh token is exchanged once; everybody else waits for that result.

    No lock is held and none is made at import: what decides between threads is the one step of
    ``dict.setdefault``, so that greenlets and forked processes need nothing of their own.
    """

    def __init__(self) -> None:
        self._flights: dict[str, _Flight] = {}
        self._spent: OrderedDict[str, _Spent] = OrderedDict()
        reset_after_fork(self)

    def reset_after_fork(self) -> None:
        """The threads that refresh are not in this process."""
        self._flights = {}

    async def refresh(
        self,
        client_id: str | None,
        old: SecretToken,
        store: TokenStore,
        exchange: Callable[[SecretToken], Awaitable[SecretToken]],
        runtime: Runtime,
        limit: float,
    ) -> tuple[SecretToken, bool]:
        """The token that follows `old`.

        :param exchange: sends the refresh token to Xiaomi.
        :param limit: seconds to wait for the refreshes that others make.
        :returns: the token, and whether it is just from Xiaomi. If not, it is for the caller to
            see whether it has expired in its turn.
        :raises XiaomiOAuthError: what Xiaomi says; 96009 without asking it, for a token that it
            has refused before.
        """
        key = refresh_key(client_id, old.reveal())
        inside = (_inside.get() or {}).get(key)
        if inside is not None:
            return await self._nested(key, inside, old, exchange, runtime, limit)
        until = time.monotonic() + limit  # however many try in vain one after the other
        while True:
            flight = _Flight()
            leader = self._flights.setdefault(key, flight)
            if leader is flight:
                return await runtime.shielded(
                    partial(self._lead, key, flight, old, store, exchange)
                )
            found = await self._follow(key, leader, until, runtime)
            if found is not None:
                return found

    async def _follow(
        self, key: str, leader: _Flight, until: float, runtime: Runtime
    ) -> tuple[SecretToken, bool] | None:
        """The result of a refresh that another one makes; ``None`` where it had none."""
        try:
            return await runtime.wait(leader.stored, max(0.0, until - time.monotonic()))
        except WaitTimeoutError:
            if self._flights.get(key) is leader:
                del self._flights[key]  # its event loop may be gone, and it with it
            raise _late() from None
        except XiaomiOAuthError as error:
            raise copy(error) from None
        except Exception as error:  # noqa: BLE001  # of a hook, or the end of a loop
            log.debug("A refresh ended with %s: trying it again", type(error).__name__)
            return None

    async def idle(self, runtime: Runtime, limit: float) -> None:
        """Wait until the refreshes that are on their way are stored, for `limit` seconds."""
        until = time.monotonic() + limit
        for flight in list(self._flights.values()):
            try:
                await runtime.wait(flight.stored, max(0.0, until - time.monotonic()))
            except Exception as error:  # noqa: BLE001, PERF203  # it has been told to its caller
                log.debug("A refresh ended with %s", type(error).__name__)

    async def _lead(
        self, key: str, flight: _Flight, old: SecretToken, store: TokenStore, exchange: Any
    ) -> tuple[SecretToken, bool]:
        mark = _inside.set({**(_inside.get() or {}), key: flight})
        try:
            async with store.lock(key):
                result = await self._steps(key, flight, old, store, exchange)
        except Exception as error:
            self._flights.pop(key, None)
            flight.stored.set_exception(error)
            raise
        except BaseException:
            self._flights.pop(key, None)
            flight.stored.set_exception(_InterruptedError())
            raise
        finally:
            _inside.reset(mark)
        self._flights.pop(key, None)
        flight.stored.set_result(result)
        return result

    async def _steps(
        self, key: str, flight: _Flight, old: SecretToken, store: TokenStore, exchange: Any
    ) -> tuple[SecretToken, bool]:
        spent = self._known(key)
        issued = spent is None
        if spent is None:
            stored = successor_of(await store.load(), old, store.trusted)
            if stored is not None:
                return stored, False
            spent = await self._exchange_once(key, flight, old, exchange)
        if spent.successor is None:
            # Another process may have won between our look at the store and our try.
            stored = successor_of(await store.load(), old, store.trusted)
            if stored is not None:
                return stored, False
            raise XiaomiOAuthError.from_xiaomi(ErrorCode.OA_INVALID_REFRESHTOKEN)
        if not spent.saved:
            # Before anyone uses it. If this fails, the next caller finds it here and tries again.
            await store.save(spent.successor, old)
            spent.saved = True
        return spent.successor, issued

    async def _nested(
        self, key: str, flight: _Flight, old: SecretToken, exchange: Any, runtime: Runtime,
        limit: float,
    ) -> tuple[SecretToken, bool]:  # fmt: skip
        """For a hook of this very refresh: the new token, which is not stored yet."""
        spent = self._known(key)
        if spent is None and flight.exchanged is not None:
            try:
                spent = await runtime.wait(flight.exchanged, limit)
            except WaitTimeoutError:
                raise _late() from None
        if spent is None:
            spent = await self._exchange_once(key, flight, old, exchange)
        if spent.successor is None:
            raise XiaomiOAuthError.from_xiaomi(ErrorCode.OA_INVALID_REFRESHTOKEN)
        return spent.successor, True

    async def _exchange_once(
        self, key: str, flight: _Flight, old: SecretToken, exchange: Any
    ) -> _Spent:
        known = self._known(key)  # a hook that ran since may have made the exchange
        if known is not None:
            return known
        flight.exchanged = Future()
        try:
            spent = await self._exchange(key, old, exchange)
        except BaseException as error:
            flight.exchanged.set_exception(error)
            flight.exchanged = None
            raise
        flight.exchanged.set_result(spent)
        return spent

    async def _exchange(self, key: str, old: SecretToken, exchange: Any) -> _Spent:
        refused = None
        ids_in(old.reveal())  # they are compared after it, and it works once
        try:
            token = await exchange(old)
        except XiaomiOAuthError as error:
            refused = error
        if refused is None and same_user(old.reveal(), token.reveal()):
            return self._remember(key, _Spent(inherit(token, old)), old)
        if refused is None:
            self._remember(key, _Spent(None), old)
            raise another_user()
        if refused.code != ErrorCode.OA_INVALID_REFRESHTOKEN:
            raise refused
        return self._remember(key, _Spent(None), old)

    def _known(self, key: str) -> _Spent | None:
        oldest = time.monotonic() - _MEMORY
        with suppress(RuntimeError):  # another thread is at it
            # In order of age: two are looked at for each new one.
            for first, spent in tuple(islice(self._spent.items(), 2)):
                if spent.at < oldest or len(self._spent) > _MAX_REMEMBERED:
                    self._spent.pop(first, None)
        known = self._spent.get(key)
        return known if known is not None and known.at >= oldest else None

    def _remember(self, key: str, spent: _Spent, old: SecretToken) -> _Spent:
        if spent.successor is None or not same_refresh_token(spent.successor, old):
            self._spent[key] = spent
        return spent


def _late() -> XiaomiOAuthError:
    return unavailable("the refresh of this token by another request is late")


class _InterruptedError(Exception):
    """Who made a refresh was ended in the middle of it."""
