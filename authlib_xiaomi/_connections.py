"""Limits in time for the connections of urllib3: idle, for a whole answer, and to get a free one.

The one module that uses names of urllib3 which its documentation does not promise:
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
    """Let `pool` wait `pool_timeout` seconds at most for a free connection, and make it of
    :class:`KeptConnection`."""
    kind = type(pool)  # of the class: two threads may do this at once
    pool.ConnectionCls = partial(KeptConnection, kind.ConnectionCls)
    pool.urlopen = partial(kind.urlopen, pool, pool_timeout=pool_timeout)


def forget_url(raw: Any) -> None:
    """Remove the URL of the request, which has the token in it, from a response of urllib3."""
    if hasattr(raw, "_request_url"):
        raw._request_url = None


class KeptConnection:
    """A connection that is not used again after some idle seconds (the server, or a device on the
    way, may have dropped it), and that limits the time for a whole answer."""

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
        connection.sock = timed  # for this answer alone
        try:
            response = connection.getresponse()
        finally:
            if connection.sock is timed:  # else the server ends the connection
                connection.sock = sock
        object.__setattr__(self, "_timed", timed)
        object.__setattr__(self, "_last_used", time.monotonic())
        return response

    def allow_any_duration(self) -> None:
        """Lift the limit for this answer: it is streamed."""
        self._timed.deadline = None


class _TimedSocket:
    """A socket with a deadline for all reads together, however short each of them is."""

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
