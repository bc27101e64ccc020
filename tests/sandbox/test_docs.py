"""The sandbox's page of the documentation."""

from __future__ import annotations

import io
import re
from pathlib import Path

from authlib_xiaomi._tools.translations import translations
from authlib_xiaomi.sandbox import Sandbox
from authlib_xiaomi.sandbox.app import create_app
from authlib_xiaomi.sandbox.arguments import SERVE
from authlib_xiaomi.sandbox.modes import TABLE

from .application import Application, Browser, query

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "sandbox.md").read_text("utf-8")


def shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`" if value else ""


def test_the_page_has_every_option_with_its_value_in_either_mode() -> None:
    texts = translations("authlib_xiaomi.sandbox", "en")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [
        (name, shown(live), shown(documents), texts[f"option_{name}"])
        for name, (live, documents) in TABLE.items()
    ]


def test_the_page_has_every_option_of_the_command_line() -> None:
    for argument in SERVE:
        assert f"`{argument.flag}" in PAGE or argument.name == "require_mac"


def test_the_page_has_every_request_for_programs() -> None:
    listed = re.findall(r"^\| `(GET|POST|DELETE) (/sandbox/api/\w+)` \|", PAGE, re.MULTILINE)
    served = {
        (method, rule.rule)
        for rule in create_app().url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/sandbox/api/")
    }
    assert set(listed) == served


def test_the_lines_on_the_page_are_lines_of_the_log(browser: Browser) -> None:
    written = io.StringIO()
    with Sandbox(log=written, redirect_uris="http://localhost:5001/auth") as xiaomi:
        app = Application(xiaomi)
        right = {"redirect_uri": "http://localhost:5001/auth"}
        browser.open(app.authorize_url(**right)).press("user", "lei").press("decision", "allow")
        code = query(browser.callback or "")["code"]
        app.redeem(code, **right)
        app.redeem(code, **right)
        browser.open(app.authorize_url())
    shown = re.findall(r"^    \d\d:\d\d:\d\d  (.*)$", PAGE, re.MULTILINE)
    assert [line[10:] for line in written.getvalue().splitlines()] == shown
