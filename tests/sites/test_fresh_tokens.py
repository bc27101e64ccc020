"""A sign-in gives the token that it got, whatever the token's life and whoever was signed in."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from authlib_xiaomi.sandbox import Sandbox

from ..conftest import NewXiaomi
from .web import FlaskSite, Site

NewSite = Callable[..., Site]


@pytest.fixture
def hasty(new_xiaomi: NewXiaomi) -> Sandbox:
    """A sandbox whose tokens count as expired from their first second."""
    return new_xiaomi(token_expires_in=60)


def test_a_sign_in_does_not_spend_the_refresh_token_that_it_returns(
    new_site: NewSite, hasty: Sandbox
) -> None:
    site = new_site().connect(hasty)
    token = site.sign_in(hasty)
    assert token["userinfo"]["name"]
    sent = [r.form["grant_type"] for r in hasty.requests if r.endpoint == "token"]
    assert sent == ["authorization_code"]


def test_what_is_stored_for_somebody_else_is_not_taken_for_the_new_token(hasty: Sandbox) -> None:
    with FlaskSite() as first:
        stored = first.connect(hasty).sign_in(hasty, user="fox")
    for name in ("openId", "union_id"):
        del stored[name]
    stored = {**stored, "expires_at": int(time.time()) + 10**6}
    with FlaskSite(fetch_token=lambda name: stored) as site:
        site.connect(hasty)
        callback = hasty.allow(site.login(), user="lei")
        assert site.callback(callback)["userinfo"]["sub"] == hasty.users["lei"].union_id


@pytest.mark.parametrize("option", ["token_endpoint", "authorization_endpoint"])
def test_the_servers_metadata_stands_for_authlibs_options(
    new_site: NewSite, hasty: Sandbox, option: str
) -> None:
    options = hasty.registration()
    own = {"token_endpoint": "access_token_url", "authorization_endpoint": "authorize_url"}
    options[option] = options.pop(own[option])
    site = new_site()
    site.register(**options)
    assert site.sign_in(hasty)["access_token"]


@pytest.mark.parametrize(
    ("client_kwargs", "message"),
    [
        ("scope", "client_kwargs must be a dict, not a str"),
        ({"client_id": "1"}, "client_id belongs to register"),
        ({"update_token": print}, "update_token belongs to register"),
    ],
)
def test_client_kwargs_that_cannot_be_are_refused(
    new_site: NewSite, client_kwargs: object, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        new_site().register(client_kwargs=client_kwargs)


@pytest.mark.parametrize("leeway", ["10", True])
def test_a_leeway_that_is_no_number_is_refused(new_site: NewSite, leeway: object) -> None:
    with pytest.raises(ValueError, match="leeway must be a number"):
        new_site().register(client_kwargs={"leeway": leeway})


def test_a_code_is_never_sent_in_a_url(new_site: NewSite, hasty: Sandbox) -> None:
    site = new_site().connect(hasty, access_token_params={"method": "GET"})
    with pytest.raises(ValueError, match="fetched by POST"):
        site.sign_in(hasty)
