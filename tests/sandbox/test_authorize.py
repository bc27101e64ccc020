"""Which authorization requests the sandbox takes, and where it sends the user."""

from __future__ import annotations

from typing import Any

import pytest

from authlib_xiaomi.sandbox import AuthorizationRefused, Sandbox
from authlib_xiaomi.sandbox.modes import MODES

from .application import Application, query


def test_allowing_brings_a_code_and_the_state_to_the_callback(
    xiaomi: Sandbox, app: Application
) -> None:
    callback = xiaomi.allow(app.authorize_url(), user="lei")
    assert callback.startswith("http://localhost:5000/auth?")
    assert set(query(callback)) == {"code", "state"}
    assert query(callback)["state"] == "s-1"


def test_declining_brings_96012_to_the_callback(xiaomi: Sandbox, app: Application) -> None:
    assert query(xiaomi.deny(app.authorize_url())) == {
        "error": "96012",
        "error_description": "access denied",
        "state": "s-1",
    }


def test_the_callback_keeps_its_own_query(xiaomi: Sandbox, app: Application) -> None:
    callback = xiaomi.allow(app.authorize_url(redirect_uri="http://localhost/auth?next=%2Fa"))
    assert callback.startswith("http://localhost/auth?next=%2Fa&code=")


def test_without_a_state_none_comes_back(xiaomi: Sandbox, app: Application) -> None:
    assert set(query(xiaomi.allow(app.authorize_url(state=None)))) == {"code"}


@pytest.mark.parametrize("scope", [None, "", " "])
@pytest.mark.parametrize(("like", "expected"), [("live", "1 3 6000"), ("documents", "1")])
def test_without_a_scope_all_of_the_apps_or_the_profile_is_asked_for(
    scope: str | None, like: str, expected: str
) -> None:
    with Sandbox(like=like, scopes="1 3 6000") as xiaomi:
        app = Application(xiaomi)
        with app.http:
            assert app.token(scope=scope)["scope"] == expected


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "1"}, 96001),
        ({"client_id": None}, 96002),
        ({"redirect_uri": None}, 96002),
        ({"redirect_uri": "http://evil.example/auth"}, 96010),
        ({"redirect_uri": "http://evil.example\\@localhost/"}, 96010),
        ({"redirect_uri": "http://localhost:99999/"}, 96010),
        ({"redirect_uri": "http://localhost/a b"}, 96010),
        ({"redirect_uri": "/auth"}, 96010),
    ],
)
def test_an_unknown_app_or_callback_is_never_redirected_to(
    xiaomi: Sandbox, app: Application, changes: dict[str, str | None], code: int
) -> None:
    with pytest.raises(AuthorizationRefused, match=f"error {code}: ") as refused:
        xiaomi.allow(app.authorize_url(**changes))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"response_type": None}, "96002"),
        ({"response_type": "token"}, "96011"),
        ({"scope": "profile"}, "96007"),
        ({"scope": "1,3"}, "96007"),
        ({"scope": "1 99999"}, "96007"),
        ({"skip_confirm": "perhaps"}, "96002"),
        ({"skip_confirm": ""}, "96002"),
        ({"scope": "0"}, "96007"),
    ],
)
def test_other_errors_go_to_the_callback(
    xiaomi: Sandbox, app: Application, changes: dict[str, str | None], code: str
) -> None:
    answer = query(xiaomi.allow(app.authorize_url(**changes)))
    assert (answer["error"], answer["state"]) == (code, "s-1")
    assert answer["error_description"]


def test_a_scope_that_the_app_was_not_granted_is_refused() -> None:
    with Sandbox(scopes="1") as xiaomi:
        callback = xiaomi.allow(Application(xiaomi).authorize_url(scope="1 4"))
    assert query(callback)["error"] == "96007"


def test_a_scope_that_no_table_names_can_be_granted() -> None:
    with Sandbox(scopes=[1, 99999]) as xiaomi:
        callback = xiaomi.allow(Application(xiaomi).authorize_url(scope="1 99999"))
    assert "code" in query(callback)


@pytest.mark.parametrize(
    ("registered", "asked", "admitted"),
    [
        ("https://abc.com/oauth", "https://abc.com/oauth", True),
        ("https://abc.com/oauth", "https://x.abc.com/oauth/path?x=1", True),
        ("https://abc.com/oauth", "http://abc.com/oauth", False),
        ("https://abc.com/oauth", "https://abc.com:8080/oauth", False),
        ("https://abc.com:8080/oauth", "https://abc.com:8080/oauth", True),
        ("https://abc.com/oauth", "https://abc.com:443/oauth", True),
        ("https://abc.com/oauth", "https://xabc.com/oauth", False),
        ("https://abc.com/oauth", "https://abc.com/oauthx", False),
        ("https://abc.com/oauth", "https://abc.com/", False),
        ("https://abc.com/oauth", "https://abc.com/oauth/../admin", False),
        ("https://abc.com/oauth", "https://abc.com/oauth/%2e%2E/admin", False),
        ("https://abc.com", "https://abc.com/any/path", True),
        ("https://abc.com;http://localhost:5000", "http://localhost:5000/auth", True),
        ("https://abc.com;http://localhost:5000", "http://localhost:5001/auth", False),
        ("http://localhost", "http://localhost:5000/auth", False),
    ],
)
@pytest.mark.parametrize("like", MODES)
def test_a_callback_matches_by_scheme_port_host_and_path(
    registered: str, asked: str, admitted: bool, like: str
) -> None:
    with Sandbox(like=like, redirect_uris=registered) as xiaomi:
        url = Application(xiaomi).authorize_url(redirect_uri=asked)
        if admitted:
            assert xiaomi.allow(url).startswith(asked.partition("?")[0])
        else:
            with pytest.raises(AuthorizationRefused, match="96010"):
                xiaomi.allow(url)


@pytest.mark.parametrize(
    "origin", ["http://localhost:1", "http://127.0.0.1:65535", "http://localhost"]
)
def test_by_default_any_local_port_and_path_is_admitted(
    xiaomi: Sandbox, app: Application, origin: str
) -> None:
    callback = xiaomi.allow(app.authorize_url(redirect_uri=f"{origin}/some/path"))
    assert callback.startswith(f"{origin}/some/path?code=")


def test_allowing_as_somebody_unknown_names_those_known(xiaomi: Sandbox, app: Application) -> None:
    with pytest.raises(LookupError, match="no user 'lee'; there are lei, fox, ghost, nora"):
        xiaomi.allow(app.authorize_url(), user="lee")


@pytest.mark.parametrize(
    "url",
    [
        "https://account.xiaomi.com/oauth2/authorize?client_id=1",
        "http://127.0.0.1:1/oauth2/authorize?client_id=1",
        "http://{own}/oauth2/token?client_id=1",
    ],
)
def test_an_authorization_url_of_somebody_else_is_refused_without_showing_its_query(
    xiaomi: Sandbox, url: str
) -> None:
    own = xiaomi.url.removeprefix("http://")
    with pytest.raises(ValueError, match=r"register with xiaomi\.registration") as refused:
        xiaomi.allow(url.format(own=own))
    assert "client_id=1" not in str(refused.value)


def test_the_sandbox_may_be_called_localhost(xiaomi: Sandbox, app: Application) -> None:
    assert "code=" in xiaomi.allow(app.authorize_url().replace("127.0.0.1", "localhost", 1))


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("http://name.local:8123", "https://name.local:8123/any/path?q=1"),
        ("http://abc.com/oauth", "https://abc.com/oauth"),
        ("http://abc.com/oauth", "https://abc.com:443/oauth"),
        ("http://localhost;http://127.0.0.1", "https://localhost:8443/auth"),
    ],
)
def test_live_takes_https_where_http_is_registered(registered: str, asked: str) -> None:
    with Sandbox(redirect_uris=registered) as xiaomi:
        url = Application(xiaomi).authorize_url(redirect_uri=asked)
        assert xiaomi.allow(url).startswith(asked)
    with (
        Sandbox(redirect_uris=registered, https_for_http=False) as xiaomi,
        pytest.raises(AuthorizationRefused, match="96010"),
    ):
        xiaomi.allow(Application(xiaomi).authorize_url(redirect_uri=asked))


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("https://name.local:8123", "http://name.local:8123/auth"),
        ("http://abc.com:8123", "https://abc.com/auth"),
        ("http://abc.com", "https://evil.example/auth"),
        ("http://abc.com/oauth", "https://abc.com/other"),
    ],
)
def test_live_takes_nothing_else_that_differs(registered: str, asked: str) -> None:
    with (
        Sandbox(redirect_uris=registered) as xiaomi,
        pytest.raises(AuthorizationRefused, match="96010"),
    ):
        xiaomi.allow(Application(xiaomi).authorize_url(redirect_uri=asked))


def test_a_callback_with_a_query_that_is_not_ascii_gets_an_answer_that_is() -> None:
    asked = "http://localhost:5000/auth?next=/小米 a"
    with Sandbox() as xiaomi:
        app = Application(xiaomi)
        with app.http:
            callback = xiaomi.allow(app.authorize_url(redirect_uri=asked))
            code = query(callback)["code"]
            assert "access_token" in app.redeem(code, redirect_uri=asked)
    start = "http://localhost:5000/auth?next=/%E5%B0%8F%E7%B1%B3%20a&code="
    assert callback.startswith(start)


@pytest.mark.parametrize("part", ["http://localhost/小米", "http://小米/", "http://localhost/#小"])
def test_a_callback_is_otherwise_ascii(part: str) -> None:
    with Sandbox() as xiaomi, pytest.raises(AuthorizationRefused, match="96010"):
        xiaomi.allow(Application(xiaomi).authorize_url(redirect_uri=part))


def test_the_documents_say_nothing_of_a_query_that_is_not_ascii() -> None:
    with Sandbox(like="documents") as xiaomi:
        url = Application(xiaomi).authorize_url(redirect_uri="http://localhost/?a=é")
        with pytest.raises(AuthorizationRefused, match="96010"):
            xiaomi.allow(url)


@pytest.mark.parametrize("scope", ["1 openid", "openid 1"])
def test_live_takes_openid_beside_the_numbers(scope: str) -> None:
    with Sandbox() as xiaomi:
        app = Application(xiaomi)
        with app.http:
            token = app.token(scope=scope)
    assert token["scope"].split() == ["1", "openid"]
    assert "id_token" not in token


def test_openid_alone_gives_no_number() -> None:
    with Sandbox() as xiaomi:
        app = Application(xiaomi)
        with app.http:
            token = app.token(scope="openid")
            assert app.call("user/profile", token).json()["code"] == 96007
    assert token["scope"] == "openid"


def test_an_id_token_comes_to_who_asked_for_openid_if_told() -> None:
    with Sandbox(id_token=True) as xiaomi:
        app = Application(xiaomi)
        with app.http:
            assert app.token(scope="1 openid")["id_token"].count(".") == 2
            assert "id_token" not in app.token(scope="1")


def test_openid_is_a_word_like_others_where_it_is_not_switched_on() -> None:
    with Sandbox(openid=False) as xiaomi:
        callback = xiaomi.allow(Application(xiaomi).authorize_url(scope="1 openid"))
    assert query(callback)["error"] == "96007"


@pytest.mark.parametrize(("scope", "granted"), [("profile 3", "3"), ("profile", "1 3")])
def test_words_can_be_ignored(scope: str, granted: str) -> None:
    with Sandbox(ignore_scope_words=True, scopes="1 3") as xiaomi:
        app = Application(xiaomi)
        with app.http:
            assert app.token(scope=scope)["scope"] == granted


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({}, {"error": "96012", "error_description": "access denied", "state": "s-1"}),
        (
            {"declined": "word"},
            {"error": "access_denied", "error_description": "access denied", "state": "s-1"},
        ),
        (
            {"declined": "name"},
            {"error": "OA_ACCESS_DENIED", "error_description": "access denied", "state": "s-1"},
        ),
        ({"declined_description": False}, {"error": "96012", "state": "s-1"}),
        ({"declined_state": False}, {"error": "96012", "error_description": "access denied"}),
    ],
)
def test_declining_comes_back_in_the_form_that_was_chosen(
    options: dict[str, Any], answer: dict[str, str]
) -> None:
    with Sandbox(**options) as xiaomi:
        assert query(xiaomi.deny(Application(xiaomi).authorize_url())) == answer


def test_parameters_that_only_some_know_are_taken(xiaomi: Sandbox, app: Application) -> None:
    url = app.authorize_url(device_id="d-1", pt="1", scope_provider="healthkit", oidc_nonce="n")
    assert "code" in query(xiaomi.allow(url))
