"""How a command line's process ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


def quietly(run: Callable[[], int]) -> int:
    """Call `run`, without a traceback where the user stops it, or ends the pipe that it writes to.

    :returns: the exit status.
    """
    try:
        status = run()
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes at its end, and must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # a shell's for SIGPIPE
    except KeyboardInterrupt:
        return 130  # a shell's for SIGINT
    return status
