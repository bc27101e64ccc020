"""The client with httpx-oauth's interface."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx_oauth.exceptions import GetIdEmailError, GetProfileError, HTTPXOAuthError
from httpx_oauth.oauth2 import (
    GetAccessTokenError,
    OAuth2Token,
    RefreshTokenError,
    RevokeTokenNotSupportedError,
)

from authlib_xiaomi import Scope, XiaomiOAuthError
from authlib_xiaomi.httpx_oauth import XiaomiOAuth2
from authlib_xiaomi.sandbox import Sandbox

CALLBACK = "http://localhost/auth"


@pytest.fixture
def make(xiaomi: Sandbox) -> Callable[..., XiaomiOAuth2]:
    """A client of the sandbox's: ``make(**options)``."""
    registration = xiaomi.registration()
    credentials = registration.pop("client_id"), registration.pop("client_secret")

    def make(scopes: list[Any] | None = None, **options: Any) -> XiaomiOAuth2:
        return XiaomiOAuth2(*credentials, scopes, **{**registration, **options})

    return make


def params(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def sign_in(client: XiaomiOAuth2, xiaomi: Sandbox, user: str = "lei") -> OAuth2Token:
    url = await client.get_authorization_url(CALLBACK, "a state")
    back = params(xiaomi.allow(url, user=user))
    assert back["state"] == "a state"
    return await client.get_access_token(back["code"], CALLBACK)


class TestAuthorizationUrl:
    def test_it_has_what_xiaomi_requires(self, make: Callable[..., XiaomiOAuth2]) -> None:
        client = make()
        url = asyncio.run(client.get_authorization_url(CALLBACK, "a state"))
        assert url.startswith(f"{client.authorize_endpoint}?")
        assert params(url) == {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": CALLBACK,
            "state": "a state",
            "scope": "1",
            "skip_confirm": "false",
        }

    def test_a_call_has_its_own_scopes_and_parameters(
        self, make: Callable[..., XiaomiOAuth2]
    ) -> None:
        client = make([Scope.PROFILE, "3"], skip_confirm=True)
        assert client.base_scopes == ["1", "3"]
        sent = params(asyncio.run(client.get_authorization_url(CALLBACK)))
        assert (sent["scope"], sent["skip_confirm"]) == ("1 3", "true")
        url = client.get_authorization_url(
            CALLBACK,
            scope=["6"],
            code_challenge="a challenge",
            code_challenge_method="plain",
            extras_params={"_locale": "zh_CN", "skip_confirm": False},
        )
        sent = params(asyncio.run(url))
        assert (sent["scope"], sent["skip_confirm"], sent["_locale"]) == ("6", "false", "zh_CN")
        assert (sent["code_challenge"], sent["code_challenge_method"]) == ("a challenge", "plain")

    def test_a_word_is_not_a_scope(self, make: Callable[..., XiaomiOAuth2]) -> None:
        with pytest.raises(ValueError, match="'email'"):
            make(["email"])


class TestTokens:
    def test_a_code_becomes_a_token(
        self, make: Callable[..., XiaomiOAuth2], xiaomi: Sandbox
    ) -> None:
        token = asyncio.run(sign_in(make(timeout=5), xiaomi))
        assert type(token) is OAuth2Token
        assert token["mac_key"]
        assert not token.is_expired()

    @pytest.mark.parametrize("verifier", [None, "a verifier"])
    def test_a_code_that_is_wrong_is_an_error(
        self, make: Callable[..., XiaomiOAuth2], xiaomi: Sandbox, verifier: str | None
    ) -> None:
        with pytest.raises(GetAccessTokenError, match="invalid_grant") as caught:
            asyncio.run(make().get_access_token("forged", CALLBACK, verifier))
        assert isinstance(caught.value.__cause__, XiaomiOAuthError)
        (request,) = xiaomi.requests
        assert request.form.get("code_verifier") == verifier

    def test_a_xiaomi_that_cannot_be_reached_is_an_error(
        self, make: Callable[..., XiaomiOAuth2]
    ) -> None:
        client = make(access_token_url="http://127.0.0.1:9/oauth2/token", timeout=0.5)
        with pytest.raises(GetAccessTokenError, match="temporarily_unavailable"):
            asyncio.run(client.get_access_token("code", CALLBACK))

    def test_a_refresh_token_becomes_a_new_token(
        self, make: Callable[..., XiaomiOAuth2], xiaomi: Sandbox
    ) -> None:
        client = make(redirect_uri=CALLBACK)

        async def run() -> tuple[OAuth2Token, OAuth2Token]:
            old = await sign_in(client, xiaomi)
            return old, await client.refresh_token(old["refresh_token"])

        old, new = asyncio.run(run())
        assert type(new) is OAuth2Token
        assert new["refresh_token"] != old["refresh_token"]
        assert new["expires_at"] > time.time()

    def test_many_who_want_the_same_refresh_share_one(
        self, make: Callable[..., XiaomiOAuth2], xiaomi: Sandbox
    ) -> None:
        client = make(redirect_uri=CALLBACK)

        async def run() -> list[OAuth2Token]:
            old = await sign_in(client, xiaomi)
            wanted = [client.refresh_token(old["refresh_token"]) for _ in range(8)]
            return await asyncio.gather(*wanted)

        tokens = asyncio.run(run())
        assert len({token["access_token"] for token in tokens}) == 1
        sent = [request.form["grant_type"] for request in xiaomi.requests if request.form]
        assert sent.count("refresh_token") == 1

    @pytest.mark.parametrize(
        ("options", "says"), [({"redirect_uri": CALLBACK}, "invalid_grant"), ({}, "redirect_uri")]
    )
    def test_a_refresh_that_fails_is_an_error(
        self, make: Callable[..., XiaomiOAuth2], options: dict[str, str], says: str
    ) -> None:
        with pytest.raises(RefreshTokenError, match=says) as caught:
            asyncio.run(make(**options).refresh_token("forged"))
        assert isinstance(caught.value.__cause__, XiaomiOAuthError)

    def test_there_is_nothing_to_revoke_with(self, make: Callable[..., XiaomiOAuth2]) -> None:
        with pytest.raises(RevokeTokenNotSupportedError):
            asyncio.run(make().revoke_token("token"))


class TestProfile:
    def test_it_says_who_the_user_is(
        self, make: Callable[..., XiaomiOAuth2], xiaomi: Sandbox
    ) -> None:
        client = make()

        async def run() -> dict[str, Any]:
            return await client.get_profile((await sign_in(client, xiaomi))["access_token"])

        profile = asyncio.run(run())
        assert type(profile) is dict
        assert profile["sub"] == xiaomi.users["lei"].union_id
        assert profile["name"] == profile["miliaoNick"] == "Lei"

    @pytest.mark.parametrize(
        ("user", "scopes", "email"),
        [
            ("lei", ["1", "6"], "lei@example.com"),
            ("lei", ["1"], None),
            ("nora", ["1", "6"], None),
        ],
    )
    def test_the_address_is_there_with_scope_6_for_who_has_one(
        self,
        make: Callable[..., XiaomiOAuth2],
        xiaomi: Sandbox,
        user: str,
        scopes: list[str],
        email: str | None,
    ) -> None:
        client = make(scopes)

        async def run() -> tuple[str, str | None]:
            token = await sign_in(client, xiaomi, user)
            return await client.get_id_email(token["access_token"])

        assert asyncio.run(run()) == (xiaomi.users[user].union_id, email)

    def test_the_id_may_be_another_of_xiaomis(
        self, make: Callable[..., XiaomiOAuth2], xiaomi: Sandbox
    ) -> None:
        client = make(["1", "3"], subject="openId")

        async def run() -> tuple[str, str | None]:
            token = await sign_in(client, xiaomi)
            return await client.get_id_email(token["access_token"])

        assert asyncio.run(run()) == (xiaomi.users["lei"].open_id, None)

    def test_a_token_that_is_wrong_is_an_error(self, make: Callable[..., XiaomiOAuth2]) -> None:
        for method, error in (("get_profile", GetProfileError), ("get_id_email", GetIdEmailError)):
            with pytest.raises(error, match="invalid_token") as caught:
                asyncio.run(getattr(make(), method)("forged"))
            assert type(caught.value) is error
            assert isinstance(caught.value.__cause__, XiaomiOAuthError)
            assert "forged" not in str(caught.value)


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("get_access_token", (CALLBACK, "a-secret-verifier")),
        ("refresh_token", ()),
        ("get_profile", ()),
        ("get_id_email", ()),
    ],
)
def test_no_frame_of_an_error_shows_a_secret(
    make: Callable[..., XiaomiOAuth2], method: str, more: tuple[str, ...]
) -> None:
    """Crash reporters collect local variables."""
    client = make(redirect_uri=CALLBACK)
    with pytest.raises(HTTPXOAuthError) as caught:
        asyncio.run(getattr(client, method)("a-secret-that-is-wrong", *more))
    error: BaseException | None = caught.value
    shown = []
    while error is not None:
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        ours = [f for f in frames if "/authlib_xiaomi/" in f.f_code.co_filename]
        shown += [repr(value) for frame in ours for value in frame.f_locals.values()]
        error = error.__cause__
    assert shown
    assert [text for text in shown if "a-secret" in text] == []


class TestConstruction:
    def test_options_are_also_in_the_environment(
        self, xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in xiaomi.config().items():
            monkeypatch.setenv(name, value)
        client = XiaomiOAuth2()

        async def run() -> tuple[str, str | None]:
            token = await sign_in(client, xiaomi)
            return await client.get_id_email(token["access_token"])

        assert asyncio.run(run())[0] == xiaomi.users["lei"].union_id
        assert XiaomiOAuth2(2882303761520251711).client_id == "2882303761520251711"

    def test_without_an_app_id_the_first_step_says_so(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("XIAOMI_CLIENT_ID", raising=False)
        with pytest.raises(XiaomiOAuthError, match="client_id is missing"):
            asyncio.run(XiaomiOAuth2().get_authorization_url(CALLBACK))

    def test_one_client_serves_several_event_loops(
        self, make: Callable[..., XiaomiOAuth2], xiaomi: Sandbox
    ) -> None:
        client = make()
        tokens = [asyncio.run(sign_in(client, xiaomi)) for _ in range(2)]
        assert tokens[0]["access_token"] != tokens[1]["access_token"]

    def test_connections_are_kept_until_they_are_closed(
        self, make: Callable[..., XiaomiOAuth2], xiaomi: Sandbox
    ) -> None:
        client = make()

        async def run() -> list[int]:
            counts = []
            for _ in range(2):
                await sign_in(client, xiaomi)
                await sign_in(client, xiaomi)
                counts.append(xiaomi.connections)
                await client.aclose()
            return counts

        assert asyncio.run(run()) == [1, 2]
