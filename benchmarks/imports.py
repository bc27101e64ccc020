"""How long it takes to import a site.

Run as ``python -m benchmarks.imports MODULE``: it writes the seconds.
"""

from __future__ import annotations

import importlib
import sys
import time

if __name__ == "__main__":
    _start = time.perf_counter()
    importlib.import_module(sys.argv[1])
    print(time.perf_counter() - _start)
