"""Secrets stay out of what is logged while they are under way."""

from __future__ import annotations

import html
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from authlib_xiaomi.redaction import (
    Secret,
    guard_loggers,
    redact,
    redacting,
    secrets_in,
    silenced,
)

SECRET = 'V3_made+up/"token"&=é'


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    log = logging.getLogger("authlib_xiaomi.tests.redaction")
    guard_loggers(log.name)
    yield log
    log.filters.clear()


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET),
        quote_plus(SECRET),
        html.escape(SECRET),
        json.dumps(SECRET)[1:-1],
        quote(SECRET, safe="").lower().replace("v3", "V3"),
    ],
)
def test_a_secret_is_taken_out_however_it_is_escaped(written: str) -> None:
    with redacting(SECRET):
        assert redact(f"before {written} after") == "before [redacted] after"


def test_a_text_is_unchanged_where_nothing_is_secret() -> None:
    assert redact(SECRET) == SECRET


def test_a_secret_is_taken_out_in_its_context_alone() -> None:
    with redacting("first-secret"):
        with redacting("other-secret"):
            assert redact("first-secret other-secret") == "[redacted] [redacted]"
        assert redact("first-secret other-secret") == "[redacted] other-secret"


def test_an_error_ends_the_context_too() -> None:
    with pytest.raises(KeyError), redacting("first-secret"):
        raise KeyError
    assert redact("first-secret") == "first-secret"


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_empty_secret_changes_no_text(nothing: str | None) -> None:
    with redacting(nothing):
        assert redact("any text") == "any text"


def test_a_short_secret_is_taken_out_as_a_word_only() -> None:
    with redacting("abc"):
        assert redact("code=abc, abcdef") == "code=[redacted], abcdef"


def test_a_secret_within_another_leaves_nothing_of_it() -> None:
    with redacting("secret-one", "secret-one-longer"):
        assert redact("secret-one-longer") == "[redacted]"


def test_a_log_record_under_way_is_redacted(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with redacting("made-up-secret"):
        logger.debug("GET %s?token=%s", "/user", "made-up-secret")
    assert caplog.messages == ["GET /user?token=[redacted]"]


def test_a_logged_traceback_under_way_is_redacted(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    with redacting("made-up-secret"):
        try:
            raise ValueError("made-up-secret")
        except ValueError:
            logger.exception("failed")
    assert "ValueError: [redacted]" in caplog.text
    assert "made-up-secret" not in caplog.text


def test_a_log_record_at_another_time_is_left_alone(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    logger.warning("%s", "made-up-secret")
    assert caplog.records[0].args == ("made-up-secret",)
    assert caplog.messages == ["made-up-secret"]


def test_a_log_call_with_wrong_arguments_raises_nothing(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    with redacting("made-up-secret"):
        logger.warning("%d of %s", "made-up-secret")
    assert len(caplog.messages) == 1
    assert "made-up-secret" not in caplog.messages[0]


def test_a_silenced_logger_says_nothing(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    with silenced(logger.name):
        logger.warning("nothing")
    logger.warning("something")
    assert caplog.messages == ["something"]


def test_loggers_below_a_guarded_one_are_guarded(caplog: pytest.LogCaptureFixture) -> None:
    below = logging.getLogger("authlib_xiaomi.tests.parent.child")
    guard_loggers("authlib_xiaomi.tests.parent")
    with redacting("made-up-secret"):
        below.warning("made-up-secret")
    assert caplog.messages == ["[redacted]"]


@pytest.mark.parametrize(
    ("fields", "secrets"),
    [
        (
            {"access_token": "a", "refresh_token": "r", "mac_key": "m", "scope": "1"},
            ["a", "r", "m"],
        ),
        ({"client_secret": "s", "code": "c", "client_id": "i"}, ["s", "c"]),
        ({"id_token": "i", "code_verifier": "v"}, ["i", "v"]),
        ({"access_token": 5, "mac_key": None}, []),
        ({}, []),
        (None, []),
        ("access_token", []),
    ],
)
def test_the_secrets_of_a_token_or_form_are_known(fields: Any, secrets: list[str]) -> None:
    assert secrets_in(fields) == secrets


def test_a_wrapped_secret_is_shown_to_nobody_who_prints_it() -> None:
    wrapped = Secret({"access_token": "made-up-secret"})
    assert "made-up-secret" not in f"{wrapped} {wrapped!r} {[wrapped]}"
    assert wrapped.reveal() == {"access_token": "made-up-secret"}


def test_wrapped_secrets_are_compared_by_value() -> None:
    assert Secret("one") == Secret("one")
    assert Secret("one") != Secret("two")
    assert Secret("one") != "one"
    assert len({Secret("one"), Secret("one"), Secret("two")}) == 2
