"""Connections to Xiaomi are kept, shared, and no new way to fail."""

from __future__ import annotations

import asyncio
import gc
import re
import socket
import ssl
import time
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme
from authlib.integrations.starlette_client import OAuth as StarletteOAuth

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.httpx_client import httpx
from authlib_xiaomi.sandbox import Sandbox
from authlib_xiaomi.starlette_client import XiaomiOAuth2App as StarletteApp

from .apps import FRAMEWORKS, Site, Store, sign_in
from .conftest import ONE_XIAOMI
from .elsewhere import nobody
from .listeners import Answering, Forwarding, read_request, response
from .workers import run_worker

MakeSite = Callable[..., Site]


def test_after_the_first_one_a_sign_in_makes_no_new_connection(
    xiaomi: Sandbox, site: MakeSite
) -> None:
    app = site()
    app.sign_in(xiaomi)
    first = xiaomi.connections
    for user in xiaomi.users:
        app.sign_in(xiaomi, user=user)
    assert xiaomi.connections == first == 1


def test_an_authorization_url_costs_neither_a_tls_context_nor_a_connection(
    xiaomi: Sandbox, site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = site()
    monkeypatch.setattr(ssl, "SSLContext", None)
    assert app.call("create_authorization_url", "http://localhost/auth")["url"]
    assert xiaomi.connections == 0


def test_a_connection_that_the_other_end_closed_is_replaced_unseen(
    xiaomi: Sandbox, site: MakeSite
) -> None:
    app = site()
    app.sign_in(xiaomi)
    xiaomi.stop()
    xiaomi.start()
    assert app.sign_in(xiaomi)["userinfo"]["name"]


@pytest.mark.parametrize(("idle", "new"), [(29, 0), (31, 1)])
def test_a_connection_idle_for_over_30_s_is_not_used_again(
    xiaomi: Sandbox, site: MakeSite, monkeypatch: pytest.MonkeyPatch, idle: float, new: int
) -> None:
    app = site()
    token = app.sign_in(xiaomi)
    before = xiaomi.connections
    monotonic = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + idle)
    app.call("userinfo", token=token)
    assert xiaomi.connections == before + new


def test_close_ends_the_connections_and_the_next_request_opens_a_new_one(
    xiaomi: Sandbox, site: MakeSite
) -> None:
    app = site()
    token = app.sign_in(xiaomi)
    app.call("aclose") if app.framework == "starlette" else app.call("close")
    assert app.call("userinfo", token=token)["name"]
    assert xiaomi.connections == 2


def test_sign_ins_share_connections_and_no_cookies(xiaomi: Sandbox, site: MakeSite) -> None:
    app = site()
    url = urlsplit(xiaomi.url)
    body = b'{"access_token": "V3_cookie", "scope": "3", "openId": "o"}'
    answer = response(body, headers={"Set-Cookie": f"who=lei; Path=/; Domain={url.hostname}"})
    with Answering(lambda _: answer) as server:
        app = site(access_token_url=server.url + "/token", api_base_url=server.url)
        for _ in range(2):
            app.call("fetch_access_token", code="c", redirect_uri="http://localhost/")
    assert server.connections == 1
    assert all(b"\r\ncookie:" not in request.lower() for request in server.requests)


@ONE_XIAOMI
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_worker_forked_after_the_first_sign_in_has_connections_of_its_own(
    xiaomi: Sandbox, framework: str
) -> None:
    found = run_worker("fork", framework, xiaomi)
    # A sign-in in the parent, two in the child, one more in the parent.
    assert found == {"parent": 1, "child": 2, "parent again": 2}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_worker_goes_by_the_proxy_of_its_own_environment(xiaomi: Sandbox, framework: str) -> None:
    with nobody() as proxy:
        names = {"http_proxy": proxy, "HTTP_PROXY": proxy, "no_proxy": "", "NO_PROXY": ""}
        assert in_environments(framework, xiaomi, names) == [True, False]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_worker_trusts_the_certificates_of_its_own_environment(
    xiaomi: Sandbox, framework: str, authority: trustme.CA, context: ssl.SSLContext, tmp_path: Path
) -> None:
    bundle = str(tmp_path / "ca.pem")
    authority.cert_pem.write_to_path(bundle)
    with Forwarding(urlsplit(xiaomi.url).port or 0, context) as front:
        names = {"SSL_CERT_FILE": bundle, "REQUESTS_CA_BUNDLE": bundle}
        found = in_environments(framework, xiaomi, names, api_base_url=front.url)
    assert found == [False, True]


def in_environments(
    framework: str, xiaomi: Sandbox, environment: dict[str, str], **options: str
) -> Any:
    """Whether an API call succeeds: in a process, and in its child with this `environment`."""
    return run_worker(
        "fork_environment",
        framework,
        xiaomi,
        token=sign_in(xiaomi),
        environment=environment,
        options=options,
    )


# A child that is forked while another thread imports a module can never import it.
@ONE_XIAOMI
def test_the_first_calls_import_nothing(xiaomi: Sandbox) -> None:
    assert run_worker("first_call", "django", xiaomi, token=sign_in(xiaomi)) == []


@ONE_XIAOMI
@pytest.mark.parametrize("framework", [*FRAMEWORKS, "starlette left-open"])
def test_nothing_warns_at_the_interpreters_exit(xiaomi: Sandbox, framework: str) -> None:
    assert run_worker("exit", framework, xiaomi) == {"loops": 2 if framework == "starlette" else 1}


@pytest.fixture(autouse=True)
def _no_bundle_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    # requests lets these win over a session's verify.
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_an_event_loop_that_has_ended_is_not_held(xiaomi: Sandbox) -> None:
    app = StarletteOAuth().register("xiaomi", client_cls=StarletteApp, **xiaomi.registration())
    loops: list[weakref.ref[Any]] = []

    async def sign_in() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        url = (await app.create_authorization_url("http://localhost/"))["url"]
        callback = xiaomi.allow(url)
        code = urlsplit(callback).query.partition("code=")[2].partition("&")[0]
        await app.fetch_access_token(code=code, redirect_uri="http://localhost/")

    for _ in range(3):
        asyncio.run(sign_in())
    gc.collect()
    assert [loop() for loop in loops] == [None] * 3


class TestClientKwargs:
    """Proxies, ``verify`` and the rest mean what they mean in Authlib."""

    def over_tls(self, front: Forwarding) -> dict[str, str]:
        return {"access_token_url": front.url + "/oauth2/token", "api_base_url": front.url}

    def test_a_certificate_that_verify_trusts_is_trusted(
        self,
        xiaomi: Sandbox,
        site: MakeSite,
        authority: trustme.CA,
        context: ssl.SSLContext,
        tmp_path: Path,
    ) -> None:
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        trusted: object = str(tmp_path / "ca.pem")
        with Forwarding(urlsplit(xiaomi.url).port or 0, context) as front:
            app = site(**self.over_tls(front))
            if app.framework == "starlette":
                trusted = ssl.create_default_context(cafile=str(trusted))
            app = site(client_kwargs={"verify": trusted}, **self.over_tls(front))
            assert app.sign_in(xiaomi)["userinfo"]["name"]
            app.sign_in(xiaomi)
            assert front.connections == 1
            app.call("aclose") if app.framework == "starlette" else app.call("close")

    @pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
    def test_a_certificate_is_not_looked_at_where_verify_is_false(
        self, xiaomi: Sandbox, site: MakeSite, context: ssl.SSLContext
    ) -> None:
        with Forwarding(urlsplit(xiaomi.url).port or 0, context) as front:
            app = site(client_kwargs={"verify": False}, **self.over_tls(front))
            assert app.sign_in(xiaomi)["userinfo"]["name"]
            app.call("aclose") if app.framework == "starlette" else app.call("close")

    def test_a_certificate_that_nobody_trusts_is_an_error_that_says_so(
        self, xiaomi: Sandbox, site: MakeSite, context: ssl.SSLContext
    ) -> None:
        with Forwarding(urlsplit(xiaomi.url).port or 0, context) as front:
            with pytest.raises(XiaomiOAuthError, match="certificate that is not trusted") as caught:
                site(**self.over_tls(front)).sign_in(xiaomi)
            assert front.connections == 1  # trying again would not help
        assert caught.value.error == "temporarily_unavailable"
        assert "verify" in caught.value.hint

    @pytest.mark.filterwarnings("ignore:`verify=<str>` is deprecated")
    def test_a_missing_certificate_bundle_is_an_error_that_says_so(
        self, xiaomi: Sandbox, site: MakeSite, context: ssl.SSLContext
    ) -> None:
        with Forwarding(urlsplit(xiaomi.url).port or 0, context) as front:
            app = site(client_kwargs={"verify": "/no/such/bundle.pem"}, **self.over_tls(front))
            with pytest.raises(
                XiaomiOAuthError, match="a file of certificates is missing"
            ) as caught:
                app.sign_in(xiaomi)
            assert "verify" in caught.value.hint
            assert front.connections == 0

    def test_a_transport_of_ones_own_that_fails_is_an_error_that_shows_no_secret(
        self, xiaomi: Sandbox
    ) -> None:
        class Broken(httpx.AsyncBaseTransport):  # type: ignore[misc]
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                raise OSError(f"no way for {request.content!r} to {request.url}")

        app = Site("starlette", xiaomi, Store(None), client_kwargs={"transport": Broken()})
        with pytest.raises(XiaomiOAuthError) as caught:
            app.sign_in(xiaomi)
        assert caught.value.error == "temporarily_unavailable"
        assert xiaomi.client_secret not in str(caught.value)
        app.close()

    def test_a_transport_of_ones_own_sends_to_both_hosts_and_is_closed_once(
        self, xiaomi: Sandbox
    ) -> None:
        class Own(httpx.AsyncHTTPTransport):  # type: ignore[misc]
            closed = 0

            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                seen.append(request.url)
                return await super().handle_async_request(request)

            async def aclose(self) -> None:
                self.closed += 1
                await super().aclose()

        seen: list[httpx.URL] = []
        own = Own()
        with Forwarding(urlsplit(xiaomi.url).port or 0) as other_host:
            app = Site(
                "starlette", xiaomi, Store(None), client_kwargs={"transport": own},
                api_base_url=f"{other_host.url}/",
            )  # fmt: skip
            token = app.sign_in(xiaomi)
            app.close()
        token_url, profile_url = seen
        assert (token_url.port, profile_url.port) == (urlsplit(xiaomi.url).port, other_host.port)
        assert profile_url.params["token"] == token["access_token"]
        assert own.closed == 1

    @pytest.mark.parametrize("option", ["proxy", "mounts"])
    def test_a_proxy_wins_over_a_transport_of_ones_own(self, xiaomi: Sandbox, option: str) -> None:
        class Own(httpx.AsyncHTTPTransport):  # type: ignore[misc]
            closed = 0

            async def aclose(self) -> None:
                self.closed += 1
                await super().aclose()

        own, port = Own(), urlsplit(xiaomi.url).port or 0
        with Answering(partial(forward, port)) as proxy, Forwarding(port) as other_host:
            mounted = Own(proxy=proxy.url)
            way = {"proxy": proxy.url} if option == "proxy" else {"mounts": {"all://": mounted}}
            app = Site(
                "starlette", xiaomi, Store(None), client_kwargs={"transport": own, **way},
                api_base_url=f"{other_host.url}/",
            )  # fmt: skip
            assert app.sign_in(xiaomi)["userinfo"]["name"]
            app.close()
        token, profile = [request.split(b" ", 2)[1].decode() for request in proxy.requests]
        assert token == f"{xiaomi.url}/oauth2/token"
        assert profile.startswith(f"{other_host.url}/user/profile?")
        assert (own.closed, mounted.closed) == (1, option == "mounts")

    def test_what_watches_httpx_own_transport_sees_no_token_in_urls(
        self, xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen, send = [], httpx.AsyncHTTPTransport.handle_async_request

        async def watched(self: Any, request: httpx.Request) -> Any:
            seen.append(str(request.url))
            return await send(self, request)

        # As tools for tracing do.
        monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", watched)
        app = Site("starlette", xiaomi, Store(None))
        app.call("get", "user/profile?lang=zh", token=app.sign_in(xiaomi))
        app.close()
        profile = f"{xiaomi.url}/user/profile"
        assert seen[1:] == [profile, f"{profile}?lang=zh"]
        assert xiaomi.requests[-1].args["lang"] == "zh"

    def test_a_target_of_ones_own_is_what_is_asked_for(self, xiaomi: Sandbox) -> None:
        app = Site("starlette", xiaomi, Store(None))
        app.call("get", "user/profile", token="t", extensions={"target": b"/user/openidV2"})
        app.close()
        assert xiaomi.requests[-1].endpoint == "user/openidV2"

    def test_a_proxy_is_gone_through(self, xiaomi: Sandbox, site: MakeSite) -> None:
        with Answering(partial(forward, urlsplit(xiaomi.url).port or 0)) as proxy:
            app = site()
            proxies: dict[str, object] = {"proxy": proxy.url}
            if app.framework != "starlette":
                proxies = {"proxies": {"http": proxy.url}}
            app = site(client_kwargs=proxies)
            assert app.sign_in(xiaomi)["userinfo"]["name"]
            assert len(proxy.requests) == 2
            app.call("aclose") if app.framework == "starlette" else app.call("close")

    def test_a_proxy_of_the_environment_is_gone_through(
        self, xiaomi: Sandbox, site: MakeSite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = response(b'{"access_token": "V3_by_proxy", "scope": "3", "openId": "o"}')
        with Answering(lambda _: answer) as proxy:
            monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("http_proxy", proxy.url)
            monkeypatch.delenv("NO_PROXY", raising=False)
            monkeypatch.delenv("no_proxy", raising=False)
            app = site(access_token_url="http://account.xiaomi.invalid/oauth2/token")
            token = app.call("fetch_access_token", code="c", redirect_uri="http://localhost/")
            assert token["access_token"] == "V3_by_proxy"
            app.call("aclose") if app.framework == "starlette" else app.call("close")
        assert proxy.requests[0].startswith(b"POST http://account.xiaomi.invalid/oauth2/token")


def forward(port: int, request: bytes) -> bytes:
    """The answer of a server of this machine, as a proxy gets it: over a connection of its own."""
    # An HTTP proxy gets the whole URL; the server behind it, the path.
    request = re.sub(rb"^(\w+) http://[^/ ]+", rb"\1 ", request)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        return read_request(connection)  # a response is framed as a request is
