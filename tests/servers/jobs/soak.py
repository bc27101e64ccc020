"""Clients without a framework, used by threads, tasks and forked processes for a while.

Arguments: for how many seconds, the seed of what is random, and the folder of the site's locks.
Reads its configuration from stdin, and prints how often what has happened, and notes, as JSON.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import os
import random
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import Any

from authlib_xiaomi import XiaomiOAuthError
from tests.servers.crowd import Person, identity
from tests.servers.kinds import KINDS, LONG, Kind, finish
from tests.servers.store import async_file_lock, file_lock

THREADS = 8
TASKS = 20


class Job:
    """Two clients that all share, and the users' tokens."""

    def __init__(self, seconds: float, seed: str, folder: str, config: dict[str, Any]) -> None:
        self.until = time.monotonic() + seconds
        self.seed = seed
        self.people = [Person(**person) for person in config["people"]]
        self.tokens = {person.sub: dict(person.token) for person in self.people}
        self.user: contextvars.ContextVar[Person] = contextvars.ContextVar("user")
        self.counts: Counter[str] = Counter()
        self.notes: list[str] = []
        self._refreshed: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.clients = {
            kind: KINDS[kind](
                config["registration"],
                scope="1 4 6",
                fetch_token=self._load,
                update_token=self._save,
                refresh_lock=lock(folder),
            )
            for kind, lock in (("session", file_lock), ("async client", async_file_lock))
        }

    async def _load(self) -> Any:
        return self.tokens[self.user.get().sub]

    async def _save(self, token: Any, refresh_token: Any = None, access_token: Any = None) -> None:
        with self._lock:
            owner = next(s for s, t in self.tokens.items() if t["refresh_token"] == refresh_token)
            self.tokens[owner] = token
        self.count("refreshes")

    def _begin(self, person: Person, refreshes: bool) -> tuple[Any, int]:
        """The user's token for a call, and how many calls have refreshed the user's tokens."""
        with self._lock:
            token = self.tokens[person.sub]
            if refreshes:
                # Who comes later waits for the new one.
                token = self.tokens[person.sub] = {**token, "expires_at": 1}
                self._refreshed[person.sub] += 1
            return token, self._refreshed[person.sub]

    def count(self, what: str, note: str = "") -> None:
        with self._lock:
            self.counts[what] += 1
            if note and len(self.notes) < 20:
                self.notes.append(f"{what}: {note}")

    async def ask(self, client: Kind, rng: random.Random) -> None:
        """One call for somebody, whose token may have expired, in one of the ways to say whose."""
        person = rng.choice(self.people)
        self.user.set(person)
        way = rng.randrange(4)
        token, before = self._begin(person, way == 3 or rng.random() < 0.1)
        try:
            if way == 0:
                found = identity(await client.ask("userinfo", token=token))
            elif way == 1:
                found = identity(await client.ask("userinfo"))
            elif way == 2:
                answer = (await client.ask("get", "user/profile", token=token)).json()
                if "data" not in answer:
                    raise XiaomiOAuthError.from_xiaomi(answer["code"])
                found = [answer["data"]["unionId"], *person.identity[1:]]
            else:
                new = await client.ask("refresh_token", token=token)
                found = identity(await client.ask("userinfo", token=new))
        except Exception as error:
            code = getattr(error, "code", None)
            if code == 96008 and self._refreshed[person.sub] != before:
                self.count("overtaken by a refresh")  # of somebody else, for the same user
                return
            note = f"{type(error).__name__}: {error}"
            self.count("lost sessions" if code == 96009 else "unexpected errors", note)
            return
        self.count("API calls")
        if not person.is_told_by(found):
            self.count("wrong identities", f"{found} in place of {person.identity}")

    def threads(self, number: int) -> None:
        rng = random.Random(f"{self.seed} thread {number}")
        while time.monotonic() < self.until:
            finish(self.ask(self.clients["session"], rng))

    def tasks(self) -> None:
        client = self.clients["async client"]

        async def one(number: int) -> None:
            rng = random.Random(f"{self.seed} task {number}")
            while time.monotonic() < self.until:
                asking = asyncio.create_task(self.ask(client, rng))
                if rng.random() < 0.1:
                    self.count("cancelled requests")
                    await asyncio.sleep(rng.random() / 50)
                    asking.cancel()
                with suppress(asyncio.CancelledError):
                    await asking

        async def all_of_them() -> None:
            await asyncio.gather(*map(one, range(TASKS)))
            await client.close()

        asyncio.run(all_of_them())

    def forks(self) -> None:
        """Fork about once a second, in the midst of all that."""
        rng = random.Random(f"{self.seed} forks")
        while time.monotonic() < self.until:
            people = rng.sample(self.people, 3)
            child = os.fork()
            if child == 0:
                os._exit(self._in_child(people))
            self.count("forks")
            self._wait_for(child)
            time.sleep(min(1, max(self.until - time.monotonic(), 0)))

    def _in_child(self, people: list[Person]) -> int:
        client = self.clients["session"].target
        try:
            for person in people:
                token = {**self.tokens[person.sub], "expires_at": time.time() + 1000}
                if not person.is_told_by(identity(client.userinfo(token=token))):
                    return 1
        except XiaomiOAuthError as error:
            # The parent has refreshed this token meanwhile.
            return 0 if error.code == 96008 else 2
        except BaseException:
            return 2
        return 0

    def _wait_for(self, child: int) -> None:
        deadline = time.monotonic() + LONG
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                what = {1: "wrong identities", 2: "unexpected errors"}
                if status:
                    self.count(what.get(os.waitstatus_to_exitcode(status), "unexpected errors"))
                return
            if time.monotonic() > deadline:
                self.count("hung requests")
                os.kill(child, 9)
                os.waitpid(child, 0)
                return
            time.sleep(0.01)


def main() -> None:
    _, seconds, seed, folder = sys.argv
    logging.getLogger("authlib_xiaomi").addHandler(logging.NullHandler())
    job = Job(float(seconds), seed, folder, json.loads(sys.stdin.readline()))
    works: list[Any] = [(job.threads, number) for number in range(THREADS)]
    works += [(job.tasks,), (job.forks,)]
    threads = [threading.Thread(target=w[0], args=w[1:], daemon=True) for w in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(job.until - time.monotonic(), 0) + LONG)
    job.counts["hung requests"] += sum(thread.is_alive() for thread in threads)
    job.clients["session"].target.close()
    print(json.dumps([job.counts, job.notes]), flush=True)


if __name__ == "__main__":
    main()
