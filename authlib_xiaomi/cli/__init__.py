"""``authlib-xiaomi``, the command line: what is pure is in plain modules, click is above them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .._tools.process import quietly

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    :param argv: the arguments; the process's own by default.
    :returns: the exit status.
    :raises SystemExit: from ``sandbox``, whose arguments argparse reads.
    """
    try:
        import click as _click  # noqa: F401
    except ModuleNotFoundError:
        # The script is installed with the package, click only with its extra.
        from .without_click import run
    else:
        from .commands import run
    words = sys.argv[1:] if argv is None else list(argv)
    return quietly(lambda: run(words))
