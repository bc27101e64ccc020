"""What is Flask's alone."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.flask_client import OAuth, token_update
from flask import Flask, redirect, session, url_for
from werkzeug.local import LocalProxy

from authlib_xiaomi.flask_client import XiaomiOAuth2App
from authlib_xiaomi.sandbox import Sandbox


@pytest.fixture
def own_oauth() -> OAuth:
    return OAuth()


def make_app(oauth: OAuth, xiaomi: Sandbox) -> Flask:
    """An application factory, as Flask's documents have them."""
    app = Flask(__name__)
    app.secret_key = "made-up"
    app.config.update(xiaomi.config())
    oauth.init_app(app)

    @app.get("/login")
    def login():
        return oauth.xiaomi.authorize_redirect(url_for("auth", _external=True))

    @app.get("/auth")
    def auth():
        token = oauth.xiaomi.authorize_access_token()
        session["user"] = token["userinfo"]
        assert oauth.xiaomi.token == token
        # Within the same request the token need not be named.
        assert oauth.xiaomi.get("user/profile").json()["data"]["miliaoNick"] == "Lei"
        assert oauth.xiaomi.userinfo() == token["userinfo"]
        return redirect("/")

    @app.get("/")
    def home():
        return session["user"]["name"]

    return app


def test_an_application_factory_signs_in(own_oauth: OAuth, xiaomi: Sandbox) -> None:
    proxy = own_oauth.register("xiaomi", client_cls=XiaomiOAuth2App)
    assert isinstance(proxy, LocalProxy)
    browser = make_app(own_oauth, xiaomi).test_client()
    callback = xiaomi.allow(browser.get("/login").location)
    assert browser.get(callback, follow_redirects=True).text == "Lei"
    assert proxy.client_id == xiaomi.client_id
    own_oauth.xiaomi.close()


def test_the_proxy_that_register_returns_signs_in(own_oauth: OAuth, xiaomi: Sandbox) -> None:
    proxy = own_oauth.register("xiaomi", client_cls=XiaomiOAuth2App)
    app = make_app(own_oauth, xiaomi)
    with app.test_request_context():
        assert proxy.authorize_redirect("http://localhost/auth").status_code == 302
    proxy.close()


def test_a_head_request_to_the_callback_spends_nothing(own_oauth: OAuth, xiaomi: Sandbox) -> None:
    # What a link preview or a virus scanner does.
    own_oauth.register("xiaomi", client_cls=XiaomiOAuth2App)
    app = make_app(own_oauth, xiaomi)
    browser = app.test_client()
    callback = xiaomi.allow(browser.get("/login").location)
    assert browser.head(callback).status_code == 500
    assert browser.get(callback, follow_redirects=True).text == "Lei"
    own_oauth.xiaomi.close()


def test_a_refreshed_token_is_announced_by_flasks_signal(own_oauth: OAuth, xiaomi: Sandbox) -> None:
    own_oauth.register("xiaomi", client_cls=XiaomiOAuth2App)
    app = make_app(own_oauth, xiaomi)
    heard = []

    def listener(sender: Flask, **what: object) -> None:
        heard.append((what["name"], what["token"], what["refresh_token"]))

    with app.test_request_context(), token_update.connected_to(listener):
        client = own_oauth.xiaomi
        made = client.create_authorization_url("http://localhost/auth")
        code = parse_qs(urlsplit(xiaomi.allow(made["url"])).query)["code"][0]
        old = client.fetch_access_token("http://localhost/auth", code=code)
        new = client.refresh_token(token=old)
    assert heard == [("xiaomi", new, old["refresh_token"])]
    own_oauth.xiaomi.close()


def test_a_token_that_was_set_for_a_request_is_replaced_when_it_is_refreshed(
    own_oauth: OAuth, xiaomi: Sandbox
) -> None:
    own_oauth.register("xiaomi", client_cls=XiaomiOAuth2App)
    app = make_app(own_oauth, xiaomi)
    with app.test_request_context():
        client = own_oauth.xiaomi
        made = client.create_authorization_url("http://localhost/auth")
        code = parse_qs(urlsplit(xiaomi.allow(made["url"])).query)["code"][0]
        old = client.fetch_access_token("http://localhost/auth", code=code)
        client.token = {**old, "expires_at": 1}
        assert client.userinfo()["name"] == "Lei"
        assert client.token["refresh_token"] != old["refresh_token"]
        assert client.userinfo()["name"] == "Lei"
    client.close()
