"""Refreshes that lose no session: a Xiaomi refresh token works once (doc 1516).

What is decided here is decided once, for threads and for coroutines: the steps of a refresh are
a generator that yields what is to be called (see :mod:`~authlib_xiaomi.steps`).
"""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Generic, TypeVar

from authlib.oauth2.rfc6749 import OAuth2Token

from .errors import INVALID_RESPONSE, ErrorCode, XiaomiOAuthError
from .provider import ID_NAMES
from .steps import Steps
from .userinfo import names_same_user, same_user

__all__ = ["Refreshes", "Turns", "refresh_key"]

#: How many spent tokens a process remembers: each a hash, and the token that followed it.
_REMEMBERED: Final = 4096

#: What an answer to a refresh may leave out, and what stays true of the user all the same.
#: Not mac_key: it goes with the access token that it came with.
_INHERITED: Final = ("refresh_token", "scope", *(n for names in ID_NAMES.values() for n in names))


def refresh_key(client_id: str | None, token: Mapping[str, Any]) -> str:
    """What names a refresh: the same for the same token on every host, and one way."""
    text = f"authlib-xiaomi\n{client_id}\n{token['refresh_token']}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


_with_locks: weakref.WeakSet[Any] = weakref.WeakSet()


def _start_all_anew() -> None:
    for one in _with_locks:
        one.start_anew()


# Windows has no fork, and nothing to register.
getattr(os, "register_at_fork", lambda **_: None)(after_in_child=_start_all_anew)


@dataclass
class _Spent:
    """What came of a refresh token: its successor, or ``None`` where Xiaomi refused it."""

    successor: OAuth2Token | None = field(repr=False)
    saved: bool = False


class Refreshes:
    """What this process knows of refreshes, shared by all who may hold the same token."""

    def __init__(self) -> None:
        self._spent: OrderedDict[str, _Spent] = OrderedDict()
        self.start_anew()
        _with_locks.add(self)

    def start_anew(self) -> None:
        """In a forked process: who held the lock is not here."""
        self._guard = threading.Lock()

    def steps(
        self,
        key: str,
        old: OAuth2Token,
        exchange: Callable[[], Any],
        load: Callable[[], Any],
        save: Callable[..., Any],
        *,
        trusted: bool,
    ) -> Steps[tuple[OAuth2Token, bool]]:
        """One refresh of `old`, to be made by one caller at a time.

        :param key: :func:`refresh_key` of `old`.
        :param exchange: sends the refresh token to Xiaomi.
        :param load: gives the token that the application has stored for the user, or ``None``.
        :param save: stores a token, given it and ``refresh_token``, the one that it came of.
        :param trusted: whether the store is known to be that of the user of `old`. Where it is
            not, a stored token is taken only if it names the same user.
        :returns: the token that followed, and whether it is just from Xiaomi. If not, it is for
            the caller to see whether it has expired in its turn.
        :raises XiaomiOAuthError: what Xiaomi says; 96009 without asking it, for a token that it
            has refused before.
        """
        spent = self._spent.get(key)
        issued = spent is None
        if spent is None:
            stored = yield load
            if _follows(stored, old, trusted):
                return stored, False
            spent = yield from self._exchange(key, old, exchange)
        if spent.successor is None:
            # Another process may have won between our look at the store and our try.
            stored = yield load
            if _follows(stored, old, trusted):
                return stored, False
            raise XiaomiOAuthError.from_xiaomi(ErrorCode.OA_INVALID_REFRESHTOKEN)
        if not spent.saved:
            # Before anyone uses it. If this fails, the next caller finds it here and tries again.
            yield partial(save, _copy(spent.successor), refresh_token=old["refresh_token"])
            spent.saved = True
        return _copy(spent.successor), issued

    def _exchange(self, key: str, old: OAuth2Token, exchange: Callable[[], Any]) -> Steps[_Spent]:
        refused = None
        try:
            token = yield exchange
        except XiaomiOAuthError as error:
            refused = error
        if refused is None and same_user(old, token):
            return self._remember(key, _Spent(_inherit(token, old)), old)
        if refused is None:
            self._remember(key, _Spent(None), old)
            raise XiaomiOAuthError(
                INVALID_RESPONSE,
                "the refresh was answered with another user's token",
                hint="Let the user sign in again, and look at what answers at access_token_url.",
            )
        if refused.code != ErrorCode.OA_INVALID_REFRESHTOKEN:
            raise refused
        return self._remember(key, _Spent(None), old)

    def _remember(self, key: str, spent: _Spent, old: OAuth2Token) -> _Spent:
        successor = spent.successor
        if successor is None or successor["refresh_token"] != old["refresh_token"]:
            with self._guard:
                known = self._spent.get(key)
                if successor is None and known is not None and known.successor is not None:
                    return known  # another event loop of this process was quicker
                self._spent[key] = spent
                while len(self._spent) > _REMEMBERED:
                    self._spent.popitem(last=False)
        return spent


def _follows(stored: OAuth2Token | None, old: OAuth2Token, trusted: bool) -> bool:
    """Whether a stored token is what became of `old`, and the same user's."""
    return (
        stored is not None
        and bool(stored.get("access_token"))
        and stored.get("access_token") != old.get("access_token")
        and (same_user(old, stored) if trusted else names_same_user(old, stored))
    )


def _copy(token: OAuth2Token) -> OAuth2Token:
    # What callers do to theirs is not to be what others get.
    return OAuth2Token(dict(token))


def _inherit(token: OAuth2Token, old: OAuth2Token) -> OAuth2Token:
    for name in _INHERITED:
        if old.get(name) and not token.get(name):
            token[name] = old[name]
    return token


L = TypeVar("L")


class Turns(Generic[L]):
    """A lock for each key, as long as someone wants it."""

    def __init__(self, new_lock: Callable[[], L]) -> None:
        self._new_lock = new_lock
        self.start_anew()
        _with_locks.add(self)

    def start_anew(self) -> None:
        """In a forked process: who held the locks is not here."""
        self._locks: dict[str, tuple[L, list[None]]] = {}
        self._guard = threading.Lock()

    @contextmanager
    def lock_for(self, key: str) -> Iterator[L]:
        """The lock, which the caller is to take."""
        with self._guard:
            lock, users = self._locks.setdefault(key, (self._new_lock(), []))
            users.append(None)
        try:
            yield lock
        finally:
            with self._guard:
                users.pop()
                if not users:
                    self._locks.pop(key, None)
