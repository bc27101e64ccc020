"""Faults that pass: what is repeated, what never is, and what one fault does to others."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.sandbox import Sandbox

from .apps import CALLBACK, Site, Store, sign_in
from .listeners import Listener, read_request

MakeSite = Callable[..., Site]

#: What is repeated, as the sandbox takes it.
PASSING = [{"status": 502}, {"status": 503}, {"status": 504}, {"reset": True}]


def profiles(xiaomi: Sandbox) -> list[Any]:
    return [request for request in xiaomi.requests if request.endpoint == "user/profile"]


def code_for(app: Site, xiaomi: Sandbox) -> str:
    url = app.call("create_authorization_url", CALLBACK)["url"]
    return parse_qs(urlsplit(xiaomi.allow(url)).query)["code"][0]


class TestOpenApi:
    @pytest.mark.parametrize("fault", PASSING, ids=str)
    def test_a_get_is_repeated_twice(
        self, xiaomi: Sandbox, site: MakeSite, fault: dict[str, Any]
    ) -> None:
        app = site()
        token = app.sign_in(xiaomi)
        xiaomi.clear()
        xiaomi.fail("user/profile", times=2, **fault)
        assert app.call("userinfo", token=token)["name"]
        assert len(profiles(xiaomi)) == 3

    @pytest.mark.parametrize("fault", PASSING, ids=str)
    def test_a_get_is_not_repeated_more_often(
        self, xiaomi: Sandbox, site: MakeSite, fault: dict[str, Any]
    ) -> None:
        app = site()
        token = app.sign_in(xiaomi)
        xiaomi.clear()
        xiaomi.fail("user/profile", times=None, **fault)
        with pytest.raises(XiaomiOAuthError) as caught:
            app.call("userinfo", token=token)
        assert (caught.value.error, caught.value.step) == ("temporarily_unavailable", "userinfo")
        assert len(profiles(xiaomi)) == 3

    @pytest.mark.parametrize("fault", [{"status": 500}, {"status": 404}, {"code": 96008}], ids=str)
    def test_what_would_only_be_answered_again_is_not_repeated(
        self, xiaomi: Sandbox, site: MakeSite, fault: dict[str, Any]
    ) -> None:
        app = site()
        token = app.sign_in(xiaomi)
        xiaomi.clear()
        xiaomi.fail("user/profile", **fault)
        with pytest.raises(XiaomiOAuthError):
            app.call("userinfo", token=token)
        assert len(profiles(xiaomi)) == 1

    def test_an_answer_that_is_late_is_not_waited_for_again(
        self, xiaomi: Sandbox, site: MakeSite
    ) -> None:
        token = {**sign_in(xiaomi), "expires_at": int(time.time()) + 1000}
        app = site(timeout=0.3)
        xiaomi.clear()
        xiaomi.fail("user/profile", times=None, delay=60)
        with pytest.raises(XiaomiOAuthError, match="did not answer in time"):
            app.call("userinfo", token=token)
        assert len(profiles(xiaomi)) <= 1  # none where it was not read before the time was over

    def test_each_repetition_is_signed_anew(self, xiaomi: Sandbox, site: MakeSite) -> None:
        app = site(mac=True)
        token = app.sign_in(xiaomi)
        xiaomi.clear()
        xiaomi.fail("user/profile", times=2, status=503)
        app.call("userinfo", token=token)
        signatures = {request.headers["Authorization"] for request in profiles(xiaomi)}
        assert len(signatures) == 3

    def test_pauses_are_short_and_grow(self, xiaomi: Sandbox, site: MakeSite) -> None:
        app = site(retry_backoff=None)  # the default
        token = app.sign_in(xiaomi)
        xiaomi.clear()
        xiaomi.fail("user/profile", times=2, status=503)
        app.call("userinfo", token=token)
        first, second, third = (request.time for request in profiles(xiaomi))
        assert second - first > 0.05
        assert third - second > 0.2
        assert third - first < 5  # on a machine that does much else; half a second is meant

    def test_a_repetition_that_would_begin_too_late_is_left_out(
        self, xiaomi: Sandbox, site: MakeSite
    ) -> None:
        app = site(retry_backoff=(0.0, 60.0))
        token = app.sign_in(xiaomi)
        xiaomi.clear()
        xiaomi.fail("user/profile", times=None, status=503)
        with pytest.raises(XiaomiOAuthError):
            app.call("userinfo", token=token)
        assert len(profiles(xiaomi)) == 2

    def test_a_post_is_not_repeated(self, xiaomi: Sandbox, site: MakeSite) -> None:
        app = site()
        token = app.sign_in(xiaomi)
        xiaomi.clear()
        xiaomi.fail("user/profile", times=None, status=503)
        assert app.call("post", "user/profile", token=token).status_code == 503
        assert len(profiles(xiaomi)) == 1


class TestTokenEndpoint:
    @pytest.mark.parametrize("fault", [*PASSING, {"delay": 60}], ids=str)
    def test_a_code_that_may_have_arrived_is_not_sent_again(
        self, xiaomi: Sandbox, site: MakeSite, fault: dict[str, Any]
    ) -> None:
        app = site(timeout=0.5 if "delay" in fault else None)
        code = code_for(app, xiaomi)
        xiaomi.clear()
        xiaomi.fail("token", times=None, **fault)
        with pytest.raises(XiaomiOAuthError) as caught:
            app.call("fetch_access_token", code=code, redirect_uri=CALLBACK)
        assert (caught.value.error, caught.value.step) == ("temporarily_unavailable", "token")
        assert len(xiaomi.requests) <= 1  # none where the time was over before it was read

    @pytest.mark.parametrize("fault", [*PASSING, {"delay": 60}], ids=str)
    def test_a_refresh_token_that_may_have_arrived_is_not_sent_again(
        self, xiaomi: Sandbox, site: MakeSite, fault: dict[str, Any]
    ) -> None:
        app = site(Store(sign_in(xiaomi)), timeout=0.5 if "delay" in fault else None)
        xiaomi.clear()
        xiaomi.fail("token", times=None, **fault)
        with pytest.raises(XiaomiOAuthError) as caught:
            app.call("userinfo")
        assert (caught.value.error, caught.value.step) == ("temporarily_unavailable", "refresh")
        assert len(xiaomi.requests) <= 1

    def test_a_code_that_never_left_is_sent_again(
        self, xiaomi: Sandbox, site: MakeSite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = site()
        code = code_for(app, xiaomi)
        connect = socket.socket.connect
        refused: list[Any] = []

        def refuse_once(self: socket.socket, address: Any) -> None:
            if address[1] == urlsplit(xiaomi.url).port and not refused:
                refused.append(address)
                raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
            connect(self, address)

        monkeypatch.setattr(socket.socket, "connect", refuse_once)
        token = app.call("fetch_access_token", code=code, redirect_uri=CALLBACK)
        assert token["access_token"]
        assert refused

    def test_a_server_that_hangs_up_without_a_word_may_have_the_code(self, site: MakeSite) -> None:
        arrived: list[bytes] = []

        def hang_up(connection: Any) -> None:
            arrived.append(read_request(connection))

        with Listener(hang_up) as server:
            app = site(access_token_url=server.url)
            with pytest.raises(XiaomiOAuthError) as caught:
                app.call("fetch_access_token", code="c", redirect_uri=CALLBACK)
        assert caught.value.error == "temporarily_unavailable"
        assert len(arrived) == 1


class TestManyUsers:
    def test_24_at_once_sign_in_three_times_each(self, xiaomi: Sandbox, site: MakeSite) -> None:
        app = site()
        users = list(xiaomi.users)
        for _ in range(3):
            names = sign_in_all(app, xiaomi, [users[i % len(users)] for i in range(24)])
            assert names == [xiaomi.users[users[i % len(users)]].union_id for i in range(24)]

    def test_a_fault_in_one_sign_in_leaves_the_others_alone(
        self, xiaomi: Sandbox, site: MakeSite
    ) -> None:
        app = site()
        xiaomi.fail("user/profile", times=1, code=96008)
        found = sign_in_all(app, xiaomi, ["lei"] * 24)
        errors = [one for one in found if isinstance(one, Exception)]
        assert [getattr(error, "code", None) for error in errors] == [96008]
        assert found.count(xiaomi.users["lei"].union_id) == 23


def sign_in_all(app: Site, xiaomi: Sandbox, users: list[str]) -> list[Any]:
    """The ``sub`` of each user, or the error, of sign-ins made at once."""
    made = app.call_all("create_authorization_url", [((CALLBACK,), {})] * len(users))
    with ThreadPoolExecutor(8) as pool:
        callbacks = list(pool.map(xiaomi.allow, (one["url"] for one in made), users))
    codes = [parse_qs(urlsplit(callback).query)["code"][0] for callback in callbacks]
    calls: list[Any] = [((), {"code": code, "redirect_uri": CALLBACK}) for code in codes]
    tokens = app.call_all("fetch_access_token", calls)
    found = app.call_all("userinfo", [((), {"token": token}) for token in tokens])
    return [info if isinstance(info, Exception) else info["sub"] for info in found]
