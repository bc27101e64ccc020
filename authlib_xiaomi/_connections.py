"""Connections of urllib3's that are given up when idle, late, or waited for too long.

The one module that leans on names of urllib3's which its documentation does not promise:
``ConnectionCls`` (which connection a pool makes), and the few attributes of a connection that a
pool uses.
"""

from __future__ import annotations

import io
import time
from functools import partial
from typing import Any

from .provider import ANSWER_FACTOR, MAX_IDLE


def limit_pool(pool: Any, pool_timeout: float) -> None:
    """Let `pool` give up after `pool_timeout` seconds to wait for a free connection, and let its
    connections end when they are idle or late."""
    kind = type(pool)  # the same from whichever thread
    pool.ConnectionCls = partial(KeptConnection, kind.ConnectionCls)
    pool.urlopen = partial(kind.urlopen, pool, pool_timeout=pool_timeout)


def forget_url(raw: Any) -> None:
    """Let a response of urllib3's not tell the URL that it answers: that has the token."""
    if hasattr(raw, "_request_url"):
        raw._request_url = None


class KeptConnection:
    """A connection that is not used again after a while (the other end may be about to close it,
    or something on the way may have forgotten it), and whose answer has a limit in total."""

    def __init__(self, connection_class: Any, **kwargs: Any) -> None:
        object.__setattr__(self, "_connection", connection_class(**kwargs))
        object.__setattr__(self, "_last_used", float("inf"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._connection, name, value)

    @property
    def is_connected(self) -> bool:
        """Whether it may be used again."""
        idle = time.monotonic() - self._last_used
        return bool(self._connection.is_connected) and idle < MAX_IDLE

    def getresponse(self) -> Any:
        """As the connection's own, with a limit for the whole answer."""
        connection = self._connection
        sock, timed = connection.sock, _TimedSocket(connection.sock, connection.timeout)
        connection.sock = timed  # that of the answer alone
        try:
            response = connection.getresponse()
        finally:
            if connection.sock is timed:  # and the server does not end the connection
                connection.sock = sock
        object.__setattr__(self, "_timed", timed)
        object.__setattr__(self, "_last_used", time.monotonic())
        return response

    def allow_any_duration(self) -> None:
        """Let the answer take as long as it wants: it is streamed."""
        self._timed.deadline = None


class _TimedSocket:
    """A socket whose reads end at a deadline, however little each of them brings."""

    def __init__(self, sock: Any, seconds: float | None) -> None:
        self._sock = sock
        self.deadline = None if seconds is None else time.monotonic() + ANSWER_FACTOR * seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def makefile(self, mode: str, *args: Any, **kwargs: Any) -> Any:
        """As the socket's own, for reading."""
        return io.BufferedReader(_Reader(self, self._sock.makefile(mode, buffering=0)))


class _Reader(io.RawIOBase):
    def __init__(self, sock: _TimedSocket, raw: Any) -> None:
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Any:
        deadline = self._sock.deadline
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError("the answer took too long")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
