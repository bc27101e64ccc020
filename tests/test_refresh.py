"""A Xiaomi refresh token works once: refreshes must not lose a session, whoever asks."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timezone
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
import trio
from authlib.integrations.base_client import InvalidTokenError, MissingTokenError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.starlette_client import OAuth as StarletteOAuth
from flask import Flask, session

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.flask_client import XiaomiOAuth2App
from authlib_xiaomi.httpx_client import AsyncXiaomiOAuth2Client
from authlib_xiaomi.requests_client import XiaomiOAuth2Session
from authlib_xiaomi.sandbox import Sandbox
from authlib_xiaomi.starlette_client import XiaomiOAuth2App as StarletteApp

from .apps import CALLBACK, Site, Store, endpoints, refreshes, sign_in
from .conftest import ONE_XIAOMI, NewXiaomi
from .listeners import Answering, response
from .servers.kinds import KINDS, Kind

#: Repeat at once.
AT_ONCE = {"retry_backoff": (0, 0)}


@pytest.mark.parametrize("user_id", [7, "7", "8a4b2e5c-5b7e-4a67-9d7e-0d6e6a1f0b3c", UUID(int=7)])
def test_the_applications_own_id_of_a_user_beside_a_token_is_left_alone(
    xiaomi: Sandbox, site: Callable[..., Site], user_id: Any
) -> None:
    store = Store({**sign_in(xiaomi), "user_id": user_id})
    assert site(store).call("userinfo")["sub"] == xiaomi.users["lei"].union_id
    assert store.saved


def test_a_stored_id_that_is_not_valid_is_told_before_the_refresh_token_is_spent(
    xiaomi: Sandbox, site: Callable[..., Site]
) -> None:
    app = site(Store({**sign_in(xiaomi), "unionId": "null"}))
    with pytest.raises(XiaomiOAuthError, match="unionId in Xiaomi's answer, or in the token"):
        app.call("userinfo")
    assert refreshes(xiaomi) == []


class TestManyAtOnce:
    def test_32_requests_with_one_expired_stored_token_make_one_refresh(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        store = Store(sign_in(xiaomi))
        answers = site(store).call_all("get", [(("user/profile",), {})] * 32)
        assert [answer.json()["result"] for answer in answers] == ["ok"] * 32
        assert len(refreshes(xiaomi)) == 1
        assert len(store.saved) == 1

    def test_32_requests_that_pass_one_expired_token_make_one_refresh(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        store = Store(token := sign_in(xiaomi))
        calls = [(("user/profile",), {"token": dict(token)}) for _ in range(32)]
        answers = site(store).call_all("get", calls)
        assert [answer.json()["result"] for answer in answers] == ["ok"] * 32
        assert len(refreshes(xiaomi)) == 1

    def test_callers_that_pass_the_same_token_all_get_the_one_new_token(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        token = sign_in(xiaomi)
        tokens = site(Store(None)).call_all("refresh_token", [((), {"token": token})] * 8)
        assert len({new["access_token"] for new in tokens}) == 1
        assert tokens[0]["access_token"] != token["access_token"]
        assert len(refreshes(xiaomi)) == 1

    def test_tokens_of_two_users_are_refreshed_each_for_itself(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        tokens = [sign_in(xiaomi, user) for user in list(xiaomi.users)[:2]]
        found = site(Store(None)).call_all("userinfo", [((), {"token": t}) for t in tokens * 4])
        assert [info["sub"] for info in found] == [t["union_id"] for t in tokens * 4]
        assert len(refreshes(xiaomi)) == 2

    def test_threads_that_share_a_client_make_one_refresh(self, xiaomi: Sandbox) -> None:
        saved: list[Any] = []
        with (
            XiaomiOAuth2Session(
                xiaomi.client_id,
                xiaomi.client_secret,
                token=sign_in(xiaomi),
                update_token=lambda token, refresh_token: saved.append(token),
                **endpoints(xiaomi),
            ) as session,
            ThreadPoolExecutor(16) as pool,
        ):
            answers = list(pool.map(lambda _: session.get("user/profile"), range(16)))
        assert [answer.json()["result"] for answer in answers] == ["ok"] * 16
        assert len(refreshes(xiaomi)) == len(saved) == 1

    def test_tasks_that_share_a_client_make_one_refresh(self, xiaomi: Sandbox) -> None:
        async def run() -> list[Any]:
            async with AsyncXiaomiOAuth2Client(
                xiaomi.client_id,
                xiaomi.client_secret,
                token=sign_in(xiaomi),
                **endpoints(xiaomi),
            ) as client:
                return await asyncio.gather(*(client.get("user/profile") for _ in range(16)))

        assert [answer.json()["result"] for answer in asyncio.run(run())] == ["ok"] * 16
        assert len(refreshes(xiaomi)) == 1


class TestRedirectUri:
    def test_is_taken_from_the_token_after_a_restart(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        store = Store(sign_in(xiaomi))
        assert site(store).call("userinfo")["name"]
        assert store.saved[0]["redirect_uri"] == CALLBACK

    def test_of_the_registration_comes_first(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        store = Store({**sign_in(xiaomi), "redirect_uri": "http://elsewhere.example/"})
        assert site(store, redirect_uri=CALLBACK).call("userinfo")["name"]

    def test_that_nobody_knows_is_an_error_that_says_where_to_give_it(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        token = sign_in(xiaomi)
        del token["redirect_uri"]
        with pytest.raises(XiaomiOAuthError, match="redirect_uri is missing") as caught:
            site(Store(token)).call("userinfo")
        assert "register(redirect_uri=" in caught.value.hint
        assert not refreshes(xiaomi)


class TestStore:
    def test_has_the_new_token_before_anyone_uses_it(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        store = Store(sign_in(xiaomi))
        used_before_saving = []
        save = store.save

        def saving(*args: Any, **kwargs: Any) -> None:
            used_before_saving.extend(r for r in xiaomi.requests if r.endpoint == "user/profile")
            save(*args, **kwargs)

        store.save = saving  # type: ignore[method-assign]
        site(store).call("userinfo")
        assert not used_before_saving

    def test_that_fails_fails_the_caller_and_loses_nothing(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        store = Store(sign_in(xiaomi))
        store.fails = 1
        app = site(store)
        with pytest.raises(ConnectionResetError, match="the database is gone"):
            app.call("userinfo")
        # The next caller in this process still has the new token, and stores it.
        assert app.call("userinfo")["name"]
        assert len(refreshes(xiaomi)) == len(store.saved) == 1

    def test_that_has_a_fresh_token_already_is_believed(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        old = sign_in(xiaomi)
        new = site(Store(None)).call("refresh_token", token=old)
        # Another process: it knows nothing of this refresh, but the store does.
        assert site(Store(new)).call("userinfo", token=old)["sub"] == old["union_id"]
        assert refreshes(xiaomi) == [old["refresh_token"]]

    def test_is_read_once_more_by_a_caller_who_is_refused(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        old = sign_in(xiaomi)
        new = site(Store(None)).call("refresh_token", token=old)
        store = Store(old)
        reads: list[None] = []

        def load(*_: Any) -> Any:
            # The other process stores what it got while this one is being refused.
            reads.append(None)
            return old if len(reads) < 3 else new

        store.load = load  # type: ignore[method-assign]
        assert site(store).call("userinfo")["sub"] == old["union_id"]
        assert refreshes(xiaomi) == [old["refresh_token"]] * 2

    def test_that_has_another_users_token_is_not_believed(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        mine, theirs = (sign_in(xiaomi, user) for user in list(xiaomi.users)[:2])
        fresh = {**theirs, "expires_at": int(time.time()) + 1000}
        info = site(Store(fresh)).call("userinfo", token=mine)
        assert info["sub"] == mine["union_id"]

    def test_that_has_a_nameless_token_is_not_believed_to_be_of_the_same_user(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        mine, theirs = (sign_in(xiaomi, user) for user in list(xiaomi.users)[:2])
        fresh = {**theirs, "expires_at": int(time.time()) + 1000}
        del fresh["union_id"], fresh["openId"]
        store = Store(fresh)
        store.save = lambda *args, **kwargs: None  # type: ignore[method-assign]
        assert site(store).call("userinfo", token=mine)["sub"] == mine["union_id"]

    def test_that_has_a_newer_token_which_has_expired_too_has_that_one_refreshed(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        old = sign_in(xiaomi)
        newer = site(Store(None)).call("refresh_token", token=old)
        newer = {**newer, "expires_at": int(time.time()) - 1}
        store = Store(newer)
        assert site(store).call("userinfo", token=old)["sub"] == old["union_id"]
        assert refreshes(xiaomi) == [old["refresh_token"], newer["refresh_token"]]

    def test_that_spoils_what_it_stores_spoils_nobody_elses(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        store = Store(old := sign_in(xiaomi))
        store.save = lambda token, **_: token.clear()  # type: ignore[method-assign]
        app = site(store)
        app.call("refresh_token", token=old).clear()
        assert app.call("refresh_token", token=old)["access_token"]

    def test_of_the_request_is_not_asked_by_a_job_that_passes_its_token(
        self, xiaomi: Sandbox
    ) -> None:
        app = Flask(__name__)

        def fetch_token(name: str) -> Any:
            return session["token"]

        oauth = OAuth(app, fetch_token=fetch_token)
        oauth.register("xiaomi", client_cls=XiaomiOAuth2App, **xiaomi.registration())
        with app.app_context():
            answer = oauth.xiaomi.get("user/profile", token=sign_in(xiaomi))
        assert answer.json()["result"] == "ok"
        oauth.xiaomi.close()


class TestSpentTokens:
    def test_are_never_sent_again(self, xiaomi: Sandbox, site: Callable[..., Site]) -> None:
        old = sign_in(xiaomi)
        app = site(Store(None))
        new = app.call("refresh_token", token=old)
        again = app.call("refresh_token", token=old)
        assert again["access_token"] == new["access_token"]
        assert refreshes(xiaomi) == [old["refresh_token"]]

    def test_lead_to_the_end_of_their_line(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        old = sign_in(xiaomi)
        app = site(Store(None), client_kwargs={"leeway": 10**8})  # every token has expired
        second = app.call("refresh_token", token=old)
        third = app.call("refresh_token", token=old)
        assert len({old["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
        assert refreshes(xiaomi) == [old["refresh_token"], second["refresh_token"]]

    def test_that_were_refused_are_not_sent_again(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        token = {**sign_in(xiaomi), "refresh_token": "R3_spent_long_ago"}
        app = site(Store(token))
        for _ in range(2):
            with pytest.raises(XiaomiOAuthError) as caught:
                app.call("userinfo")
            assert (caught.value.code, caught.value.error) == (96009, "invalid_grant")
            assert caught.value.step == "refresh"
        assert refreshes(xiaomi) == ["R3_spent_long_ago"]

    def test_is_not_what_an_unreachable_xiaomi_makes_of_a_token(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        store = Store(sign_in(xiaomi))
        app = site(store)
        xiaomi.fail("token", status=503)
        with pytest.raises(XiaomiOAuthError) as caught:
            app.call("userinfo")
        assert caught.value.error == "temporarily_unavailable"
        assert app.call("userinfo")["name"]

    def test_are_not_those_that_xiaomi_leaves_in_force(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        # An answer without a refresh token: none of Xiaomi's documents has it, RFC 6749 does.
        store = Store(old := sign_in(xiaomi))
        body = b'{"access_token": "V3_one_more", "expires_in": 1}'
        xiaomi.fail("token", times=2, body=body, status=200)
        app = site(store)
        for _ in range(2):
            app.call("refresh_token")
        assert store.token is not None
        assert store.token["refresh_token"] == old["refresh_token"]
        assert refreshes(xiaomi) == [old["refresh_token"]] * 2

    def test_that_another_event_loop_refreshed_first_are_not_forgotten(
        self, xiaomi: Sandbox
    ) -> None:
        oauth = StarletteOAuth()
        app = oauth.register("xiaomi", client_cls=StarletteApp, **xiaomi.registration())
        token = sign_in(xiaomi)

        def in_a_loop_of_its_own(_: int) -> Any:
            try:
                return asyncio.run(app.refresh_token(token))
            except XiaomiOAuthError as error:
                return error

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(in_a_loop_of_its_own, range(4)))
        tokens = {one["access_token"] for one in found if isinstance(one, dict)}
        assert len(tokens) == 1
        assert in_a_loop_of_its_own(0)["access_token"] in tokens

    def test_that_go_round_in_circles_end_somewhere(self, site: Callable[..., Site]) -> None:
        names = {b"refresh_token=R3_a": "R3_b", b"refresh_token=R3_b": "R3_a"}

        def answer(request: bytes) -> bytes:
            following = next(names[name] for name in names if name in request)
            token = {"access_token": f"V{following}", "refresh_token": following, "expires_in": 1}
            return response(json.dumps(token).encode())

        token = {"access_token": "V3_0", "refresh_token": "R3_a", "redirect_uri": CALLBACK}
        with Answering(answer) as server:
            app = site(Store(None), access_token_url=server.url)
            for _ in range(3):
                token = {**token, **app.call("refresh_token", token=token)}
            assert len(server.requests) <= 3
            app.call("aclose") if app.framework == "starlette" else app.call("close")

    def test_are_forgotten_when_no_request_can_still_have_them(
        self, xiaomi: Sandbox, site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = site(Store(None))
        token = sign_in(xiaomi)
        app.call("refresh_token", token=token)
        monotonic = time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: monotonic() + 1000)
        with pytest.raises(XiaomiOAuthError):
            app.call("refresh_token", token=token)
        assert refreshes(xiaomi) == [token["refresh_token"]] * 2


@pytest.mark.parametrize("kind", KINDS)
class TestByGet:
    """Xiaomi's documents name GET alone for a refresh (doc 1516): it is the second choice."""

    @staticmethod
    def made(kind: str, xiaomi: Sandbox, **options: Any) -> Kind:
        return KINDS[kind](xiaomi.registration(), redirect_uri=CALLBACK, **AT_ONCE, **options)

    @staticmethod
    def sent(xiaomi: Sandbox) -> list[tuple[str, str]]:
        """By which method each token request came, and for what."""
        asked = [(r.method, {**r.args, **r.form}) for r in xiaomi.requests if r.endpoint == "token"]
        return [(method, form["grant_type"].partition("_")[0]) for method, form in asked]

    @pytest.mark.parametrize("refused", ["404", "405", "96002", "96006"])
    def test_goes_a_refresh_that_is_not_taken_by_post_and_all_after_it(
        self, new_xiaomi: NewXiaomi, kind: str, refused: str
    ) -> None:
        xiaomi = new_xiaomi(refresh_post=refused)
        client, token = self.made(kind, xiaomi), sign_in(xiaomi)
        xiaomi.clear()

        async def job() -> Any:
            new = await client.ask("refresh_token", token=token)
            return await client.ask("refresh_token", token=new)

        new = client.do(job)
        assert new["refresh_token"] not in refreshes(xiaomi)
        assert self.sent(xiaomi) == [("POST", "refresh"), ("GET", "refresh"), ("GET", "refresh")]
        assert all(r.form == {} for r in xiaomi.requests if r.method == "GET")

    @ONE_XIAOMI
    @pytest.mark.parametrize(
        "fault", [{"status": 503}, {"status": 500}, {"status": 429}, {"reset": True}, {"delay": 60}]
    )
    def test_goes_no_refresh_after_a_fault_since_the_token_may_be_spent(
        self, new_xiaomi: NewXiaomi, kind: str, fault: dict[str, Any]
    ) -> None:
        xiaomi = new_xiaomi(refresh_post="405")
        client, token = self.made(kind, xiaomi, timeout=0.5), sign_in(xiaomi)
        xiaomi.clear()
        xiaomi.fail("token", **fault)
        with pytest.raises(XiaomiOAuthError) as caught:
            client.do(partial(client.ask, "refresh_token", token=token))
        assert (caught.value.error, caught.value.step) == ("temporarily_unavailable", "refresh")
        assert self.sent(xiaomi) == [("POST", "refresh")]

    @pytest.mark.parametrize("fault", [{"status": 503}, {"reset": True}])
    def test_goes_a_refresh_once(
        self, new_xiaomi: NewXiaomi, kind: str, fault: dict[str, Any]
    ) -> None:
        xiaomi = new_xiaomi(refresh_post="405")
        client, token = self.made(kind, xiaomi), sign_in(xiaomi)

        async def job() -> None:
            new = await client.ask("refresh_token", token=token)
            xiaomi.clear()
            xiaomi.fail("token", times=None, **fault)
            await client.ask("refresh_token", token=new)

        with pytest.raises(XiaomiOAuthError) as caught:
            client.do(job)
        assert caught.value.error == "temporarily_unavailable"
        assert self.sent(xiaomi) == [("GET", "refresh")]

    def test_goes_no_refresh_later_where_it_was_refused_as_well(
        self, xiaomi: Sandbox, kind: str
    ) -> None:
        client, token = self.made(kind, xiaomi), sign_in(xiaomi)
        xiaomi.clear()
        xiaomi.fail("token", times=2, code=96002)

        async def job() -> None:
            with pytest.raises(XiaomiOAuthError) as caught:
                await client.ask("refresh_token", token=token)
            assert caught.value.code == 96002
            await client.ask("refresh_token", token=token)

        client.do(job)
        assert self.sent(xiaomi) == [("POST", "refresh"), ("GET", "refresh"), ("POST", "refresh")]

    def test_goes_no_code(self, new_xiaomi: NewXiaomi, kind: str) -> None:
        xiaomi = new_xiaomi(refresh_post="405")
        client, token = self.made(kind, xiaomi), sign_in(xiaomi)
        xiaomi.clear()

        async def job() -> None:
            await client.ask("refresh_token", token=token)
            xiaomi.fail("token", status=405)
            await client.fetch("C3_1", CALLBACK)

        with pytest.raises(XiaomiOAuthError) as caught:
            client.do(job)
        assert (caught.value.error, caught.value.step) == ("invalid_response", "token")
        assert self.sent(xiaomi)[-2:] == [("GET", "refresh"), ("POST", "authorization")]

    def test_goes_one_refresh_for_many_that_want_it(self, new_xiaomi: NewXiaomi, kind: str) -> None:
        xiaomi = new_xiaomi(refresh_post="405")
        client, token = self.made(kind, xiaomi), sign_in(xiaomi)
        xiaomi.clear()
        found = client.run(*[partial(client.ask, "refresh_token", token=token)] * 8)
        assert len({new["access_token"] for new in found}) == 1
        assert self.sent(xiaomi) == [("POST", "refresh"), ("GET", "refresh")]


PAST = int(time.time()) - 1000
#: One point in time as applications store it.
STORED = [
    PAST,
    PAST + 0.5,
    str(PAST),
    Decimal(PAST),
    datetime.fromtimestamp(PAST, timezone.utc).isoformat(),
    datetime.fromtimestamp(PAST, timezone.utc),
    datetime.fromtimestamp(PAST, timezone.utc).replace(tzinfo=None),
]


@pytest.mark.parametrize("kind", KINDS)
class TestLifetime:
    """When a stored token ends, however that is stored, or where it is not known."""

    @staticmethod
    def made(kind: str, xiaomi: Sandbox, token: Any, **hooks: Any) -> Kind:
        async def fetch_token() -> Any:
            return token

        return KINDS[kind](
            xiaomi.registration(),
            fetch_token=fetch_token,
            redirect_uri=CALLBACK,
            **hooks,
            **AT_ONCE,
        )

    @staticmethod
    def asked(xiaomi: Sandbox) -> list[str]:
        return [request.endpoint for request in xiaomi.requests]

    @pytest.fixture
    def ageless(self, xiaomi: Sandbox) -> dict[str, Any]:
        """A token of which nobody knows when it ends."""
        token = sign_in(xiaomi)
        del token["expires_at"], token["expires_in"]
        xiaomi.clear()
        return token

    @ONE_XIAOMI
    @pytest.mark.parametrize("stored", STORED, ids=lambda stored: type(stored).__name__)
    def test_that_is_over_means_a_refresh(self, xiaomi: Sandbox, kind: str, stored: Any) -> None:
        token = {**sign_in(xiaomi), "expires_at": stored}
        client = self.made(kind, xiaomi, token)
        assert client.do(partial(client.ask, "userinfo"))["sub"] == token["union_id"]
        assert refreshes(xiaomi) == [token["refresh_token"]]

    @ONE_XIAOMI
    @pytest.mark.parametrize(
        "stored", [None, "", "soon", "9" * 400, 10**400], ids=lambda stored: repr(stored)[:9]
    )
    def test_that_is_not_known_means_none_as_long_as_xiaomi_takes_the_token(
        self, xiaomi: Sandbox, kind: str, stored: Any, ageless: dict[str, Any]
    ) -> None:
        client = self.made(kind, xiaomi, {**ageless, "expires_at": stored})
        assert client.do(partial(client.ask, "userinfo"))["sub"] == ageless["union_id"]
        assert self.asked(xiaomi) == ["user/profile"]

    @pytest.mark.parametrize("call", [("userinfo",), ("request", "GET", "user/profile")])
    def test_that_turns_out_to_be_over_means_a_refresh_and_the_call_once_more(
        self, xiaomi: Sandbox, kind: str, call: Any, ageless: dict[str, Any]
    ) -> None:
        saved: list[Any] = []

        async def update_token(token: Any, **_: Any) -> None:
            saved.append(token)

        xiaomi.advance(xiaomi.options["token_expires_in"] + 1)
        client = self.made(kind, xiaomi, ageless, update_token=update_token)
        answer = client.do(partial(client.ask, *call))
        found = answer if call == ("userinfo",) else answer.json()["data"]
        assert found["unionId"] == ageless["union_id"]
        assert self.asked(xiaomi) == ["user/profile", "token", "user/profile"]
        assert len(saved) == 1

    def test_that_turns_out_to_be_over_is_told_to_a_call_that_changes_something(
        self, xiaomi: Sandbox, kind: str, ageless: dict[str, Any]
    ) -> None:
        client = self.made(kind, xiaomi, ageless)
        xiaomi.fail("user/profile", code=96008)
        answer = client.do(partial(client.ask, "request", "POST", "user/profile"))
        assert answer.json()["code"] == 96008
        assert self.asked(xiaomi) == ["user/profile"]

    def test_that_is_over_once_more_after_the_refresh_is_an_error(
        self, xiaomi: Sandbox, kind: str, ageless: dict[str, Any]
    ) -> None:
        client = self.made(kind, xiaomi, ageless)
        xiaomi.fail("user/profile", times=None, code=96008)
        with pytest.raises(XiaomiOAuthError) as caught:
            client.do(partial(client.ask, "userinfo"))
        assert (caught.value.code, caught.value.step) == (96008, "userinfo")
        assert self.asked(xiaomi) == ["user/profile", "token", "user/profile"]

    def test_that_is_known_leaves_xiaomis_refusal_as_it_is(
        self, xiaomi: Sandbox, kind: str
    ) -> None:
        token = {**sign_in(xiaomi), "expires_at": int(time.time()) + 1000}
        xiaomi.clear()
        xiaomi.fail("user/profile", code=96008)
        client = self.made(kind, xiaomi, token)
        with pytest.raises(XiaomiOAuthError) as caught:
            client.do(partial(client.ask, "userinfo"))
        assert caught.value.error == "invalid_token"
        assert self.asked(xiaomi) == ["user/profile"]

    def test_that_nobody_knows_and_no_refresh_token_leave_it_as_it_is(
        self, xiaomi: Sandbox, kind: str, ageless: dict[str, Any]
    ) -> None:
        del ageless["refresh_token"]
        xiaomi.fail("user/profile", code=96008)
        client = self.made(kind, xiaomi, ageless)
        with pytest.raises(XiaomiOAuthError) as caught:
            client.do(partial(client.ask, "userinfo"))
        assert caught.value.error == "invalid_token"
        assert self.asked(xiaomi) == ["user/profile"]

    @pytest.mark.parametrize("is_known", [True, False])
    def test_that_ended_with_the_users_consent_is_one_error_after_one_try(
        self, xiaomi: Sandbox, kind: str, is_known: bool, ageless: dict[str, Any]
    ) -> None:
        xiaomi.withdraw("lei")
        token = {**ageless, "expires_at": PAST} if is_known else ageless
        client = self.made(kind, xiaomi, token)
        with pytest.raises(XiaomiOAuthError) as caught:
            client.do(partial(client.ask, "userinfo"))
        assert (caught.value.code, caught.value.step) == (96009, "refresh")
        assert "sign in again" in caught.value.hint
        assert self.asked(xiaomi) == ([] if is_known else ["user/profile"]) + ["token"]


@pytest.mark.parametrize("kind", KINDS)
class TestBareRefreshToken:
    """``refresh_token(token={"refresh_token": …})``: all that an application has kept."""

    def test_is_exchanged(self, xiaomi: Sandbox, kind: str) -> None:
        old = sign_in(xiaomi)
        client = KINDS[kind](xiaomi.registration(), redirect_uri=CALLBACK)
        bare = {"refresh_token": old["refresh_token"]}
        new = client.do(partial(client.ask, "refresh_token", token=bare))
        assert (new["openId"], new["union_id"]) == (old["openId"], old["union_id"])
        assert new["access_token"] != old["access_token"]
        assert refreshes(xiaomi) == [old["refresh_token"]]

    @pytest.mark.parametrize("is_over", [True, False])
    def test_has_no_successor_in_the_stored_token_that_it_is_of(
        self, xiaomi: Sandbox, kind: str, is_over: bool
    ) -> None:
        old = {**sign_in(xiaomi), "expires_at": int(time.time()) + (-1 if is_over else 1000)}
        saved: list[Any] = []

        async def fetch_token() -> Any:
            return old

        async def update_token(token: Any, refresh_token: Any, **_: Any) -> None:
            saved.append((token, refresh_token))

        client = KINDS[kind](
            xiaomi.registration(),
            fetch_token=fetch_token,
            update_token=update_token,
            redirect_uri=CALLBACK,
        )
        bare = {"refresh_token": old["refresh_token"]}
        new = client.do(partial(client.ask, "refresh_token", token=bare))
        assert new["access_token"] != old["access_token"]
        assert refreshes(xiaomi) == [old["refresh_token"]]
        assert saved == [(new, old["refresh_token"])]


class TestAnswer:
    def test_that_names_another_user_is_refused(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        store = Store(sign_in(xiaomi))
        body = b'{"access_token": "V3_x", "refresh_token": "R3_x", "openId": "someone_else"}'
        xiaomi.fail("token", body=body, status=200)
        app = site(store)
        with pytest.raises(XiaomiOAuthError, match="another user"):
            app.call("userinfo")
        assert not store.saved
        # The token that was spent for it is not sent again.
        with pytest.raises(XiaomiOAuthError) as caught:
            app.call("userinfo")
        assert caught.value.code == 96009
        assert len(refreshes(xiaomi)) == 1

    def test_that_leaves_out_the_user_keeps_who_it_was(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        store = Store(old := sign_in(xiaomi))
        body = b'{"access_token": "V3_x", "refresh_token": "R3_x", "expires_in": 90}'
        xiaomi.fail("token", body=body, status=200)
        new = site(store).call("refresh_token")
        assert (new["openId"], new["scope"]) == (old["openId"], old["scope"])
        assert "mac_key" not in new  # it goes with the access token that it came with


class TestWhatIsMissing:
    def test_a_token_without_refresh_token_sends_the_user_to_sign_in_again(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        token = sign_in(xiaomi)
        del token["refresh_token"]
        with pytest.raises(InvalidTokenError, match="sign in again"):
            site(Store(token)).call("userinfo")

    def test_no_token_at_all_is_a_missing_token(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        with pytest.raises(MissingTokenError):
            site(Store(None)).call("refresh_token")

    def test_a_token_that_does_not_expire_is_not_refreshed(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        token = sign_in(xiaomi)
        del token["expires_at"], token["expires_in"]
        assert site(Store(token)).call("userinfo")["name"]
        assert not refreshes(xiaomi)


class TestRefreshLock:
    @pytest.fixture
    def keys(self) -> list[str]:
        return []

    @pytest.fixture
    def lock(self, request: pytest.FixtureRequest, xiaomi: Sandbox, keys: list[str]) -> Any:
        """A lock that notes its keys, and during which one refresh must be made."""

        @contextmanager
        def lock(key: str) -> Iterator[None]:
            keys.append(key)
            before = len(refreshes(xiaomi))
            yield
            assert len(refreshes(xiaomi)) == before + 1

        @asynccontextmanager
        async def async_lock(key: str) -> Any:
            with lock(key):
                yield

        return async_lock if "starlette" in request.node.name else lock

    def test_is_held_around_a_refresh(
        self, xiaomi: Sandbox, site: Callable[..., Site], lock: Any, keys: list[str]
    ) -> None:
        site(Store(sign_in(xiaomi)), refresh_lock=lock).call("userinfo")
        assert len(keys) == 1

    def test_has_the_same_key_on_every_host_and_another_for_each_token(
        self, xiaomi: Sandbox, site: Callable[..., Site], lock: Any, keys: list[str]
    ) -> None:
        one, other = sign_in(xiaomi), sign_in(xiaomi, "fox")
        site(Store(one), refresh_lock=lock).call("userinfo")
        site(Store(other), refresh_lock=lock).call("userinfo")
        with pytest.raises(XiaomiOAuthError):  # spent: another host knows nothing of that
            site(Store(one), refresh_lock=lock).call("userinfo")
        assert keys[0] == keys[2] != keys[1]

    def test_has_a_key_that_reveals_nothing_of_the_token(
        self, xiaomi: Sandbox, site: Callable[..., Site], lock: Any, keys: list[str]
    ) -> None:
        token = sign_in(xiaomi)
        site(Store(token), refresh_lock=lock).call("userinfo")
        assert re.fullmatch("[0-9a-f]{32}", keys[0])
        assert keys[0] not in token["refresh_token"]

    def test_that_cannot_be_called_is_refused_at_registration(
        self, xiaomi: Sandbox, site: Callable[..., Site]
    ) -> None:
        with pytest.raises(TypeError, match=r"refresh_lock=lambda key: redis\.lock"):
            site(Store(None), refresh_lock=threading.Lock())


class TestCancelling:
    def test_a_request_that_is_given_up_does_not_take_the_new_token_with_it(
        self, xiaomi: Sandbox
    ) -> None:
        store = Store(sign_in(xiaomi))
        app = Site("starlette", xiaomi, store)
        xiaomi.fail("token", delay=0.3)

        async def give_up() -> None:
            task = asyncio.ensure_future(app.app.userinfo(request=SimpleNamespace()))
            while not refreshes(xiaomi):
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            while not store.saved:
                await asyncio.sleep(0.01)

        app._loop.run_until_complete(give_up())
        assert len(store.saved) == 1
        assert app.call("userinfo")["name"]
        assert len(refreshes(xiaomi)) == 1
        app.close()

    def test_a_client_that_is_closed_meanwhile_waits_for_the_new_token(
        self, xiaomi: Sandbox
    ) -> None:
        saved: list[Any] = []

        async def save(token: Any, refresh_token: str) -> None:
            saved.append(token)

        async def give_up() -> None:
            async with AsyncXiaomiOAuth2Client(
                xiaomi.client_id,
                xiaomi.client_secret,
                token=sign_in(xiaomi),
                update_token=save,
                **endpoints(xiaomi),
            ) as client:
                xiaomi.fail("token", delay=0.3)
                await asyncio.wait_for(client.userinfo(), 0.1)

        with pytest.raises((TimeoutError, asyncio.TimeoutError)):
            asyncio.run(give_up())
        assert len(saved) == 1

    def test_the_same_holds_under_trio(self, xiaomi: Sandbox) -> None:
        store = Store(sign_in(xiaomi))
        app = Site("starlette", xiaomi, store)
        xiaomi.fail("token", delay=0.3)

        async def give_up() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(partial(app.app.userinfo, request=SimpleNamespace()))
                while not refreshes(xiaomi):
                    await trio.sleep(0.01)
                nursery.cancel_scope.cancel()

        trio.run(give_up)
        assert len(store.saved) == 1
        app.close()
