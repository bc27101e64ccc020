"""A report given to the sandbox makes it behave as the service that the report is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from authlib_xiaomi.sandbox import Sandbox

from .probing import CALLBACK, Run, probing

APP: dict[str, Any] = {"redirect_uris": CALLBACK, "scopes": "1 2 3"}
TEXTS = {96003: "the secret is another", 96007: "无此权限", 96012: "no"}


def sign_in(xiaomi: Sandbox, monkeypatch: pytest.MonkeyPatch, *args: str) -> Run:
    options = ["--base-url", xiaomi.url, "--twice", *args]
    return probing(xiaomi, monkeypatch).run(*options, user=xiaomi.allow)


def points(place: Path) -> dict[str, object]:
    """The report's points by id, with why it stopped."""
    report = json.loads((place / "report.json").read_text())
    return {"stopped": report["stopped"]} | {point["id"]: point for point in report["points"]}


@pytest.mark.parametrize(
    "options",
    [
        {"scope": "1 2 3 openid"},
        {},
        {"like": "documents", "scope": "1 2 3"},
        {"like": "documents"},
        {"signatures": "required", "access_denied_status": 403, "error_texts": TEXTS},
        {"signatures": "refused", "invalid_token_status": 200, "ignore_scope_words": True},
        {"mac": False, "union_id": False, "prefix": False, "grant_type_code": 96004},
        {"old_app": True, "declined": "word", "prefix_on": "get", "stray_spaces": True},
        {"old_app": True, "old_app_union_id": False, "strings_for_numbers": True},
        {"refresh_post": "405", "refresh_needs_redirect_uri": False, "prefix_on": "post"},
        {"refresh_post": "96002", "id_token": True, "scope": "1 openid"},
        {"refresh_ends_access_token": False, "refresh_token_once": False, "api_prefix": True},
        {"code_once": False, "token_expires_in": 7200, "error_status": 401, "friends": "profiles"},
        {"api_code": False, "api_result": "OK", "content_type": "text/plain", "openid": False},
        {"api_result": "missing", "signed_values": "encoded", "missing_scope_code": 96005},
        {"signed_values": "decoded", "encoded_nonce": False, "https_for_http": False},
        {"lenient_skip_confirm": False, "non_ascii_query": False, "default_scope": "profile"},
    ],
    ids=lambda options: "-".join(options) or "live",
)
def test_a_report_given_back_gives_the_same_report(
    monkeypatch: pytest.MonkeyPatch, place: Path, options: dict[str, Any]
) -> None:
    options, scope = {**options}, options.get("scope")
    options.pop("scope", None)
    args = ["--out", "report.json", *(["--scope", scope] if scope else [])]
    with Sandbox(**APP, **options) as xiaomi:
        sign_in(xiaomi, monkeypatch, *args)
    first = points(place)
    with Sandbox(**APP, like="report.json") as xiaomi:
        sign_in(xiaomi, monkeypatch, *args)
    assert points(place) == first


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"declined": "word", "declined_description": False},
        {"declined": "name", "declined_state": False},
    ],
)
def test_a_declined_sign_in_comes_back_as_reported(
    monkeypatch: pytest.MonkeyPatch, place: Path, options: dict[str, Any]
) -> None:
    args = ["--sign-in", "--out", "report.json"]
    with Sandbox(**APP, **options) as xiaomi:
        runner = probing(xiaomi, monkeypatch)
        runner.run("--base-url", xiaomi.url, *args, user=xiaomi.deny)
    first = points(place)
    with Sandbox(**APP, like="report.json") as xiaomi:
        runner.run("--base-url", xiaomi.url, *args, user=xiaomi.deny)
    assert points(place) == first
    assert first["stopped"] == "declined"


def test_a_report_tells_all_that_can_be_seen(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    options: dict[str, Any] = {
        "lenient_skip_confirm": False,
        "openid": False,
        "https_for_http": False,
        "non_ascii_query": False,
        "code_once": False,
        "error_status": 401,
        "content_type": "text/plain;charset=UTF-8",
        "error_texts": {96003: "no"},
        "grant_type_code": 96004,
        "prefix_on": "get",
        "auth_token_endpoint": False,
        "token_expires_in": 3600,
        "mac_algorithm": "HmacSha1",
        "union_id": False,
        "stray_spaces": True,
        "strings_for_numbers": True,
        "refresh_post": "404",
        "refresh_needs_redirect_uri": False,
        "refresh_ends_access_token": False,
        "refresh_changes_mac_key": False,
        "one_refresh_token": False,
        "signatures": "required",
        "encoded_nonce": False,
        "signed_values": "decoded",
        "open_id_key": "openid",
        "friends": "profiles",
        "missing_scope_code": 96005,
        "invalid_token_status": 400,
        "access_denied_status": 403,
        "api_prefix": True,
        "api_result": "OK",
        "api_code": False,
    }
    with Sandbox(**APP, **options) as xiaomi:
        sign_in(xiaomi, monkeypatch, "--scope", "1 2 3", "--out", "report.json")
    learned = Sandbox(**APP, like="report.json").options
    assert {name: learned.get(name) for name in options} == options


def test_an_option_wins_over_the_report(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    with Sandbox(**APP, like="documents") as xiaomi:
        sign_in(xiaomi, monkeypatch, "--out", "report.json")
    assert Sandbox(like="report.json").options["error_status"] == 200
    assert Sandbox(like=place / "report.json", error_status=403).options["error_status"] == 403


def test_what_a_report_does_not_show_is_as_in_the_live_mode(place: Path) -> None:
    (place / "report.json").write_text('{"points": []}')
    live = Sandbox().options
    assert Sandbox(like="report.json").options == live


@pytest.mark.parametrize(
    "point",
    [
        {"id": "wrong-code", "seen": {"status": 503, "error": 96013}},
        {"id": "wrong-code", "seen": {"no_answer": "timeout"}},
        {"id": "open-id", "seen": {"key": "another"}},
        {"id": "token-error-status", "seen": {"post": [42]}},
        {"id": "token-lifetime", "seen": {"seconds": -1}},
        {"id": "of-a-later-version", "seen": {"error": 1}},
        {"id": "wrong-code", "seen": None},
    ],
)
def test_what_the_sandbox_cannot_be_is_left_out(place: Path, point: dict[str, Any]) -> None:
    (place / "report.json").write_text(json.dumps({"points": [point]}))
    assert Sandbox(like="report.json").options == Sandbox().options


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 10**5,
        "[]",
        "1",
        '{"points": {}}',
        '{"points": {"a": 1}}',
        '{"points": [1]}',
        '{"points": [{}]}',
        '{"points": [{"id": "wrong-code", "seen": 1}]}',
        '{"points": [{"id": "wrong-code", "seen": {"status": "x"}}]}',
        '{"points": [{"id": "token-prefix", "seen": {"post": 1}}]}',
    ],
)
def test_what_is_not_a_report_is_refused(place: Path, text: str) -> None:
    (place / "report.json").write_text(text)
    with pytest.raises(ValueError, match=r"report.json is not a report of authlib-xiaomi probe"):
        Sandbox(like="report.json")


def test_a_report_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ValueError, match=r"cannot read report.json: No such file"):
        Sandbox(like="report.json")
