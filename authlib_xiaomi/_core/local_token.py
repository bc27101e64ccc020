"""A client's ``.token``: local to the thread or task that assigns it."""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

from authlib.integrations.base_client import MissingTokenError

from .runtime import reset_after_fork
from .tokens import XiaomiToken


class _Assignment:
    """A token that a thread or task has assigned, for itself and for the tasks that it starts."""

    def __init__(self, token: XiaomiToken | None) -> None:
        self.token = token
        self._owner = weakref.ref(_current_owner())

    def is_living(self) -> bool:
        """Whether the thread or task that has assigned it is still running."""
        owner: Any = self._owner()
        if isinstance(owner, threading.Thread):
            return owner.is_alive()
        if hasattr(owner, "done"):  # a task of asyncio's; trio lets go of those that are done
            return not owner.done()
        return owner is not None


#: The assignments of the current thread or task, by the client's LocalToken.
_assigned: ContextVar[Mapping[LocalToken, _Assignment]] = ContextVar("authlib_xiaomi_tokens")


class LocalToken:
    """The value of ``client.token``.

    A context variable holds what a thread or task has assigned, so the tasks that it starts inherit
    it (threads do not). A thread or task without one gets the token that the living others have
    assigned, and an error where these are several.
    """

    def __init__(self) -> None:
        self._refs: list[weakref.ref[_Assignment]] = []
        #: The token that was assigned last, if no other assignment was living then. It is used
        #: when all threads and tasks that have assigned one have ended.
        self._last: list[XiaomiToken | None] = [None]
        self.reset_after_fork()
        reset_after_fork(self)

    def reset_after_fork(self) -> None:
        """Another thread may have held the lock in the parent process."""
        self._lock = threading.Lock()

    def assign(self, token: XiaomiToken | None) -> None:
        """Make `token` that of the current thread or task."""
        mine = _Assignment(token)
        # A new mapping: tasks that were started before keep theirs.
        entries: Any = weakref.WeakKeyDictionary(_assigned.get({}))
        entries[self] = mine
        _assigned.set(entries)
        with self._lock:
            others = self._living()
            self._refs = [weakref.ref(one) for one in [*others, mine]]
            self._last = [] if others else [token]

    def own(self) -> XiaomiToken | None:
        """The token that the current thread or task has assigned, or inherited."""
        mine = _assigned.get({}).get(self)
        return mine.token if mine is not None else None

    def current(self) -> XiaomiToken | None:
        """The token of the current thread or task. Raises MissingTokenError where it has none, and
        several others have."""
        mine = _assigned.get({}).get(self)
        if mine is not None:
            return mine.token
        with self._lock:
            tokens = [one.token for one in self._living()] or self._last
        if tokens and all(token == tokens[0] for token in tokens):
            return tokens[0]
        raise MissingTokenError(
            description="Several threads or tasks have assigned .token on this client, and this "
            "one has not: whose token is meant would be a guess; pass token= with the call."
        )

    def holds(self, refresh_token: str) -> bool:
        """Whether the token of the current thread or task has this refresh token."""
        with suppress(MissingTokenError):
            token = self.current()
            return token is not None and token.get("refresh_token") == refresh_token
        return False

    def replace(self, old: XiaomiToken, new: XiaomiToken) -> None:
        """Put `new` in the place of `old` for all threads and tasks that have it."""
        with self._lock:
            for one in filter(None, [ref() for ref in self._refs]):
                if _is_same(one.token, old):
                    one.token = new
            self._last = [new if _is_same(token, old) else token for token in self._last]

    def _living(self) -> list[_Assignment]:
        return [one for ref in self._refs if (one := ref()) and one.is_living()]


def _is_same(token: XiaomiToken | None, other: XiaomiToken) -> bool:
    return token is not None and all(
        token.get(name) == other.get(name) for name in ("access_token", "refresh_token")
    )


def _current_owner() -> Any:
    """The task that runs, or the thread."""
    asyncio, trio = sys.modules.get("asyncio"), sys.modules.get("trio")
    try:
        task = asyncio.current_task() if asyncio else None
    except RuntimeError:
        task = None
    if task is None and trio is not None and trio.lowlevel.in_trio_task():
        task = trio.lowlevel.current_task()
    return task or threading.current_thread()
