"""What is looked at after a block, beyond that it runs; and what a page needs before its first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from .story import Story

#: By block: gets the story, and a visitor where the block serves.
Check = Callable[..., None]

CHECKS: Final[dict[str, list[Check]]] = {}
#: By block: gets the story and the block, and runs it.
PERFORMED: Final[dict[str, Check]] = {}
#: By page.
PREPARED: Final[dict[str, Callable[[Story], Any]]] = {}


def after(*keys: str) -> Callable[[Check], Check]:
    """Register a check of blocks."""

    def register(check: Check) -> Check:
        for key in keys:
            CHECKS.setdefault(key, []).append(check)
        return check

    return register


def before(*pages: str) -> Callable[[Callable[[Story], Any]], Callable[[Story], Any]]:
    """Register what is done before a page's first block."""

    def register(prepare: Callable[[Story], Any]) -> Callable[[Story], Any]:
        PREPARED.update(dict.fromkeys(pages, prepare))
        return prepare

    return register


def instead(*keys: str) -> Callable[[Check], Check]:
    """Register what does with blocks what a reader does there, beyond starting them."""

    def register(perform: Check) -> Check:
        PERFORMED.update(dict.fromkeys(keys, perform))
        return perform

    return register
