"""A sign-in with one extra installed, and nothing else: see dist.py, which runs this.

Uses the standard library, the wheel, and what the extra brought. Arguments: the extra, the
sandbox's configuration as JSON, and the address that plays the user's browser.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

CALLBACK = "http://localhost/auth"


def main() -> None:
    extra, config, browser = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]

    def allow(url: str) -> str:
        with urlopen(browser, data=url.encode()) as answer:
            return answer.read().decode()

    name = SIGN_INS[extra](config, allow)
    assert name, "nobody is signed in"
    print(f"{extra}: {name}")


def code_in(url: str) -> str:
    return parse_qs(urlsplit(url).query)["code"][0]


def endpoints(config: dict[str, str]) -> dict[str, Any]:
    return {
        "client_id": config["client_id"],
        "client_secret": config["client_secret"],
        "authorization_endpoint": config["authorize_url"],
        "token_endpoint": config["access_token_url"],
        "api_base_url": config["api_base_url"],
        "redirect_uri": CALLBACK,
    }


def with_requests(config: Any, allow: Any) -> str:
    from authlib_xiaomi.requests_client import XiaomiOAuth2Session

    with XiaomiOAuth2Session(**endpoints(config)) as session:
        url, state = session.create_authorization_url()
        session.fetch_token(authorization_response=allow(url), state=state)
        return session.userinfo()["name"]


def with_httpx(config: Any, allow: Any) -> str:
    from authlib_xiaomi.httpx_client import AsyncXiaomiOAuth2Client

    async def sign_in() -> str:
        async with AsyncXiaomiOAuth2Client(**endpoints(config)) as client:
            url, state = client.create_authorization_url()
            await client.fetch_token(authorization_response=allow(url), state=state)
            return (await client.userinfo())["name"]

    return asyncio.run(sign_in())


def with_flask(config: Any, allow: Any) -> str:
    from authlib.integrations.flask_client import OAuth
    from flask import Flask

    from authlib_xiaomi.flask_client import XiaomiOAuth2App

    app = Flask(__name__)
    app.secret_key = "secret"
    oauth = OAuth(app)
    oauth.register("xiaomi", client_cls=XiaomiOAuth2App, **config)
    app.add_url_rule(
        "/login", view_func=lambda: oauth.xiaomi.authorize_redirect(CALLBACK), endpoint="login"
    )
    app.add_url_rule(
        "/auth", view_func=lambda: oauth.xiaomi.authorize_access_token(), endpoint="auth"
    )
    client = app.test_client()
    answer = client.get(allow(client.get("/login").location))
    return answer.get_json()["userinfo"]["name"]


def with_django(config: Any, allow: Any) -> str:
    from django.conf import settings

    settings.configure(SECRET_KEY="secret", AUTHLIB_OAUTH_CLIENTS={"xiaomi": config})
    from authlib.integrations.django_client import OAuth
    from django.test import RequestFactory

    from authlib_xiaomi.django_client import XiaomiOAuth2App

    oauth = OAuth()
    oauth.register("xiaomi", client_cls=XiaomiOAuth2App)
    request = RequestFactory().get("/login")
    request.session = {}
    callback = allow(oauth.xiaomi.authorize_redirect(request, CALLBACK)["Location"])
    back = RequestFactory().get("/auth?" + urlsplit(callback).query)
    back.session = request.session
    return oauth.xiaomi.authorize_access_token(back)["userinfo"]["name"]


def with_starlette(config: Any, allow: Any) -> str:
    from authlib.integrations.starlette_client import OAuth
    from starlette.requests import Request

    from authlib_xiaomi.starlette_client import XiaomiOAuth2App

    oauth = OAuth()
    oauth.register("xiaomi", client_cls=XiaomiOAuth2App, **config)
    session: dict[str, Any] = {}

    def request(query: str) -> Request:
        scope = {"type": "http", "method": "GET", "query_string": query.encode(), "headers": []}
        return Request({**scope, "session": session})

    async def sign_in() -> str:
        answer = await oauth.xiaomi.authorize_redirect(request(""), CALLBACK)
        callback = request(urlsplit(allow(answer.headers["location"])).query)
        token = await oauth.xiaomi.authorize_access_token(callback)
        return token["userinfo"]["name"]

    return asyncio.run(sign_in())


def with_quart(config: Any, allow: Any) -> str:
    from quart import Quart

    from authlib_xiaomi.quart_client import OAuth

    app = Quart(__name__)
    app.secret_key = "secret"
    oauth = OAuth(app)
    oauth.register("xiaomi", **config)

    async def login() -> Any:
        return await oauth.xiaomi.authorize_redirect(CALLBACK)

    async def auth() -> Any:
        return dict(await oauth.xiaomi.authorize_access_token())

    app.add_url_rule("/login", view_func=login, endpoint="login")
    app.add_url_rule("/auth", view_func=auth, endpoint="auth")

    async def sign_in() -> str:
        client = app.test_client()
        callback = allow((await client.get("/login")).headers["Location"])
        answer = await client.get("/auth?" + urlsplit(callback).query)
        return (await answer.get_json())["userinfo"]["name"]

    return asyncio.run(sign_in())


def with_httpx_oauth(config: Any, allow: Any) -> str:
    from authlib_xiaomi.httpx_oauth import XiaomiOAuth2

    client = XiaomiOAuth2(**config)

    async def sign_in() -> str:
        url = await client.get_authorization_url(CALLBACK)
        token = await client.get_access_token(code_in(allow(url)), CALLBACK)
        return (await client.get_profile(token["access_token"]))["name"]

    return asyncio.run(sign_in())


def with_sandbox(config: Any, allow: Any) -> str:
    from authlib_xiaomi.sandbox import Sandbox

    with Sandbox() as xiaomi:
        url = xiaomi.registration()["authorize_url"]
        query = f"client_id={xiaomi.client_id}&redirect_uri={CALLBACK}&response_type=code&state=s"
        assert code_in(xiaomi.allow(f"{url}?{query}"))
        with urlopen(f"{url}?{query}&skip_confirm=false") as page:
            assert b"<link" in page.read()
        return xiaomi.users["lei"].nick


def with_cli(config: Any, allow: Any) -> str:
    command = [sys.executable, "-m", "authlib_xiaomi", "explain", "96010"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "OA_INVALID_REDIRECT_URI" in found.stdout
    return "explain"


SIGN_INS = {
    "requests": with_requests,
    "httpx": with_httpx,
    "flask": with_flask,
    "django": with_django,
    "starlette": with_starlette,
    "quart": with_quart,
    "httpx-oauth": with_httpx_oauth,
    "sandbox": with_sandbox,
    "cli": with_cli,
}


if __name__ == "__main__":
    main()
