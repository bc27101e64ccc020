"""How long an application's first line takes.

Run as ``python -m benchmarks.imports MODULE…``: it writes the seconds that the imports take.
"""

from __future__ import annotations

import importlib
import sys
import time
from importlib.util import find_spec
from typing import Final

__all__ = ["MODULES"]

# The one that Authlib uses.
_HTTPX: Final = "httpx2" if find_spec("httpx2") else "httpx"

#: What is imported, by framework and site.
MODULES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "flask": {
        "plugin": ("authlib_xiaomi.flask_client",),
        "authlib": ("authlib.integrations.flask_client",),
        "by_hand": ("flask", "requests"),
    },
    "starlette": {
        "plugin": ("authlib_xiaomi.starlette_client",),
        "authlib": ("authlib.integrations.starlette_client",),
        "by_hand": ("starlette.applications", _HTTPX),
    },
    "django": {
        "plugin": ("authlib_xiaomi.django_client",),
        "authlib": ("authlib.integrations.django_client",),
        "by_hand": ("django.http", "requests"),
    },
}


if __name__ == "__main__":
    _start = time.perf_counter()
    for _name in sys.argv[1:]:
        importlib.import_module(_name)
    print(time.perf_counter() - _start)
