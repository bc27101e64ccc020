"""The clients without a framework: Xiaomi over requests and over httpx."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from authlib.integrations.base_client import (
    InvalidTokenError,
    MismatchingStateError,
    MissingTokenError,
    OAuthError,
)
from authlib.oauth2.rfc6749 import OAuth2Token
from authlib.oidc.core import UserInfo
from urllib3 import HTTPResponse

from authlib_xiaomi import Scope, XiaomiOAuthError
from authlib_xiaomi.httpx_client import AsyncXiaomiOAuth2Client, httpx
from authlib_xiaomi.requests_client import XiaomiOAuth2Session
from authlib_xiaomi.sandbox import Sandbox

from ..elsewhere import Elsewhere, nobody
from ..recorded import all_in, lifetime, recorded
from .conftest import CALLBACK, Client

TOKEN = {"access_token": "V3_made-up", "mac_key": "made-up-key", "mac_algorithm": "HmacSha1"}


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def callback(**params: str) -> str:
    return f"{CALLBACK}?{urlencode(params)}"


def sign_in(client: Client, xiaomi: Sandbox, user: str = "lei", **kwargs: Any) -> OAuth2Token:
    url, state = client.create_authorization_url(**kwargs)
    return client.fetch_token(authorization_response=xiaomi.allow(url, user=user), state=state)


# The authorization URL


def test_the_clients_know_xiaomis_endpoints(make: Callable[..., Client]) -> None:
    client = make(2882303761520251711, "s", redirect_uri=CALLBACK)
    url, state = client.create_authorization_url()
    assert url.startswith("https://account.xiaomi.com/oauth2/authorize?")
    assert query_of(url) == {
        "client_id": "2882303761520251711",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "1",
        "skip_confirm": "false",
        "state": state,
    }
    assert client.token_endpoint == "https://account.xiaomi.com/oauth2/token"
    assert client.api_base_url == "https://open.account.xiaomi.com/"


def test_a_clients_options_are_in_the_url(make: Callable[..., Client]) -> None:
    client = make("288", scope=[Scope.PROFILE, 3], skip_confirm=True, redirect_uri=CALLBACK)
    query = query_of(client.create_authorization_url()[0])
    assert (query["scope"], query["skip_confirm"]) == ("1 3", "true")


def test_what_a_call_gives_wins(make: Callable[..., Client]) -> None:
    client = make("288", scope="1", skip_confirm=True, redirect_uri=CALLBACK)
    url, state = client.create_authorization_url(
        state="s" * 30,
        scope="1 6",
        skip_confirm=False,
        redirect_uri="http://localhost/other",
        _locale="zh_CN",
    )
    assert state == "s" * 30
    assert query_of(url) == {
        "client_id": "288",
        "redirect_uri": "http://localhost/other",
        "response_type": "code",
        "scope": "1 6",
        "skip_confirm": "false",
        "_locale": "zh_CN",
        "state": state,
    }


def test_another_authorization_url_can_be_given(make: Callable[..., Client]) -> None:
    client = make("288", redirect_uri=CALLBACK)
    url, _ = client.create_authorization_url("https://proxy.example/authorize")
    assert url.startswith("https://proxy.example/authorize?")


def test_the_query_and_the_fragment_of_an_authorization_url_stay(
    make: Callable[..., Client],
) -> None:
    client = make("288", redirect_uri=CALLBACK)
    url, _ = client.create_authorization_url("https://proxy.example/go?to=mi%20&empty=#top")
    start, _, fragment = url.partition("#")
    assert start.startswith("https://proxy.example/go?to=mi%20&empty=&response_type=code&")
    assert fragment == "top"


def test_a_parameter_without_a_value_is_left_out(make: Callable[..., Client]) -> None:
    client = make("288", redirect_uri=CALLBACK)
    url, _ = client.create_authorization_url(_locale=None, resource=["a", "b"])
    assert "_locale" not in query_of(url)
    assert "&resource=a&resource=b" in url


@pytest.mark.parametrize(
    ("options", "missing"),
    [({"redirect_uri": CALLBACK}, "client_id"), ({"client_id": "288"}, "redirect_uri")],
)
def test_what_is_missing_for_the_url_is_told(
    make: Callable[..., Client], options: Any, missing: str
) -> None:
    with pytest.raises(XiaomiOAuthError, match=f"{missing} is missing"):
        make(**options).create_authorization_url()


def test_pkce_can_be_switched_on(connect: Callable[..., Client], xiaomi: Sandbox) -> None:
    client = connect(xiaomi, code_challenge_method="S256")
    url, _ = client.create_authorization_url(code_verifier="v" * 43)
    assert query_of(url)["code_challenge_method"] == "S256"


def test_a_client_shows_no_secret(make: Callable[..., Client]) -> None:
    client = make("288", "made-up-secret", token=TOKEN)
    assert "288" in repr(client.client)
    assert "made-up" not in repr(client.client)


# Fetching a token


def test_a_whole_sign_in(client: Client, xiaomi: Sandbox) -> None:
    token = sign_in(client, xiaomi)
    assert isinstance(token, OAuth2Token)
    assert client.token == token
    assert token["expires_in"] == xiaomi.options["token_expires_in"]
    info = client.userinfo()
    assert isinstance(info, UserInfo)
    assert (info["sub"], info["name"]) == (xiaomi.users["lei"].union_id, "Lei")


def test_a_token_for_a_code(client: Client, xiaomi: Sandbox) -> None:
    url, _ = client.create_authorization_url()
    code = query_of(xiaomi.allow(url))["code"]
    assert client.fetch_token(code=code)["access_token"]
    (request,) = (r for r in xiaomi.requests if r.endpoint == "token")
    assert request.form == {
        "client_id": xiaomi.client_id,
        "client_secret": xiaomi.client_secret,
        "redirect_uri": CALLBACK,
        "grant_type": "authorization_code",
        "code": code,
    }


@pytest.mark.parametrize("make", [XiaomiOAuth2Session], indirect=True)
def test_requests_other_name_for_it_works_too(client: Client, xiaomi: Sandbox) -> None:
    url, _ = client.create_authorization_url()
    code = query_of(xiaomi.allow(url))["code"]
    assert client.fetch_access_token(code=code)["access_token"]


def test_a_token_remembers_the_callback_it_was_issued_for(
    connect: Callable[..., Client], xiaomi: Sandbox
) -> None:
    client = connect(xiaomi, redirect_uri=None)
    url, _ = client.create_authorization_url(redirect_uri=CALLBACK)
    code = query_of(xiaomi.allow(url))["code"]
    assert client.fetch_token(code=code, redirect_uri=CALLBACK)["redirect_uri"] == CALLBACK


@pytest.mark.parametrize("name", all_in("token"))
def test_each_shape_of_token_answer_is_understood(
    client: Client, xiaomi: Sandbox, name: str
) -> None:
    xiaomi.fail("token", body=recorded(name), content_type="text/plain")
    token = client.fetch_token(code="c")
    assert token["access_token"] == "V3_made-up_access.token-0001"
    assert token["expires_in"] == lifetime(name)


@pytest.mark.parametrize("name", all_in("token-error"))
@pytest.mark.parametrize("status", [200, 400])
def test_each_shape_of_token_error_is_understood(
    client: Client, xiaomi: Sandbox, name: str, status: int
) -> None:
    xiaomi.fail("token", body=recorded(name), status=status)
    with pytest.raises(XiaomiOAuthError) as caught:
        client.fetch_token(code="c")
    assert caught.value.code == 96010


@pytest.mark.parametrize("state", ["forged", ""])
def test_another_state_is_refused_before_anything_is_asked(
    client: Client, xiaomi: Sandbox, state: str
) -> None:
    with pytest.raises(MismatchingStateError):
        client.fetch_token(authorization_response=callback(code="c", state=state), state="expected")
    assert xiaomi.requests == []


def test_a_callback_without_state_is_refused(client: Client, xiaomi: Sandbox) -> None:
    with pytest.raises(MismatchingStateError):
        client.fetch_token(authorization_response=callback(code="c"), state="expected")
    assert xiaomi.requests == []


def test_the_state_may_be_the_clients(connect: Callable[..., Client], xiaomi: Sandbox) -> None:
    client = connect(xiaomi, state="expected")
    with pytest.raises(MismatchingStateError):
        client.fetch_token(authorization_response=callback(code="c", state="forged"))


def test_a_forged_errors_text_is_not_shown(client: Client) -> None:
    url = callback(error="96012", error_description="Call 555-0100", state="forged")
    with pytest.raises(MismatchingStateError) as caught:
        client.fetch_token(authorization_response=url, state="expected")
    assert "555" not in str(caught.value)


def test_a_user_who_declines_is_told(client: Client, xiaomi: Sandbox) -> None:
    url, state = client.create_authorization_url()
    with pytest.raises(XiaomiOAuthError) as caught:
        client.fetch_token(authorization_response=xiaomi.deny(url), state=state)
    assert (caught.value.error, caught.value.code) == ("access_denied", 96012)


def test_a_callback_with_neither_code_nor_error_asks_nothing(
    client: Client, xiaomi: Sandbox
) -> None:
    with pytest.raises(XiaomiOAuthError, match="neither a code nor an error"):
        client.fetch_token(authorization_response=callback(state="s"), state="s")
    assert xiaomi.requests == []


@pytest.mark.parametrize("fragment", ["#", "#_=_", "#access_token=forged&state=s"])
def test_a_fragment_in_the_callback_says_nothing(
    client: Client, xiaomi: Sandbox, fragment: str
) -> None:
    url, state = client.create_authorization_url()
    back = xiaomi.allow(url) + fragment
    token = client.fetch_token(authorization_response=back, state=state)
    assert token["access_token"] != "forged"


@pytest.mark.parametrize("arguments", [{}, {"code": ""}, {"code": None}])
def test_without_a_code_nothing_is_asked(client: Client, xiaomi: Sandbox, arguments: Any) -> None:
    with pytest.raises(XiaomiOAuthError, match="there is no code") as caught:
        client.fetch_token(**arguments)
    assert caught.value.error == "invalid_request"
    assert xiaomi.requests == []


def test_without_a_callback_nothing_is_asked(
    connect: Callable[..., Client], xiaomi: Sandbox
) -> None:
    with pytest.raises(XiaomiOAuthError, match="redirect_uri is missing"):
        connect(xiaomi, redirect_uri=None).fetch_token(code="c")
    assert xiaomi.requests == []


@pytest.mark.parametrize("code", ["测试", "a b&c=d", "é", "%41+"])
def test_a_code_goes_as_it_is(client: Client, xiaomi: Sandbox, code: str) -> None:
    with pytest.raises(XiaomiOAuthError) as caught:
        client.fetch_token(code=code)
    assert caught.value.code == 96013
    assert xiaomi.requests[-1].form["code"] == code


@pytest.mark.parametrize("uri", ["http://localhost:5000/登录", "http://localhost/a?x=é&y=%20+"])
def test_a_callback_in_any_script_goes_as_it_is(
    connect: Callable[..., Client], elsewhere: Elsewhere, xiaomi: Sandbox, uri: str
) -> None:
    client = connect(xiaomi, redirect_uri=uri, token_endpoint=f"{elsewhere.url}/t")
    elsewhere.answer(recorded("token/logto"))
    client.fetch_token(code="c")
    assert elsewhere.requests[0].form["redirect_uri"] == uri


# Other endpoints than the client's


def test_a_token_can_be_fetched_elsewhere(client: Client, elsewhere: Elsewhere) -> None:
    elsewhere.answer(recorded("token/logto"))
    assert client.fetch_token(f"{elsewhere.url}/t", code="c")["access_token"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["client", "call"])
def test_the_appsecret_follows_no_redirect(
    connect: Callable[..., Client], xiaomi: Sandbox, elsewhere: Elsewhere, where: str, status: int
) -> None:
    elsewhere.answer(b"", status=status, Location="/here")
    url = f"{elsewhere.url}/t"
    client = connect(xiaomi, **({"token_endpoint": url} if where == "client" else {}))
    with pytest.raises(XiaomiOAuthError) as caught:
        client.fetch_token(*([url] if where == "call" else []), code="c")
    assert caught.value.error == "invalid_response"
    assert len(elsewhere.requests) == 1


@pytest.mark.parametrize("where", ["client", "call"])
def test_a_token_endpoint_that_is_not_there_is_temporarily_unavailable(
    connect: Callable[..., Client], xiaomi: Sandbox, where: str
) -> None:
    with nobody() as url:
        client = connect(xiaomi, **({"token_endpoint": url} if where == "client" else {}))
        with pytest.raises(XiaomiOAuthError) as caught:
            client.fetch_token(*([url] if where == "call" else []), code="c")
    assert caught.value.error == "temporarily_unavailable"


# Refreshing


def test_a_token_is_refreshed(signed_in: Client, xiaomi: Sandbox) -> None:
    old = dict(signed_in.token)
    new = signed_in.refresh_token()
    assert signed_in.token == new
    assert new["access_token"] != old["access_token"]
    assert signed_in.userinfo()["name"] == "Lei"
    form = xiaomi.requests[-2].form
    assert form == {
        "client_id": xiaomi.client_id,
        "client_secret": xiaomi.client_secret,
        "redirect_uri": CALLBACK,
        "grant_type": "refresh_token",
        "refresh_token": old["refresh_token"],
    }


def test_a_refresh_token_can_be_given(client: Client, signed_in: Client) -> None:
    old = signed_in.token["refresh_token"]
    signed_in.token = None
    assert signed_in.refresh_token(refresh_token=old)["refresh_token"] != old


def test_a_refresh_token_may_go_with_an_access_token(signed_in: Client) -> None:
    old = dict(signed_in.token)
    new = signed_in.refresh_token(token=old["access_token"], refresh_token=old["refresh_token"])
    assert new["refresh_token"] != old["refresh_token"]


def test_without_a_token_there_is_nothing_to_refresh(client: Client, xiaomi: Sandbox) -> None:
    with pytest.raises(MissingTokenError):
        client.refresh_token()
    assert xiaomi.requests == []


def test_without_a_refresh_token_there_is_nothing_to_refresh(
    connect: Callable[..., Client], xiaomi: Sandbox
) -> None:
    client = connect(xiaomi, token=TOKEN)
    with pytest.raises(InvalidTokenError, match="no refresh_token"):
        client.refresh_token()
    assert xiaomi.requests == []


@pytest.mark.parametrize("call", [("userinfo",), ("get", "user/profile")])
def test_an_expired_token_without_refresh_token_is_invalid(
    connect: Callable[..., Client], xiaomi: Sandbox, call: tuple[str, ...]
) -> None:
    client = connect(xiaomi, token={**TOKEN, "expires_at": 1})
    with pytest.raises(OAuthError, match="no refresh_token") as caught:
        getattr(client, call[0])(*call[1:])
    assert isinstance(caught.value, InvalidTokenError)
    assert xiaomi.requests == []


def test_an_expired_token_is_refreshed_and_stored(
    connect: Callable[..., Client], signed_in: Client, xiaomi: Sandbox
) -> None:
    stored: list[Any] = []

    def update_token(token: Any, refresh_token: Any = None, access_token: Any = None) -> None:
        stored.append((token, refresh_token))

    old = {**signed_in.token, "expires_at": 1}
    client = connect(xiaomi, token=old, update_token=update_token)
    assert client.get("user/profile").json()["result"] == "ok"
    assert stored == [(client.token, old["refresh_token"])]


@pytest.mark.parametrize("way", ["assigned", "given"])
def test_an_expired_token_can_be_refreshed_ahead_of_a_call(
    connect: Callable[..., Client], signed_in: Client, xiaomi: Sandbox, way: str
) -> None:
    stored: list[Any] = []

    def update_token(token: Any, refresh_token: Any = None, access_token: Any = None) -> None:
        stored.append(refresh_token)

    old = {**signed_in.token, "expires_at": 1}
    client = connect(xiaomi, token=old if way == "assigned" else None, update_token=update_token)
    given = () if way == "assigned" else (old,)
    assert client.ensure_active_token(*given) is True
    assert stored == [old["refresh_token"]]


def test_a_refresh_token_that_is_given_stands_in_for_that_of_a_given_token(
    client: Client, signed_in: Client
) -> None:
    token = dict(signed_in.token)
    stale = {**token, "refresh_token": "R3_stale"}
    new = client.refresh_token(refresh_token=token["refresh_token"], token=stale)
    assert new["refresh_token"] not in (token["refresh_token"], "R3_stale")


def test_a_refresh_token_is_refreshed_where_several_tokens_are_assigned(
    connect: Callable[..., Client], signed_in: Client, xiaomi: Sandbox
) -> None:
    token = dict(signed_in.token)
    client = connect(xiaomi)
    ready, over = threading.Event(), threading.Event()

    async def assign(name: str) -> None:
        client.client.token = {"access_token": name}
        ready.set()
        await asyncio.to_thread(over.wait, 60)

    names = ("V3_one", "V3_another")
    threads = [threading.Thread(target=lambda n=name: asyncio.run(assign(n))) for name in names]
    for thread in threads:
        thread.start()
        assert ready.wait(60)
        ready.clear()
    try:
        new = client.refresh_token(refresh_token=token["refresh_token"])
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert new["access_token"] != token["access_token"]


# Calls


def test_a_path_of_the_open_api_is_called(signed_in: Client, xiaomi: Sandbox) -> None:
    response = signed_in.get("user/profile")
    assert response.json()["data"]["miliaoNick"] == "Lei"
    token = {"clientId": xiaomi.client_id, "token": signed_in.token["access_token"]}
    assert xiaomi.requests[-1].args == token
    assert "Authorization" not in xiaomi.requests[-1].headers


def test_signing_can_be_switched_on(connect: Callable[..., Client], xiaomi: Sandbox) -> None:
    client = connect(xiaomi, mac=True)
    sign_in(client, xiaomi)
    client.userinfo()
    assert xiaomi.requests[-1].headers["Authorization"].startswith("MAC ")


def test_a_host_header_of_ones_own_is_sent(signed_in: Client, xiaomi: Sandbox) -> None:
    signed_in.headers["Host"] = "localhost"
    signed_in.userinfo()
    assert xiaomi.requests[-1].headers["Host"] == "localhost"


def test_an_answer_says_how_long_it_took(signed_in: Client) -> None:
    assert signed_in.get("user/profile").elapsed.total_seconds() > 0


def test_the_prefix_is_taken_off(signed_in: Client, xiaomi: Sandbox) -> None:
    xiaomi.fail("user/profile", body=recorded("api/profile-prefix"))
    response = signed_in.get("user/profile")
    assert response.json()["data"]["miliaoNick"] == "Mi"
    assert response.text.startswith("{")


def test_an_answer_says_where_it_came_from_without_secrets(
    signed_in: Client, xiaomi: Sandbox
) -> None:
    response = signed_in.get("user/profile")
    assert str(response.url) == str(response.request.url) == f"{xiaomi.url}/user/profile"
    assert "Authorization" not in response.request.headers


@pytest.mark.parametrize("base", ["", "{url}/"])
def test_a_stream_has_the_token_too(signed_in: Client, xiaomi: Sandbox, base: str) -> None:
    body = signed_in.read_stream(base.format(url=xiaomi.url) + "user/profile")
    assert b'"miliaoNick":"Lei"' in body


def test_a_stream_from_another_host_gets_nothing(signed_in: Client, elsewhere: Elsewhere) -> None:
    assert signed_in.read_stream(f"{elsewhere.url}/x") == b"{}"
    (request,) = elsewhere.requests
    assert request.args == {}
    assert "authorization" not in request.headers


def test_a_stream_without_token_is_refused(client: Client, xiaomi: Sandbox) -> None:
    with pytest.raises(MissingTokenError):
        client.read_stream("user/profile")
    assert xiaomi.requests == []


def test_another_host_gets_nothing_of_the_user(
    connect: Callable[..., Client], xiaomi: Sandbox, elsewhere: Elsewhere
) -> None:
    client = connect(xiaomi, token=TOKEN)
    assert client.get(f"{elsewhere.url}/user/profile").json() == {}
    (request,) = elsewhere.requests
    assert request.args == {}
    assert "authorization" not in request.headers
    assert "made-up" not in str(request.headers)


def test_a_call_with_its_own_auth_has_no_token(
    connect: Callable[..., Client], xiaomi: Sandbox, elsewhere: Elsewhere
) -> None:
    client = connect(xiaomi, token=TOKEN)
    client.get(f"{xiaomi.url}/user/profile", auth=("user", "password"))
    request = xiaomi.requests[-1]
    assert request.args == {}
    assert request.headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize("token", [None, {}])
def test_without_a_token_nothing_is_asked(
    connect: Callable[..., Client], xiaomi: Sandbox, token: Any
) -> None:
    client = connect(xiaomi, token=token)
    for call in (("userinfo",), ("get", "user/profile")):
        with pytest.raises(MissingTokenError):
            getattr(client, call[0])(*call[1:])
    assert xiaomi.requests == []


def test_a_token_that_is_no_dictionary_is_a_mistake_that_is_named(
    connect: Callable[..., Client], xiaomi: Sandbox
) -> None:
    with pytest.raises(TypeError, match=r"a token is a dict or an access token \(str\), not a int"):
        connect(xiaomi, token=5)


def test_the_user_of_another_token_can_be_asked_for(
    signed_in: Client, connect: Callable[..., Client], xiaomi: Sandbox
) -> None:
    other = sign_in(connect(xiaomi), xiaomi, user="nora")
    assert signed_in.userinfo(other)["name"] == "Nora"
    assert signed_in.userinfo(token=dict(other))["name"] == "Nora"


def test_a_subject_and_scopes_shape_the_user(
    connect: Callable[..., Client], xiaomi: Sandbox
) -> None:
    client = connect(xiaomi, subject="openId", scope="1 3 4 6")
    sign_in(client, xiaomi)
    info = client.userinfo()
    assert info["sub"] == xiaomi.users["lei"].open_id
    assert (info["phone_number"], info["email"]) == ("+8613800000001", "lei@example.com")


def test_signing_can_be_switched_off(connect: Callable[..., Client], xiaomi: Sandbox) -> None:
    client = connect(xiaomi, mac=False)
    sign_in(client, xiaomi)
    client.userinfo()
    assert "Authorization" not in xiaomi.requests[-1].headers


def test_a_used_nonce_is_signed_again_once(connect: Callable[..., Client], xiaomi: Sandbox) -> None:
    client = connect(xiaomi, mac=True)
    sign_in(client, xiaomi)
    xiaomi.fail("user/profile", body=recorded("api-error/nonce-used"))
    assert client.userinfo()["name"] == "Lei"


@pytest.mark.parametrize("form", ["number", "of the library"])
def test_a_client_waits_as_long_as_it_was_told(
    connect: Callable[..., Client], make: Callable[..., Client], xiaomi: Sandbox, form: str
) -> None:
    timeout: Any = 0.2
    if form == "of the library":
        timeout = httpx.Timeout(30, read=0.2) if make("1").is_httpx else (30, 0.2)
    client = connect(xiaomi, timeout=timeout)
    xiaomi.fail("token", delay=60)
    with pytest.raises(XiaomiOAuthError, match="did not answer in time"):
        client.fetch_token(code="c")


@pytest.mark.parametrize("timeout", [None, 5, 0.5, 7.5])
def test_a_client_may_wait_as_long_as_it_likes(
    connect: Callable[..., Client], xiaomi: Sandbox, timeout: Any
) -> None:
    assert sign_in(connect(xiaomi, timeout=timeout), xiaomi)["access_token"]


def test_a_hook_for_requests_changes_what_is_sent_not_where_the_token_goes(
    connect: Callable[..., Client], xiaomi: Sandbox, elsewhere: Elsewhere
) -> None:
    client = connect(xiaomi, token=TOKEN)

    def to_elsewhere(url: Any, headers: Any, body: Any) -> Any:
        return f"{elsewhere.url}/hooked", headers, body

    client.client.register_compliance_hook("protected_request", to_elsewhere)
    client.get("user/profile")
    (request,) = elsewhere.requests
    assert request.path == "/hooked"
    assert request.args == {}
    assert "authorization" not in request.headers


def test_hooks_for_responses_are_called(signed_in: Client) -> None:
    seen: list[str] = []

    def hook_for(name: str) -> Any:
        def hook(response: Any) -> Any:
            seen.append(name)
            return response

        return hook

    signed_in.client.register_compliance_hook(
        "refresh_token_response", hook_for("refresh_token_response")
    )
    signed_in.refresh_token()
    assert seen == ["refresh_token_response"]


def test_hooks_of_the_http_library_see_each_answer_of_xiaomis(
    connect: Callable[..., Client], xiaomi: Sandbox
) -> None:
    seen: list[str] = []

    def note(response: Any, *args: Any, **kwargs: Any) -> None:
        seen.append(urlsplit(str(getattr(response, "url", ""))).path)

    async def awaited(value: Any) -> None:
        note(value)

    client = connect(xiaomi)
    if client.is_httpx:
        client.client.event_hooks = {"request": [awaited], "response": [awaited]}
    else:
        client.client.hooks = {"response": note}
    sign_in(client, xiaomi)
    client.userinfo()
    times = 2 if client.is_httpx else 1
    assert seen == ["/oauth2/token"] * times + ["/user/profile"] * times


def test_a_hook_for_a_refresh_changes_what_is_sent(
    connect: Callable[..., Client], signed_in: Client, xiaomi: Sandbox
) -> None:
    client = connect(xiaomi, token=dict(signed_in.token))

    def marked(url: Any, headers: Any, body: Any) -> Any:
        return url, {**headers, "X-Mark": "1"}, body + "&mark=2"

    client.client.register_compliance_hook("refresh_token_request", marked)
    client.refresh_token()
    request = xiaomi.requests[-1]
    assert (request.headers["x-mark"], request.form["mark"]) == ("1", "2")


def test_cookies_of_one_answer_are_not_sent_with_the_next_user(
    connect: Callable[..., Client], xiaomi: Sandbox, elsewhere: Elsewhere
) -> None:
    options = {"api_base_url": f"{elsewhere.url}/"}
    elsewhere.answer(recorded("api/profile"), Set_Cookie="who=first; Path=/")
    connect(xiaomi, token=TOKEN, **options).get("user/profile")
    connect(xiaomi, token=TOKEN, **options).get("user/profile")
    assert "cookie" not in elsewhere.requests[1].headers


# Misuse


def test_an_option_of_the_other_http_library_is_refused(make: Callable[..., Client]) -> None:
    name, right = ("proxies", "proxy") if make("1").is_httpx else ("proxy", "proxies")
    with pytest.raises(TypeError, match=f"cannot take {name}: .*{right}"):
        make("1", **{name: {}})


def test_a_lock_for_refreshes_wants_a_store_to_read_again(make: Callable[..., Client]) -> None:
    with pytest.raises(TypeError, match="refresh_lock needs fetch_token"):
        make("1", refresh_lock=lambda name: None)


@pytest.mark.parametrize("method", ["revoke_token", "introspect_token"])
def test_what_xiaomi_has_no_endpoint_for_is_not_asked(
    signed_in: Client, xiaomi: Sandbox, method: str
) -> None:
    before = len(xiaomi.requests)
    with pytest.raises(NotImplementedError, match="no endpoint"):
        getattr(signed_in.client, method)("https://example.com/", token="t")
    assert len(xiaomi.requests) == before


def test_a_body_for_the_token_request_is_refused(client: Client, xiaomi: Sandbox) -> None:
    with pytest.raises(TypeError, match="body is not taken"):
        client.fetch_token(code="c", body="a=b")
    assert xiaomi.requests == []


def test_an_unknown_argument_of_userinfo_is_refused(signed_in: Client) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'scopes'"):
        signed_in.userinfo(scopes="1")


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_without_credentials_nothing_is_asked(
    connect: Callable[..., Client], xiaomi: Sandbox, name: str
) -> None:
    with pytest.raises(XiaomiOAuthError, match=f"{name} is missing"):
        connect(xiaomi, **{name: None}).fetch_token(code="c")
    assert xiaomi.requests == []


def test_the_standards_way_to_send_the_appsecret_may_be_named(
    connect: Callable[..., Client], xiaomi: Sandbox
) -> None:
    client = connect(xiaomi, token_endpoint_auth_method="client_secret_post")
    assert sign_in(client, xiaomi)["access_token"]


def test_an_appsecret_is_not_sent_where_the_application_says_so(
    connect: Callable[..., Client], xiaomi: Sandbox
) -> None:
    client = connect(xiaomi, token_endpoint_auth_method="none")
    with pytest.raises(XiaomiOAuthError):  # Xiaomi's: it wants one
        sign_in(client, xiaomi)
    form = xiaomi.requests[-1].form
    assert form["code"]
    assert "client_secret" not in form


def test_an_adapter_of_the_applications_own_may_give_what_it_likes(xiaomi: Sandbox) -> None:
    class Canned(requests.adapters.BaseAdapter):
        def send(self, request: Any, **kwargs: Any) -> requests.Response:
            response = requests.Response()
            response.status_code, response.url = 200, request.url
            raw = HTTPResponse(io.BytesIO(b"&&&START&&&canned"), preload_content=False)
            del raw._request_url
            response.raw = raw
            return response

        def close(self) -> None:
            pass

    session = XiaomiOAuth2Session("1", "s", token=TOKEN, api_base_url=xiaomi.url)
    session.mount(xiaomi.url, Canned())
    assert session.get("user/profile").text == "canned"
    with session.get("user/profile", stream=True) as response:
        assert response.content == b"canned"
    session.close()


def test_an_adapter_that_was_only_looked_up_closes() -> None:
    session = XiaomiOAuth2Session("1")
    session.get_adapter(session.api_base_url)
    session.close()


def test_a_client_that_was_never_used_closes(make: Callable[..., Client]) -> None:
    client = make("1")
    client.aclose() if client.is_async else client.close()


@pytest.mark.parametrize("timeout", [(1, 2, 3, 4), (1, 2)])
def test_a_timeout_may_have_httpxs_form(
    connect: Callable[..., Client], make: Callable[..., Client], xiaomi: Sandbox, timeout: Any
) -> None:
    if len(timeout) == 4 and not make("1").is_httpx:
        with pytest.raises(ValueError, match="timeout"):
            connect(xiaomi, timeout=timeout)
        return
    assert sign_in(connect(xiaomi, timeout=timeout), xiaomi)["access_token"]


def test_an_answer_can_be_read_as_a_token(client: Client) -> None:
    body = b'&&&START&&&{"access_token": "V3_x"}'
    response: Any = httpx.Response(200, content=body)
    if not client.is_httpx:
        response = requests.Response()
        response.status_code, response.raw = 200, io.BytesIO(body)
    assert client.client.parse_response_token(response)["access_token"] == "V3_x"


@pytest.mark.parametrize("host", ["xiaomi", "elsewhere"])
def test_a_stream_may_go_without_the_token(
    signed_in: Client, xiaomi: Sandbox, elsewhere: Elsewhere, host: str
) -> None:
    client, url = signed_in.client, "user/profile" if host == "xiaomi" else f"{elsewhere.url}/x"
    if not signed_in.is_httpx:
        with client.get(url, stream=True, withhold_token=True) as response:
            assert response.content
    else:

        async def read() -> bytes:
            async with client.stream("GET", url, withhold_token=True) as response:
                return bytes(await response.aread())

        assert signed_in._run(read)
    assert "token" not in (xiaomi if host == "xiaomi" else elsewhere).requests[-1].args


def test_token_auth_of_an_asynchronous_client_is_not_for_synchronous_requests() -> None:
    auth = AsyncXiaomiOAuth2Client("1", token=TOKEN).token_auth
    with (
        httpx.Client() as plain,
        pytest.raises(RuntimeError, match="goes with asynchronous requests"),
    ):
        plain.get("http://127.0.0.1:9/", auth=auth)


def test_token_auth_can_be_given_another_token(client: Client) -> None:
    client._run(lambda: client.client.token_auth.set_token(TOKEN))
    assert client.token["access_token"] == TOKEN["access_token"]
