"""What applications that were written for another provider of Authlib's do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from authlib.integrations.base_client import MismatchingStateError, OAuthError
from authlib.oauth2.rfc6749 import MismatchingStateException, MissingCodeException

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.sandbox import Sandbox

from ..compliance import FIELD, HOOKS, Hook
from .web import Site, query_of

APP = {"client_id": "2882303761520251711", "client_secret": "s"}


def _fix(kind: str, hook: Hook) -> Callable[[Any], None]:
    return lambda client: client.register_compliance_hook(kind, hook)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_compliance_hook_may_change_the_token_in_any_form(
    site: Site, xiaomi: Sandbox, hook: Hook
) -> None:
    site.connect(xiaomi, compliance_fix=_fix("access_token_response", hook))
    token = site.sign_in(xiaomi)
    assert token[FIELD] == "yes"
    assert token["userinfo"]["name"] == "Lei"
    assert FIELD not in site.do("refresh_token", token)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_compliance_hook_may_change_a_refreshed_token_in_any_form(
    site: Site, xiaomi: Sandbox, hook: Hook
) -> None:
    site.connect(xiaomi, compliance_fix=_fix("refresh_token_response", hook))
    token = site.sign_in(xiaomi)
    assert FIELD not in token
    assert site.do("refresh_token", token)[FIELD] == "yes"


@pytest.mark.parametrize(
    "clause", [MismatchingStateError, MismatchingStateException, XiaomiOAuthError, OAuthError]
)
def test_an_except_clause_for_another_state_catches_it(
    site: Site, xiaomi: Sandbox, clause: type[Exception]
) -> None:
    site.connect(xiaomi)
    site.login()
    with pytest.raises(clause):
        site.callback("/auth?code=C3_forged&state=forged")


@pytest.mark.parametrize("clause", [MissingCodeException, XiaomiOAuthError, OAuthError])
def test_an_except_clause_for_a_missing_code_catches_it(
    site: Site, xiaomi: Sandbox, clause: type[Exception]
) -> None:
    site.connect(xiaomi)
    state = query_of(site.login())["state"]
    with pytest.raises(clause) as caught:
        site.callback(f"/auth?state={state}")
    assert getattr(caught.value, "error", None) == "missing_code"


def test_a_bare_access_token_is_enough_for_calls(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    token = site.sign_in(xiaomi)
    bare, user = token["access_token"], token["userinfo"]
    request = {"request": site.request_arguments[0]} if site.request_arguments else {}
    assert site.do("userinfo", token=bare, **request)["sub"] == user["sub"]
    answer = site.do("get", "user/profile", token=bare, **request)
    assert answer.json()["data"]["unionId"] == user["sub"]


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_jwt", "private_key_jwt"])
@pytest.mark.parametrize("within", ["register", "client_kwargs"])
def test_a_way_to_send_the_appsecret_that_xiaomi_does_not_look_at_is_refused(
    site: Site, method: str, within: str
) -> None:
    option: dict[str, Any] = {"token_endpoint_auth_method": method}
    given = {"client_kwargs": option} if within == "client_kwargs" else option
    with pytest.raises(ValueError, match=f"token_endpoint_auth_method='{method}' cannot work"):
        site.register(**APP, **given)


@pytest.mark.parametrize("within", ["register", "client_kwargs"])
def test_the_way_that_xiaomi_wants_is_obeyed(site: Site, xiaomi: Sandbox, within: str) -> None:
    option: dict[str, Any] = {"token_endpoint_auth_method": "client_secret_post"}
    given = {"client_kwargs": option} if within == "client_kwargs" else option
    kwargs = given.get("client_kwargs", {})
    site.connect(xiaomi, **{**given, "client_kwargs": kwargs})
    assert site.sign_in(xiaomi)["userinfo"]["name"] == "Lei"


def test_an_id_token_cannot_be_parsed(site: Site, xiaomi: Sandbox) -> None:
    site.connect(xiaomi)
    with pytest.raises(NotImplementedError, match="cannot be verified"):
        site.do("parse_id_token", {"id_token": "a.b.c"}, None)
