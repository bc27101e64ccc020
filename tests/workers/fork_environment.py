"""A worker whose environment names a proxy after it was forked. Prints how its API call ended."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from authlib_xiaomi import XiaomiOAuthError
from tests.apps import Site, Store
from tests.elsewhere import nobody
from tests.workers.remote import RemoteXiaomi


def main() -> None:
    config: dict[str, Any] = json.loads(sys.argv[2])
    xiaomi = RemoteXiaomi(config)
    site = Site(sys.argv[1], xiaomi, Store(None), client_kwargs={"retry_backoff": ()})
    token = site.sign_in(xiaomi)
    child = os.fork()
    if child == 0:
        with nobody() as proxy:
            os.environ.update(http_proxy=proxy, HTTP_PROXY=proxy, no_proxy="", NO_PROXY="")
            try:
                site.call("get", "user/profile", token=token)
            except XiaomiOAuthError as error:
                os._exit(7 if error.retryable else 1)
        os._exit(0)
    outcome = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    site.call("get", "user/profile", token=token)
    site.close()
    print(json.dumps({0: "directly", 7: "by the proxy"}[outcome]))


if __name__ == "__main__":
    main()
