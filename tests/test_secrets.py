"""Secrets stay out of logs, of exceptions and of ``repr()``, whatever goes wrong."""

from __future__ import annotations

import json
import logging
import pickle
import re
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

import pytest

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.httpx_client import AsyncXiaomiOAuth2Client
from authlib_xiaomi.requests_client import XiaomiOAuth2Session
from authlib_xiaomi.sandbox import Sandbox

from .apps import CALLBACK, Site, Store, endpoints, sign_in
from .conftest import ONE_XIAOMI, XIAOMIS, NewXiaomi
from .listeners import Answering, Listener, read_request, response
from .servers.kinds import CLIENTS, KINDS

MakeSite = Callable[..., Site]
TESTS = str(Path(__file__).parent)


class Log(logging.Handler):
    """All that any logger says, as text."""

    def __init__(self) -> None:
        super().__init__(level=1)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@pytest.fixture
def log() -> Iterator[Log]:
    """Every logger at its lowest level."""
    handler = Log()
    named = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict)]
    before = [(logger, logger.level) for logger in [logging.root, *named]]
    for logger, _ in before:
        logger.setLevel(1)
    logging.root.addHandler(handler)
    yield handler
    logging.root.removeHandler(handler)
    for logger, level in before:
        logger.setLevel(level)


def secrets(xiaomi: Sandbox, *tokens: Any) -> set[str]:
    """All that must not be seen, in the ways it could be written."""
    plain = {xiaomi.client_secret}
    for request in xiaomi.requests:
        fields = {**request.args, **request.form}
        plain |= {fields[k] for k in ("code", "refresh_token", "token") if k in fields}
    for token in tokens:
        plain |= {token[k] for k in ("access_token", "refresh_token", "mac_key") if k in token}
    plain.discard("")
    escaped = {form for one in plain for form in (quote(one, safe=""), quote_plus(one))}
    lower = {re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), form) for form in escaped}
    # A beginning of a secret is too much as well.
    return plain | escaped | lower | {one[:30] for one in plain if len(one) > 40}


def seen_in(text: str, hidden: set[str]) -> list[str]:
    return [line for line in text.splitlines() if any(secret in line for secret in hidden)]


def everything_about(error: BaseException | None) -> str:
    """The texts of an exception and of its whole chain, cause and context, and what a crash
    reporter collects: the local variables of all frames but those of the tests."""
    texts = []
    while error is not None:
        texts += [str(error), repr(error), repr(error.args), repr(vars(error))]
        texts += traceback.format_exception(error)
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if not frame.f_code.co_filename.startswith(TESTS):
                texts += [f"{frame.f_code.co_name}: {n} = {v!r}" for n, v in frame.f_locals.items()]
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


def code_for(app: Site, xiaomi: Sandbox, **kwargs: Any) -> str:
    url = app.call("create_authorization_url", CALLBACK, **kwargs)["url"]
    return parse_qs(urlsplit(xiaomi.allow(url)).query)["code"][0]


def test_a_good_sign_in_logs_host_path_and_status_and_no_secret(
    xiaomi: Sandbox, site: MakeSite, log: Log
) -> None:
    app = site(client_kwargs={"scope": "1 3 4 6"})
    token = app.sign_in(xiaomi)
    app.call("refresh_token", token=token)
    assert not seen_in(log.text, secrets(xiaomi, token))
    for path in ("/oauth2/token", "/user/profile", "/user/phoneAndEmail"):
        assert any(path in line and "127.0.0.1" in line and " 200" in line for line in log.lines), (
            path
        )


def test_a_request_is_logged_once(xiaomi: Sandbox, site: MakeSite, log: Log) -> None:
    app = site()
    token = app.sign_in(xiaomi)
    log.lines.clear()
    app.call("userinfo", token=token)
    # The package's own record is of another logger.
    lines = [line for line in log.lines if " authlib_xiaomi " not in line]
    wanted = [line for line in lines if "user/profile" in line]
    assert len(wanted) == 1


FAULTS: list[dict[str, Any]] = [
    {"status": 502},
    {"status": 503},
    {"status": 500, "body": b"<html>"},
    {"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}},
    {"status": 200, "body": b"<html>"},
    {"status": 200, "body": b""},
    {"status": 200, "body": b'{"access_token": '},
    {"headers": {"Content-Length": "100000"}},
    {"code": 96008},
    {"code": 96012},
    {"code": 96013},
    {"reset": True},
    {"delay": 60},
]


def faults_of_xiaomis(faults: list[dict[str, Any]]) -> pytest.MarkDecorator:
    """Each fault; with each Xiaomi, where the answer is Xiaomi's and not the fault's own."""
    pairs = [
        (like, fault)
        for fault in faults
        for like in XIAOMIS
        if like == "live" or xiaomi_answers(fault)
    ]
    return pytest.mark.parametrize(("like", "fault"), pairs, indirect=["like"], ids=str)


def xiaomi_answers(fault: dict[str, Any]) -> bool:
    """Whether Xiaomi itself answers: well, or with an error number."""
    return not fault or "code" in fault


@faults_of_xiaomis(FAULTS)
@pytest.mark.parametrize("step", ["code", "profile", "refresh"])
def test_a_sign_in_that_fails_shows_no_secret(
    xiaomi: Sandbox, site: MakeSite, log: Log, fault: dict[str, Any], step: str
) -> None:
    token = sign_in(xiaomi)
    app = site(Store(token), timeout=0.4, retry_backoff=(0, 0))
    code = code_for(app, xiaomi)
    with pytest.raises(XiaomiOAuthError) as caught:
        if step == "code":
            xiaomi.fail("token", times=None, **fault)
            app.call("fetch_access_token", code=code, redirect_uri=CALLBACK)
        elif step == "refresh":
            xiaomi.fail("token", times=None, **fault)
            app.call("userinfo")
        else:
            xiaomi.fail("user/profile", times=None, **fault)
            fresh = app.call("fetch_access_token", code=code, redirect_uri=CALLBACK)
            app.call("userinfo", token=fresh)
    hidden = secrets(xiaomi, token) | {code}
    assert not seen_in(log.text, hidden)
    assert not seen_in(everything_about(caught.value), hidden)


@faults_of_xiaomis([{}, *FAULTS])
@pytest.mark.parametrize("kind", CLIENTS)
def test_a_refresh_by_get_shows_no_secret(
    new_xiaomi: NewXiaomi, log: Log, fault: dict[str, Any], kind: str
) -> None:
    xiaomi = new_xiaomi(refresh_post="405")
    client = KINDS[kind](
        xiaomi.registration(), redirect_uri=CALLBACK, timeout=0.4, retry_backoff=(0, 0)
    )
    tokens = [sign_in(xiaomi)]
    errors: list[Exception] = []

    async def job() -> None:
        tokens.append(await client.ask("refresh_token", token=tokens[0]))
        if fault:
            xiaomi.fail("token", times=None, **fault)
        try:
            tokens.append(await client.ask("refresh_token", token=tokens[1]))
        except XiaomiOAuthError as error:
            errors.append(error)

    client.do(job)
    assert bool(errors) == bool(fault)
    assert {r.method for r in xiaomi.requests if r.args.get("client_secret")} == {"GET"}
    hidden = secrets(xiaomi, *tokens)
    assert not seen_in(log.text, hidden)
    assert not seen_in("".join(map(everything_about, errors)), hidden)
    assert not seen_in(repr([client.target, *tokens[1:]]), hidden)


def echo_description(request: bytes) -> bytes:
    text = request.decode("latin-1").replace("\\", "\\\\").replace('"', '\\"')
    text = text.replace("\r\n", " ")
    body = f'{{"error": 96002, "error_description": "{text}", "result": "error", "code": 96002,'
    return response((body + f'"description": "{text}"}}').encode())


def echo_error_word(request: bytes) -> bytes:
    return response(b'{"error": "%s"}' % request.rpartition(b"client_secret=")[2].split(b"&")[0])


def echo_long_error(request: bytes) -> bytes:
    # Longer than what an error shows: a secret that is cut is a secret still.
    said = request.decode("latin-1").replace("\r\n", " ")
    said = said[said.find("token=") :] if "token=" in said else said[said.find("code=") :]
    return response(json.dumps({"error": said, "result": "error", "code": said}).encode())


def echo_lower_case_escapes(request: bytes) -> bytes:
    return echo_description(re.sub(rb"%[0-9A-F]{2}", lambda escape: escape[0].lower(), request))


def echo_page(request: bytes) -> bytes:
    return response(b"<pre>" + request + b"</pre>", "400 Bad Request")


def echo_server_error(request: bytes) -> bytes:
    return response(request, "500 " + request.decode("latin-1").split("\r\n")[0])


def echo_headers(request: bytes) -> bytes:
    line, _, rest = request.partition(b"\r\n")
    said = (line + b" " + rest.replace(b"\r\n", b" ")).decode("latin-1")
    fields = {"Location": "http://127.0.0.1:9/?" + quote(said), "X-Echo": said, "Set-Cookie": said}
    return response(b"", "302 Found", fields)


def echo_broken_headers(request: bytes) -> bytes:
    line, _, rest = request.partition(b"\r\n")
    said = line + b" " + rest.replace(b"\r\n", b" ")
    return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + said + b"\r\n : " + said + b"\r\n\r\n"


def echo_garbage(request: bytes) -> bytes:
    return b"\x00\xff" + request


ECHOES = [
    echo_description,
    echo_error_word,
    echo_long_error,
    echo_lower_case_escapes,
    echo_page,
    echo_server_error,
    echo_headers,
    echo_broken_headers,
    echo_garbage,
]


@ONE_XIAOMI
@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("step", ["code", "profile", "refresh"])
def test_a_server_that_echoes_the_request_makes_no_secret_seen(
    xiaomi: Sandbox, site: MakeSite, log: Log, echo: Callable[[bytes], bytes], step: str
) -> None:
    token = sign_in(xiaomi)

    def answer(connection: Any) -> None:
        while request := read_request(connection):
            connection.sendall(echo(request))
            if echo is echo_garbage:
                return

    with Listener(answer) as server:
        if step == "profile":
            app = site(api_base_url=server.url, retry_backoff=(0, 0))
        else:
            app = site(Store(token), access_token_url=server.url + "/token", retry_backoff=(0, 0))
        code = code_for(app, xiaomi)
        with pytest.raises(XiaomiOAuthError) as caught:
            if step == "code":
                app.call("fetch_access_token", code=code, redirect_uri=CALLBACK)
            elif step == "refresh":
                app.call("userinfo")
            else:
                app.call("userinfo", token={**token, "expires_at": None})
    hidden = secrets(xiaomi, token) | {code}
    assert not seen_in(log.text, hidden)
    assert not seen_in(everything_about(caught.value), hidden)


def test_an_answer_that_the_application_refuses_shows_no_secret(
    xiaomi: Sandbox, site: MakeSite
) -> None:
    app = site()
    token = app.sign_in(xiaomi)
    xiaomi.fail("user/profile", status=403)
    answer = app.call("get", "user/profile", token=token)
    assert answer.status_code == 403
    with pytest.raises(Exception, match="403") as caught:
        answer.raise_for_status()
    assert not seen_in(everything_about(caught.value), secrets(xiaomi, token))
    assert not seen_in(repr([answer, answer.request, str(answer.url)]), secrets(xiaomi, token))


def test_an_answer_that_the_application_keeps_holds_no_secret(
    xiaomi: Sandbox, site: MakeSite
) -> None:
    app = site()
    token = app.sign_in(xiaomi)
    answer = app.call("get", "user/profile", token=token)
    kept = pickle.dumps(answer) + repr([vars(answer), vars(answer.request)]).encode()
    assert not [secret for secret in secrets(xiaomi, token) if secret.encode() in kept]


@pytest.mark.parametrize("kind", ["session", "flask", "django"])
def test_a_stream_does_not_tell_its_url(xiaomi: Sandbox, kind: str) -> None:
    token = {**sign_in(xiaomi), "expires_at": None}
    client = KINDS[kind](xiaomi.registration())
    with client.do(partial(client.ask, "get", "user/profile", token=token, stream=True)) as answer:
        seen = [answer.url, answer.raw.geturl(), answer.raw.url, vars(answer)]
        assert not seen_in(repr(seen), secrets(xiaomi, token))


def test_a_stream_of_httpx_does_not_tell_its_url(xiaomi: Sandbox) -> None:
    token = {**sign_in(xiaomi), "expires_at": None}
    client = KINDS["async client"](xiaomi.registration())

    async def read() -> list[Any]:
        async with client.target.stream("GET", "user/profile", token=token) as answer:
            return [answer.url, answer.request, vars(answer), vars(answer.stream)]

    assert not seen_in(repr(client.do(read)), secrets(xiaomi, token))


@pytest.mark.parametrize("method", ["get", "post", "delete", "userinfo"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_call_that_fails_does_not_show_the_token_that_it_was_given(
    xiaomi: Sandbox, kind: str, method: str
) -> None:
    token = {**sign_in(xiaomi), "expires_at": None}
    client = KINDS[kind](xiaomi.registration(), timeout=2)
    xiaomi.fail("user/profile", reset=True, times=None)
    url = [] if method == "userinfo" else ["user/profile"]
    with pytest.raises(XiaomiOAuthError) as caught:
        client.do(partial(client.ask, method, *url, token=token))
    assert not seen_in(everything_about(caught.value), secrets(xiaomi, token))


WITH_A_CODE = {"code": "C3_made-up-code"}
WITH_A_CALLBACK = {"authorization_response": f"{CALLBACK}?code=C3_made-up-code&state=other"}


@pytest.mark.parametrize(
    ("changed", "method", "given"),
    [
        ({"client_secret": None}, "fetch_token", WITH_A_CODE),
        ({"redirect_uri": None}, "fetch_token", WITH_A_CODE),
        ({}, "fetch_token", {**WITH_A_CALLBACK, "state": "expected"}),
        ({"client_secret": None}, "refresh_token", {"refresh_token": "R3_made-up-token"}),
        ({"mac": True}, "userinfo", {"token": {"access_token": "V3_made-up", "mac_key": 1}}),
    ],
)
@pytest.mark.parametrize("kind", CLIENTS)
def test_a_mistake_that_is_found_before_anything_is_sent_shows_no_secret(
    xiaomi: Sandbox, kind: str, changed: dict[str, Any], method: str, given: dict[str, Any]
) -> None:
    options = {"redirect_uri": CALLBACK, **changed}
    client = KINDS[kind](xiaomi.registration(), **options)
    with pytest.raises(XiaomiOAuthError) as caught:
        client.do(partial(client.ask, method, **given))
    hidden = {xiaomi.client_secret, "C3_made-up-code", "R3_made-up-token", "V3_made-up"}
    assert not seen_in(everything_about(caught.value), hidden)
    assert not xiaomi.requests


@pytest.mark.parametrize("given", [[], [CALLBACK, {"scope": "profile"}], ["/auth"]], ids=str)
def test_a_login_that_fails_does_not_show_the_app_secret(
    xiaomi: Sandbox, site: MakeSite, given: list[Any]
) -> None:
    app = site()
    arguments = [one for one in given if isinstance(one, str)]
    with pytest.raises((XiaomiOAuthError, ValueError)) as caught:
        app.call("create_authorization_url", *arguments, **dict(*given[1:]))
    assert not seen_in(everything_about(caught.value), {xiaomi.client_secret})


def test_a_compliance_fix_that_fails_does_not_show_the_app_secret(
    xiaomi: Sandbox, site: MakeSite
) -> None:
    def fix(client: Any) -> None:
        raise LookupError

    app = site(compliance_fix=fix)
    with pytest.raises(LookupError) as caught:
        app.call("create_authorization_url", CALLBACK)
    assert not seen_in(everything_about(caught.value), {xiaomi.client_secret})


@pytest.mark.parametrize("client", [XiaomiOAuth2Session, AsyncXiaomiOAuth2Client])
def test_a_client_whose_options_are_refused_can_be_shown(client: Any) -> None:
    with pytest.raises(ValueError, match="quotes") as caught:
        client("1", "'a secret'")
    assert f"<{client.__name__} client_id=None>" in everything_about(caught.value)


def test_the_users_own_log_lines_are_left_as_they_are(
    xiaomi: Sandbox, site: MakeSite, log: Log
) -> None:
    token = site().sign_in(xiaomi)
    logging.getLogger("urllib3.connectionpool").debug("by me: %s", token["access_token"])
    assert f"by me: {token['access_token']}" in log.text


def test_repr_of_apps_shows_no_secret(xiaomi: Sandbox, site: MakeSite) -> None:
    app = site()
    token = app.sign_in(xiaomi)
    app.call("refresh_token", token=token)
    assert not seen_in(repr([app.app, app.app._built]), secrets(xiaomi, token))


@pytest.mark.parametrize("client", [XiaomiOAuth2Session, AsyncXiaomiOAuth2Client])
def test_repr_of_clients_shows_no_secret(xiaomi: Sandbox, client: Any) -> None:
    token = sign_in(xiaomi)
    made = client(xiaomi.client_id, xiaomi.client_secret, token=token, **endpoints(xiaomi))
    assert not seen_in(repr([made, made.token_auth]), secrets(xiaomi, token))
    assert xiaomi.client_id in repr(made)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_app_secret_does_not_follow_a_redirect(
    xiaomi: Sandbox, site: MakeSite, scheme: str
) -> None:
    with Answering(lambda _: response(b"{}")) as elsewhere:
        target = elsewhere.url.replace("http", scheme)
        xiaomi.fail("token", status=307, headers={"Location": target})
        app = site()
        with pytest.raises(XiaomiOAuthError, match="redirect"):
            app.call("fetch_access_token", code=code_for(app, xiaomi), redirect_uri=CALLBACK)
        assert elsewhere.connections == 0
