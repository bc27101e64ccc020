"""A site whose process may fork while a thread makes the first calls. Prints what they import."""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.apps import Site, Store
from tests.workers.remote import RemoteXiaomi


def main() -> None:
    config: dict[str, Any] = json.loads(sys.argv[2])
    site = Site(sys.argv[1], RemoteXiaomi(config), Store(config["token"]))
    before = set(sys.modules)
    site.call("userinfo")
    print(json.dumps(sorted(set(sys.modules) - before)))


if __name__ == "__main__":
    main()
