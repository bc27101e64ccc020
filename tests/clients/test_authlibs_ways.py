"""What programs that were written for Authlib's own clients do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from authlib.integrations.base_client import MismatchingStateError, MissingTokenError
from authlib.oauth2.rfc6749 import MismatchingStateException, MissingCodeException

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.httpx_client import httpx
from authlib_xiaomi.sandbox import Sandbox

from ..compliance import FIELD, HOOKS, Hook
from ..elsewhere import Elsewhere
from ..tls import TRUSTED
from .conftest import CALLBACK, Client

APP = {"client_id": "2882303761520251711", "client_secret": "s"}


def sign_in(client: Client, xiaomi: Sandbox) -> Any:
    url, state = client.create_authorization_url()
    return client.fetch_token(authorization_response=xiaomi.allow(url), state=state)


def plain_get(client: Client, url: str) -> Any:
    """The answer to a call of the HTTP library's own, with ``auth=client.token_auth``."""
    if not client.is_async:
        return requests.get(url, auth=client.client.token_auth, timeout=10)

    async def get() -> Any:
        async with httpx.AsyncClient(verify=TRUSTED) as plain:
            return await plain.get(url, auth=client.client.token_auth)

    return client._run(get)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_compliance_hook_may_change_the_token_in_any_form(
    client: Client, xiaomi: Sandbox, hook: Hook
) -> None:
    client.register_compliance_hook("access_token_response", hook)
    token = sign_in(client, xiaomi)
    assert token[FIELD] == "yes"
    assert FIELD not in client.refresh_token(token=token)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_compliance_hook_may_change_a_refreshed_token_in_any_form(
    client: Client, xiaomi: Sandbox, hook: Hook
) -> None:
    client.register_compliance_hook("refresh_token_response", hook)
    token = sign_in(client, xiaomi)
    assert FIELD not in token
    assert client.refresh_token(token=token)[FIELD] == "yes"


@pytest.mark.parametrize(
    "clause", [MismatchingStateError, MismatchingStateException, XiaomiOAuthError]
)
@pytest.mark.parametrize("callback", [f"{CALLBACK}?code=C3_x&state=other", f"{CALLBACK}?code=C3_x"])
def test_an_except_clause_for_another_state_catches_it(
    client: Client, clause: type[Exception], callback: str
) -> None:
    with pytest.raises(clause):
        client.fetch_token(authorization_response=callback, state="expected")


@pytest.mark.parametrize("clause", [MissingCodeException, XiaomiOAuthError])
def test_an_except_clause_for_a_missing_code_catches_it(
    client: Client, clause: type[Exception]
) -> None:
    with pytest.raises(clause):
        client.fetch_token(authorization_response=f"{CALLBACK}?state=s", state="s")


def test_token_auth_signs_a_plain_call_in_to_the_open_api(
    signed_in: Client, xiaomi: Sandbox
) -> None:
    answer = plain_get(signed_in, f"{signed_in.api_base_url}user/profile")
    assert answer.status_code == 200
    assert xiaomi.requests[-1].args["token"] == signed_in.token["access_token"]


def test_token_auth_sends_nothing_elsewhere(signed_in: Client, elsewhere: Elsewhere) -> None:
    plain_get(signed_in, f"{elsewhere.url}/user/profile")
    (request,) = elsewhere.requests
    assert request.args == {}
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    "url", ["http://open.account.xiaomi.com/user/profile", "https://open.account.xiaomi.com:8443/x"]
)
def test_token_auth_does_not_silently_send_nothing_to_xiaomi(
    make: Callable[..., Client], url: str
) -> None:
    client = make(**APP, token={"access_token": "V3_made-up"})
    with pytest.raises(ValueError, match=r"start with https://open\.account\.xiaomi\.com/"):
        plain_get(client, url)


def test_token_auth_without_a_token_is_an_error(client: Client) -> None:
    with pytest.raises(MissingTokenError):
        plain_get(client, f"{client.api_base_url}user/profile")


def test_a_bare_access_token_is_enough_wherever_a_token_is_taken(
    connect: Callable[..., Client], signed_in: Client, xiaomi: Sandbox
) -> None:
    bare, sub = signed_in.token["access_token"], signed_in.userinfo()["sub"]
    other = connect(xiaomi)
    assert other.userinfo(token=bare)["sub"] == sub
    assert other.get("user/profile", token=bare).json()["data"]["unionId"] == sub
    assert connect(xiaomi, token=bare).userinfo()["sub"] == sub
    other.token = bare
    assert other.userinfo()["sub"] == sub


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("userinfo_endpoint", "the profile is found by api_base_url"),
        ("jwks_uri", "an ID token cannot be verified"),
        ("jwks", "an ID token cannot be verified"),
        ("refresh_token_url", "Xiaomi refreshes at access_token_url"),
    ],
)
def test_what_xiaomi_does_not_have_is_refused_with_the_reason(
    make: Callable[..., Client], option: str, reason: str
) -> None:
    with pytest.raises(TypeError, match=f"cannot take {option}: .*{reason}"):
        make(**APP, **{option: "https://account.xiaomi.com/x"})


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_jwt", "private_key_jwt"])
def test_a_way_to_send_the_appsecret_that_xiaomi_does_not_look_at_is_refused(
    make: Callable[..., Client], method: str
) -> None:
    with pytest.raises(ValueError, match=f"'{method}' cannot work"):
        make(**APP, token_endpoint_auth_method=method)


def test_a_callback_with_a_token_in_its_fragment_says_that_the_implicit_grant_has_ended(
    client: Client, xiaomi: Sandbox
) -> None:
    with pytest.raises(XiaomiOAuthError, match="implicit"):
        client.fetch_token(authorization_response=f"{CALLBACK}#access_token=V3_x&state=s")
    assert xiaomi.requests == []
