"""Ten greenlets with one expired token.

Arguments: the kind of client, and whether gevent patches the standard library ``first`` or
``last``, after all is imported. Reads its configuration from stdin, and prints what the greenlets
found, as JSON: those that all get their time, and those whose first is killed.
"""

from __future__ import annotations

import json
import sys
import warnings

if sys.argv[2] == "first":
    from gevent import monkey

    monkey.patch_all()

from functools import partial
from typing import Any

from tests.servers.crowd import Person, identity
from tests.servers.kinds import KINDS, Kind

if sys.argv[2] == "last":
    from gevent import monkey

    KINDS[sys.argv[1]].imported()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that this is late
        monkey.patch_all()

import gevent

#: Seconds.
LONG = 30.0


class Site:
    """A client, and one user's token, which hooks load and store."""

    def __init__(self, kind: str, registration: dict[str, str], person: Person) -> None:
        self.person = person
        self.token = person.expired
        self.client: Kind = KINDS[kind](
            registration, fetch_token=self.load, update_token=self.save, scope="1 4 6"
        )

    async def load(self) -> Any:
        return self.token

    async def save(self, token: Any, **_: Any) -> None:
        self.token = token

    async def ask(self) -> Any:
        return identity(await self.client.ask("userinfo")) == self.person.identity

    def ask_within(self, seconds: float) -> Any:
        with gevent.Timeout(seconds, False):
            try:
                return self.client._in_context(self.ask)
            except Exception as error:
                return repr(error)
        return "killed"


def main() -> None:
    config = json.loads(sys.stdin.readline())
    for first, person in ((LONG, config["people"][0]), (1.0, config["people"][1])):
        site = Site(sys.argv[1], config["registration"], Person(**person))
        jobs = [partial(site.ask_within, seconds) for seconds in (first, *[LONG] * 9)]
        greenlets = [gevent.spawn(job) for job in jobs]
        gevent.joinall(greenlets)
        print(json.dumps([greenlet.value for greenlet in greenlets]), flush=True)
        sys.stdin.readline()  # the test has seen it
        site.client.target.close()


if __name__ == "__main__":
    main()
