"""How a command line's process ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Final

__all__ = ["quietly"]

#: A shell's for SIGINT and SIGPIPE.
_INTERRUPTED: Final = 130
_NOBODY_READS: Final = 141


def quietly(run: Callable[[], int]) -> int:
    """Call `run`, without a traceback where the user stops it, or ends the pipe that it writes to.

    :returns: the exit status.
    """
    try:
        status = run()
        sys.stdout.flush()
    except BrokenPipeError:
        # Nor must the interpreter complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOBODY_READS
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status
