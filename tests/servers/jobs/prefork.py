"""A program that uses a client and then forks, as servers and task queues do.

Arguments: the kind of client, what to do, and the folder of the site's tokens and locks. Reads
its configuration from stdin, and prints what its processes found, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from itertools import chain
from typing import Any

from tests.servers.crowd import Person, identity
from tests.servers.kinds import KINDS, LONG, Kind, finish, within
from tests.servers.store import Store, async_file_lock, file_lock

fork = multiprocessing.get_context("fork")


class Program:
    """What is there when the processes are forked."""

    def __init__(self, kind: str, folder: str, config: dict[str, Any]) -> None:
        self.people = [Person(**person) for person in config["people"]]
        self.store = Store(folder)
        cls = KINDS[kind]
        lock = async_file_lock if cls.is_async else file_lock
        self.kind: Kind = cls(
            config["registration"],
            scope="1 4 6",
            fetch_token=self.fetch_token,
            update_token=self.update_token,
            refresh_lock=lock(folder),
        )
        self.loop = asyncio.new_event_loop() if cls.is_async else None

    async def fetch_token(self) -> Any:
        return self.store.load(self.people[0].sub)

    async def update_token(self, token: Any, **old: Any) -> None:
        self.store.save(token, **old)

    async def ask(self, person: Person) -> Any:
        """Whether the answer for `person` is about this person."""
        found = identity(await self.kind.ask("userinfo", token=person.token))
        return found == person.identity or [person.identity, found]

    async def ask_for_stored(self) -> Any:
        return identity(await self.kind.ask("userinfo")) == self.people[0].identity

    def run(self, jobs: list[Callable[[], Coroutine[Any, Any, Any]]], child: bool) -> list[Any]:
        """What `jobs` find at the same time. A child has an event loop of its own."""
        if self.loop is None:
            found = within(LONG, *(partial(self.kind._in_context, job) for job in jobs))
        elif child:
            found = asyncio.run(self._gather(jobs, close=True))
        else:
            found = self.loop.run_until_complete(self._gather(jobs))
        return [one if not isinstance(one, Exception) else repr(one) for one in found]

    async def _gather(self, jobs: Any, close: bool = False) -> list[Any]:
        found = await asyncio.gather(*(job() for job in jobs), return_exceptions=True)
        if close:
            await self.kind.close()
        return found

    def end(self) -> None:
        if self.loop is None:
            finish(self.kind.close())
        else:
            self.loop.run_until_complete(self.kind.close())
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()


def crowd(program: Program) -> list[Any]:
    """The parent and four children, each with eight threads or tasks that ask for two users."""
    people = program.people[1:]

    async def ask_for_all(share: list[Person]) -> list[Any]:
        return [await program.ask(person) for person in share]

    def go_through(share: list[Person], child: bool) -> list[Any]:
        jobs = [partial(ask_for_all, share[number::8]) for number in range(8)]
        return list(chain(*program.run(jobs, child)))

    shares = [people[number::5] for number in range(5)]
    return in_processes(program, [partial(go_through, share) for share in shares])


def one_token(program: Program) -> list[Any]:
    """Four children with one expired token, which is in the store."""
    program.store.put(program.people[0].sub, program.people[0].expired)
    job = partial(program.run, [program.ask_for_stored])
    return in_processes(program, [lambda _: [], *[job] * 4])


def in_processes(program: Program, works: list[Callable[[bool], list[Any]]]) -> list[Any]:
    """What `works` find: the first in this process, the others each in a child, all at once."""
    found, start = fork.SimpleQueue(), fork.Barrier(len(works))

    def work_in_child(work: Callable[[bool], list[Any]]) -> None:
        start.wait(LONG)
        found.put(work(True))

    children = [fork.Process(target=work_in_child, args=(work,)) for work in works[1:]]
    for child in children:
        child.start()
    start.wait(LONG)
    results = works[0](False)
    for _ in children:
        results += found.get()
    for child in children:
        child.join()
        assert child.exitcode == 0
    return results


def pool(program: Program) -> list[Any]:
    """Workers that end after a few tasks, as Celery's, while the parent goes on."""
    people = program.people[1:]
    with fork.Pool(4, _set_program, [program], maxtasksperchild=5) as workers:
        pending = workers.map_async(_ask_in_worker, people, chunksize=1)
        results = [program.run([partial(program.ask, person)], child=False) for person in people]
        results += pending.get(LONG)
        workers.close()
        workers.join()
    return [found for one in results for found in one]


def busy(program: Program) -> list[Any]:
    """A child that is forked while a thread of its parent refreshes a token."""
    first, second = program.people[1:3]
    asked = threading.Thread(
        target=within, args=(LONG, partial(program.kind._in_context, partial(program.ask, first)))
    )
    asked.start()
    print('"asked"', flush=True)
    sys.stdin.readline()  # the refresh has arrived
    found = in_processes(
        program, [lambda _: [], partial(program.run, [partial(program.ask, second)])]
    )
    asked.join()
    return found + program.run([partial(program.ask, first)], child=False)


_program: Program


def _set_program(program: Program) -> None:
    global _program
    _program = program  # the parent's object: it was forked, not sent


def _ask_in_worker(person: Person) -> list[Any]:
    return _program.run([partial(_program.ask, person)], child=True)


SCENARIOS = {f.__name__: f for f in (crowd, one_token, pool, busy)}


def main() -> None:
    _, kind, scenario, folder = sys.argv
    program = Program(kind, folder, json.loads(sys.stdin.readline()))
    # The parent has connections of its own before it forks.
    first = program.run([partial(program.ask, program.people[0])], child=False)
    found = first + SCENARIOS[scenario](program)
    program.end()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
