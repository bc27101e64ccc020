"""Runs the how-tos' Python blocks."""

from __future__ import annotations

import io
import json
import logging
import re
import shlex
import subprocess
import sys
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.sandbox import Sandbox

from ..observability.test_tools import watched
from ..servers.kinds import KINDS
from ..test_secrets import seen_in
from .pages import Block
from .processes import environment
from .run_readme import FASTAPI, FlaskVisitor, expire, flask_app, refreshes, run_own_tests
from .runners import runs
from .stage import Stage, with_asgi, with_django

API = "docs/how-to/api.md"
DJANGO = "docs/how-to/django.md"
FAST = "docs/how-to/fastapi.md"
IDENTITY = "docs/how-to/identity.md"
LOGGING = "docs/how-to/logging.md"
OPENTELEMETRY = "docs/how-to/opentelemetry.md"
SENTRY = "docs/how-to/sentry.md"
LINKING = "docs/how-to/linking.md"
MIGRATING = "docs/how-to/migrating.md"
PRODUCTION = "docs/how-to/production.md"


# Production


@runs(f"{PRODUCTION}#behind-a-proxy")
def _proxy(block: Block, stage: Stage) -> None:
    _, browser = flask_app(stage, block.text)
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "example.com"}
    location = browser.get("/login", headers=headers).location
    assert _callback(location) == "https://example.com/auth"


@runs(f"{PRODUCTION}#behind-a-proxy-3")
def _django_proxy(block: Block, stage: Stage) -> None:
    module = stage.module(block.text, name="proxy_settings")
    given = {name: value for name, value in vars(module).items() if name.isupper()}
    clients = {"xiaomi": stage.xiaomi.registration()}

    def visit(browser: Any) -> str:
        stage.module(stage.text("README.md#django-2"), name="urls")
        headers = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "example.com"}
        return str(browser.get("/login", **headers).url)

    urls = stage.module("", name="urls")
    location = with_django(urls, visit, AUTHLIB_OAUTH_CLIENTS=clients, **given)
    assert _callback(location) == "https://example.com/auth"


@runs(f"{PRODUCTION}#behind-a-proxy-4")
def _fixed_callback(block: Block, stage: Stage) -> None:
    _, browser = flask_app(stage, block.text)
    location = browser.get("/login").location
    assert _callback(location) == "https://example.com/auth"
    callback = urlsplit(stage.xiaomi.allow(location))
    browser.get(f"{callback.path}?{callback.query}")
    assert browser.get("/").text == "Hello, Lei"


@runs(f"{PRODUCTION}#sessions")
def _cookies(block: Block, stage: Stage) -> None:
    _, browser = flask_app(stage, block.text)
    cookie = browser.get("/login", base_url="https://localhost").headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


@runs(f"{PRODUCTION}#encrypted-columns")
def _fingerprint(block: Block, stage: Stage) -> None:
    fingerprint = stage.module(block.text).fingerprint
    found = {fingerprint(token) for token in ("R3_first", "R3_first", "R3_second")}
    assert len(found) == 2
    assert not any("R3" in text for text in found)


# Logging, Sentry, OpenTelemetry


@runs(f"{LOGGING}#one-record-for-each-request")
def _json_lines(block: Block, stage: Stage) -> None:
    logger = logging.getLogger("authlib_xiaomi")
    stage.ending.callback(logger.setLevel, logger.level)
    module = stage.module(block.text)
    stage.ending.callback(logger.removeHandler, module.handler)
    lines = io.StringIO()
    module.handler.setStream(lines)
    _, browser = flask_app(stage)
    browser.sign_in()
    said = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["step"] for line in said] == ["token", "userinfo"]
    assert all(line["code"] is None and line["duration"] >= 0 for line in said)


@runs(f"{SENTRY}#sentry", f"{OPENTELEMETRY}#opentelemetry")
def _watched(block: Block, stage: Stage) -> None:
    tool = block.key.partition("#")[2]
    seen, hidden = watched(tool, block.text, *KINDS)
    assert not seen_in("\n".join(seen), hidden)
    assert any("[redacted]" in text for text in seen)


# Migrating


@runs(f"{MIGRATING}#migrating-from-hand-written-code")
def _by_hand(block: Block, stage: Stage) -> None:
    send = requests.Session.request

    def to_the_sandbox(self: Any, method: str, url: str, **kwargs: Any) -> Any:
        url = re.sub(r"https://(open\.)?account\.xiaomi\.com", stage.xiaomi.url, url)
        return send(self, method, url, **kwargs)

    stage.monkeypatch.setattr(requests.Session, "request", to_the_sandbox)
    browser = FlaskVisitor(stage.module(block.text).app, stage.xiaomi)

    def login() -> str:
        location = browser.get("/login").location
        assert location.startswith("https://account.xiaomi.com/oauth2/authorize?")
        return str(location.replace("https://account.xiaomi.com", stage.xiaomi.url))

    callback = stage.xiaomi.allow(login())
    browser.get(callback)
    assert browser.session["user"] == stage.xiaomi.users["lei"].union_id
    # What the text says of it.
    declined = stage.xiaomi.deny(login())
    assert browser.get(declined).status_code == 400  # werkzeug's KeyError
    again = urlsplit(callback).query.replace(
        parse_qs(urlsplit(callback).query)["state"][0],
        parse_qs(urlsplit(login()).query)["state"][0],
    )
    with pytest.raises(KeyError, match="access_token"):
        stage.module(block.text)
        browser._client.application.testing = True
        browser.get(f"/auth?{again}")


@runs(f"{MIGRATING}#the-users")
def _other_subject(block: Block, stage: Stage) -> None:
    _, browser = flask_app(stage, block.text)
    browser.sign_in()
    assert browser.session["user"]["sub"] == stage.xiaomi.users["lei"].open_id


@runs(f"{MIGRATING}#the-tokens")
def _old_tokens(block: Block, stage: Stage) -> None:
    app, _ = flask_app(stage)
    as_token = stage.module(block.text).as_token
    token = _token(stage, app)
    row = {**token, "open_id": token["openId"], "obtained_at": int(time.time())}
    with app.app.test_request_context():
        answer = app.oauth.xiaomi.get("user/profile", token=as_token(row)).json()
        assert answer["data"]["miliaoNick"] == "Lei"
        old = as_token({**row, "obtained_at": 0})
        answer = app.oauth.xiaomi.get("user/profile", token=old).json()
    assert answer["data"]["miliaoNick"] == "Lei"
    assert refreshes(stage) == 1


# Linking accounts


@runs(f"{LINKING}#the-table", f"{LINKING}#sign-in-or-link")
def _linking(block: Block, stage: Stage) -> None:
    app, first, identities = _linked(stage)
    assert first.sign_in("lei").location == "/"
    lei = first.session["user_id"]
    # Once more, as the same user.
    first.sign_in("lei")
    assert first.session["user_id"] == lei
    # Another of the first one's accounts at Xiaomi.
    callback = stage.xiaomi.allow(first.post("/link").location, user="nora")
    assert first.get(callback).location == "/settings"
    first.get("/login")
    first.sign_in("nora")
    assert first.session["user_id"] == lei
    # Somebody else cannot have it.
    second = FlaskVisitor(app.app, stage.xiaomi)
    second.sign_in("fox")
    assert second.session["user_id"] != lei
    callback = stage.xiaomi.allow(second.post("/link").location, user="nora")
    assert second.get(callback).status_code == 409
    # Whoever signs out in between links nothing.
    callback = stage.xiaomi.allow(second.post("/link").location, user="ghost")
    second.remember(user_id=lei)
    assert second.get(callback).status_code == 400
    with identities.Session(identities.engine) as db:
        assert db.get(identities.Identity, stage.xiaomi.users["ghost"].union_id) is None


@runs(f"{LINKING}#unlinking")
def _unlinking(block: Block, stage: Stage) -> None:
    _, browser, identities = _linked(stage)
    browser.sign_in("lei")
    stage.module(block.text).unlink(browser.session["user_id"])
    with identities.Session(identities.engine) as db:
        assert db.get(identities.Identity, stage.xiaomi.users["lei"].union_id) is None


def _linked(stage: Stage) -> tuple[Any, FlaskVisitor, Any]:
    identities = stage.module(stage.text(f"{LINKING}#the-table"))
    app = stage.module(stage.text(f"{LINKING}#sign-in-or-link"))
    return app, FlaskVisitor(app.app, stage.xiaomi), identities


# unionId or openId


@runs(f"{IDENTITY}#unionid-or-openid")
def _open_id(block: Block, stage: Stage) -> None:
    _other_subject(block, stage)


@runs(f"{IDENTITY}#see-both")
def _both(block: Block, stage: Stage) -> None:
    _, browser = flask_app(stage, stage.text(f"{IDENTITY}#unionid-or-openid"), block.text)
    browser.sign_in()
    lei = stage.xiaomi.users["lei"]
    both = {"sub": lei.open_id, "unionId": lei.union_id, "openId": lei.open_id}
    assert browser.session["ids"] == both


@runs(f"{IDENTITY}#change-from-one-to-the-other")
def _change(block: Block, stage: Stage) -> None:
    app, _ = flask_app(stage)
    find_user = stage.module(block.text).find_user
    token = _token(stage, app)
    lei = stage.xiaomi.users["lei"]
    users = {lei.open_id: "Lei", "another": "Nora"}
    assert find_user(users, token) == "Lei"
    assert users == {lei.union_id: "Lei", "another": "Nora"}
    assert find_user(users, token) == "Lei"
    assert find_user({"another": "Nora"}, token) is None


# API calls


@runs(f"{API}#a-call")
def _call(block: Block, stage: Stage) -> None:
    app, browser = flask_app(stage, block.text)
    browser.remember(token=_token(stage, app))
    assert browser.get("/profile").json["data"]["miliaoNick"] == "Lei"


@runs(f"{API}#is-it-an-error")
def _is_it_an_error(block: Block, stage: Stage) -> None:
    app, _ = flask_app(stage)
    data_of = stage.module(block.text).data_of
    token = _token(stage, app)
    with app.app.test_request_context():
        assert data_of(app.oauth.xiaomi.get("user/profile", token=token))["miliaoNick"] == "Lei"
        stage.xiaomi.fail("user/profile", code=96008, status=200)
        answer = app.oauth.xiaomi.get("user/profile", token=token)
    assert answer.status_code == 200
    with pytest.raises(XiaomiOAuthError, match="96008"):
        data_of(answer)


@runs(f"{API}#the-signature")
def _signature(block: Block, stage: Stage) -> None:
    stage.module(block.text)


@runs(f"{API}#the-signature-2")
def _unsigned(block: Block, stage: Stage) -> None:
    app, _ = flask_app(stage, block.text)
    _token(stage, app)
    request = stage.xiaomi.requests[-1]
    assert (request.endpoint, "Authorization" in request.headers) == ("user/profile", False)


@runs(f"{API}#outside-of-requests")
def _in_the_background(block: Block, stage: Stage) -> None:
    app, _ = flask_app(stage)
    token = _token(stage, app)
    saved: list[Any] = []

    def save(token: Any, refresh_token: Any = None) -> None:
        saved.append((token, refresh_token))

    nickname = stage.module(block.text).nickname
    given = (stage.xiaomi.client_id, stage.xiaomi.client_secret)
    assert nickname(*given, token, save) == "Lei"
    assert saved == []
    assert nickname(*given, {**token, "expires_at": 1}, save) == "Lei"
    assert saved[0][1] == token["refresh_token"]


# FastAPI


@runs(f"{FAST}#the-user-as-a-dependency")
def _dependency(block: Block, stage: Stage) -> None:
    app = stage.module(stage.text(FASTAPI), block.text).app

    async def visit(browser: Any) -> None:
        assert (await browser.get("/me")).status_code == 401
        await _sign_in(browser, stage.xiaomi)
        lei = {"sub": stage.xiaomi.users["lei"].union_id, "name": "Lei"}
        assert (await browser.get("/me")).json() == lei

    with_asgi(app, visit)


@runs(f"{FAST}#when-it-fails")
def _handler(block: Block, stage: Stage) -> None:
    app = stage.module(stage.text(FASTAPI), block.text).app

    async def visit(browser: Any) -> None:
        location = (await browser.get("/login")).headers["Location"]
        declined = await browser.get(stage.xiaomi.deny(location))
        assert declined.headers["Location"] == "/"
        assert (await browser.get("/auth?code=1&state=2")).status_code == 400

    with_asgi(app, visit)


@runs(f"{FAST}#tokens-in-a-database", f"{FAST}#tokens-in-a-database-2")
def _async_tokens(block: Block, stage: Stage) -> None:
    _visit_with_tokens(stage)


@runs(f"{FAST}#several-workers")
def _async_lock(block: Block, stage: Stage) -> None:
    stage.redis()
    _visit_with_tokens(stage, block.text)


def _visit_with_tokens(stage: Stage, *more: str) -> None:
    tokens = stage.module(stage.text(f"{FAST}#tokens-in-a-database"))
    given = (stage.text(f"{FAST}#tokens-in-a-database-2"), *more)
    module = stage.module(stage.text(FASTAPI), *given)

    async def visit(browser: Any) -> None:
        await _sign_in(browser, stage.xiaomi)
        assert (await browser.get("/profile")).json()["data"]["miliaoNick"] == "Lei"
        expire(tokens, stage.xiaomi.users["lei"].union_id or "")
        assert (await browser.get("/profile")).json()["data"]["miliaoNick"] == "Lei"
        if more:
            await module.redis.aclose()

    with_asgi(module.app, visit)
    assert refreshes(stage) == 1


@runs(f"{FAST}#connections")
def _lifespan(block: Block, stage: Stage) -> None:
    module = stage.module(stage.text(FASTAPI), block.text)
    ended: list[bool] = []
    aclose = module.oauth.xiaomi.aclose

    async def noted() -> None:
        ended.append(True)
        await aclose()

    stage.monkeypatch.setattr(module.oauth.xiaomi, "aclose", noted)

    async def visit(browser: Any) -> None:
        async with module.app.router.lifespan_context(module.app):
            await _sign_in(browser, stage.xiaomi)
            assert (await browser.get("/")).text == "Hello, Lei"
            assert not ended

    with_asgi(module.app, visit)
    assert ended


@runs(f"{FAST}#test-it")
def _fastapi_tests(block: Block, stage: Stage) -> None:
    run_own_tests(stage, stage.text(FASTAPI), block.text, "test_app.py", 1)


async def _sign_in(browser: Any, xiaomi: Sandbox) -> None:
    location = (await browser.get("/login")).headers["Location"]
    await browser.get(xiaomi.allow(location))


# Django


#: The files of the project, and the blocks that are in them.
_FILES = {
    "settings.py": f"{DJANGO}#settings",
    "accounts/models.py": f"{DJANGO}#users-and-tokens",
    "accounts/xiaomi.py": f"{DJANGO}#users-and-tokens-2",
    "accounts/views.py": f"{DJANGO}#views",
    "accounts/urls.py": f"{DJANGO}#views-2",
    "accounts/tests.py": f"{DJANGO}#test-it",
}
#: What ``django-admin startproject`` makes, in short.
_AROUND = {
    "accounts/__init__.py": "",
    "urls.py": """\
from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [path("", lambda request: HttpResponse("home")), path("", include("accounts.urls"))]
""",
    "manage.py": """\
import os
import sys
from django.core.management import execute_from_command_line

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
execute_from_command_line(sys.argv)
""",
}
_SETTINGS = """\
SECRET_KEY = "a key for the tests"
ROOT_URLCONF = "urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "database.sqlite3"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
"""
_COMMANDS = (f"{DJANGO}#views-3", f"{DJANGO}#test-it-2")

#: What has passed already.
_passed: list[str] = []


@runs(*_FILES.values(), *_COMMANDS)
def _django_project(block: Block, stage: Stage) -> None:
    """The whole page is one project, made as it says; its own tests sign in."""
    if _passed:
        return
    (stage.folder / "accounts").mkdir()
    for name, text in {**_AROUND, **{n: stage.text(key) for n, key in _FILES.items()}}.items():
        text = _SETTINGS + text if name == "settings.py" else text
        (stage.folder / name).write_text(text, encoding="utf-8")
    given = {"XIAOMI_CLIENT_ID": "1", "XIAOMI_CLIENT_SECRET": "not this one"}
    said = ""
    for line in "".join(map(stage.text, _COMMANDS)).splitlines():
        words = shlex.split(line)
        assert words[:2] == ["python", "manage.py"]
        result = subprocess.run(
            [sys.executable, "-W", "error", *words[1:]],
            cwd=stage.folder,
            env=environment(**given),
            capture_output=True,
            text=True,
            check=False,
        )
        said = result.stdout + result.stderr
        assert result.returncode == 0, said
    assert "Ran 3 tests" in said
    _passed.append(block.page)


def _callback(location: str) -> str:
    return parse_qs(urlsplit(location).query)["redirect_uri"][0]


def _token(stage: Stage, app: Any) -> dict[str, Any]:
    """A token as an application gets it, with its user."""
    with app.app.test_request_context():
        xiaomi = app.oauth.xiaomi
        url = xiaomi.create_authorization_url("http://localhost/auth")["url"]
        code = parse_qs(urlsplit(stage.xiaomi.allow(url)).query)["code"][0]
        token = xiaomi.fetch_access_token(code=code, redirect_uri="http://localhost/auth")
        token["userinfo"] = xiaomi.userinfo(token=token)
    return dict(token)
