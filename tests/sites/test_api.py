"""Calls of the open API, and to whom the token goes."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.sandbox import Sandbox

from ..conftest import NewXiaomi
from ..elsewhere import Elsewhere, nobody
from ..recorded import recorded
from .web import Site

TOKEN = {
    "access_token": "V3_made-up/token+=",
    "token_type": "mac",
    "mac_key": "made-up-key",
    "mac_algorithm": "HmacSha1",
}

#: Options of a registration whose API calls are signed.
SIGNED = {"client_kwargs": {"mac": True}}


def signed(xiaomi: Sandbox) -> list[bool]:
    """Whether each request to the open API was signed."""
    return [
        r.headers.get("Authorization", "").startswith("MAC ")
        for r in xiaomi.requests
        if r.endpoint.startswith("user/")
    ]


@pytest.mark.parametrize("path", ["user/profile", "/user/profile"])
def test_any_path_of_the_open_api_can_be_called(site: Site, xiaomi: Sandbox, path: str) -> None:
    site.connect(xiaomi)
    token = site.sign_in(xiaomi)
    response = site.do("get", path, token=token)
    assert response.status_code == 200
    assert response.json()["data"]["miliaoNick"] == "Lei"
    request = xiaomi.requests[-1]
    assert request.args == {"clientId": xiaomi.client_id, "token": token["access_token"]}


@pytest.mark.parametrize("path", ["user/relation", "user/openidV2", "user/phoneAndEmail"])
def test_other_apis_answer_too(site: Site, xiaomi: Sandbox, path: str) -> None:
    site.connect(xiaomi, scope="1 2 3 4 6")
    assert site.do("get", path, token=site.sign_in(xiaomi)).json()["result"] == "ok"


def test_the_whole_url_of_the_open_api_will_do(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    response = site.do("get", f"{xiaomi.url}/user/profile", token=site.sign_in(xiaomi))
    assert response.json()["result"] == "ok"


@pytest.mark.parametrize("name", ["api/profile", "api/profile-prefix"])
def test_json_works_with_the_prefix_and_without(site: Site, xiaomi: Sandbox, name: str) -> None:
    site.connect(xiaomi)
    xiaomi.fail("user/profile", body=recorded(name))
    response = site.do("get", "user/profile", token=TOKEN)
    assert response.json()["data"]["unionId"] == "union_made_up_1"
    assert response.text.startswith("{")
    assert response.content.startswith(b"{")


@pytest.mark.parametrize("name", ["api/profile", "api/profile-prefix"])
def test_json_works_on_a_compressed_answer(site: Site, xiaomi: Sandbox, name: str) -> None:
    site.connect(xiaomi)
    body = gzip.compress(recorded(name))
    xiaomi.fail("user/profile", body=body, headers={"Content-Encoding": "gzip"}, times=2)
    response = site.do("get", "user/profile", token=TOKEN)
    assert response.json()["data"]["unionId"] == "union_made_up_1"
    assert site.do("userinfo", token=TOKEN)["sub"] == "union_made_up_1"


def test_an_answer_keeps_its_status_and_headers(
    site: Site, xiaomi: Sandbox, elsewhere: Elsewhere
) -> None:
    site.connect(xiaomi, api_base_url=f"{elsewhere.url}/")
    elsewhere.answer(recorded("api/profile-prefix"), 203, X_Own="1", Content_Type="text/plain")
    response = site.do("get", "user/profile", token=TOKEN)
    assert (response.status_code, response.headers["x-own"]) == (203, "1")
    assert response.headers["content-type"] == "text/plain"


def test_what_the_application_calls_is_not_judged(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    response = site.do("get", "user/profile", token={"access_token": "wrong"})
    assert response.status_code == 403
    assert response.json()["code"] == 96008


def test_code_for_another_provider_works(site: Site, xiaomi: Sandbox) -> None:
    # As Authlib's documents have it for GitHub: profile by raise_for_status() and json().
    site.connect(xiaomi)
    token = site.sign_in(xiaomi)
    response = site.do("get", "user/profile", token=token)
    response.raise_for_status()
    assert response.json()["data"]["unionId"] == xiaomi.users["lei"].union_id


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_every_method_goes_along_with_the_token(
    site: Site, xiaomi: Sandbox, elsewhere: Elsewhere, method: str
) -> None:
    site.connect(xiaomi, api_base_url=f"{elsewhere.url}/", **SIGNED)
    body = {} if method in ("get", "delete") else {"data": {"a": "b c", "é": "&"}}
    site.do(method, "any/where", token=TOKEN, **body)
    (request,) = elsewhere.requests
    assert request.method == method.upper()
    assert request.path == "/any/where"
    assert request.args == {"clientId": xiaomi.client_id, "token": TOKEN["access_token"]}
    assert request.form == body.get("data", {})
    assert request.headers["authorization"].startswith("MAC ")


def test_json_can_be_sent(site: Site, xiaomi: Sandbox, elsewhere: Elsewhere) -> None:
    site.connect(xiaomi, api_base_url=f"{elsewhere.url}/")
    site.do("post", "any/where", token=TOKEN, json={"a": ["小米"]})
    assert json.loads(elsewhere.requests[0].body) == {"a": ["小米"]}


def test_parameters_and_headers_go_along(site: Site, xiaomi: Sandbox, elsewhere: Elsewhere) -> None:
    site.connect(xiaomi, api_base_url=f"{elsewhere.url}/")
    params = {"q": "a b&c=d", "小": "é"}
    site.do("get", "p?x=1", token=TOKEN, params=params, headers={"X-Own": "1"})
    (request,) = elsewhere.requests
    assert request.headers["x-own"] == "1"
    extra = {"clientId": xiaomi.client_id, "token": TOKEN["access_token"]}
    assert params.items() | extra.items() <= request.args.items()


def test_an_api_below_a_path_is_called_there(
    site: Site, xiaomi: Sandbox, elsewhere: Elsewhere
) -> None:
    site.connect(xiaomi, api_base_url=f"{elsewhere.url}/proxy/")
    site.do("get", "user/profile", token=TOKEN)
    assert elsewhere.requests[0].path == "/proxy/user/profile"


def test_a_bearer_header_is_not_sent(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    site.do("get", "user/profile", token={"access_token": "a", "token_type": "Bearer"})
    assert "Authorization" not in xiaomi.requests[-1].headers


# Signing


@pytest.mark.parametrize(
    "params", [{}, {"x": "1"}, {"z": "a b", "a": "é&=+/", "Z": "~"}, {"empty": ""}], ids=str
)
def test_a_signature_is_right_whatever_is_asked(
    site: Site, new_xiaomi: NewXiaomi, params: dict[str, str]
) -> None:
    xiaomi = new_xiaomi(require_mac=True)
    site.connect(xiaomi, **SIGNED)
    token = site.sign_in(xiaomi)
    response = site.do("get", "user/profile", token=token, params=params)
    assert response.json()["result"] == "ok"
    assert all(signed(xiaomi))


def test_without_a_key_nothing_is_signed(site: Site, new_xiaomi: NewXiaomi) -> None:
    xiaomi = new_xiaomi(mac=False)
    site.connect(xiaomi, **SIGNED)
    assert site.sign_in(xiaomi)["userinfo"]["name"] == "Lei"
    assert signed(xiaomi) == [False]


@pytest.mark.parametrize("off", [False, "false"])
def test_signing_can_be_switched_off(site: Site, xiaomi: Sandbox, off: Any) -> None:
    site.connect(xiaomi, client_kwargs={"mac": off})
    site.do("get", "user/profile", token=site.sign_in(xiaomi))
    assert signed(xiaomi) == [False, False]


def test_an_algorithm_that_is_not_xiaomis_is_an_oauth_error(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, **SIGNED)
    for call in (("userinfo",), ("get", "user/profile")):
        with pytest.raises(OAuthError, match="HmacSha256") as caught:
            site.do(*call, token={**TOKEN, "mac_algorithm": "HmacSha256"})
        assert caught.value.error == "unsupported_token_type"


NONCE = re.compile(r'nonce="([^"]+)"')


def test_a_used_nonce_is_signed_again_once(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, **SIGNED)
    token = site.sign_in(xiaomi, userinfo=False)
    xiaomi.fail("user/profile", body=recorded("api-error/nonce-used"), status=401)
    assert site.do("userinfo", token=token)["name"] == "Lei"
    first, second = (r.headers["Authorization"] for r in xiaomi.requests[-2:])
    assert NONCE.search(first)[1] != NONCE.search(second)[1]


def test_a_nonce_that_is_used_again_and_again_is_an_error(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, **SIGNED)
    token = site.sign_in(xiaomi, userinfo=False)
    xiaomi.fail("user/profile", body=recorded("api-error/nonce-used"), times=None)
    with pytest.raises(XiaomiOAuthError, match="nonce has been used"):
        site.do("userinfo", token=token)
    assert len(signed(xiaomi)) == 2


def test_a_call_of_the_applications_is_signed_again_too(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, **SIGNED)
    token = site.sign_in(xiaomi, userinfo=False)
    xiaomi.fail("user/profile", body=recorded("api-error/nonce-used"))
    assert site.do("get", "user/profile", token=token).json()["result"] == "ok"


def test_what_was_not_signed_is_not_asked_again(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, client_kwargs={"mac": False})
    token = site.sign_in(xiaomi, userinfo=False)
    xiaomi.fail("user/profile", body=recorded("api-error/nonce-used"))
    with pytest.raises(XiaomiOAuthError, match="nonce has been used"):
        site.do("userinfo", token=token)
    assert len(signed(xiaomi)) == 1


# Other hosts


def assert_nothing_of_the_user_in(elsewhere: Elsewhere, xiaomi: Sandbox) -> None:
    assert elsewhere.requests
    for request in elsewhere.requests:
        everything = f"{request.url} {request.headers} {request.body!r}"
        for secret in ("made-up", "made%2Dup", xiaomi.client_id, xiaomi.client_secret, "MAC"):
            assert secret not in everything
        assert "authorization" not in request.headers


@pytest.mark.parametrize("path", ["", "/", "/user/profile", "/user/profile?x=1"])
def test_another_host_gets_nothing_of_the_user(
    site: Site, xiaomi: Sandbox, elsewhere: Elsewhere, path: str
) -> None:
    site.connect(xiaomi)
    response = site.do("get", elsewhere.url + path, token=TOKEN)
    assert response.json() == {}
    assert_nothing_of_the_user_in(elsewhere, xiaomi)


def test_another_name_of_the_same_machine_is_another_host(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    url = xiaomi.url.replace("127.0.0.1", "localhost")
    site.do("get", f"{url}/user/profile", token=TOKEN)
    assert xiaomi.requests[-1].args == {}


@pytest.mark.parametrize(
    "write",
    [
        "//{host}/user/profile",
        "http://127.0.0.1:{api}@{host}/user/profile",
        "HTTP://{host}/user/profile",
        "http://{host}\\@127.0.0.1:{api}/user/profile",
        "http://{host}/?@127.0.0.1:{api}/user/profile",
        "http://{host}#@127.0.0.1:{api}/user/profile",
    ],
)
def test_a_host_in_disguise_gets_nothing_of_the_user(
    site: Site, xiaomi: Sandbox, elsewhere: Elsewhere, write: str
) -> None:
    site.connect(xiaomi)
    api, host = xiaomi.url.rpartition(":")[2], elsewhere.url.removeprefix("http://")
    xiaomi_before = len(xiaomi.requests)
    site.do("get", write.format(api=api, host=host), token=TOKEN)
    if elsewhere.requests:
        # The user name in a URL becomes a Basic header, as anywhere; it is not the user's token.
        for request in elsewhere.requests:
            assert "made-up" not in f"{request.url} {request.headers}"
            assert "MAC" not in request.headers.get("authorization", "")
    else:
        assert len(xiaomi.requests) == xiaomi_before + 1


def test_a_redirect_of_another_host_to_xiaomi_carries_nothing(
    site: Site, xiaomi: Sandbox, elsewhere: Elsewhere
) -> None:
    site.connect(xiaomi)
    elsewhere.answer(b"", status=302, Location=f"{xiaomi.url}/user/profile")
    option = "follow_redirects" if site.is_async else "allow_redirects"
    site.do("get", elsewhere.url, token=TOKEN, **{option: True})
    assert_nothing_of_the_user_in(elsewhere, xiaomi)
    assert xiaomi.requests[-1].args == {}
    assert "Authorization" not in xiaomi.requests[-1].headers


def test_a_call_can_be_made_without_the_token(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    site.do("get", "user/profile", withhold_token=True)
    site.do("get", "user/profile", withhold_token=True, token=TOKEN)
    for request in xiaomi.requests:
        assert request.args == {}
        assert "Authorization" not in request.headers


@pytest.mark.parametrize("token", [b"V3", 5, ["a"]])
def test_a_token_that_is_no_dictionary_is_a_mistake_that_is_named(
    site: Site, xiaomi: Sandbox, token: Any
) -> None:
    site.connect(xiaomi)
    with pytest.raises(TypeError, match=f"a token is a dict .*, not a {type(token).__name__}"):
        site.do("get", "user/profile", token=token)


def test_a_request_has_the_registrations_time(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi, client_kwargs={"timeout": 0.2})
    xiaomi.fail("user/profile", delay=2)
    with pytest.raises(XiaomiOAuthError) as caught:
        site.do("get", "user/profile", token=TOKEN)
    assert caught.value.error == "temporarily_unavailable"


def test_a_request_may_have_its_own_time(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    xiaomi.fail("user/profile", delay=2)
    with pytest.raises(XiaomiOAuthError) as caught:
        site.do("userinfo", token=TOKEN, timeout=0.2)
    assert caught.value.error == "temporarily_unavailable"


def test_another_host_that_is_not_there_is_an_error_of_the_librarys_or_ours(
    site: Site, xiaomi: Sandbox
) -> None:
    site.connect(xiaomi)
    with nobody() as url, pytest.raises(Exception, match=r"(?i)connect") as caught:
        site.do("get", url, token=TOKEN)
    assert "made-up" not in f"{caught.value!r} {caught.value}"
