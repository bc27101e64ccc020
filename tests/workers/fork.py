"""A site that forks workers, as gunicorn does. Prints how many connections each process made."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from tests.apps import Site, Store
from tests.workers.remote import RemoteXiaomi


def main() -> None:
    config: dict[str, Any] = json.loads(sys.argv[2])
    xiaomi = RemoteXiaomi(config)
    site = Site(sys.argv[1], xiaomi, Store(None))
    site.sign_in(xiaomi)
    found = {"parent": xiaomi.connections}
    child = os.fork()
    if child == 0:
        for _ in range(2):
            site.sign_in(xiaomi)
        site.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    found["child"] = xiaomi.connections
    site.sign_in(xiaomi)
    found["parent again"] = xiaomi.connections
    site.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
