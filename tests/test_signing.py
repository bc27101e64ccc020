"""Whether calls of the open API are signed: only where that is needed, unless told otherwise."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.sandbox import Sandbox
from authlib_xiaomi.sandbox.recorder import RecordedRequest

from .apps import CALLBACK, sign_in
from .conftest import NewXiaomi
from .listeners import Answering, response
from .recorded import recorded
from .servers.kinds import CLIENTS, KINDS, LONG, Kind, maybe

USERS = ("lei", "fox", "lei")
#: How a refusal may look that can mean "signature wanted".
REFUSALS: list[dict[str, Any]] = [
    {"code": 96012},
    {"code": 96012, "status": 403},
    {"code": 96012, "status": 200},
    {"body": b'&&&START&&&{"result":"error","code":"96012"}', "status": 400},
    {"body": b"<html>", "status": 401},
    {"body": b"", "status": 401},
]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """A client, or an app of a framework."""
    return str(request.param)


def made(kind: str, xiaomi: Sandbox, **options: Any) -> Kind:
    return KINDS[kind](xiaomi.registration(), retry_backoff=(), **options)


def token_of(xiaomi: Sandbox, **fields: Any) -> dict[str, Any]:
    """A token that is good for a while."""
    return {**sign_in(xiaomi), "expires_at": int(time.time()) + 1000, **fields}


async def signed_in(client: Kind, xiaomi: Sandbox, user: str = "lei") -> Any:
    """Who the user is after a whole sign-in."""
    create = client.target.create_authorization_url
    found = await maybe(create(CALLBACK) if client.is_app else create(redirect_uri=CALLBACK))
    callback = xiaomi.allow(found["url"] if client.is_app else found[0], user=user)
    token = await client.fetch(parse_qs(urlsplit(callback).query)["code"][0], CALLBACK)
    return await client.ask("userinfo", token=token)


async def request(client: Kind, method: str, token: Any) -> Any:
    """The answer to a request of the application's."""
    return await client.ask("request", method, "user/profile", token=token)


def calls(xiaomi: Sandbox) -> list[RecordedRequest]:
    """The calls of the open API that arrived."""
    return [one for one in xiaomi.requests if one.endpoint.startswith("user/")]


def are_signed(xiaomi: Sandbox) -> list[bool]:
    return ["Authorization" in one.headers for one in calls(xiaomi)]


def sign_in_all(client: Kind, xiaomi: Sandbox) -> None:
    """Sign in several users, one after the other, and see who they are."""

    async def job() -> list[Any]:
        return [(await signed_in(client, xiaomi, user))["sub"] for user in USERS]

    assert client.do(job) == [xiaomi.users[user].union_id for user in USERS]


def failed(client: Kind, job: Callable[[], Any]) -> XiaomiOAuthError:
    with pytest.raises(XiaomiOAuthError) as caught:
        client.do(job)
    return caught.value


class TestAuto:
    """The default: unsigned, until Xiaomi refuses that."""

    @pytest.mark.parametrize("signatures", ["optional", "refused"])
    def test_nothing_is_signed_where_that_is_not_needed(
        self, new_xiaomi: NewXiaomi, kind: str, signatures: str
    ) -> None:
        xiaomi = new_xiaomi(signatures=signatures)
        sign_in_all(made(kind, xiaomi), xiaomi)
        assert are_signed(xiaomi) == [False] * 3

    def test_a_service_that_demands_signatures_costs_one_request_for_all_users(
        self, new_xiaomi: NewXiaomi, kind: str
    ) -> None:
        xiaomi = new_xiaomi(signatures="required")
        sign_in_all(made(kind, xiaomi), xiaomi)
        assert are_signed(xiaomi) == [False, True, True, True]

    def test_calls_that_begin_at_once_cost_no_more(self, new_xiaomi: NewXiaomi, kind: str) -> None:
        xiaomi = new_xiaomi(signatures="required")
        client, token = made(kind, xiaomi), token_of(xiaomi)
        found = client.run(*[partial(client.ask, "userinfo", token=token)] * 8)
        assert [one["sub"] for one in found] == [xiaomi.users["lei"].union_id] * 8
        assert are_signed(xiaomi) == [False] + [True] * 8

    def test_a_first_call_that_fails_holds_nobody_up(
        self, new_xiaomi: NewXiaomi, kind: str
    ) -> None:
        xiaomi = new_xiaomi(signatures="optional")
        client, token = made(kind, xiaomi), token_of(xiaomi)
        xiaomi.fail("user/profile", status=503)
        found = client.run(*[partial(client.ask, "userinfo", token=token)] * 8)
        failures = [one for one in found if isinstance(one, XiaomiOAuthError)]
        assert [one.error for one in failures] == ["temporarily_unavailable"]
        assert are_signed(xiaomi) == [False] * 8

    @pytest.mark.parametrize("kind", CLIENTS)
    def test_a_first_call_that_hangs_holds_others_up_for_a_moment_only(self, kind: str) -> None:
        answered = threading.Event()
        seen: list[bytes] = []

        def answer(call: bytes) -> bytes:
            seen.append(call)
            if len(seen) == 1:
                answered.wait(LONG)
            return response(b'{"result": "ok", "code": 0, "data": {}}')

        async def job() -> Any:
            found = await request(client, "GET", {"access_token": "V3_a", "mac_key": "a key"})
            answered.set()
            return found.status_code

        with Answering(answer) as server:
            options = {"client_id": "1", "client_secret": "s", "api_base_url": server.url}
            client = KINDS[kind](options, retry_backoff=(), timeout=8)
            assert client.run(job, job) == [200, 200]

    def test_a_first_call_whose_event_loop_is_gone_holds_up_one_more_at_most(
        self, xiaomi: Sandbox
    ) -> None:
        client, token = made("async client", xiaomi), token_of(xiaomi)
        xiaomi.fail("user/profile", times=None, delay=60)
        loop = asyncio.new_event_loop()
        lost = loop.create_task(client.target.userinfo(token=token))
        loop.run_until_complete(asyncio.sleep(0))
        while not calls(xiaomi):
            loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()
        xiaomi.clear()
        xiaomi.fail("user/profile", times=None, status=401)  # so that nothing is learned

        async def job() -> Any:
            began = time.monotonic()
            for _ in range(5):
                assert (await request(client, "GET", token)).status_code == 401
            return time.monotonic() - began

        assert client.do(job) < 8  # five times as long as one waits would be more
        assert not lost.done()

    def test_another_registration_finds_out_for_itself(
        self, new_xiaomi: NewXiaomi, kind: str
    ) -> None:
        xiaomi = new_xiaomi(signatures="required")
        for _ in range(2):
            client = made(kind, xiaomi)
            client.do(partial(signed_in, client, xiaomi))
        assert are_signed(xiaomi) == [False, True] * 2

    @pytest.mark.parametrize("kind", CLIENTS)
    @pytest.mark.parametrize("refusal", REFUSALS, ids=str)
    def test_each_form_of_refusal_leads_to_a_signature(
        self, xiaomi: Sandbox, kind: str, refusal: dict[str, Any]
    ) -> None:
        xiaomi.fail("user/profile", **refusal)
        sign_in_all(made(kind, xiaomi), xiaomi)
        assert are_signed(xiaomi) == [False, True, True, True]

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_a_safe_call_of_the_application_is_signed_too(
        self, xiaomi: Sandbox, kind: str, method: str
    ) -> None:
        client, token = made(kind, xiaomi), token_of(xiaomi)
        xiaomi.fail("user/profile", status=401)
        answer = client.do(partial(request, client, method, token))
        assert answer.status_code == 200
        assert are_signed(xiaomi) == [False, True]

    @pytest.mark.parametrize("method", ["POST", "DELETE"])
    def test_a_call_that_changes_something_is_never_sent_twice(
        self, new_xiaomi: NewXiaomi, kind: str, method: str
    ) -> None:
        xiaomi = new_xiaomi(signatures="required")
        client, token = made(kind, xiaomi), token_of(xiaomi)
        xiaomi.fail("user/profile", code=96012)
        answer = client.do(partial(request, client, method, token))
        assert answer.status_code == 401
        assert are_signed(xiaomi) == [False]

    def test_a_call_that_changes_something_is_signed_once_that_is_known_to_be_needed(
        self, new_xiaomi: NewXiaomi, kind: str
    ) -> None:
        xiaomi = new_xiaomi(signatures="required")
        client, token = made(kind, xiaomi), token_of(xiaomi)

        async def job() -> None:
            await request(client, "GET", token)
            await request(client, "POST", token)

        client.do(job)
        assert are_signed(xiaomi) == [False, True, True]

    @pytest.mark.parametrize("kind", CLIENTS)
    @pytest.mark.parametrize("refusal", REFUSALS, ids=str)
    def test_where_a_signature_does_not_help_the_first_answer_stands(
        self, xiaomi: Sandbox, kind: str, refusal: dict[str, Any]
    ) -> None:
        client, token = made(kind, xiaomi), token_of(xiaomi)
        xiaomi.fail("user/profile", **refusal)
        xiaomi.fail("user/profile", code=96002, status=400)

        async def job() -> Any:
            return await request(client, "GET", token), await request(client, "GET", token)

        refused, after = client.do(job)
        assert refused.status_code == refusal.get("status", 401)
        assert b"96002" not in refused.content
        assert after.json()["code"] == 0
        assert are_signed(xiaomi) == [False, True, False]  # nothing was learned from it

    def test_a_user_who_is_refused_is_told_so(self, xiaomi: Sandbox, kind: str) -> None:
        client, token = made(kind, xiaomi), token_of(xiaomi)
        xiaomi.fail("user/profile", times=None, code=96012)
        error = failed(client, partial(client.ask, "userinfo", token=token))
        assert (error.error, error.code, error.step) == ("access_denied", 96012, "userinfo")
        assert are_signed(xiaomi) == [False, True]

    @pytest.mark.parametrize("key", [{}, {"mac_key": None}, {"mac_key": ""}])
    def test_a_token_without_key_is_not_tried_again(
        self, new_xiaomi: NewXiaomi, kind: str, key: dict[str, Any]
    ) -> None:
        xiaomi = new_xiaomi(signatures="required")
        client, token = made(kind, xiaomi), token_of(xiaomi)
        del token["mac_key"]
        error = failed(client, partial(client.ask, "userinfo", token={**token, **key}))
        assert error.code == 96012
        assert are_signed(xiaomi) == [False]


class TestOption:
    """``mac``: always, never, and what comes of it."""

    @pytest.mark.parametrize("mac", [True, "true"])
    def test_true_signs_from_the_first_call_on(
        self, new_xiaomi: NewXiaomi, kind: str, mac: Any
    ) -> None:
        xiaomi = new_xiaomi(signatures="required")
        sign_in_all(made(kind, xiaomi, mac=mac), xiaomi)
        assert are_signed(xiaomi) == [True] * 3

    @pytest.mark.parametrize("mac", [False, "false"])
    def test_false_signs_nothing_whatever_xiaomi_says(
        self, new_xiaomi: NewXiaomi, kind: str, mac: Any
    ) -> None:
        xiaomi = new_xiaomi(signatures="required")
        client = made(kind, xiaomi, mac=mac)
        assert failed(client, partial(signed_in, client, xiaomi)).error == "access_denied"
        assert are_signed(xiaomi) == [False]

    def test_true_is_refused_by_a_service_that_wants_no_signatures(
        self, new_xiaomi: NewXiaomi, kind: str
    ) -> None:
        xiaomi = new_xiaomi(signatures="refused")
        client = made(kind, xiaomi, mac=True)
        assert failed(client, partial(signed_in, client, xiaomi)).error == "access_denied"


@pytest.mark.parametrize(
    "broken", [{"mac_algorithm": "HmacSha256"}, {"mac_key": ["key"]}], ids=["algorithm", "key"]
)
class TestKeyThatCannotBeUsed:
    """An unknown ``mac_algorithm``, or a ``mac_key`` that is no text."""

    @pytest.mark.parametrize("mac", ["auto", False])
    def test_costs_no_sign_in(
        self, xiaomi: Sandbox, kind: str, broken: dict[str, Any], mac: Any
    ) -> None:
        answer = {**token_of(xiaomi), **broken}
        xiaomi.fail("token", body=json.dumps(answer).encode(), status=200)
        client = made(kind, xiaomi, mac=mac)
        assert client.do(partial(signed_in, client, xiaomi))["sub"] == answer["union_id"]
        assert are_signed(xiaomi) == [False]

    def test_is_not_tried_where_a_signature_is_wanted(
        self, new_xiaomi: NewXiaomi, kind: str, broken: dict[str, Any]
    ) -> None:
        xiaomi = new_xiaomi(signatures="required")
        client, token = made(kind, xiaomi), token_of(xiaomi, **broken)
        assert failed(client, partial(client.ask, "userinfo", token=token)).code == 96012
        assert are_signed(xiaomi) == [False]

    @pytest.mark.parametrize(
        ("call", "step"), [(("userinfo",), "userinfo"), (("request", "GET", "user/profile"), "api")]
    )
    def test_is_an_error_of_the_call_where_signing_is_demanded_by_the_option(
        self, xiaomi: Sandbox, kind: str, broken: dict[str, Any], call: Any, step: str
    ) -> None:
        client, token = made(kind, xiaomi, mac=True), token_of(xiaomi, **broken)
        error = failed(client, partial(client.ask, *call, token=token))
        assert (error.error, error.step) == ("unsupported_token_type", step)
        assert 'mac="auto"' in error.hint
        assert not calls(xiaomi)


class TestNonce:
    """Xiaomi refuses a nonce that it has seen: the call is signed again with a new one."""

    REFUSALS = (
        recorded("api-error/nonce-used"),
        '{"result":"error","code":96012,"description":"nonce 已经被使用"}'.encode(),
    )

    @pytest.mark.parametrize("refusal", REFUSALS, ids=["english", "chinese"])
    @pytest.mark.parametrize("status", [200, 401])
    def test_that_was_used_is_replaced(
        self, xiaomi: Sandbox, kind: str, refusal: bytes, status: int
    ) -> None:
        client, token = made(kind, xiaomi, mac=True), token_of(xiaomi)
        xiaomi.fail("user/profile", body=refusal, status=status)
        info = client.do(partial(client.ask, "userinfo", token=token))
        assert info["sub"] == token["union_id"]
        assert len({one.headers["Authorization"] for one in calls(xiaomi)}) == 2

    def test_that_is_refused_again_is_an_error(self, xiaomi: Sandbox, kind: str) -> None:
        client, token = made(kind, xiaomi, mac=True), token_of(xiaomi)
        xiaomi.fail("user/profile", body=self.REFUSALS[0], status=401, times=None)
        error = failed(client, partial(client.ask, "userinfo", token=token))
        assert error.code == 96012
        assert len(calls(xiaomi)) == 2

    def test_that_was_used_sends_no_call_that_changes_something_twice(
        self, xiaomi: Sandbox, kind: str
    ) -> None:
        client, token = made(kind, xiaomi, mac=True), token_of(xiaomi)
        xiaomi.fail("user/profile", body=self.REFUSALS[0], status=401)
        answer = client.do(partial(request, client, "POST", token))
        assert answer.status_code == 401
        assert len(calls(xiaomi)) == 1


@pytest.mark.parametrize("name", CLIENTS)
class TestStream:
    """A stream that is refused holds no connection: there is one alone here."""

    async def _read(self, client: Kind, token: Any) -> tuple[int, bytes]:
        if client.is_async:
            async with client.target.stream("GET", "user/profile", token=token) as response:
                return response.status_code, await response.aread()
        with client.target.get("user/profile", token=token, stream=True) as response:
            return response.status_code, response.content

    def test_is_signed_where_that_is_needed(self, new_xiaomi: NewXiaomi, name: str) -> None:
        xiaomi = new_xiaomi(signatures="required")
        client = made(name, xiaomi, max_connections=1, pool_timeout=2)
        token = token_of(xiaomi)

        async def job() -> Any:
            return [await self._read(client, token) for _ in range(3)]

        found = client.do(job)
        assert [status for status, _ in found] == [200] * 3
        assert all(token["union_id"].encode() in body for _, body in found)
        assert are_signed(xiaomi) == [False, True, True, True]

    def test_that_stays_refused_holds_no_connection(self, xiaomi: Sandbox, name: str) -> None:
        client = made(name, xiaomi, max_connections=1, pool_timeout=2)
        token = token_of(xiaomi)
        xiaomi.fail("user/profile", times=None, status=401)

        async def job() -> Any:
            return [(await self._read(client, token))[0] for _ in range(3)]

        assert client.do(job) == [401] * 3
        assert are_signed(xiaomi) == [False, True] * 3
