"""The changelog's section "Coming from 1.0": whatever is gone has its line, and what the lines say
to write is there."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from authlib_xiaomi.requests_client import XiaomiOAuth2Session
from authlib_xiaomi.sandbox import Sandbox

from .pages import ROOT

SECTION = (ROOT / "CHANGELOG.md").read_text("utf-8").partition("### Coming from 1.0")[2]
ROWS = re.findall(r"^\| (.+) \| (.+) \|$", SECTION.partition("\n### ")[0], re.MULTILINE)[2:]
BEFORE, NOW = (" ".join(column) for column in zip(*ROWS, strict=True))

#: What 1.0.0 had, by module.
GONE = {
    "httpx_client": ["XiaomiOAuth2Client"],
    "redaction": ["hidden", "muted", "secrets_of"],
    "provider": ["TOKEN_ENDPOINT_AUTH_METHOD", "api_url", "origin", "same_origin", "with_origin"],
}


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, names in GONE.items() for n in names])
def test_a_name_that_is_gone_has_its_line(module: str, name: str) -> None:
    assert not hasattr(import_module(f"authlib_xiaomi.{module}"), name)
    assert re.search(rf"[`.]{name}`", BEFORE)


@pytest.mark.parametrize("method", ["current_userinfo", "credentials", "share"])
def test_a_method_that_is_gone_has_its_line(method: str) -> None:
    assert not hasattr(XiaomiOAuth2Session, method)
    assert f"`client.{method}()`" in BEFORE


@pytest.mark.parametrize("module", ["redirect_uri", "responses", "userinfo"])
def test_a_module_that_is_gone_has_its_line(module: str) -> None:
    assert find_spec(f"authlib_xiaomi.{module}") is None
    assert re.search(rf"[`.]{module}`", BEFORE)


def test_the_modules_and_names_to_write_instead_are_there() -> None:
    found = re.findall(
        r"`(?:authlib_xiaomi\.)?(provider|mac|redaction|requests_client)\.(\w+)", NOW
    )
    assert len(found) > 3
    for module, name in found:
        assert hasattr(import_module(f"authlib_xiaomi.{module}"), name)
    redaction = import_module("authlib_xiaomi.redaction")
    assert all(hasattr(redaction, name) for name in ("redacting", "silenced", "secrets_in"))


@pytest.mark.parametrize(
    "options",
    [
        {"like": "documents"},
        {"old_app": True, "old_app_union_id": False},
        {"signatures": "required"},
    ],
    ids=str,
)
def test_the_sandboxs_options_to_write_instead_are_taken(options: dict[str, Any]) -> None:
    assert all(f"{name}=" in NOW + BEFORE for name in options)
    assert isinstance(Sandbox(**options), Sandbox)


def test_the_options_of_1_0_are_still_taken() -> None:
    Sandbox(
        mac=True, union_id=False, old_app=True, token_expires_in=60, code_expires_in=60,
        prefix=False, api_prefix=True, stray_spaces=True, strings_for_numbers=True,
        require_mac=True, insecure_expose=True, host="127.0.0.1", users={}, scopes="1 3",
        redirect_uris="https://example.com/auth", client_id=5, client_secret="s", port=0,
    )  # fmt: skip
