"""A token belongs to a call: whoever shares a client or an app, each gets the own user."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Any

import pytest
from authlib.integrations.flask_client import OAuth
from flask import Flask

from authlib_xiaomi.flask_client import XiaomiOAuth2App

from .crowd import Crowd, Person, identity
from .kinds import APPS, CLIENTS, KINDS, LONG, Kind, maybe, within

#: How many share a client, and how many users each of them asks about.
THREADS, TASKS = (16, 3), (24, 2)
MOST = 48

Pattern = Callable[[Kind, Person], Coroutine[Any, Any, Any]]


@pytest.fixture(scope="module")
def people(everybody: Crowd) -> list[Person]:
    """Users whose tokens are used as they are, and so may be used by several tests."""
    return everybody.people(MOST)


@pytest.fixture
def _restless(clients: Kind) -> Iterator[None]:
    """Threads that share a client take turns as often as they can; tasks do so as they are."""
    interval = sys.getswitchinterval()
    if not clients.is_async:
        sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.fixture
def clients(request: pytest.FixtureRequest, crowd: Crowd) -> Kind:
    """One client that everybody shares, with fewer connections than there are of them."""
    return KINDS[request.param](crowd.xiaomi.registration(), scope="1 4 6", max_connections=8)


# How an application asks who somebody is.


async def _userinfo(kind: Kind, person: Person) -> Any:
    return identity(await kind.ask("userinfo", token=person.token))


async def _userinfo_assigned(kind: Kind, person: Person) -> Any:
    kind.target.token = person.token
    first = identity(await kind.ask("userinfo"))
    second = identity(await kind.ask("userinfo"))
    return first if first == second else [first, second]


async def _get(kind: Kind, person: Person) -> Any:
    return await _by_two_calls(partial(kind.ask, "get", token=person.token))


async def _get_assigned(kind: Kind, person: Person) -> Any:
    kind.target.token = person.token
    return await _by_two_calls(partial(kind.ask, "get"))


async def _request(kind: Kind, person: Person) -> Any:
    return await _by_two_calls(partial(kind.ask, "request", "GET", token=person.token))


async def _request_assigned(kind: Kind, person: Person) -> Any:
    kind.target.token = person.token
    return await _by_two_calls(partial(kind.ask, "request", "GET"))


async def _stream(kind: Kind, person: Person) -> Any:
    return await _by_two_calls(partial(_read, kind, token=person.token))


async def _stream_assigned(kind: Kind, person: Person) -> Any:
    kind.target.token = person.token
    return await _by_two_calls(partial(_read, kind))


async def _refresh(kind: Kind, person: Person) -> Any:
    new = await kind.ask("refresh_token", token=person.token)
    assert new["access_token"] != person.token["access_token"]
    return identity(await kind.ask("userinfo", token=new))


async def _expired(kind: Kind, person: Person) -> Any:
    return identity(await kind.ask("userinfo", token=person.expired))


async def _expired_assigned(kind: Kind, person: Person) -> Any:
    kind.target.token = person.expired
    found = identity(await kind.ask("userinfo"))
    assert kind.target.token["access_token"] != person.token["access_token"]
    return found


async def _by_two_calls(call: Callable[[str], Coroutine[Any, Any, Any]]) -> Any:
    profile = (await call("user/profile")).json()["data"]
    contact = (await call("user/phoneAndEmail")).json()["data"]
    return [profile["unionId"], contact["phone"], contact["email"]]


async def _read(kind: Kind, path: str, **kwargs: Any) -> Any:
    """A streamed answer, read."""
    if kind.is_async:
        async with kind.target.stream("GET", path, **kwargs) as response:
            await response.aread()
    else:
        with kind.target.get(path, stream=True, **kwargs) as response:
            assert response.content
    return response


PASSED = [_userinfo, _get, _request, _stream]
ASSIGNED = [_userinfo_assigned, _get_assigned, _request_assigned, _stream_assigned]
REFRESHED = [_refresh, _expired, _expired_assigned]


def _name(value: Any) -> str:
    return value.__name__.strip("_") if callable(value) else str(value)


async def outcome(job: Coroutine[Any, Any, Any]) -> Any:
    """What `job` returns, or the error that it raises, in words."""
    try:
        return await job
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def hammer(kind: Kind, people: list[Person], pattern: Pattern) -> list[Any]:
    """What was wrong, of all that threads or tasks found out about `people` at once."""
    sharers, each = TASKS if kind.is_async else THREADS
    assert len(people) >= sharers * each

    async def ask(own: list[Person]) -> list[Any]:
        return [(person.identity, await outcome(pattern(kind, person))) for person in own]

    shares = [people[start : start + each] for start in range(0, sharers * each, each)]
    found = list(chain(*kind.run(*(partial(ask, own) for own in shares))))
    assert len(found) == sharers * each
    return [pair for pair in found if pair[0] != pair[1]]


@pytest.mark.usefixtures("_restless")
@pytest.mark.parametrize("clients", CLIENTS, indirect=True)
@pytest.mark.parametrize("pattern", [*PASSED, *ASSIGNED], ids=_name)
def test_threads_and_tasks_that_share_a_client_get_each_the_own_user(
    clients: Kind, people: list[Person], pattern: Pattern
) -> None:
    assert hammer(clients, people, pattern) == []


@pytest.mark.usefixtures("_restless")
@pytest.mark.parametrize("clients", CLIENTS, indirect=True)
@pytest.mark.parametrize("pattern", REFRESHED, ids=_name)
def test_threads_and_tasks_that_share_a_client_get_each_the_own_users_new_token(
    clients: Kind, crowd: Crowd, pattern: Pattern
) -> None:
    assert hammer(clients, crowd.people(MOST), pattern) == []
    sharers, each = TASKS if clients.is_async else THREADS
    assert len(crowd.refreshes) == len(set(crowd.refreshes)) == sharers * each


@pytest.mark.usefixtures("_restless")
@pytest.mark.parametrize("clients", APPS, indirect=True)
@pytest.mark.parametrize("pattern", [_userinfo, _get], ids=_name)
def test_requests_that_pass_a_token_to_an_app_get_each_the_own_user(
    clients: Kind, people: list[Person], pattern: Pattern
) -> None:
    assert hammer(clients, people, pattern) == []


class TestFetchToken:
    """A job goes through many users: ``fetch_token`` gives the one whose turn it is."""

    user: contextvars.ContextVar[Person] = contextvars.ContextVar("user")

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_asked_for_each_call(self, crowd: Crowd, people: list[Person], kind: str) -> None:
        async def fetch_token() -> Any:
            return self.user.get().token

        client = KINDS[kind](crowd.xiaomi.registration(), fetch_token=fetch_token, scope="1 4 6")

        async def go_through_all() -> list[Any]:
            found = []
            for person in people[:20]:
                self.user.set(person)
                found.append(identity(await client.ask("userinfo")))
            return found

        assert client.do(go_through_all) == [person.identity for person in people[:20]]

    def test_is_asked_for_each_call_of_threads_in_one_flask_application_context(
        self, crowd: Crowd, people: list[Person]
    ) -> None:
        app = Flask(__name__)
        oauth = OAuth(app)
        oauth.register(
            "xiaomi",
            client_cls=XiaomiOAuth2App,
            fetch_token=lambda: self.user.get().token,
            scope="1 4 6",
            **crowd.xiaomi.registration(),
        )

        def ask(person: Person) -> Any:
            self.user.set(person)
            return identity(oauth.xiaomi.userinfo())

        with app.app_context(), ThreadPoolExecutor(16) as pool:
            jobs = [
                # The context with Flask's in it, as copy_current_request_context carries it.
                pool.submit(contextvars.copy_context().run, ask, person)
                for person in people
            ]
            found = [job.result() for job in jobs]
            oauth.xiaomi.close()
        assert found == [person.identity for person in people]


@pytest.mark.parametrize("kind", CLIENTS)
class TestTheTokenOfAClient:
    """``.token`` is local to the thread or task that assigned it, and shared from there."""

    @pytest.fixture
    def client(self, kind: str, crowd: Crowd) -> Kind:
        return KINDS[kind](crowd.xiaomi.registration(), scope="1 4 6")

    @pytest.fixture
    def anna(self, crowd: Crowd) -> Person:
        return crowd.person()

    @pytest.fixture
    def ben(self, crowd: Crowd) -> Person:
        return crowd.person()

    def test_is_not_changed_by_a_call_that_was_handed_another(
        self, client: Kind, anna: Person, ben: Person
    ) -> None:
        async def job() -> list[Any]:
            client.target.token = anna.token
            seen = []
            for call in (
                partial(client.ask, "userinfo"),
                partial(client.ask, "get", "user/profile"),
                partial(client.ask, "request", "GET", "user/profile"),
                partial(client.ask, "refresh_token"),
            ):
                await call(token=ben.token)
                seen.append(client.target.token["access_token"])
            return seen

        assert client.do(job) == [anna.token["access_token"]] * 4

    def test_is_replaced_by_a_refresh_of_that_very_token(
        self, client: Kind, anna: Person, ben: Person
    ) -> None:
        async def job() -> tuple[Any, Any, Any]:
            client.target.token = anna.expired
            await client.ask("userinfo", token=ben.expired)
            after_bens = client.target.token["access_token"]
            await client.ask("userinfo", token=anna.expired)
            after_annas = client.target.token["access_token"]
            return after_bens, after_annas, identity(await client.ask("userinfo"))

        after_bens, after_annas, found = client.do(job)
        assert after_bens == anna.token["access_token"] != after_annas
        assert found == anna.identity

    def test_is_set_by_a_sign_in(self, client: Kind, anna: Person, crowd: Crowd) -> None:
        async def job() -> Any:
            url, state = client.target.create_authorization_url(
                redirect_uri="http://localhost/", scope="1 4 6"
            )
            callback = crowd.xiaomi.allow(url, user=anna.name)
            await client.ask(
                "fetch_token",
                authorization_response=callback,
                state=state,
                redirect_uri="http://localhost/",
            )
            return identity(await client.ask("userinfo"))

        assert client.do(job) == anna.identity

    def test_is_each_ones_own(self, client: Kind, anna: Person, ben: Person) -> None:
        meeting = Meeting(client, 2)

        async def job(person: Person) -> Any:
            client.target.token = person.token
            await meeting.wait()  # the other has assigned, too
            found = identity(await client.ask("userinfo"))
            await meeting.wait()
            return found

        assert client.run(partial(job, anna), partial(job, ben)) == [anna.identity, ben.identity]

    def test_is_shared_by_those_who_assigned_none(self, client: Kind, anna: Person) -> None:
        meeting = Meeting(client, 3)

        async def owner() -> Any:
            client.target.token = anna.token
            await meeting.wait()
            await meeting.wait()

        async def other() -> Any:
            await meeting.wait()
            found = identity(await client.ask("userinfo"))
            await meeting.wait()
            return found

        assert client.run(owner, other, other)[1:] == [anna.identity] * 2

    @pytest.mark.parametrize("method", ["userinfo", "get", "request", "stream", "refresh_token"])
    def test_is_no_guess_where_several_have_assigned_one(
        self, client: Kind, anna: Person, ben: Person, crowd: Crowd, method: str
    ) -> None:
        meeting = Meeting(client, 3)
        calls = {
            "userinfo": partial(client.ask, "userinfo"),
            "get": partial(client.ask, "get", "user/profile"),
            "request": partial(client.ask, "request", "GET", "user/profile"),
            "stream": partial(_read, client, "user/profile"),
            "refresh_token": partial(client.ask, "refresh_token"),
        }

        async def owner(person: Person) -> Any:
            client.target.token = person.token
            await meeting.wait()
            await meeting.wait()

        async def other() -> Any:
            await meeting.wait()
            try:
                return await calls[method]()
            finally:
                await meeting.wait()

        crowd.xiaomi.clear()
        error = client.run(partial(owner, anna), partial(owner, ben), other)[2]
        assert isinstance(error, Exception)
        assert "pass token=" in str(error).lower()
        assert crowd.xiaomi.requests == []

    def test_passed_to_a_call_is_no_guess_at_any_time(
        self, client: Kind, anna: Person, ben: Person
    ) -> None:
        meeting = Meeting(client, 3)

        async def owner(person: Person) -> Any:
            client.target.token = person.token
            await meeting.wait()
            await meeting.wait()

        async def other() -> Any:
            await meeting.wait()
            found = identity(await client.ask("userinfo", token=ben.token))
            await meeting.wait()
            return found

        assert client.run(partial(owner, anna), partial(owner, ben), other)[2] == ben.identity

    def test_is_shared_from_a_thread_or_task_that_has_ended(
        self, client: Kind, anna: Person, ben: Person
    ) -> None:
        async def assign(person: Person) -> None:
            client.target.token = person.token

        async def ask() -> Any:
            return identity(await client.ask("userinfo"))

        async def job() -> Any:
            # One after the other, and each has ended before the next begins.
            await elsewhere(client, partial(assign, anna))
            await elsewhere(client, partial(assign, ben))
            return await elsewhere(client, ask)

        assert client.do(job) == ben.identity

    def test_is_new_for_all_who_share_it_after_a_refresh(
        self, client: Kind, anna: Person, crowd: Crowd
    ) -> None:
        meeting = Meeting(client, 3)

        async def owner() -> Any:
            client.target.token = anna.expired
            await meeting.wait()
            await meeting.wait()  # one of the others has refreshed it
            found = identity(await client.ask("userinfo"))
            return [found, client.target.token["access_token"]]

        async def other(calls: bool) -> Any:
            await meeting.wait()
            if calls:
                await client.ask("userinfo")
            await meeting.wait()
            found = identity(await client.ask("userinfo"))
            return [found, client.target.token["access_token"]]

        found = client.run(owner, partial(other, True), partial(other, False))
        assert [one[0] for one in found] == [anna.identity] * 3
        assert len({one[1] for one in found} - {anna.token["access_token"]}) == 1
        assert crowd.refreshes == [anna.token["refresh_token"]]


def test_the_tasks_that_a_task_starts_use_its_token(crowd: Crowd) -> None:
    anna, ben = crowd.people(2)
    client = KINDS["async client"](crowd.xiaomi.registration(), scope="1 4 6")

    async def handle(person: Person) -> Any:
        client.target.token = person.token
        await asyncio.sleep(0)
        return await asyncio.gather(*(client.ask("userinfo") for _ in range(5)))

    found = client.run(partial(handle, anna), partial(handle, ben))
    assert [list(map(identity, infos)) for infos in found] == [
        [anna.identity] * 5,
        [ben.identity] * 5,
    ]


class Meeting:
    """A point that threads or tasks leave once all of them are there."""

    def __init__(self, kind: Kind, parties: int) -> None:
        self._is_async = kind.is_async
        self._parties = parties
        self._barrier = threading.Barrier(parties)
        self._there: list[None] = []

    async def wait(self) -> None:
        if not self._is_async:
            self._barrier.wait(LONG)
            return
        self._there.append(None)
        goal = -(-len(self._there) // self._parties) * self._parties
        while len(self._there) < goal:
            await asyncio.sleep(0.001)


async def elsewhere(kind: Kind, job: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run `job` in a thread or task of its own, to its end; what it returns."""
    if kind.is_async:
        return await asyncio.create_task(job())
    found = within(LONG, lambda: kind._in_context(job))[0]
    if isinstance(found, Exception):
        raise found
    return await maybe(found)
