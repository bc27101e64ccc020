"""``probe --sign-in``: what it tries with a session, and how the user's sign-in comes to it."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from authlib_xiaomi.cli.probe.callback import browser_is_there, parameters, port_of
from authlib_xiaomi.cli.probe.points import POINTS
from authlib_xiaomi.sandbox import Sandbox

from ..listeners import Answering, response
from .probing import CALLBACK, Run, probing

#: What is tried in one sitting at most: nobody declines, and one method of refresh is enough.
ALL = {point.id for point in POINTS} - {"declined", "refresh-get"}
TWICE = {"second-sign-in-refresh-token", "second-sign-in-access-token"}
#: In which the documents differ from the live service.
DOCUMENTS = {
    "token-error-status",
    "plain-token",
    "callback-https",
    "callback-not-ascii",
    "skip-confirm-forms",
    "scope-openid",
    "token-lifetime",
    "token-mac",
    "signed-encoded",
    "nonce-encoded",
    "open-id",
    "friends",
    "missing-scope",
    "second-sign-in-refresh-token",
}

Sign = Callable[..., Run]


@contextmanager
def service(**options: Any) -> Iterator[Sandbox]:
    """A sandbox whose application has three scopes, and a callback elsewhere."""
    with Sandbox(**{"redirect_uris": CALLBACK, "scopes": "1 2 3", **options}) as xiaomi:
        yield xiaomi


def sign_in(xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch, *args: str, **changes: str) -> Run:
    runner = probing(xiaomi, monkeypatch, **changes)
    options = ["--base-url", xiaomi.url, "--sign-in", "--json", *args]
    return runner.run(*options, user=lambda url: xiaomi.allow(url))


def test_all_is_as_expected_of_the_live_service(monkeypatch: pytest.MonkeyPatch) -> None:
    with service() as xiaomi:
        run = sign_in(xiaomi, monkeypatch, "--twice")
    assert run.having("expected") == ALL
    assert run.having("different") == set()
    assert run.status == 0


def test_the_documents_differ_in_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with service(like="documents") as xiaomi:
        run = sign_in(xiaomi, monkeypatch, "--twice", "--scope", "1 2 3")
    assert run.having("different") == DOCUMENTS
    assert run.having("expected") == ALL - DOCUMENTS
    assert run.status == 1


def test_without_a_scope_the_documents_give_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    with service(like="documents") as xiaomi:
        run = sign_in(xiaomi, monkeypatch)
    assert run.points["token-scope"]["seen"] == {"asked": "for none", "granted": "the profile"}
    assert run.points["token-scope"]["verdict"] == "not tried"
    assert run.points["open-id"]["seen"] is None
    assert run.points["missing-scope"]["seen"]["error"] == 96005


def test_one_sign_in_leaves_two_points(monkeypatch: pytest.MonkeyPatch) -> None:
    with service() as xiaomi:
        run = sign_in(xiaomi, monkeypatch)
        asked = [request for request in xiaomi.requests if request.form.get("code", "C3_")]
    assert run.having("expected") == ALL - TWICE
    assert run.status == 0
    assert asked


def test_twice_alone_signs_in_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with service() as xiaomi:
        runner = probing(xiaomi, monkeypatch)
        run = runner.run("--base-url", xiaomi.url, "--twice", "--json", user=xiaomi.allow)
    assert run.having("expected") == ALL


def test_names_types_and_lengths_of_the_token_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with service() as xiaomi:
        run = sign_in(xiaomi, monkeypatch)
    assert run.points["token"]["seen"]["fields"] == {
        "access_token": "text, 67 characters",
        "expires_in": "number",
        "refresh_token": "text, 67 characters",
        "scope": "text",
        "token_type": "text",
        "mac_key": "text, 27 characters",
        "mac_algorithm": "text",
        "openId": "text, 31 characters",
        "union_id": "text, 20 characters",
    }
    assert run.points["token-lifetime"]["seen"] == {"seconds": 259200, "as": "number"}


@pytest.mark.parametrize(
    ("options", "different", "seen"),
    [
        ({"signatures": "required"}, {"profile"}, {}),
        (
            {"signatures": "refused"},
            {
                "profile-signed",
                "signed-decoded",
                "signed-encoded",
                "nonce-encoded",
                "nonce-again",
            },
            {},
        ),
        ({"signed_values": "encoded"}, {"signed-decoded"}, {}),
        ({"encoded_nonce": False}, {"nonce-encoded"}, {}),
        ({"refresh_needs_redirect_uri": False}, {"refresh-without-redirect-uri"}, {}),
        ({"refresh_token_once": False}, {"refresh-token-again"}, {}),
        ({"refresh_ends_access_token": False}, {"old-access-token"}, {}),
        (
            {"refresh_changes_mac_key": False},
            {"refresh-changes"},
            {"refresh-changes": {"mac_key": "same"}},
        ),
        ({"code_once": False}, {"code-again"}, {}),
        ({"token_expires_in": 7200}, {"token-lifetime"}, {"token-lifetime": {"seconds": 7200}}),
        ({"union_id": False}, {"token-ids"}, {"token-ids": {"union_id": "missing"}}),
        ({"missing_scope_code": 96005}, {"missing-scope"}, {"missing-scope": {"error": 96005}}),
        ({"open_id_key": "openid"}, {"open-id"}, {"open-id": {"key": "openid"}}),
        ({"friends": "profiles"}, {"friends"}, {"friends": {"friends": "list"}}),
        ({"api_result": "OK", "api_code": False}, set(), {"profile": {"result": "OK"}}),
        ({"api_result": "missing"}, set(), {"profile": {"code": 0}}),
        ({"api_prefix": True}, set(), {"profile": {"prefix": "yes"}}),
        ({"stray_spaces": True}, set(), {"token": {"prefix": "with a space"}}),
        (
            {"strings_for_numbers": True},
            set(),
            {"token-lifetime": {"as": "text of digits"}, "profile": {"number_as_text": True}},
        ),
        ({"prefix_on": "get"}, set(), {"token-prefix": {"post": ["no"], "get": ["yes"]}}),
    ],
)
def test_each_way_to_behave_shows_in_its_points(
    monkeypatch: pytest.MonkeyPatch, options: Any, different: set[str], seen: Any
) -> None:
    with service(**options) as xiaomi:
        run = sign_in(xiaomi, monkeypatch)
    assert run.having("different") == different
    assert run.having("expected") == ALL - TWICE - different
    for point, facts in seen.items():
        assert facts.items() <= run.points[point]["seen"].items()


@pytest.mark.parametrize("way", ["404", "405", "96002", "96006"])
def test_a_refresh_that_post_does_not_make_is_made_by_get(
    monkeypatch: pytest.MonkeyPatch, way: Any
) -> None:
    with service(refresh_post=way) as xiaomi:
        run = sign_in(xiaomi, monkeypatch, "--twice")
    assert {"refresh", "wrong-refresh-token"} <= run.having("different")
    assert {"refresh-get", *TWICE} <= run.having("expected")


def test_a_token_without_a_key_leaves_signatures_untried(monkeypatch: pytest.MonkeyPatch) -> None:
    with service(mac=False) as xiaomi:
        run = sign_in(xiaomi, monkeypatch)
    assert run.having("different") == {"token-mac"}
    assert run.points["refresh-changes"]["seen"]["mac_key"] == "none"
    assert "profile-signed" in run.having("not tried")


def test_an_application_of_old_has_other_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    with service(old_app=True, old_app_union_id=False) as xiaomi:
        run = sign_in(xiaomi, monkeypatch)
    assert run.having("different") == {"profile-fields", "token-ids"}
    fields = run.points["profile-fields"]["seen"]["fields"]
    assert fields["userId"] == "number, 10 characters"


def test_with_all_scopes_granted_none_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with service(scopes=None) as xiaomi:
        run = sign_in(xiaomi, monkeypatch)
    assert "missing-scope" in run.having("not tried")


def test_a_friend_list_may_be_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    with service() as xiaomi:
        runner = probing(xiaomi, monkeypatch)
        options = ["--base-url", xiaomi.url, "--sign-in", "--json"]
        run = runner.run(*options, user=lambda url: xiaomi.allow(url, "nora"))
    assert run.points["friends"]["seen"]["friends"] == "empty text"
    assert run.points["friends"]["verdict"] == "expected"


def test_the_other_apis_may_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    with service() as xiaomi:
        xiaomi.fail("user/openidV2", times=None, status=404)
        xiaomi.fail("user/relation", times=None, status=404)
        run = sign_in(xiaomi, monkeypatch)
    assert run.having("different") == {"open-id", "friends"}
    assert run.points["open-id"]["seen"]["status"] == 404


def test_a_second_sign_in_of_somebody_else_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with service() as xiaomi:
        people = iter(["lei", "fox"])
        runner = probing(xiaomi, monkeypatch)
        options = ["--base-url", xiaomi.url, "--twice", "--json"]
        run = runner.run(*options, user=lambda url: xiaomi.allow(url, next(people)))
    assert "another account's" in run.err
    assert run.report["stopped"] == "another_user"
    assert run.having("not tried") >= TWICE
    assert run.status == 2


class TestEndings:
    """Where a sign-in goes no further."""

    def test_a_declined_sign_in_is_a_point(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with service() as xiaomi:
            runner = probing(xiaomi, monkeypatch)
            options = ["--base-url", xiaomi.url, "--sign-in", "--json"]
            run = runner.run(*options, user=xiaomi.deny)
        assert run.points["declined"]["seen"] == {
            "error": 96012,
            "text": "access denied",
            "state": True,
            "fields": {
                "error": "text of digits",
                "error_description": "text",
                "state": "text, 22 characters",
            },
        }
        assert run.points["declined"]["verdict"] == "expected"
        assert run.report["stopped"] == "declined"
        assert run.status == 2

    @pytest.mark.parametrize(
        ("options", "seen", "verdict"),
        [
            ({"declined": "word"}, "access_denied", "expected"),
            ({"declined": "name", "declined_description": False}, "OA_ACCESS_DENIED", "expected"),
            ({"declined_state": False}, 96012, "different"),
        ],
    )
    def test_it_may_come_in_any_form(
        self, monkeypatch: pytest.MonkeyPatch, options: Any, seen: object, verdict: str
    ) -> None:
        with service(**options) as xiaomi:
            runner = probing(xiaomi, monkeypatch)
            args = ["--base-url", xiaomi.url, "--sign-in", "--json"]
            run = runner.run(*args, user=xiaomi.deny)
        assert run.points["declined"]["seen"]["error"] == seen
        assert run.points["declined"]["verdict"] == verdict

    def test_a_code_that_gives_no_token_ends_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with service() as xiaomi:
            runner = probing(xiaomi, monkeypatch)

            def user(url: str) -> str:
                callback = xiaomi.allow(url)
                xiaomi.fail("token", code=96013)
                return callback

            run = runner.run("--base-url", xiaomi.url, "--sign-in", "--json", user=user)
        assert run.report["stopped"] == "no_token"
        assert run.points["token"]["verdict"] == "different"
        assert run.points["profile"]["seen"] is None

    def test_a_refresh_that_gives_no_token_ends_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with service() as xiaomi:
            runner = probing(xiaomi, monkeypatch)

            def user(url: str) -> str:
                callback = xiaomi.allow(url)
                xiaomi.fail("token", delay=0.001)
                xiaomi.fail("token", times=None, code=96009)
                return callback

            run = runner.run("--base-url", xiaomi.url, "--twice", "--json", user=user)
        assert run.report["stopped"] == "no_refresh"
        assert run.points["refresh"]["verdict"] == "different"
        assert run.points["open-id"]["verdict"] == "expected"

    @pytest.mark.parametrize("profile", [b"{}", b'{"result":"ok","code":0,"data":[]}'])
    def test_a_token_with_little_in_it_is_enough_for_a_report(
        self, monkeypatch: pytest.MonkeyPatch, profile: bytes
    ) -> None:
        def answer(request: bytes) -> bytes:
            if b"code=C3_" in request:
                token = {"access_token": "t", "scope": "", "expires_in": "soon"}
                return response(json.dumps(token).encode())
            return response(profile if b"/user/" in request else b'{"error":"96013"}')

        with service() as xiaomi, Answering(answer) as server:
            runner = probing(xiaomi, monkeypatch)

            def user(url: str) -> str:
                parts = urlsplit(url)
                return xiaomi.allow(f"{xiaomi.url}{parts.path}?{parts.query}")

            run = runner.run("--base-url", server.url, "--sign-in", "--json", user=user)
        assert run.report["stopped"] == "no_refresh_token"
        assert {"token", "token-lifetime", "token-mac"} <= run.having("different")
        assert run.points["token-lifetime"]["seen"] == {"seconds": None, "as": "text"}
        assert run.points["profile-fields"]["seen"] is None

    def test_ctrl_c_while_it_waits_leaves_what_was_seen(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def user(url: str) -> str:
            raise KeyboardInterrupt

        with service() as xiaomi:
            runner = probing(xiaomi, monkeypatch)
            run = runner.run("--base-url", xiaomi.url, "--sign-in", "--json", user=user)
        assert run.report["stopped"] == "interrupted"
        assert run.points["authorize"]["verdict"] == "expected"
        assert run.status == 130


class TestPasting:
    """A callback that no port of this machine takes."""

    def test_the_url_is_shown_and_the_address_asked_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with service() as xiaomi:
            run = sign_in(xiaomi, monkeypatch)
        assert f"{xiaomi.url}/oauth2/authorize?client_id={xiaomi.client_id}&" in run.err
        assert f"the browser goes to {CALLBACK}" in run.err
        assert "/oauth2/authorize" not in run.out

    def test_another_text_is_asked_for_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with service() as xiaomi:
            pasted = iter(["\n", "hello\n", f"{CALLBACK}?code=x&state=another\n", None])

            def user(url: str) -> str:
                return next(pasted) or f'  "{xiaomi.allow(url).replace("&", "&amp;")}"\n'

            runner = probing(xiaomi, monkeypatch)
            run = runner.run("--base-url", xiaomi.url, "--sign-in", "--json", user=user)
        assert run.err.count("This is not the address") == 2
        assert "profile" in run.having("expected")

    @pytest.mark.parametrize("text", ["", "hello\n"])
    def test_without_an_address_it_ends(self, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
        with service() as xiaomi:
            runner = probing(xiaomi, monkeypatch)
            options = ["--base-url", xiaomi.url, "--sign-in", "--json"]
            run = runner.run(*options, user=lambda url: text)
        assert "nobody came back" in run.err
        assert run.report["stopped"] == "no_callback"
        assert run.points["wrong-code"]["verdict"] == "expected"
        assert run.status == 2

    @pytest.mark.parametrize(
        ("text", "sent"),
        [
            ("http://a/?code=c&state=s", {"code": "c", "state": "s"}),
            (" <http://a/?code=c&amp;state=s>\n", {"code": "c", "state": "s"}),
            ("“/?code=c&state=s”", {"code": "c", "state": "s"}),
            ("?error=96012", {"error": "96012"}),
            ("?error=96012&state=s", {"error": "96012", "state": "s"}),
            ("?error=96012&state=x", None),
            ("?code=c", None),
            ("?code=c&state=x", None),
            ("?code=&state=s", None),
            ("http://[?code=c&state=s", None),
        ],
    )
    def test_an_address_is_taken_as_people_copy_it(
        self, text: str, sent: dict[str, str] | None
    ) -> None:
        assert parameters(text, "s") == sent


class TestWaiting:
    """A callback on a port of this machine."""

    @pytest.fixture
    def callback(self) -> str:
        """A callback on a port that is free."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            return f"http://localhost:{listener.getsockname()[1]}/auth"

    def run(
        self,
        xiaomi: Sandbox,
        monkeypatch: pytest.MonkeyPatch,
        callback: str,
        visit: Callable[[str], None],
        *args: str,
    ) -> Run:
        runner = probing(xiaomi, monkeypatch, XIAOMI_REDIRECT_URI=callback)
        options = ["--base-url", xiaomi.url, "--sign-in", "--json", *args]
        return runner.run(*options, waiting=lambda url: visit(url) or "")

    def test_the_browser_comes_back_to_it(
        self, monkeypatch: pytest.MonkeyPatch, callback: str
    ) -> None:
        pages: list[requests.Response] = []
        with Sandbox() as xiaomi:
            run = self.run(
                xiaomi,
                monkeypatch,
                callback,
                lambda url: pages.append(requests.get(xiaomi.allow(url), timeout=10)),
            )
        assert "profile" in run.having("expected")
        assert "You can close this page." in pages[0].text
        assert pages[0].headers["Referrer-Policy"] == "no-referrer"
        assert pages[0].headers["Cache-Control"] == "no-store"

    def test_what_is_not_the_callback_is_not_taken(
        self, monkeypatch: pytest.MonkeyPatch, callback: str
    ) -> None:
        statuses: list[int] = []

        def visit(url: str) -> None:
            others = ("?code=x&state=another", "/favicon.ico", "?code=x")
            pages = [requests.get(callback + other, timeout=10) for other in others]
            statuses.extend(page.status_code for page in pages)
            with socket.create_connection(("127.0.0.1", urlsplit(callback).port or 0)) as idle:
                idle.sendall(b"GET")
                statuses.append(requests.get(xiaomi.allow(url), timeout=10).status_code)

        with Sandbox() as xiaomi:
            run = self.run(xiaomi, monkeypatch, callback, visit)
        assert statuses == [400, 404, 400, 200]
        assert "profile" in run.having("expected")

    def test_a_port_in_use_is_named_and_the_address_pasted(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener, Sandbox() as xiaomi:
            port = listener.getsockname()[1]
            runner = probing(
                xiaomi, monkeypatch, XIAOMI_REDIRECT_URI=f"http://127.0.0.1:{port}/auth"
            )
            options = ["--base-url", xiaomi.url, "--sign-in", "--json"]
            run = runner.run(*options, user=xiaomi.allow)
        assert f"Port {port} cannot be used: Address already in use." in run.err
        assert "profile" in run.having("expected")

    def test_pasting_can_be_asked_for(self, monkeypatch: pytest.MonkeyPatch, callback: str) -> None:
        with Sandbox() as xiaomi:
            runner = probing(xiaomi, monkeypatch, XIAOMI_REDIRECT_URI=callback)
            options = ["--base-url", xiaomi.url, "--sign-in", "--json", "--paste"]
            run = runner.run(*options, user=xiaomi.allow)
        assert "Waiting" not in run.err
        assert "profile" in run.having("expected")

    def test_who_does_not_come_back_is_not_waited_for_for_ever(
        self, monkeypatch: pytest.MonkeyPatch, callback: str
    ) -> None:
        monkeypatch.setattr("authlib_xiaomi.cli.probe.dialogue._PATIENCE", 0.1)
        with Sandbox() as xiaomi:
            run = self.run(xiaomi, monkeypatch, callback, lambda url: None)
        assert run.report["stopped"] == "no_callback"
        assert run.status == 2

    @pytest.mark.parametrize(
        ("uri", "place"),
        [
            ("http://localhost:8000/auth", ("127.0.0.1", 8000)),
            ("http://127.0.0.1/auth", ("127.0.0.1", 80)),
            ("http://[::1]:8000/", ("::1", 8000)),
            ("https://localhost:8000/auth", None),
            ("http://example.com:8000/auth", None),
        ],
    )
    def test_a_port_is_this_machines_or_not(self, uri: str, place: tuple[str, int] | None) -> None:
        assert port_of(uri) == place

    def test_it_waits_on_ipv6_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        if not socket.has_ipv6:
            pytest.skip("this machine has no IPv6")
        try:
            with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
                callback = f"http://[::1]:{listener.getsockname()[1]}/auth"
        except OSError:
            pytest.skip("this machine has no IPv6")
        with Sandbox(redirect_uris=callback) as xiaomi:
            run = self.run(
                xiaomi,
                monkeypatch,
                callback,
                lambda url: requests.get(xiaomi.allow(url), timeout=10).close(),
            )
        assert "profile" in run.having("expected")

    def test_a_browser_is_opened_where_there_is_one(
        self, monkeypatch: pytest.MonkeyPatch, callback: str, tmp_path: Path
    ) -> None:
        # A browser of a kind: it shows the page, and presses the buttons.
        browser = tmp_path / "browser.py"
        browser.write_text(
            "import re, sys, urllib.parse as parse, urllib.request as request\n"
            "from http.cookiejar import CookieJar\n"
            "print('a browser may say anything')\n"
            "open_ = request.build_opener(request.HTTPCookieProcessor(CookieJar())).open\n"
            "def press(page, **chosen):\n"
            "    html = page.read().decode()\n"
            "    action = re.search(r'action=\"([^\"]+)\"', html)[1].replace('&amp;', '&')\n"
            '    token = re.search(r\'name="token" value="([^"]+)"\', html)[1]\n'
            "    form = parse.urlencode({'token': token, **chosen}).encode()\n"
            "    return open_(parse.urljoin(page.url, action), form)\n"
            "page = press(open_(sys.argv[1]), user='lei')\n"
            "press(page, decision='allow')\n"
        )
        monkeypatch.setenv("BROWSER", f"{sys.executable} {browser} %s")
        with Sandbox() as xiaomi:
            runner = probing(xiaomi, monkeypatch, XIAOMI_REDIRECT_URI=callback)
            run = runner.run("--base-url", xiaomi.url, "--sign-in", "--json", browser=True)
        assert "profile" in run.having("expected")
        assert "anything" not in run.out + run.err

    @pytest.mark.parametrize(
        ("environ", "platform", "there"),
        [
            ({}, "linux", False),
            ({"DISPLAY": ":0"}, "linux", True),
            ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
            ({"BROWSER": "firefox"}, "linux", True),
            ({}, "darwin", True),
            ({}, "win32", True),
        ],
    )
    def test_a_browser_is_there_or_not(
        self, monkeypatch: pytest.MonkeyPatch, environ: Any, platform: str, there: bool
    ) -> None:
        monkeypatch.setattr(sys, "platform", platform)
        assert browser_is_there(environ) is there


def test_the_state_is_a_new_one_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    states: list[str] = []
    with service() as xiaomi:
        runner = probing(xiaomi, monkeypatch)

        def user(url: str) -> str:
            states.extend(parse_qs(urlsplit(url).query)["state"])
            return xiaomi.allow(url)

        run = runner.run("--base-url", xiaomi.url, "--twice", "--json", user=user)
    assert len(set(states)) == 2
    assert not any(state in run.out for state in states)
    assert os.environ["XIAOMI_CLIENT_SECRET"] not in run.err
