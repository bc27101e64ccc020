"""What the processes of a site share: a table of tokens, and a lock."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    closing,
    contextmanager,
)
from pathlib import Path
from typing import IO, Any

import anyio


class Store:
    """A table with one row per user: the newest token. Any thread or process may use it."""

    def __init__(self, folder: str | Path) -> None:
        self._path = Path(folder) / "tokens.sqlite3"
        new = not self._path.exists()
        with self._database() as database:
            if new:
                database.execute("PRAGMA journal_mode = WAL")
            database.execute(
                "CREATE TABLE IF NOT EXISTS tokens (sub TEXT PRIMARY KEY, token TEXT NOT NULL, "
                "refresh_token TEXT NOT NULL UNIQUE, refreshed INTEGER NOT NULL DEFAULT 0)"
            )

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as database:
            database.execute("PRAGMA synchronous = OFF")
            yield database

    def put(self, sub: str, token: dict[str, Any]) -> None:
        """After a sign-in: in place of an earlier token."""
        row = sub, json.dumps(token), token["refresh_token"]
        with self._database() as database:
            database.execute(
                "REPLACE INTO tokens (sub, token, refresh_token) VALUES (?, ?, ?)", row
            )

    def load(self, sub: str | None) -> dict[str, Any] | None:
        """The user's token."""
        with self._database() as database:
            rows = database.execute("SELECT token FROM tokens WHERE sub = ?", [sub]).fetchall()
        return json.loads(rows[0][0]) if rows else None

    def save(
        self,
        token: dict[str, Any],
        refresh_token: str | None = None,
        access_token: str | None = None,
    ) -> None:
        """After a refresh: in place of the token that had this `refresh_token`, if it is there."""
        row = json.dumps(token), token["refresh_token"], refresh_token
        with self._database() as database:
            database.execute(
                "UPDATE tokens SET token = ?, refresh_token = ?, refreshed = refreshed + 1 "
                "WHERE refresh_token = ?",
                row,
            )

    def refreshed(self, sub: str = "%") -> int:
        """How many new tokens were stored after a refresh, for one user or for all."""
        with self._database() as database:
            query = "SELECT TOTAL(refreshed) FROM tokens WHERE sub LIKE ?"
            return int(database.execute(query, [sub]).fetchone()[0])

    def expire(self, sub: str) -> None:
        """Let the user's access token be over."""
        with self._database() as database:
            query = "UPDATE tokens SET token = json_set(token, '$.expires_at', 1) WHERE sub = ?"
            database.execute(query, [sub])


def file_lock(folder: str | Path) -> Callable[[str], AbstractContextManager[None]]:
    """A ``refresh_lock`` for all processes of this machine."""

    @contextmanager
    def lock(key: str) -> Iterator[None]:
        with (Path(folder) / f"{key}.lock").open("w") as file:
            _wait_for(file)
            yield

    return lock


def async_file_lock(folder: str | Path) -> Callable[[str], AbstractAsyncContextManager[None]]:
    """The same for coroutines."""

    @asynccontextmanager
    async def lock(key: str) -> AsyncIterator[None]:
        with (Path(folder) / f"{key}.lock").open("w") as file:  # local, empty
            await anyio.to_thread.run_sync(_wait_for, file)
            yield

    return lock


def _wait_for(file: IO[str]) -> None:
    import fcntl  # not on Windows

    fcntl.flock(file, fcntl.LOCK_EX)
