"""What users see when something goes wrong is on the page that goes by it, in both languages."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError
from flask import Flask

from authlib_xiaomi.flask_client import OAuth
from authlib_xiaomi.requests_client import XiaomiOAuth2Session
from authlib_xiaomi.sandbox import Sandbox

from .pages import ROOT

PAGES = ("docs/troubleshooting.md", "docs/zh/troubleshooting.md")
CALLBACK = "http://localhost/auth"


def shown(text: str) -> bool:
    """Whether `text` begins with a message of the pages, where `…` stands for anything."""
    for page in PAGES:
        spans = re.findall(r"`([^`]+)`", (ROOT / page).read_text(encoding="utf-8"))
        patterns = [".+".join(map(re.escape, re.split("…", span))) for span in spans if " " in span]
        if not any(re.match(pattern, text) for pattern in patterns):
            return False
    return True


def session(client_id: Any = "1", **options: Any) -> XiaomiOAuth2Session:
    return XiaomiOAuth2Session(client_id, "secret", **options)


def several_tokens() -> None:
    """Two threads that live have assigned a token each, and this one asks for its own."""
    with session() as client:
        assigned, done = threading.Barrier(3), threading.Event()

        def assign(token: str) -> None:
            client.token = token
            assigned.wait(60)
            done.wait(60)

        threads = [threading.Thread(target=assign, args=[token]) for token in ("one", "two")]
        for thread in threads:
            thread.start()
        assigned.wait(60)
        try:
            client.get("user/profile")
        finally:
            done.set()
            for thread in threads:
                thread.join()


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: session(None, redirect_uri=CALLBACK).create_authorization_url(),
        lambda: session('"1"'),
        lambda: session(1.5),
        lambda: session().create_authorization_url(),
        lambda: session(redirect_uri="/auth").create_authorization_url(),
        lambda: session(api_base_url="http://example.com/"),
        lambda: OAuth(Flask("app")).register("xiaomi", scopes="1"),  # type: ignore[call-arg]
        lambda: session().get("user/profile"),
        several_tokens,
    ],
)
def test_a_mistake_is_on_the_page(mistake: Callable[[], object]) -> None:
    with pytest.raises((ValueError, TypeError, OAuthError)) as raised:
        mistake()
    text = getattr(raised.value, "description", None) or str(raised.value)
    assert shown(text) or shown(f"{type(raised.value).__name__}: {text}"), text


@pytest.fixture
def site() -> Iterator[tuple[Sandbox, Any]]:
    """A sandbox, and a browser at an application whose callback says what went wrong."""
    app = Flask("app")
    app.secret_key = "a key for the tests"
    with Sandbox() as xiaomi:
        oauth = OAuth(app)
        oauth.register("xiaomi", **xiaomi.registration())  # type: ignore[arg-type]
        app.add_url_rule("/login", "login", lambda: oauth.xiaomi.authorize_redirect(CALLBACK))

        @app.get("/auth")
        def auth() -> str:
            try:
                return str(oauth.xiaomi.authorize_access_token()["userinfo"]["sub"])
            except OAuthError as error:
                return str(error.description)

        yield xiaomi, app.test_client()
        oauth.xiaomi.close()


def test_the_cases_of_a_lost_state_are_on_the_page(site: tuple[Sandbox, Any]) -> None:
    xiaomi, browser = site
    lost = browser.get("/auth?code=1&state=2").text
    callback = xiaomi.allow(browser.get("/login").location)
    other = browser.get("/auth?code=1&state=2").text
    assert browser.get(callback).text == xiaomi.users["lei"].union_id
    used = browser.get(callback).text
    bare = browser.get("/auth").text
    assert len({lost, other, used, bare}) == 4
    for text in (lost, other, used, bare):
        assert shown(text), text


def test_the_cases_of_an_unknown_user_are_on_the_page(site: tuple[Sandbox, Any]) -> None:
    xiaomi, browser = site
    body = b'{"result": "ok", "code": 0, "data": {"unionId": "somebody else"}}'
    xiaomi.fail("user/profile", body=body)
    assert shown(browser.get(xiaomi.allow(browser.get("/login").location)).text)


def test_a_user_without_the_id_is_on_the_page(site: tuple[Sandbox, Any]) -> None:
    xiaomi, browser = site
    xiaomi.users["lei"].union_id = None
    assert shown(browser.get(xiaomi.allow(browser.get("/login").location)).text)
