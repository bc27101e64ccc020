"""The log, and its records of a sign-in, with the fields that docs/how-to/logging.md describes."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import XiaomiOAuthError
from . import log
from .responses import refusal_code

if TYPE_CHECKING:
    from .exchange import Answer, Call


def log_redirect(url: str) -> None:
    """Log the URL that a user's browser is sent to."""
    if log.isEnabledFor(logging.DEBUG):
        fields = _fields("redirect", url)
        log.debug("A browser is sent to %s", fields["endpoint"], extra=fields)


@contextmanager
def logging_callback() -> Iterator[dict[str, Any]]:
    """Log the callback that is read within this context, with its outcome. The context's value is
    the record's fields: set ``endpoint`` in it as soon as it is known."""
    fields, outcome = _fields("callback"), "a code"
    try:
        yield fields
    except BaseException as error:
        outcome = f"no code: {type(error).__name__}"
        if isinstance(error, XiaomiOAuthError):
            fields["code"], outcome = error.code, f"{error.error}: {error.description}"
        raise
    finally:
        if log.isEnabledFor(logging.DEBUG):
            fields["endpoint"] = _without_query(fields["endpoint"])
            log.debug("A callback brings %s", outcome, extra=fields)


def log_request(request: Any, call: Call, started: float, answer: Answer) -> None:
    """Log one request, which began at `started` by ``time.monotonic``."""
    if log.isEnabledFor(logging.DEBUG):
        failure = answer.failure
        fields = {
            **_fields(call.step, str(request.url), refusal_code(answer.body or b"")),
            "duration": time.monotonic() - started,
            "method": request.method,
            "signed": call.is_signed,
        }
        log.debug(
            "%s %s: %s in %.0f ms",
            request.method,
            fields["endpoint"],
            answer.status if failure is None else failure.error.description,
            fields["duration"] * 1000,
            extra=fields,
        )


def _fields(step: str, url: str | None = None, code: int | None = None) -> dict[str, Any]:
    """The fields that each record has."""
    return {"step": step, "endpoint": _without_query(url), "code": code, "duration": None}


def _without_query(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if url else None
