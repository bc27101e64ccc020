"""Hours of a site's life in minutes: ``make soak``, or ``python -m scripts.soak``.

Hundreds of users sign in, call the API and are refreshed, on several servers at once which share
one table of tokens, while requests are given up, servers are restarted, Xiaomi fails and processes
fork. Nobody may get another user's identity, no session may be lost, no request may hang, and file
descriptors and memory must stay flat. The exit status says whether it was so.

Linux alone, as it looks into ``/proc``.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

from authlib_xiaomi.sandbox import Sandbox
from tests.servers.crowd import Crowd, Person
from tests.servers.kinds import LONG
from tests.servers.options import UNAVAILABLE, timeout
from tests.servers.programs import program
from tests.servers.servers import DEPLOYMENTS, Browser, Server, fetch, serving
from tests.servers.sites import Settings
from tests.servers.store import Store

from .flatness import Sampler

#: Servers that run all the time, and one that is told to begin anew from time to time.
STEADY = ("gunicorn gevent preload", "uvicorn", "django")
RESTARTED = "gunicorn threads preload"
#: Seconds that Xiaomi has for an answer.
TIMEOUT = 3.0
DRIVERS = 10
#: What a fault may make of a request.
EXCUSED = (UNAVAILABLE, "invalid_response")
WRONG, LOST, HUNG, UNEXPECTED = (
    "wrong identities", "lost sessions", "hung requests", "unexpected errors",
)  # fmt: skip


class Soak:
    """The sandbox, the servers, the users, and what has happened so far."""

    def __init__(self, seed: int, users: int, folder: str, stack: ExitStack) -> None:
        self.seed = seed
        self.store = Store(folder)
        self.crowd = Crowd(stack.enter_context(Sandbox(users={})))
        stack.callback(self.crowd.close)
        self.xiaomi = self.crowd.xiaomi
        self.people = self.crowd.people(users)
        self.busy = {person.sub: threading.Lock() for person in self.people}
        for person in self.people:
            self.store.put(person.sub, person.token)
        settings = Settings(
            self.xiaomi.registration(),
            folder,
            lock=True,
            client_kwargs=timeout(TIMEOUT),
            used_at_start=self.people[0].sub,
        )
        self.servers = {
            name: stack.enter_context(serving(DEPLOYMENTS[name], settings))
            for name in (*STEADY, RESTARTED)
        }
        self.counts: Counter[str] = Counter()
        self.notes: list[str] = []
        self._lock = threading.Lock()
        self._gate = Gate()
        self._restarting_until = 0.0

    def count(self, what: str, note: str = "") -> None:
        with self._lock:
            self.counts[what] += 1
            if note and len(self.notes) < 20:
                self.notes.append(f"{what}: {note}")

    # What users do

    def drive(self, number: int, until: float) -> None:
        """Be one user after the other, until it is late."""
        rng = random.Random(f"{self.seed} user {number}")
        while time.monotonic() < until:
            person = rng.choice(self.people)
            lock = self.busy[person.sub]
            if not lock.acquire(blocking=False):
                continue  # somebody else is this one
            try:
                with self._gate.passing():
                    act = rng.choices([self.sign_in, self.call, self.give_up], [2, 6, 1])[0]
                    act(person, rng)
            except Exception as error:  # noqa: BLE001  # all are counted
                self.count(UNEXPECTED, f"{type(error).__name__}: {error}")
            finally:
                lock.release()

    def sign_in(self, person: Person, rng: random.Random) -> None:
        """Sign in, however often it takes."""
        for _ in range(20):
            browser = Browser(rng.choice(list(self.servers.values())))
            with self.in_time():
                callback = self.xiaomi.allow(browser.login(), user=person.name)
                if rng.random() < 0.2:
                    status = browser.open(callback, rng.choice(["HEAD", "GET"]), Purpose="prefetch")
                    assert status.status == 204, status
                if self.judge(browser.open(callback), person):
                    self.count("sign-ins")
                    if browser.user != person.sub:
                        self.count(WRONG, f"{browser.user} in place of {person.sub}")
                    return
        self.count(UNEXPECTED, "no sign-in in 20 tries")

    def call(self, person: Person, rng: random.Random) -> None:
        """Call the API, several times at once, on several servers."""
        if rng.random() < 0.4:
            self.store.expire(person.sub)
        servers = rng.choices(list(self.servers.values()), k=rng.randint(1, 6))
        with ThreadPoolExecutor(len(servers)) as pool:
            list(pool.map(self.ask, servers, [person] * len(servers)))

    def ask(self, server: Server, person: Person) -> None:
        with self.in_time():
            self.judge(fetch(f"{server.url}/as/{person.sub}"), person)
            self.count("API calls")

    def give_up(self, person: Person, rng: random.Random) -> None:
        """Go away while a refresh is on its way, and come again."""
        self.store.expire(person.sub)
        server = rng.choice(list(self.servers.values()))
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(f"GET /as/{person.sub} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            time.sleep(rng.random() / 20)
        self.count("cancelled requests")
        self.ask(server, person)

    def judge(self, answer: Any, person: Person) -> bool:
        """Whether a page has told the right user."""
        if answer.status == 200:
            found = answer.json["identity"]
            if not person.is_told_by(found):
                self.count(WRONG, f"{found} in place of {person.identity}")
            return True
        said = answer.json if answer.status == 400 else {"error": answer.text}
        if said.get("code") == 96009:
            self.count(LOST, person.sub)
        elif said["error"] not in EXCUSED:
            self.count(UNEXPECTED, f"{answer.status} {said}")
        else:
            self.count("failures by faults")
        return False

    @contextmanager
    def in_time(self) -> Iterator[None]:
        """Count what hangs, and what a restart has cut off."""
        try:
            yield
        except (OSError, URLError) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                self.count(HUNG, str(error))
            elif isinstance(reason, ConnectionError) and time.monotonic() < self._restarting_until:
                self.count("cut off by restarts")
            else:
                raise

    # What happens to them

    def disturb(self, until: float) -> None:
        """Let something go wrong, about twice a second."""
        rng = random.Random(f"{self.seed} disturbances")
        kinds = [self.fail, self.drop, self.restart, self.kill]
        self.fail(rng)
        while (pause := min(rng.uniform(0.2, 0.8), until - time.monotonic())) > 0:
            time.sleep(pause)
            rng.choices(kinds, [20, 3, 1, 1])[0](rng)

    def fail(self, rng: random.Random) -> None:
        """Xiaomi fails, without taking what it was sent: a token is not spent by it."""
        endpoint = rng.choice(["token", "user/profile", "user/phoneAndEmail"])
        fault: dict[str, Any] = rng.choice(
            [
                {"status": 503},
                {"reset": True},
                {"delay": 0.3},
                {"delay": TIMEOUT * 1.5, "reset": True},
                {"body": b"<html>", "status": 200},
            ]
        )
        self.xiaomi.fail(endpoint, **fault)
        self.count("faults")

    def drop(self, rng: random.Random) -> None:
        """Xiaomi closes the connections that nobody uses at the time."""
        with self._gate.closed():
            self.xiaomi.drop_connections()
        self.count("faults")

    def restart(self, rng: random.Random) -> None:
        """A server's workers are told to end when their requests are answered."""
        self._restarting_until = time.monotonic() + 15
        self.servers[RESTARTED].process.send_signal(signal.SIGHUP)
        self.count("restarts")

    def kill(self, rng: random.Random) -> None:
        """A worker that has nothing to do is killed."""
        with self._gate.closed():
            self._restarting_until = time.monotonic() + 15
            for worker in self.servers[RESTARTED].workers[:1]:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
        self.count("restarts")

    # The end

    def call_the_roll(self) -> None:
        """Every user's session goes on."""
        self.xiaomi.clear()
        with ThreadPoolExecutor(DRIVERS) as pool:
            list(pool.map(self._is_there, self.people))

    def _is_there(self, person: Person) -> None:
        self.store.expire(person.sub)
        with self.in_time():
            answer = fetch(f"{self.servers[STEADY[0]].url}/as/{person.sub}")
            if not self.judge(answer, person):
                self.count(UNEXPECTED, f"at the end: {answer.text}")


class Gate:
    """Lets many pass, or one alone while nobody passes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._passing = 0
        self._closed = False

    @contextmanager
    def passing(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._closed)
            self._passing += 1
        try:
            yield
        finally:
            with self._changed:
                self._passing -= 1
                self._changed.notify_all()

    @contextmanager
    def closed(self) -> Iterator[None]:
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._passing)
            try:
                yield
            finally:
                self._closed = False
                self._changed.notify_all()


def run(soak: Soak, duration: float, folder: str) -> Sampler:
    """Everything at once, for `duration` seconds."""
    # A sandbox of its own: the other drops connections, and with them a refresh on its way here.
    with Sandbox(users={}) as xiaomi, ExitStack() as stack:
        crowd = Crowd(xiaomi)
        stack.callback(crowd.close)
        job = stack.enter_context(
            program(
                "soak",
                str(duration),
                str(soak.seed),
                folder,
                crowd=crowd,
                people=crowd.people(len(soak.people)),
                seconds=duration + 2 * LONG,
            )
        )
        until = time.monotonic() + duration
        sampler = Sampler(
            {
                "clients without a framework": lambda: [job.id],
                **{name: (lambda s=soak.servers[name]: s.workers) for name in STEADY},
            },
            lambda: time.monotonic() < until,
        )
        threads = [threading.Thread(target=soak.drive, args=(n, until)) for n in range(DRIVERS)]
        threads += [threading.Thread(target=soak.disturb, args=(until,)), sampler]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        soak.call_the_roll()
        counts, notes = job.hear()
        soak.counts.update(counts)
        soak.notes += notes
    return sampler


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--duration", type=float, default=600, help="seconds (default: 600)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--users", type=int, default=300, help="of each sandbox (default: 300)")
    given = parser.parse_args()
    print(f"soak: {given.duration:g} s, {given.users} users, seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        soak = Soak(given.seed, given.users, folder, stack)
        sampler = run(soak, given.duration, folder)
        soak.counts["refreshes"] += soak.store.refreshed()
        output = {name: "".join(server.said) for name, server in soak.servers.items()}
    bad = {what: soak.counts.pop(what, 0) for what in (WRONG, LOST, HUNG, UNEXPECTED)}
    bad |= sampler.growth()
    width = max(map(len, [*soak.counts, *bad]))
    for what, number in [*sorted(soak.counts.items()), ("", ""), *bad.items()]:
        print(f"{what:{width}} {number:>10}")
    for note in soak.notes:
        print(note, file=sys.stderr)
    for name, said in output.items():
        if "Traceback" in said:
            print(f"{name} has printed:\n{said[-5000:]}", file=sys.stderr)
    return 1 if any(bad.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
