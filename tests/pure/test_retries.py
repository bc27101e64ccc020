"""When a request is sent once more, and what a failure is called."""

from __future__ import annotations

import socket
import ssl
import time
from typing import Any

import pytest

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi._core.failures import Failure, RetryPolicy, failure_of

POLICY = RetryPolicy(backoff=(1, 2, 5))
BROKEN = Failure(XiaomiOAuthError("temporarily_unavailable"), broken=True)
NEVER_ARRIVED = Failure(XiaomiOAuthError("temporarily_unavailable"), broken=True, arrived=False)
LATE = Failure(XiaomiOAuthError("temporarily_unavailable"))


def delay(
    method: str = "GET",
    status: int = 0,
    failure: Failure | None = None,
    attempt: int = 0,
    ago: float = 0.0,
) -> float | None:
    return POLICY.delay(attempt, time.monotonic() - ago, method, status, failure)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_get_is_repeated_where_a_gateway_reached_nobody(method: str, status: int) -> None:
    assert delay(method, status) == 1


@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500, 501, 505])
def test_what_would_only_be_answered_again_is_not_repeated(status: int) -> None:
    assert delay("GET", status) is None


@pytest.mark.parametrize("status", [200, 502, 503, 504])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_changes_something_is_not_repeated_once_it_is_answered(
    method: str, status: int
) -> None:
    assert delay(method, status) is None


@pytest.mark.parametrize(
    ("method", "failure", "again"),
    [
        ("GET", BROKEN, 1),
        ("GET", NEVER_ARRIVED, 1),
        ("GET", LATE, None),
        ("POST", BROKEN, None),
        ("POST", NEVER_ARRIVED, 1),
        ("POST", LATE, None),
    ],
)
def test_what_changes_something_is_repeated_only_where_it_never_arrived(
    method: str, failure: Failure, again: float | None
) -> None:
    assert delay(method, 0, failure) == again


def test_there_are_as_many_repetitions_as_delays() -> None:
    assert [delay(status=503, attempt=n) for n in range(4)] == [1, 2, 5, None]


@pytest.mark.parametrize(("ago", "again"), [(8.5, 1), (9.5, None), (100, None)])
def test_no_repetition_begins_after_ten_seconds(ago: float, again: float | None) -> None:
    assert delay(status=503, ago=ago) == again


# What a failure is called


class LibraryError(OSError):
    """As an HTTP library raises it, quoting the URL."""


def caused_by(cause: Exception) -> LibraryError:
    error = LibraryError("GET https://open.account.xiaomi.com/?token=V3_made-up")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (ssl.SSLCertVerificationError("x"), "shows a certificate that is not trusted"),
        (ssl.SSLEOFError("x"), "ended the connection"),
        (ssl.SSLError("x"), "does not speak TLS there"),
        (socket.gaierror(-2, "x"), "is not a name that this machine can find"),
        (ConnectionRefusedError("x"), "refused the connection"),
        (TimeoutError("x"), "did not answer in time"),
        (ConnectionResetError("x"), "ended the connection"),
        (FileNotFoundError("x"), "was not asked: a file of certificates is missing"),
        (
            OSError("Could not find a suitable TLS CA certificate bundle, invalid path: x"),
            "was not asked: a file of certificates is missing",
        ),
    ],
    ids=repr,
)
def test_each_cause_has_a_text_of_its_own_that_quotes_nothing(cause: Exception, text: str) -> None:
    failure = failure_of(caused_by(cause), "https://open.account.xiaomi.com/", arrived=True)
    assert failure.error.error == "temporarily_unavailable"
    assert failure.error.retryable
    assert text in failure.error.description
    assert "https://open.account.xiaomi.com/" in failure.error.description
    assert "V3_made-up" not in str(failure.error)


@pytest.mark.parametrize(
    ("cause", "arrived", "broken"),
    [
        (ssl.SSLCertVerificationError("x"), False, False),  # trying again would not help
        (ssl.SSLError("x"), False, False),
        (TimeoutError("x"), True, False),
        (TimeoutError("x"), False, True),  # while connecting
        (ConnectionRefusedError("x"), False, True),
        (ConnectionResetError("x"), True, True),
        (socket.gaierror(-3, "x"), False, True),
        (FileNotFoundError("x"), False, False),
    ],
)
def test_only_a_connection_that_may_be_better_next_time_is_tried_again(
    cause: Exception, arrived: bool, broken: bool
) -> None:
    assert failure_of(cause, "https://x.example/", arrived=arrived).broken is broken


def test_a_cause_is_found_among_several_addresses() -> None:
    class SeveralError(OSError):
        exceptions = (OSError("::1"), ConnectionRefusedError("127.0.0.1"))

    failure = failure_of(caused_by(SeveralError()), "https://x.example/", arrived=False)
    assert "refused the connection" in failure.error.description


def test_causes_that_go_round_in_circles_end_somewhere() -> None:
    one: Any = OSError("one")
    one.__cause__ = OSError("two")
    one.__cause__.__cause__ = one
    assert failure_of(one, "https://x.example/", arrived=False).broken


def test_an_answer_that_cannot_be_read_is_an_invalid_response() -> None:
    failure = failure_of(OSError(), "https://x.example/", arrived=True, garbled=True)
    assert failure.error.error == "invalid_response"
    assert not failure.broken
