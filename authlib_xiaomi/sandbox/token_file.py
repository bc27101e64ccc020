"""Where ``sandbox`` leaves its control token for ``sandbox fail`` in another terminal."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

__all__ = ["left", "ports", "read"]

#: What the files' names begin with; the port follows.
_NAME: Final = "sandbox-"


@contextmanager
def left(port: int, token: str, environ: Mapping[str, str] = os.environ) -> Iterator[bool]:
    """Leave the token there while the context lasts.

    :returns: in the context, whether there is a place for it.
    """
    file = _file(port, environ)
    try:
        yield _write(file, token)
    finally:
        with suppress(OSError):
            file.unlink()


def read(port: int, environ: Mapping[str, str] = os.environ) -> str | None:
    """The token of the sandbox on `port`, if one was left."""
    try:
        return _file(port, environ).read_text(encoding="ascii").strip() or None
    except (OSError, ValueError):
        return None


def ports(environ: Mapping[str, str] = os.environ) -> list[int]:
    """Where sandboxes have left one, and somebody listens: one that was killed left it, too."""
    found = [file.stem.removeprefix(_NAME) for file in _folder(environ).glob(f"{_NAME}*.token")]
    return sorted(int(port) for port in found if port.isdecimal() and _listens(int(port)))


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except (OSError, OverflowError):
        return False
    return True


def _write(file: Path, token: str) -> bool:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            file.unlink()
        # Only for this user, and not through a link that somebody has put there.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write(token)
    except OSError:
        return False
    return True


def _file(port: int, environ: Mapping[str, str]) -> Path:
    return _folder(environ) / f"{_NAME}{port}.token"


def _folder(environ: Mapping[str, str]) -> Path:
    # XDG_RUNTIME_DIR is the user's alone; so is the cache of a home directory.
    place = environ.get("XDG_RUNTIME_DIR") or environ.get("LOCALAPPDATA")
    folder = Path(place) if place else Path(environ.get("HOME", "/nonexistent")) / ".cache"
    return folder / "authlib-xiaomi"
