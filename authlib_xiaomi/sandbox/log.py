"""One line for each request, for the developer who watches a terminal."""

from __future__ import annotations

import time
from typing import Final, TextIO

from .._tools.layout import one_line
from .._tools.translations import Language
from .outcome import Outcome, words

__all__ = ["Log"]

#: What pages load by themselves.
_QUIET: Final = ("/sandbox/static/", "/sandbox/recent", "/sandbox/mark", "/pictures/", "/favicon")


class Log:
    """Writes lines: time, method, path, status, Xiaomi's number, what happened.

    No query is among it, and so no secret, token or code.
    """

    def __init__(self, stream: TextIO, language: Language) -> None:
        self._stream = stream
        self._language = language

    def write(self, method: str, path: str, status: int | None, outcome: Outcome) -> None:
        """Write one line, unless the request is for a part of a page."""
        if path.startswith(_QUIET):
            return
        number = "" if outcome.code is None else f" {outcome.code}"
        what = (
            f"{method} {path[:120]} {status or '-'}{number}  {words(outcome.why, self._language)}"
        )
        # In one call, as requests are answered in many threads.
        self._stream.write(f"{time.strftime('%H:%M:%S')}  {one_line(what)}\n")
        self._stream.flush()
