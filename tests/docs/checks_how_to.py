"""What the how-tos' blocks do."""

from __future__ import annotations

import json
import re
import runpy
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.requests_client import XiaomiOAuth2Session
from authlib_xiaomi.sandbox import Sandbox

from ..observability.test_tools import block_of_the_page
from ..redis_server import redis_server
from .checks import after, before, instead
from .checks_readme import DECLINED, DJANGO, FAILED, FASTAPI, FLASK, README, location, text_of
from .pages import ROOT, Block
from .processes import LONG
from .story import Story, in_place_of
from .visitor import Visitor

API = "docs/how-to/api.md"
APPID = "docs/appid.md"
COMMANDS = "docs/reference/command-line.md"
IDENTITY = "docs/how-to/identity.md"
LINKING = "docs/how-to/linking.md"
MIGRATING = "docs/how-to/migrating.md"
NATIVE = "docs/how-to/native-apps.md"
OPTIONS = "docs/reference/options.md"
PLAIN = "docs/how-to/without-a-framework.md"
PRODUCTION = "docs/how-to/production.md"
SANDBOX = "docs/sandbox.md"
SCOPES = "docs/reference/scopes.md"
TESTING = "docs/how-to/testing.md"
TOKENS = "docs/how-to/tokens.md"


@before(API, IDENTITY, OPTIONS, SCOPES, TOKENS, TESTING, PRODUCTION, "docs/index.md")
def with_the_flask_application(story: Story) -> None:
    """These pages go on from Flask's."""
    story.configure()
    story.write("app.py", text_of(f"{FLASK}#the-application"))


def union_id(story: Story, user: str = "lei") -> str:
    return story.xiaomi.users[user].union_id or ""


def refreshes(story: Story) -> int:
    """How many refreshes arrived."""
    sent = [request.form for request in story.xiaomi.requests if request.endpoint == "token"]
    return sum(form.get("grant_type") == "refresh_token" for form in sent)


def expire(story: Story, user: str = "lei") -> str:
    """Let the stored token's access token be expired; its refresh token."""
    with sqlite3.connect(story.folder / "database.sqlite3") as db:
        query = "select token from xiaomi_tokens where sub = ?"
        token = json.loads(db.execute(query, [union_id(story, user)]).fetchone()[0])
        token["expires_at"] = 1
        change = "update xiaomi_tokens set token = ? where sub = ?"
        db.execute(change, [json.dumps(token), union_id(story, user)])
    return str(token["refresh_token"])


def nick(visitor: Visitor) -> str:
    """The name that the page /profile shows, from Xiaomi's answer."""
    answer = visitor.get("/profile")
    assert answer.ok, answer.text
    return str(answer.json()["data"]["miliaoNick"])


# Applications


@after(f"{FLASK}#in-an-existing-application-4")
def _shop(story: Story, visitor: Visitor) -> None:
    def messages() -> list[str]:
        return list(visitor.get("/").json()["messages"])

    visitor.decline()
    assert messages() == [DECLINED]
    visitor.get("/auth?code=1&state=2")
    assert messages() == [FAILED]
    callback = visitor.callback(visitor.login())
    assert visitor.get(callback, headers={"Sec-Purpose": "prefetch"}).status_code == 204
    for _ in range(2):
        assert location(visitor.get(callback)) == "/"
    page = visitor.get("/").json()
    assert (page["user"]["name"], page["messages"]) == ("Lei", [])


@after(f"{FASTAPI}#the-user-as-a-dependency")
def _dependency(story: Story) -> None:
    with story.serve("uvicorn app:app") as visitor:
        assert visitor.get("/me").status_code == 401
        visitor.sign_in()
        assert visitor.get("/me").json() == {"sub": union_id(story), "name": "Lei"}


@after(f"{FASTAPI}#tokens-in-a-database-2")
def _asynchronous_tokens(story: Story) -> None:
    with story.serve("uvicorn app:app") as visitor:
        _stored_tokens(story, visitor)


def _stored_tokens(story: Story, visitor: Visitor) -> None:
    """A token is stored, refreshed once, and replaced by a newer sign-in alone."""
    visitor.sign_in()
    assert nick(visitor) == "Lei"
    assert refreshes(story) == 0
    spent = expire(story)
    assert nick(visitor) == nick(visitor) == "Lei"
    assert refreshes(story) == 1
    assert expire(story) != spent


@before(FASTAPI)
def _fastapi(story: Story) -> None:
    story.env["REDIS_URL"] = "redis://127.0.0.1:1"  # until there is one


@after(f"{FASTAPI}#several-workers")
def _asynchronous_lock(story: Story) -> None:
    story.env["REDIS_URL"] = story.ending.enter_context(redis_server())
    _one_refresh_between_processes(story, "uvicorn app:app --workers 2")


@after(f"{TOKENS}#several-processes")
def _lock(story: Story) -> None:
    story.env["REDIS_URL"] = story.ending.enter_context(redis_server())
    _one_refresh_between_processes(story, "gunicorn --bind 127.0.0.1:0 --workers 2 app:app")


def _one_refresh_between_processes(story: Story, command: str) -> None:
    with story.serve(command) as visitor:
        visitor.sign_in()
        assert nick(visitor) == "Lei"
        before = refreshes(story)
        expire(story)
        together = threading.Barrier(6)

        def visit(_: int) -> str:
            together.wait(LONG)
            return nick(visitor)

        with ThreadPoolExecutor(6) as pool:
            try:
                assert set(pool.map(visit, range(6))) == {"Lei"}
            except AssertionError:
                print(story.said)
                raise
        assert refreshes(story) == before + 1


@after(f"{FASTAPI}#connections")
def _lifespan(story: Story) -> None:
    with story.serve("uvicorn app:app") as visitor:
        visitor.sign_in()
        assert "Hello, Lei" in visitor.get("/").text
    assert "Application shutdown complete" in story.said


@after("docs/how-to/django.md#a-project-9")
def _project(story: Story, visitor: Visitor) -> None:
    assert DECLINED in _home_after(visitor, visitor.decline())
    assert FAILED in _home_after(visitor, visitor.get("/auth?code=1&state=2"))
    callback = visitor.callback(visitor.login())
    assert visitor.get(callback, headers={"Sec-Purpose": "prefetch"}).status_code == 204
    for _ in range(2):
        assert "Hello, Lei" in _home_after(visitor, visitor.get(callback))
    assert nick(visitor) == "Lei"
    assert location(visitor.submit(visitor.get("/"), "/logout")) == "/"
    assert location(visitor.get("/profile")) == "/login"


def _home_after(visitor: Visitor, answer: requests.Response) -> str:
    assert location(answer) == "/"
    return visitor.get("/").text


# Tokens


@after(f"{TOKENS}#in-a-database-2")
def _tokens(story: Story) -> None:
    with story.serve("flask run") as visitor:
        _stored_tokens(story, visitor)


@after(f"{TOKENS}#in-a-session-on-the-server")
def _session_tokens(story: Story) -> None:
    story.write(
        "on_starlette.py", in_place_of(text_of(f"{FASTAPI}#the-application"), _IN_A_SESSION)
    )
    with story.serve("uvicorn on_starlette:app") as visitor:
        visitor.sign_in()
        before = refreshes(story)
        assert [visitor.get("/profile").json() for _ in range(3)] == ["Lei"] * 3
        assert refreshes(story) == before + 1


#: The token expires at once; the hook for it has the request.
_IN_A_SESSION = """
from session_tokens import load_token, save_token

oauth.register("xiaomi", fetch_token=load_token, update_token=save_token)


@app.get("/auth")
async def auth(request: Request) -> RedirectResponse:
    token = await oauth.xiaomi.authorize_access_token(request)
    request.session.clear()
    request.session["token"] = {**token, "userinfo": None, "expires_at": 1}
    return RedirectResponse("/", 303)


@app.get("/profile")
async def profile(request: Request):
    return (await oauth.xiaomi.get("user/profile", request=request)).json()["data"]["miliaoNick"]
"""


@after(f"{TOKENS}#encrypted-columns")
def _fingerprints(story: Story) -> None:
    story.env["FINGERPRINT_KEY"] = "a key"
    story.write(
        "same.py", "from fingerprints import fingerprint as f\nprint(f('a') == f('a') != f('b'))"
    )
    assert story.run("python same.py") == "True\n"


# Without a framework


@instead(f"{PLAIN}#sign-in-2", f"{PLAIN}#asynchronous-2")
def _paste(story: Story, block: Block) -> None:
    said = story.answer(block.text, _callback_for)
    assert "Lei" in said


def _callback_for(said: str) -> str:
    with Visitor("http://127.0.0.1") as visitor:
        return visitor.callback(re.findall(r"http\S+/oauth2/authorize\S+", said)[-1])


@after(f"{PLAIN}#in-a-job")
def _job(story: Story) -> None:
    nicknames = runpy.run_path(str(story.here / "job.py"))["nicknames"]
    saved: list[Any] = []

    def save(token: Any, refresh_token: Any = None) -> None:
        saved.append(refresh_token)

    rows = [{"token": token_of(story, user)} for user in ("lei", "fox", "nora")]
    rows[0]["token"]["expires_at"] = 1
    story.xiaomi.withdraw("fox")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in story.xiaomi.config().items():
            patch.setenv(name, value)
        assert list(nicknames(rows, save)) == ["Lei", None, "Nora"]
        assert saved == [rows[0]["token"]["refresh_token"]]
        story.xiaomi.fail("user/profile", status=503, times=None)
        with pytest.raises(XiaomiOAuthError, match="temporarily_unavailable"):
            list(nicknames(rows[2:], save))


def token_of(story: Story, user: str = "lei") -> dict[str, Any]:
    """A token of a user's, as an application stores it."""
    registration = story.xiaomi.registration()
    with XiaomiOAuth2Session(**registration, redirect_uri="http://localhost/auth") as session:
        url, state = session.create_authorization_url()
        callback = story.xiaomi.allow(url, user=user)
        return dict(session.fetch_token(authorization_response=callback, state=state))


# API calls


@after(f"{API}#a-call")
def _call(story: Story) -> None:
    with story.serve("flask run") as visitor:
        assert visitor.sign_in().json()["miliaoNick"] == "Lei"
    assert "Authorization" not in story.xiaomi.requests[-1].headers


@after(f"{API}#is-it-an-error")
def _is_it_an_error(story: Story) -> None:
    data_of = runpy.run_path(str(story.here / "xiaomi_data.py"))["data_of"]
    with XiaomiOAuth2Session(**story.xiaomi.registration()) as session:
        token = token_of(story)
        assert data_of(session.get("user/profile", token=token))["miliaoNick"] == "Lei"
        story.xiaomi.fail("user/profile", code=96007)
        answer = session.get("user/profile", token=token)
    assert answer.status_code == 200
    with pytest.raises(XiaomiOAuthError, match="96007"):
        data_of(answer)


@after(f"{API}#signing")
def _signed(story: Story) -> None:
    with story.serve("flask run") as visitor:
        visitor.sign_in()
    assert story.xiaomi.requests[-1].headers["Authorization"].startswith("MAC ")


# Identity


@after(f"{IDENTITY}#unionid-or-openid", f"{OPTIONS}#options")
def _open_id(story: Story) -> None:
    with story.serve("flask run") as visitor:
        assert parse_qs(urlsplit(visitor.login()).query)["scope"] == ["1 3"]
        story.xiaomi.users["nobody"] = type(story.xiaomi.users["lei"])(1000000009, "union_nobody")
        visitor.sign_in("nobody")
        assert f"Hello, {story.xiaomi.users['nobody'].open_id}" in visitor.get("/").text


@after(f"{IDENTITY}#see-both")
def _both(story: Story) -> None:
    lei = story.xiaomi.users["lei"]
    with story.serve("flask run") as visitor:
        both = {"sub": lei.open_id, "unionId": lei.union_id, "openId": lei.open_id}
        assert visitor.sign_in().json() == both


@after(f"{IDENTITY}#change-from-one-to-the-other")
def _change(story: Story) -> None:
    find_user = runpy.run_path(str(story.here / "users.py"))["find_user"]
    lei = story.xiaomi.users["lei"]
    token = {"openId": lei.open_id, "userinfo": {"sub": lei.union_id}}
    users = {lei.open_id: "Lei", "another": "Nora"}
    assert find_user(users, token) == find_user(users, token) == "Lei"
    assert users == {lei.union_id: "Lei", "another": "Nora"}
    assert find_user({"another": "Nora"}, token) is None


@after(f"{SCOPES}#scopes")
def _scopes(story: Story) -> None:
    with story.serve("flask run") as visitor:
        assert parse_qs(urlsplit(visitor.login()).query)["scope"] == ["1 3"]


# Linking accounts


@after(f"{LINKING}#sign-in-or-link")
def _linking(story: Story) -> None:
    with story.serve("flask run") as first, Visitor(first.url) as second:
        assert location(first.sign_in("lei")) == "/"
        lei = first.get("/").json()["user_id"]
        first.sign_in("lei")
        assert first.get("/").json()["user_id"] == lei
        # Another account at Xiaomi of the same user.
        assert location(_link(first, "nora")) == "/settings"
        first.sign_in("nora")
        assert first.get("/").json()["user_id"] == lei
        # Somebody else cannot have it.
        second.sign_in("fox")
        assert second.get("/").json()["user_id"] != lei
        assert _link(second, "nora").status_code == 409
        # Who signs in as somebody else meanwhile links nothing.
        callback = second.callback(second.post("/link").headers["Location"], "ghost")
        second.sign_in("lei")
        assert location(second.get(callback)) == "/"
        assert second.decline().json()["message"] == DECLINED
    with sqlite3.connect(story.folder / "database.sqlite3") as db:
        query = "select sub from xiaomi_identities where user_id = ?"
        linked = {union_id(story, name) for name in ("lei", "nora")}
        assert {row[0] for row in db.execute(query, [lei])} == linked
    story.run(f"python -c 'import identities; identities.unlink({lei})'")
    with sqlite3.connect(story.folder / "database.sqlite3") as db:
        assert db.execute(query, [lei]).fetchall() == []


def _link(visitor: Visitor, user: str) -> requests.Response:
    return visitor.get(visitor.callback(visitor.post("/link").headers["Location"], user))


# Migrating


@after(f"{MIGRATING}#migrating-from-hand-written-code")
def _by_hand(story: Story) -> None:
    """It works, and fails as the text says."""
    text = story.read("by_hand.py")
    for host in ("https://account.xiaomi.com", "https://open.account.xiaomi.com"):
        assert host in text
        text = text.replace(host, story.xiaomi.url)
    story.write("by_hand_here.py", text.replace("localhost:5000", "localhost"))
    with story.serve("flask --app by_hand_here --debug run --no-reload") as visitor:
        callback = visitor.callback(visitor.login())
        assert visitor.get(f"/auth?{urlsplit(callback).query}").status_code == 302
        # In debug mode werkzeug's 400 is a KeyError that is shown.
        declined = urlsplit(visitor.callback(visitor.login(), allow=False)).query
        assert "BadRequestKeyError" in visitor.get(f"/auth?{declined}").text
        query = parse_qs(urlsplit(callback).query)
        query["state"] = parse_qs(urlsplit(visitor.login()).query)["state"]
        again = visitor.get(f"/auth?{urlencode(query, doseq=True)}")
        assert again.status_code == 500
        assert "KeyError" in again.text
        story.forgive()


@after(f"{MIGRATING}#the-tokens")
def _old_tokens(story: Story) -> None:
    as_token = runpy.run_path(str(story.here / "old_tokens.py"))["as_token"]
    row = {**token_of(story), "obtained_at": 0}
    row["open_id"] = row["openId"]
    with XiaomiOAuth2Session(**story.xiaomi.registration()) as session:
        token = session.refresh_token(token=as_token(row))
        assert session.userinfo(token=token)["name"] == "Lei"
        assert session.userinfo(token=as_token({**row, **token}))["name"] == "Lei"


# Native apps


@after(f"{NATIVE}#with-an-access-token")
def _with_a_token(story: Story) -> None:
    with story.serve("flask run") as visitor:
        token = token_of(story)["access_token"]
        answer = visitor.request("POST", "/api/sign-in-with-token", json={"access_token": token})
        assert answer.json() == {"sub": union_id(story), "name": "Lei"}
        wrong = visitor.request("POST", "/api/sign-in-with-token", json={"access_token": "no"})
        assert (wrong.status_code, wrong.json()) == (401, {"error": "invalid_token"})
        story.xiaomi.fail("token", code=96013)
        wrong = visitor.request("POST", "/api/sign-in", json={"code": "no"})
        assert (wrong.status_code, wrong.json()) == (401, {"error": "invalid_grant"})
        story.xiaomi.fail("token", status=503)
        down = visitor.request("POST", "/api/sign-in", json={"code": "1"})
        assert (down.status_code, down.json()) == (503, {"error": "temporarily_unavailable"})


# Tests of the reader's own


@after(f"{TESTING}#test-your-sign-in-3", f"{FASTAPI}#test-it-2", "docs/how-to/django.md#test-it-2")
def _own_tests(story: Story) -> None:
    assert re.search(r"\d passed|Ran \d tests", story.said), story.said


# Production


@after(f"{PRODUCTION}#behind-a-proxy")
def _proxy(story: Story) -> None:
    with story.serve("flask run") as visitor:
        assert _behind_a_proxy(visitor) == "https://example.com/auth"


@instead(f"{PRODUCTION}#behind-a-proxy-2")
def _uvicorn_proxy(story: Story, block: Block) -> None:
    """The proxy's address is not this test's, so what it says is not believed."""
    on_flask = story.read("app.py")
    story.write("app.py", text_of(f"{FASTAPI}#the-application"))
    with story.serve(block.text) as visitor:
        assert _behind_a_proxy(visitor) == f"{visitor.url}/auth"
    ours = block.text.replace("10.0.0.5", "127.0.0.1")
    with story.serve(ours) as visitor:
        # uvicorn takes the scheme from the proxy; the host is the Host that the proxy hands on.
        assert _behind_a_proxy(visitor) == f"{visitor.url}/auth".replace("http:", "https:")
    story.write("app.py", on_flask)


@after(f"{PRODUCTION}#behind-a-proxy-3")
def _django_proxy(story: Story) -> None:
    own = "**{k: v for k, v in vars(__import__('settings')).items() if k.isupper()}"
    application = text_of(f"{DJANGO}#one-file")
    hosts = 'ALLOWED_HOSTS=["127.0.0.1", "localhost"]'
    assert hosts in application
    story.write("proxied.py", application.replace(hosts, own))
    with story.serve("python proxied.py runserver") as visitor:
        assert _behind_a_proxy(visitor) == "https://example.com/auth"


@after(f"{PRODUCTION}#behind-a-proxy-4")
def _fixed_callback(story: Story) -> None:
    with story.serve("flask run") as visitor:
        assert visitor.redirect_uri() == "https://example.com/auth"


@after(f"{PRODUCTION}#sessions")
def _cookies(story: Story) -> None:
    with story.serve("flask run") as visitor:
        cookie = visitor.get("/login").headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


def _behind_a_proxy(visitor: Visitor) -> str:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "example.com"}
    start = visitor.get("/login", headers=headers).headers["Location"]
    return parse_qs(urlsplit(start).query)["redirect_uri"][0]


# The sandbox


@after(f"{SANDBOX}#run-your-application-with-it")
def _sandbox_with_a_command(story: Story, visitor: Visitor) -> None:
    visitor.sign_in()
    assert "Hello, Lei" in visitor.get("/").text


@after(f"{SANDBOX}#run-it-alone", f"{COMMANDS}#sandbox")
def _sandbox_alone(story: Story, visitor: Visitor) -> None:
    assert visitor.get("/").status_code == 200
    assert "XIAOMI_CLIENT_ID" in story.said


# Commands


@before("docs/costs.md", "CONTRIBUTING.md")
def _in_the_clone(story: Story) -> None:
    """These pages are read in a clone."""
    story.run(f"cd {ROOT}")


@before("examples/fastapi/README.md", "examples/django/README.md")
def _in_its_folder(story: Story) -> None:
    story.run(f"cd {ROOT / 'examples' / ('django' if 'django' in story.page else 'fastapi')}")
    story.env.update(DATABASE=f"{story.folder}/tokens.sqlite3", SESSIONS=str(story.folder))


@after("examples/fastapi/README.md#fastapi", "examples/django/README.md#django")
def _example(story: Story, visitor: Visitor) -> None:
    visitor.sign_in()
    assert "Hello, Lei" in visitor.get("/").text
    assert nick(visitor) == "Lei"


@after(f"{README}#further")
def _demo(story: Story, visitor: Visitor) -> None:
    assert 'href="/sign-in' in visitor.get("/").text


@after(f"{APPID}#the-callback")
def _compared(story: Story) -> None:
    assert "registered\tthe callback matches https://example.com/auth" in story.said


@after("docs/index.md#sign-in-with-xiaomi")
def _in_one_line(story: Story) -> None:
    _sign_in_and_out(story)


def _sign_in_and_out(story: Story) -> None:
    with story.serve("flask run") as visitor:
        visitor.sign_in()
        assert "Hello, Lei" in visitor.get("/").text


@before("docs/probe.md", APPID)
def with_an_app_id(story: Story) -> None:
    """One that is no example of the documentation."""
    xiaomi = story.ending.enter_context(Sandbox(redirect_uris="https://example.com/auth"))
    story.env.update(xiaomi.config())
    story.env.update(XIAOMI_REDIRECT_URI="https://example.com/auth", BROWSER="true")


@instead(f"{COMMANDS}#probe")
def _probe_without_a_user(story: Story, block: Block) -> None:
    before = dict(story.env)
    with_an_app_id(story)
    story.run(block.text)
    report = json.loads(story.said[story.said.index("{\n") :])  # prompts come before it
    assert {point["verdict"] for point in report["points"]} >= {"expected"}
    story.env = before


@instead("docs/probe.md#the-probe")
def _probe(story: Story, block: Block) -> None:
    """The reader signs in, and pastes the callback."""
    story.answer(block.text, _callback_for)
    assert json.loads(story.read("report.json"))["points"]


@after("docs/probe.md#the-report")
def _like_the_report(story: Story, visitor: Visitor) -> None:
    _sandbox_alone(story, visitor)


@instead(
    f"{README}#get-an-appid-2",
    f"{PRODUCTION}#the-set-up",
    f"{COMMANDS}#doctor",
)
def _doctor(story: Story, block: Block) -> None:
    """All but the AppID is right: that of the documentation is not the reader's."""
    for line in block.text.splitlines():
        story.run(line, status=1)
        if "--json" in line:
            found = {finding["check"]: finding["status"] for finding in json.loads(story.said)}
        else:
            rows = [row.split("\t") for row in story.said.splitlines() if "\t" in row]
            found = {row[1]: row[0] for row in rows}
        wrong = [check for check, status in found.items() if status == "wrong"]
        assert wrong == ["client_id", "client_secret"], story.said
        assert found["redirect_uri"] == "ok"


@instead("CONTRIBUTING.md#tests")
def _for_contributors(story: Story, block: Block) -> None:
    """These run the tests, of which this is one: it looks whether what they name is there."""
    for line in block.text.splitlines():
        words = line.partition("#")[0].split()
        if words[0] == "make":
            story.run(" ".join(words))
        else:
            assert words[:3] == [".venv/bin/python", "-m", "pytest"]
            assert (ROOT / words[3]).exists()


# Watched in production


@after("docs/how-to/logging.md#one-record-for-each-step")
def _log_lines(story: Story) -> None:
    extra = {"step": "token", "endpoint": "https://example.com", "code": None, "duration": 0.1}
    record = f"logging.getLogger('authlib_xiaomi').debug('asked', extra={extra})"
    code = text_of("docs/how-to/logging.md#one-record-for-each-step")
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{record}"], capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout or done.stderr)
    assert {name: said[name] for name in extra} == extra


@after("docs/how-to/sentry.md#sentry", "docs/how-to/opentelemetry.md#opentelemetry")
def _is_watched(story: Story) -> None:
    """tests/observability looks at what the tools then see of whole sign-ins: with this block."""
    tool = Path(story.page).stem
    assert block_of_the_page(tool).key == f"{story.page}#{tool}"
