"""A site that just ends, without closing anything."""

from __future__ import annotations

import asyncio
import json
import sys
import warnings
from typing import Any

from authlib.integrations.starlette_client import OAuth

from authlib_xiaomi.starlette_client import XiaomiOAuth2App
from tests.apps import CALLBACK, Site, Store
from tests.workers.remote import RemoteXiaomi


def main() -> None:
    config: dict[str, Any] = json.loads(sys.argv[2])
    xiaomi = RemoteXiaomi(config)
    framework, _, left_open = sys.argv[1].partition(" ")
    if framework != "starlette" or left_open:
        if left_open:
            # asyncio's own, of the connections of a loop that is not closed.
            warnings.simplefilter("ignore", ResourceWarning)
        Site(framework, xiaomi, Store(None)).sign_in(xiaomi)
        print(json.dumps({"loops": 1}))
        return
    oauth = OAuth()
    app = oauth.register("xiaomi", client_cls=XiaomiOAuth2App, **xiaomi.registration())

    async def sign_in() -> None:
        url = (await app.create_authorization_url(CALLBACK))["url"]
        code = xiaomi.code(url)
        token = await app.fetch_access_token(code=code, redirect_uri=CALLBACK)
        assert (await app.userinfo(token=token))["name"]

    for _ in range(2):
        asyncio.run(sign_in())  # each in a loop of its own
    print(json.dumps({"loops": 2}))


if __name__ == "__main__":
    main()
