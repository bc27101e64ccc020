"""A site that forks a worker while one of its threads refreshes. Prints whom the child got."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any

from tests.apps import Site, Store
from tests.workers.remote import RemoteXiaomi


def main() -> None:
    config: dict[str, Any] = json.loads(sys.argv[2])
    xiaomi = RemoteXiaomi(config)
    site = Site(sys.argv[1], xiaomi, Store(config["token"]))
    threading.Thread(target=site.call, args=["userinfo"], daemon=True).start()
    while not xiaomi.arrived("token"):
        time.sleep(0.01)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, site.call("userinfo")["sub"].encode())
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as said:
        found = {"child": said.read()}
    assert os.waitpid(child, 0)[1] == 0
    print(json.dumps(found), flush=True)
    os._exit(0)  # the thread still waits


if __name__ == "__main__":
    main()
