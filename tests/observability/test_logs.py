"""The records of the logger ``authlib_xiaomi``, as docs/how-to/logging.md describes them."""

from __future__ import annotations

import ast
import logging
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from ..docs.pages import ROOT
from ..servers.kinds import KINDS
from ..test_secrets import seen_in
from .journey import journey

PAGE = ROOT / "docs" / "how-to" / "logging.md"
#: In their order: what is asked, and Xiaomi's error number.
STEPS = [
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
    records: list[Any] = [record for record in caplog.records if record.name == "authlib_xiaomi"]
    followed = [(r.step, urlsplit(r.endpoint).path, r.code) for r in records]
    assert followed == STEPS
    assert all(isinstance(r.duration, float) and r.duration >= 0 for r in records)
    assert not any(urlsplit(r.endpoint).query for r in records)
    assert not seen_in(repr([vars(r) for r in records]), hidden)


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
