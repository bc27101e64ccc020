"""A worker whose environment changes after it was forked. Prints how the API calls ended: the
parent's, and then the child's."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from authlib_xiaomi import XiaomiOAuthError
from tests.apps import Site, Store
from tests.workers.remote import RemoteXiaomi


def main() -> None:
    config: dict[str, Any] = json.loads(sys.argv[2])
    options = {"client_kwargs": {"retry_backoff": (), "verify": True}, **config["options"]}
    site = Site(sys.argv[1], RemoteXiaomi(config), Store(None), **options)

    def succeeds() -> bool:
        try:
            site.call("get", "user/profile", token=config["token"]["access_token"])
        except XiaomiOAuthError:
            return False
        return True

    in_parent = succeeds()
    child = os.fork()
    if child == 0:
        os.environ.update(config["environment"])
        os._exit(0 if succeeds() else 7)
    in_child = {0: True, 7: False}[os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]
    site.close()
    print(json.dumps([in_parent, in_child]))


if __name__ == "__main__":
    main()
