"""The answers in files: see ``answers/README.md``."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "answers"


def recorded(name: str) -> bytes:
    """The body in a file, such as ``"token/doc-1708"``."""
    return (FOLDER / f"{name}.txt").read_bytes()


def lifetime(name: str) -> int:
    """The ``expires_in`` of a token's answer."""
    return 259200 if name == "token/live" else 7776000


def all_in(folder: str) -> list[str]:
    """The names of those in a folder, such as ``"token"``."""
    return sorted(f"{folder}/{file.stem}" for file in (FOLDER / folder).glob("*.txt"))
