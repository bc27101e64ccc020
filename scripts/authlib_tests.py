"""Authlib's own tests, with Xiaomi's classes in place of Authlib's clients.

``python -m scripts.authlib_tests CHECKOUT``, where ``CHECKOUT`` is a folder with Authlib's
repository (its tests are in ``tests/clients``; they may need ``cachelib``). Not part of
``make test``.

Its tests run twice, with Authlib's classes and with ours. What passes with the former and fails
with the latter is printed with the reason, where Xiaomi is the reason. The exit status is 1 where
a test fails and no reason is known.

Authlib's tests know nothing of Xiaomi, so small subclasses here supply what Xiaomi must have: a
number as ``client_id``, numbers as scopes, an AppSecret, a callback. This module is also the
pytest plugin that swaps them in.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
#: Environment variables for the plugin: where it reports, and whether it swaps.
REPORT, SWAP = "AUTHLIB_TESTS_REPORT", "AUTHLIB_TESTS_SWAP"
CALLBACK: Final = "https://client.test/callback"

#: Why a test of Authlib's fails with Xiaomi's classes, by its name.
EXPECTED: Final = {
    r"client_secret_jwt|private_key|assertion": "AppID and AppSecret go in the form, as nothing "
    "else does: no Basic authentication, no JWT (doc 1708)",
    r"password_grant": "no password grant",
    r"client_credentials|auto_refresh_token[23]|auto_refresh_token4": "no client credentials",
    r"fetch_token_get": "a code goes by POST alone: a URL would have the AppSecret in it",
    r"token_to_header|get_request.*header|streaming_request.*header|stream_match"
    r"|register_compliance_hook": "no bearer header: the token goes in the query (doc 1517)",
    r"token_to_body|request.*body": "the token goes in the query alone (doc 1517)",
    r"token_from_fragment": "the implicit grant ended in 2023",
    r"revoke_token|introspect_token": "no endpoint to revoke or introspect a token",
    r"invalid_token_type": "token_type is not looked at: Xiaomi says mac, or nothing",
    r"openid|id_token|jwk|userinfo|kid": "an ID token cannot be verified, and userinfo asks the "
    "open API (doc 1835)",
    r"metadata|no_url|logout": "no discovery: the endpoints are known",
    r"access_token_response_hook|cleans_previous_token": "without a code there is nothing to "
    "exchange",
    r"fetch_token_post|client_secret_post|auto_refresh_token$": "a token has whole numbers, and "
    "remembers its callback for the refresh: it does not equal the answer (doc 1516)",
    r"access_token_with_post": "a state in the session says which registration it is for",
    r"test_django.*test_oauth2_authorize(_code_verifier|_code_challenge)?$": "a callback without a "
    "code is refused",
    r"fetch_token_in_": "a call's token is not written to the client: it belongs to the call",
    r"refresh_token_url|register_oauth2_remote_app": "refresh_token_url is refused: Xiaomi "
    "refreshes at access_token_url",
    r"create_authorization_url": "scopes are numbers",
}


# The plugin


def pytest_configure(config: Any) -> None:
    config.addinivalue_line("markers", "asyncio: a coroutine function")
    if os.environ.get(SWAP):
        swap()


def pytest_pyfunc_call(pyfuncitem: Any) -> bool | None:
    """Run coroutine functions, so that no other plugin is needed."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


def pytest_runtest_logreport(report: Any) -> None:
    if report.when == "call" or report.outcome != "passed":
        _note(report.nodeid, report.outcome, report.longrepr)


def pytest_collectreport(report: Any) -> None:
    if report.outcome == "failed":
        _note(report.nodeid, "not collected", report.longrepr)


def _note(nodeid: str, outcome: str, text: Any) -> None:
    lines = [line[1:].strip() for line in str(text).splitlines() if line.startswith("E ")]
    with Path(os.environ[REPORT]).open("a", encoding="utf-8") as file:
        print(json.dumps([nodeid, outcome, lines[0] if lines else ""]), file=file)


class GivenId(str):
    """An AppID that says that it is the word which a test gave for it."""

    word: str

    def __eq__(self, other: object) -> bool:
        return other in (self.word, str(self))

    __hash__ = str.__hash__


def number_for(word: Any) -> Any:
    """A number in place of a `word` that a test takes for a ``client_id``."""
    if word is None or str(word).isdecimal():
        return word
    number = GivenId(2882303760000000000 + zlib.crc32(str(word).encode()))
    number.word = str(word)
    return number


def supplied(given: dict[str, Any]) -> dict[str, Any]:
    """The options of a client or an app, with what Xiaomi must have."""
    scope = given.get("scope")
    if isinstance(scope, str):
        words = dict.fromkeys(w if w == "openid" or w.isdecimal() else "1" for w in scope.split())
        given["scope"] = " ".join({"1": None, **words} if "openid" in words else words)
    if given.get("token_endpoint_auth_method") != "none" and not given.get("client_secret"):
        given["client_secret"] = "secret"
    return given


def swap() -> None:
    """Put Xiaomi's classes where Authlib's tests look for Authlib's."""
    import requests
    from authlib.integrations import (
        django_client,
        flask_client,
        httpx_client,
        requests_client,
        starlette_client,
    )

    from authlib_xiaomi import django_client as our_django
    from authlib_xiaomi import flask_client as our_flask
    from authlib_xiaomi import httpx_client as our_httpx
    from authlib_xiaomi import requests_client as our_requests
    from authlib_xiaomi import starlette_client as our_starlette
    from authlib_xiaomi._requests_wire import put_on

    class Client:
        def __init__(self, client_id: Any = None, client_secret: Any = None, **given: Any) -> None:
            given = supplied({**given, "client_secret": client_secret})
            if "for_app" not in given and not hasattr(self, "_options"):
                given.setdefault("redirect_uri", CALLBACK)
                given.setdefault("api_base_url", "https://i.b/")
            super().__init__(number_for(client_id), **given)  # type: ignore[call-arg]

    send = requests.Session.send

    class PutOn(requests.auth.AuthBase):
        """Tests look at what ``Session.send`` is given, above where ours puts credentials on."""

        def __init__(self, client: Any, call: Any) -> None:
            self.call = call

        def __call__(self, request: Any) -> Any:
            return put_on(request, self.call)

    class Session(Client, our_requests.XiaomiOAuth2Session):
        _CALL_AUTH = PutOn

        async def _send(self, request: Any) -> Any:
            if "send" not in vars(self) and requests.Session.send is send:
                return await super()._send(request)
            prepared = requests.Request(request.method, request.url, headers=request.headers)
            return self.send(put_on(prepared.prepare(), request.call))

    class AsyncClient(Client, our_httpx.AsyncXiaomiOAuth2Client):
        pass

    def app(ours: type, client: type) -> type:
        class App(ours):  # type: ignore[misc]
            client_cls = client

            def __init__(self, framework: Any, name: Any = None, **given: Any) -> None:
                given = supplied({**(getattr(type(self), "OAUTH_APP_CONFIG", None) or {}), **given})
                if isinstance(given.get("client_kwargs"), dict):
                    given["client_kwargs"] = dict(given["client_kwargs"])
                    scope = given["client_kwargs"].pop("scope", None)
                    given = supplied({**given, "scope": scope})
                word = given.get("client_id")
                super().__init__(framework, name, **{**given, "client_id": number_for(word)})
                self.client_id = number_for(word)

            def authorize_access_token(self, *args: Any, **given: Any) -> Any:
                # The tests' servers have no profile.
                return super().authorize_access_token(*args, **{"userinfo": False, **given})

        return App

    for module, ours, name, client in (
        (flask_client, our_flask, "FlaskOAuth2App", Session),
        (django_client, our_django, "DjangoOAuth2App", Session),
        (starlette_client, our_starlette, "StarletteOAuth2App", AsyncClient),
    ):
        swapped = app(ours.XiaomiOAuth2App, client)
        setattr(module, name, swapped)
        module.OAuth.oauth2_client_cls = swapped
    requests_client.OAuth2Session = Session
    httpx_client.AsyncOAuth2Client = AsyncClient


# The script


def run(checkout: Path, swapped: bool, arguments: list[str]) -> dict[str, tuple[str, str]]:
    """Outcome and error of each test."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        report.touch()
        env = {**os.environ, REPORT: str(report), SWAP: "1" if swapped else ""}
        env["PYTHONPATH"] = os.pathsep.join([str(checkout), str(ROOT)])
        if (checkout / "tests/clients/test_django/settings.py").exists():
            env["DJANGO_SETTINGS_MODULE"] = "tests.clients.test_django.settings"
        command = [sys.executable, "-m", "pytest", "-p", "scripts.authlib_tests", "-q"]
        command += ["-o", "addopts=", "-W", "ignore", "-p", "no:cacheprovider", "tests/clients"]
        quiet = subprocess.DEVNULL
        subprocess.run([*command, *arguments], cwd=checkout, env=env, stdout=quiet, check=False)
        lines = report.read_text("utf-8").splitlines()
    return {nodeid: (outcome, error) for nodeid, outcome, error in map(json.loads, lines)}


def reason_for(nodeid: str) -> str | None:
    """Why a test is expected to fail."""
    name = nodeid.partition("tests/clients/")[2] or nodeid
    return next((why for pattern, why in EXPECTED.items() if re.search(pattern, name)), None)


def main(checkout: str, *arguments: str) -> int:
    """Run, and print; the exit status."""
    folder = Path(checkout).resolve()
    if not (folder / "tests" / "clients").is_dir():
        print(f"error: {checkout} has no tests/clients: give a checkout of Authlib")
        return 2
    before, after = (run(folder, swapped, list(arguments)) for swapped in (False, True))
    wanted = [nodeid for nodeid, (outcome, _) in before.items() if outcome == "passed"]
    failed = [nodeid for nodeid in wanted if after.get(nodeid, ("missing", ""))[0] != "passed"]
    for nodeid, (outcome, error) in before.items():
        if outcome in ("failed", "not collected"):
            print(f"left out, as it fails with Authlib's classes too: {nodeid}: {error}")
    print(f"{len(wanted) - len(failed)} of {len(wanted)} tests of Authlib's pass with Xiaomi's")
    groups: dict[str | None, list[str]] = {}
    for nodeid in failed:
        groups.setdefault(reason_for(nodeid), []).append(nodeid)
    unknown = groups.pop(None, [])
    for why, nodeids in sorted(groups.items(), key=lambda group: -len(group[1])):
        print(f"\n{len(nodeids)}: {why}")
        print("\n".join(f"    {nodeid}" for nodeid in nodeids))
    if unknown or not wanted:
        print(f"\n{len(unknown)} for no known reason")
        print("\n".join(f"    {n}: {after.get(n, ('', 'it did not run'))[1]}" for n in unknown))
    return 1 if unknown or not wanted else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python -m scripts.authlib_tests CHECKOUT [arguments of pytest]")
    sys.exit(main(*sys.argv[1:]))
