"""Sites as they stand in production, with many users at once."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from .crowd import Crowd, Person
from .servers import DEPLOYMENTS, Browser, Server, fetch
from .store import Store

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="gunicorn needs Unix"),
    pytest.mark.parametrize("server", DEPLOYMENTS, indirect=True),
]

#: Users of each site.
USERS = 60


def ask_for(server: Server, people: list[Person]) -> list[object]:
    """Who the site says that each of `people` is; all at once."""

    def ask(person: Person) -> object:
        answer = fetch(f"{server.url}/as/{person.sub}")
        return answer.json["identity"] if answer.status == 200 else answer.text

    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(ask, people))


def test_each_user_gets_the_own_identity(server: Server, crowd: Crowd, table: Store) -> None:
    people = crowd.people(USERS)
    for number, person in enumerate(people):
        # Every third has been away for longer than an access token lives.
        table.put(person.sub, person.token if number % 3 else person.expired)
    assert ask_for(server, people) == [person.identity for person in people]
    assert len(crowd.refreshes) == len(range(0, USERS, 3))


def test_ten_requests_with_one_expired_token_make_one_refresh(
    server: Server, crowd: Crowd, table: Store
) -> None:
    person = crowd.person()
    table.put(person.sub, person.expired)
    crowd.xiaomi.fail("token", delay=0.2)  # so that all have come before it is answered
    assert ask_for(server, [person] * 10) == [person.identity] * 10
    assert crowd.refreshes == [person.token["refresh_token"]]
    assert table.refreshed(person.sub) == 1


def test_users_who_sign_in_at_once_are_signed_in_as_themselves(
    server: Server, crowd: Crowd
) -> None:
    def sign_in(name: str) -> tuple[object, object]:
        browser = Browser(server)
        answer = browser.open(crowd.xiaomi.allow(browser.login(), user=name))
        return answer.json.get("identity", answer.text), browser.user

    names = [crowd.add() for _ in range(16)]
    accounts = [crowd.xiaomi.users[name] for name in names]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(sign_in, names))
    assert found == [([a.union_id, a.phone, a.email], a.union_id) for a in accounts]
