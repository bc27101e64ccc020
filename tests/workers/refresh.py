"""One process of a site with several: signs nobody in, but asks for the profile all at once.

Prints, as JSON, what each thread got; starts on a line from its parent.
"""

from __future__ import annotations

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import redis
from authlib.integrations.flask_client import OAuth
from flask import Flask

from authlib_xiaomi.flask_client import XiaomiOAuth2App


def main() -> None:
    config: dict[str, Any] = json.loads(sys.argv[1])
    database = redis.Redis.from_url(config["redis"])

    def fetch_token() -> Any:
        return json.loads(database.get("token") or "null")

    def update_token(token: Any, refresh_token: Any = None, access_token: Any = None) -> None:
        database.set("token", json.dumps(token))
        database.incr("saved")

    app = Flask(__name__)
    oauth = OAuth(app)
    oauth.register(
        "xiaomi",
        client_cls=XiaomiOAuth2App,
        fetch_token=fetch_token,
        update_token=update_token,
        refresh_lock=lambda key: database.lock(f"xiaomi:{key}", timeout=config["lock_timeout"]),
        client_kwargs={"timeout": config["timeout"]},
        **config["registration"],
    )
    together = threading.Barrier(config["threads"])

    def ask(_: int) -> str:
        together.wait()
        with app.test_request_context():
            try:
                return oauth.xiaomi.get("user/profile").json()["result"]
            except Exception as error:
                return f"{type(error).__name__}: {error}"

    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(config["threads"]) as pool:
        print(json.dumps(list(pool.map(ask, range(config["threads"])))), flush=True)
    oauth.xiaomi.close()
    database.close()


if __name__ == "__main__":
    main()
