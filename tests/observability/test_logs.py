"""The records of the logger ``authlib_xiaomi``, as docs/how-to/logging.md describes them."""

from __future__ import annotations

import ast
import logging
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.requests_client import XiaomiOAuth2Session
from authlib_xiaomi.sandbox import Sandbox

from ..apps import CALLBACK, endpoints
from ..docs.pages import ROOT
from ..servers.kinds import KINDS
from ..sites.web import REQUEST, SITES, FastAPISite, Site
from ..test_secrets import secrets, seen_in
from .journey import journey

PAGE = ROOT / "docs" / "how-to" / "logging.md"
#: In their order: what is asked, and Xiaomi's error number.
STEPS = [
    ("redirect", "/oauth2/authorize", None),
    ("token", "/oauth2/token", None),
    ("userinfo", "/user/profile", None),
    ("api", "/user/profile", None),
    ("refresh", "/oauth2/token", None),
    ("userinfo", "/user/profile", None),  # the connection breaks
    ("userinfo", "/user/profile", 96008),
    ("userinfo", "/user/profile", None),  # nobody is there
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sign_in_can_be_followed_by_the_fields_of_its_records(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "authlib_xiaomi"):
        hidden = journey(kind)
    assert followed(caplog) == STEPS
    first, *requests = records(caplog)
    assert first.duration is None
    assert all(isinstance(r.duration, float) and r.duration >= 0 for r in requests)
    assert {(r.method, r.signed) for r in requests} == {("POST", False), ("GET", False)}
    assert not any(urlsplit(r.endpoint).query for r in (first, *requests))
    assert not seen_in(repr([vars(r) for r in (first, *requests)]), hidden)


@pytest.mark.parametrize("kind", [*SITES, FastAPISite], ids=lambda kind: kind.framework)
@pytest.mark.parametrize("where", ["of the call", "of the registration"])
def test_a_browsers_way_can_be_followed_from_the_site_to_xiaomi_and_back(
    kind: type[Site], where: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox() as xiaomi, kind() as site, caplog.at_level(logging.DEBUG, "authlib_xiaomi"):
        own = None if where == "of the registration" else ...
        site.connect(xiaomi, redirect_uri="http://localhost/auth")
        callback = xiaomi.allow(site.login(own))
        token = site.callback(callback)
        site.do("get", "user/profile", token=token, **_request(site))
        with pytest.raises(XiaomiOAuthError):
            site.callback(callback)
        declined = xiaomi.deny(site.login(own))
        with pytest.raises(XiaomiOAuthError):
            site.callback(declined)
        hidden = secrets(xiaomi, token)
    leaving, coming = ("redirect", "/oauth2/authorize", None), ("callback", "/auth", None)
    assert followed(caplog) == [
        *(leaving, coming, ("token", "/oauth2/token", None)),
        *(("userinfo", "/user/profile", None), ("api", "/user/profile", None)),
        ("callback", None, None),  # its state was used
        *(leaving, ("callback", "/auth", 96012)),
    ]
    texts = [r.getMessage() for r in records(caplog) if r.step == "callback"]
    assert texts[0] == "A callback brings a code"
    assert texts[1].startswith("A callback brings mismatching_state: ")
    assert texts[2].startswith("A callback brings access_denied: ")
    assert not seen_in(repr([vars(r) for r in records(caplog)]), hidden)


def _request(site: Site) -> dict[str, Any]:
    return {"request": REQUEST} if site.takes_request else {}


def test_a_callback_that_a_client_without_a_framework_reads_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with (
        Sandbox() as xiaomi,
        XiaomiOAuth2Session(
            xiaomi.client_id, xiaomi.client_secret, redirect_uri=CALLBACK, **endpoints(xiaomi)
        ) as session,
        caplog.at_level(logging.DEBUG, "authlib_xiaomi"),
    ):
        url, state = session.create_authorization_url()
        callback = xiaomi.allow(url)
        with pytest.raises(XiaomiOAuthError):
            session.fetch_token(authorization_response=callback, state="another")
        session.fetch_token(authorization_response=callback, state=state)
    assert followed(caplog) == [
        ("redirect", "/oauth2/authorize", None),
        ("callback", "/auth", None),
        ("callback", "/auth", None),
        ("token", "/oauth2/token", None),
    ]


def records(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record for record in caplog.records if record.name == "authlib_xiaomi"]


def followed(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str | None, int | None]]:
    """Each record's step, the path of its endpoint, and Xiaomi's error number."""
    return [(r.step, r.endpoint and urlsplit(r.endpoint).path, r.code) for r in records(caplog)]


def test_a_refresh_by_get_is_logged_without_its_form(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "authlib_xiaomi"):
        hidden = journey("session", refresh_post="405")
    refreshes: list[Any] = [r for r in caplog.records if getattr(r, "step", "") == "refresh"]
    assert [r.getMessage().split()[0] for r in refreshes] == ["POST", "GET"]
    assert not seen_in(repr([vars(r) for r in refreshes]), hidden)


def test_the_page_has_every_record_of_the_package() -> None:
    rows = re.findall(r"^\| `([A-Z]+)` \| `([^`]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    written = {(level, text.partition(" …")[0]) for level, text in rows}
    called = set(_records())
    assert len(called) == len(rows)
    assert {(level, _as_written(text, written)) for level, text in called} == written


def _as_written(text: str, written: set[tuple[str, str]]) -> str:
    """`text`, cut as the page cuts it."""
    return next((t for _, t in written if text.startswith(t) and t.endswith(":")), text)


def _records() -> list[tuple[str, str]]:
    """Level and text of each record that the package logs on its own logger."""
    package = ROOT / "authlib_xiaomi"
    found = []
    for path in package.rglob("*.py"):
        if path.relative_to(package).parts[0] in ("sandbox", "cli"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            function = getattr(node, "func", None)
            if isinstance(function, ast.Attribute) and ast.unparse(function.value) == "log":
                text = getattr(node, "args", [None])[0]
                if isinstance(text, ast.Constant):
                    found.append((function.attr.upper(), text.value))
    return found
