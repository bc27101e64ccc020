"""``sandbox``: it reads its own arguments, and needs no click."""

from __future__ import annotations

import os
from collections.abc import Sequence

from .texts import Language, language_of

__all__ = ["run_sandbox"]


def run_sandbox(words: Sequence[str], language: Language) -> int:
    """Run a sandbox.

    :param words: what follows ``sandbox`` on the command line.
    :returns: the exit status.
    :raises SystemExit: from argparse.
    """
    from ..sandbox.__main__ import main

    # It looks at the locale itself.
    told = [] if language == language_of(os.environ) else ["--lang", language]
    return main([*words[:1], *told, *words[1:]] if words[:1] == ["fail"] else [*told, *words])
