"""The integration for Quart: an application with it, visited by Quart's own test client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.base_client import MismatchingStateError, MissingTokenError, OAuthError
from quart import Quart, redirect, session, url_for, websocket

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.quart_client import OAuth, XiaomiOAuth2App
from authlib_xiaomi.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLIENT_ID", "CLIENT_SECRET", "AUTHORIZE_URL", "ACCESS_TOKEN_URL", "API_BASE_URL"):
        monkeypatch.delenv(f"XIAOMI_{name}", raising=False)


class Site:
    """A Quart application with a sign-in, and a store of tokens by user."""

    def __init__(self, config: dict[str, str], **options: Any) -> None:
        self.app = Quart(__name__)
        self.app.secret_key = "a key for the tests"
        self.app.config.update(config)
        self.tokens: dict[str, dict[str, Any]] = {}
        self.oauth = OAuth(self.app, **options)
        self.app.add_url_rule("/login", "login", self.login)
        self.app.add_url_rule("/auth", "auth", self.auth, methods=["GET", "POST"])
        self.app.add_url_rule("/profile", "profile", self.profile)
        self.app.add_websocket("/socket", "socket", self.socket)
        self.app.register_error_handler(OAuthError, self.failed)
        self.errors: list[OAuthError] = []

    async def login(self) -> Any:
        return await self.oauth.xiaomi.authorize_redirect(url_for("auth", _external=True))

    async def auth(self) -> Any:
        token = await self.oauth.xiaomi.authorize_access_token()
        session["sub"] = token["userinfo"]["sub"]
        self.tokens[session["sub"]] = {k: v for k, v in token.items() if k != "userinfo"}
        return redirect("/profile")

    async def profile(self) -> Any:
        return (await self.oauth.xiaomi.get("user/profile")).json()["data"]

    async def socket(self) -> None:
        answer = await self.oauth.xiaomi.get("user/profile")
        await websocket.send(answer.json()["data"]["miliaoNick"])

    async def failed(self, error: OAuthError) -> Any:
        self.errors.append(error)
        return "That did not work.", 400

    async def load(self, name: str) -> dict[str, Any] | None:
        assert name == "xiaomi"
        return self.tokens.get(session.get("sub", ""))

    async def save(
        self, name: str, token: dict[str, Any], refresh_token: str, access_token: object
    ) -> None:
        for sub, old in self.tokens.items():
            if old["refresh_token"] == refresh_token:
                self.tokens[sub] = dict(token)


def visit(site: Site, steps: Callable[[Any], Awaitable[Any]]) -> Any:
    """What `steps` return, with a browser at `site`."""

    async def run() -> Any:
        return await steps(site.app.test_client())

    return asyncio.run(run())


async def callback(browser: Any, xiaomi: Sandbox, user: str = "lei") -> str:
    """The address, at the application, that a user who allows is sent to."""
    login = await browser.get("/login", headers={"Host": "localhost"})
    parts = urlsplit(xiaomi.allow(login.headers["Location"], user=user))
    return f"{parts.path}?{parts.query}"


@pytest.fixture
def site(xiaomi: Sandbox) -> Site:
    site = Site(xiaomi.config())
    site.oauth.register("xiaomi")
    return site


@pytest.fixture
def site_with_store(xiaomi: Sandbox) -> Site:
    site = Site(xiaomi.config())
    site.oauth.fetch_token, site.oauth.update_token = site.load, site.save
    site.oauth.register("xiaomi")
    return site


def test_a_user_signs_in(site: Site, xiaomi: Sandbox) -> None:
    async def steps(browser: Any) -> Any:
        answer = await browser.get(await callback(browser, xiaomi))
        assert answer.headers["Location"] == "/profile"

    visit(site, steps)
    assert list(site.tokens) == [xiaomi.users["lei"].union_id]


def test_a_callback_may_be_a_form_that_is_posted(site: Site, xiaomi: Sandbox) -> None:
    async def steps(browser: Any) -> Any:
        path, _, query = (await callback(browser, xiaomi)).partition("?")
        form = {name: values[0] for name, values in parse_qs(query).items()}
        assert (await browser.post(path, form=form)).status_code == 302

    visit(site, steps)
    assert list(site.tokens) == [xiaomi.users["lei"].union_id]


def test_who_declines_is_an_error_that_says_so(site: Site, xiaomi: Sandbox) -> None:
    async def steps(browser: Any) -> Any:
        login = await browser.get("/login", headers={"Host": "localhost"})
        parts = urlsplit(xiaomi.deny(login.headers["Location"]))
        assert (await browser.get(f"{parts.path}?{parts.query}")).status_code == 400

    visit(site, steps)
    (error,) = site.errors
    assert isinstance(error, XiaomiOAuthError)
    assert (error.error, error.code) == ("access_denied", 96012)


@pytest.mark.parametrize(
    "query", ["", "?code=forged&state=forged", "?error=96012&error_description=forged&state=forged"]
)
def test_a_callback_that_the_session_did_not_ask_for_is_refused(site: Site, query: str) -> None:
    visit(site, lambda browser: browser.get(f"/auth{query}"))
    (error,) = site.errors
    assert isinstance(error, MismatchingStateError)
    assert "forged" not in str(error)


def test_a_callback_works_once(site: Site, xiaomi: Sandbox) -> None:
    async def steps(browser: Any) -> Any:
        url = await callback(browser, xiaomi)
        return [(await browser.get(url)).status_code for _ in range(2)]

    assert visit(site, steps) == [302, 400]


def test_a_stored_token_is_used_for_the_user_of_the_request(
    site_with_store: Site, xiaomi: Sandbox
) -> None:
    async def steps(_: Any) -> Any:
        browsers = {user: site_with_store.app.test_client() for user in ("lei", "nora")}
        for user, browser in browsers.items():
            await browser.get(await callback(browser, xiaomi, user))
        answers = [await browser.get("/profile") for browser in browsers.values()]
        return [(await answer.get_json())["miliaoNick"] for answer in answers]

    assert visit(site_with_store, steps) == ["Lei", "Nora"]


def test_a_websocket_has_a_user_too(site_with_store: Site, xiaomi: Sandbox) -> None:
    async def steps(browser: Any) -> Any:
        await browser.get(await callback(browser, xiaomi))
        async with browser.websocket("/socket") as socket:
            return await socket.receive()

    assert visit(site_with_store, steps) == "Lei"


def test_an_expired_token_is_refreshed_and_stored(site_with_store: Site, xiaomi: Sandbox) -> None:
    tokens = site_with_store.tokens

    async def steps(browser: Any) -> Any:
        await browser.get(await callback(browser, xiaomi))
        (old,) = tokens.values()
        old["expires_at"] = int(time.time()) - 1
        assert (await browser.get("/profile")).status_code == 200
        return old

    old = visit(site_with_store, steps)
    (new,) = tokens.values()
    assert new["refresh_token"] != old["refresh_token"]
    assert new["expires_at"] > time.time()


def test_outside_of_a_request_a_token_is_passed(site_with_store: Site, xiaomi: Sandbox) -> None:
    async def steps(browser: Any) -> Any:
        await browser.get(await callback(browser, xiaomi))
        (token,) = site_with_store.tokens.values()
        expired = {**token, "expires_at": int(time.time()) - 1}
        return (await site_with_store.oauth.xiaomi.userinfo(token=expired))["name"]

    assert visit(site_with_store, steps) == "Lei"


def test_a_call_in_the_callback_is_about_the_user_who_has_just_signed_in(
    site_with_store: Site, xiaomi: Sandbox
) -> None:
    """Although the session, and so the store, still has somebody else."""
    oauth = site_with_store.oauth

    async def switch() -> Any:
        token = await oauth.xiaomi.authorize_access_token()
        if "expired" in session:
            token["expires_at"] = int(time.time()) - 1
        profiles = [(await oauth.xiaomi.get("user/profile")).json()["data"] for _ in range(2)]
        return [profile["miliaoNick"] for profile in profiles]

    async def steps(browser: Any) -> Any:
        await browser.get(await callback(browser, xiaomi, "lei"))
        site_with_store.app.view_functions["auth"] = switch
        fresh = await (await browser.get(await callback(browser, xiaomi, "nora"))).get_json()
        async with browser.session_transaction() as saved:
            saved["expired"] = True
        return [
            fresh,
            await (await browser.get(await callback(browser, xiaomi, "nora"))).get_json(),
        ]

    assert visit(site_with_store, steps) == [["Nora", "Nora"], ["Nora", "Nora"]]


def test_a_registration_without_fetch_token_has_no_token_of_its_own(site: Site) -> None:
    visit(site, lambda browser: browser.get("/profile"))
    (error,) = site.errors
    assert isinstance(error, MissingTokenError)


class TestRegister:
    def test_the_application_may_come_later(self, xiaomi: Sandbox) -> None:
        oauth = OAuth()
        client = oauth.register("xiaomi")
        with pytest.raises(RuntimeError, match=r"init_app"):
            client.client_id  # noqa: B018
        app = Quart(__name__)
        app.config.update(xiaomi.config())
        oauth.init_app(app)
        assert client.client_id == xiaomi.client_id
        assert oauth.create_client("xiaomi") is oauth.xiaomi
        assert oauth.create_client("another") is None

    def test_options_are_also_in_the_environment(
        self, xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in xiaomi.config().items():
            monkeypatch.setenv(name, value)
        client = OAuth(Quart(__name__)).register("xiaomi")
        assert client.client_id == xiaomi.client_id
        assert client.authorize_url == xiaomi.registration()["authorize_url"]

    def test_another_name_needs_the_class(self, xiaomi: Sandbox) -> None:
        oauth = OAuth(Quart(__name__))
        with pytest.raises(TypeError, match="client_cls=XiaomiOAuth2App"):
            oauth.register("mi", **xiaomi.registration())
        client = oauth.register("mi", client_cls=XiaomiOAuth2App, **xiaomi.registration())
        assert oauth.mi is client

    def test_another_provider_is_refused(self) -> None:
        with pytest.raises(
            TypeError, match=r"register\('github'\): for Quart there is Xiaomi alone"
        ):
            OAuth(Quart(__name__)).register("github", client_id="1")
