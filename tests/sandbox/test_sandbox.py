"""What a sandbox is told, and what it tells."""

from __future__ import annotations

from typing import Any

import pytest

from authlib_xiaomi.sandbox import Account, Sandbox

from .application import Application


def test_the_registration_is_what_register_takes(xiaomi: Sandbox) -> None:
    assert xiaomi.registration() == {
        "client_id": xiaomi.client_id,
        "client_secret": xiaomi.client_secret,
        "authorize_url": f"{xiaomi.url}/oauth2/authorize",
        "access_token_url": f"{xiaomi.url}/oauth2/token",
        "api_base_url": f"{xiaomi.url}/",
    }


def test_the_config_is_the_same_with_configuration_keys(xiaomi: Sandbox) -> None:
    assert xiaomi.config("XIAOMI") == xiaomi.config() == xiaomi.config("xiaomi")
    assert xiaomi.config()["XIAOMI_CLIENT_ID"] == xiaomi.client_id
    assert set(xiaomi.config("mi")) == {
        "MI_CLIENT_ID",
        "MI_CLIENT_SECRET",
        "MI_AUTHORIZE_URL",
        "MI_ACCESS_TOKEN_URL",
        "MI_API_BASE_URL",
    }


def test_the_app_id_is_no_float(xiaomi: Sandbox) -> None:
    assert int(xiaomi.client_id) > 2**53


def test_credentials_are_as_told() -> None:
    xiaomi = Sandbox(client_id=2882303761520251711, client_secret="s")
    assert (xiaomi.client_id, xiaomi.client_secret) == ("2882303761520251711", "s")


def test_the_built_in_users_cover_the_odd_cases(xiaomi: Sandbox) -> None:
    users = xiaomi.users.values()
    assert any("<" in (u.nick or "") and "🦊" in (u.nick or "") for u in users)
    assert any(not u.icon for u in users)
    assert any(not u.phone and not u.email for u in users)
    assert all((xiaomi.users["lei"].icon, xiaomi.users["lei"].phone, xiaomi.users["lei"].email))


def test_no_sandbox_shares_its_users_with_another(xiaomi: Sandbox) -> None:
    xiaomi.users["lei"].nick = "changed"
    assert Sandbox().users["lei"].nick == "Lei"


def test_users_are_as_told_and_copied() -> None:
    mine = Account(1, "u", nick="Me")
    xiaomi = Sandbox(users={"me": mine})
    xiaomi.users["me"].nick = "You"
    assert list(xiaomi.users) == ["me"]
    assert mine.nick == "Me"


def test_the_user_is_shown_by_name_only(xiaomi: Sandbox) -> None:
    assert repr(xiaomi.users) == "<Accounts lei, fox, ghost, nora>"


def test_a_sandbox_not_yet_started_has_no_url() -> None:
    xiaomi = Sandbox()
    assert repr(xiaomi) == "<Sandbox not started>"
    with pytest.raises(RuntimeError, match="no port yet"):
        xiaomi.registration()


def test_its_repr_shows_where_and_no_secret(xiaomi: Sandbox) -> None:
    assert repr(xiaomi) == f"<Sandbox {xiaomi.url}>"
    assert xiaomi.client_secret not in repr(vars(xiaomi))


def test_tokens_are_not_in_any_repr(xiaomi: Sandbox, app: Application) -> None:
    token = app.token()
    kept = repr(xiaomi) + repr(vars(xiaomi)) + repr(xiaomi.requests)
    secrets = [token[name] for name in ("access_token", "refresh_token", "mac_key")]
    assert not any(secret in kept for secret in [*secrets, xiaomi.control_token])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"client_id": "abc"}, "client_id 'abc' is not an AppID"),
        ({"client_id": ""}, "client_id '' is not an AppID"),
        ({"client_id": -1}, "client_id '-1' is not an AppID"),
        ({"client_secret": ""}, "client_secret is empty"),
        ({"redirect_uris": " ; "}, "redirect_uris is empty"),
        (
            {"redirect_uris": "http://a.example;/auth"},
            "redirect_uris: '/auth' is not an absolute URL",
        ),
        ({"scopes": "profile"}, "'profile' is not a Xiaomi scope"),
        ({"scopes": []}, "scope is empty"),
        ({"token_expires_in": 0}, "token_expires_in is 0"),
        ({"code_expires_in": -5}, "code_expires_in is -5"),
        ({"require_mac": True, "mac": False}, "require_mac=True needs mac=True"),
        ({"signatures": "required", "mac": False}, "signatures='required' needs mac=True"),
        ({"signatures": "refused", "require_mac": True}, "require_mac=True contradicts signat"),
        ({"like": "dead"}, "like is 'dead'; it must be one of: live / documents"),
        ({"error_texts": {96013: "a\nb"}}, "error_texts: the text of 96013 must be printable"),
        ({"users": {" ": Account(1, "u")}}, "a sign-in name in users is empty"),
        ({"host": "0.0.0.0"}, "'0.0.0.0' is not a loopback address"),
        ({"host": "example.com"}, "'example.com' is not a loopback address"),
        ({"host": ""}, "'' is not a loopback address"),
        ({"port": 65536}, "port is 65536; it must be from 0 to 65535"),
        ({"port": -1}, "port is -1"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sandbox(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"client_id": 1.0}, "client_id is a decimal string, not float"),
        ({"client_id": True}, "client_id is a decimal string, not bool"),
        ({"client_secret": b"s"}, "client_secret is a string, not bytes"),
        ({"redirect_uris": ["http://a.example"]}, "redirect_uris is one string, .* not list"),
        ({"prefix": 1}, "prefix is True or False, not 1"),
        ({"require_mac": None}, "require_mac is True or False, not None"),
        ({"token_expires_in": "60"}, "token_expires_in is a whole number of seconds, not '60'"),
        ({"code_expires_in": True}, "code_expires_in is a whole number of seconds, not True"),
        ({"users": {"me": "Me"}}, "not str to str"),
        ({"users": {1: Account(1, "u")}}, "not int to Account"),
        ({"users": [Account(1, "u")]}, "users maps sign-in names to accounts, not list"),
        ({"host": None}, "host is a string, not None"),
        ({"port": "9009"}, "port is a number, not '9009'"),
        ({"clock": 5}, "clock is a function that gives the time, not 5"),
        ({"redirect_uri": "http://a.example"}, "unexpected keyword argument"),
        ({"like": None}, "like is a string, not NoneType"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Sandbox(**options)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_every_loopback_host_is_admitted(host: str) -> None:
    assert Sandbox(host=host)
