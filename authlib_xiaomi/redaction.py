"""Secrets stay out of logs and exceptions.

The HTTP libraries log URLs and headers, and Xiaomi takes its access token in the URL. While a
request is under way, :func:`hidden` names its secrets, and a filter on the libraries' loggers
takes them out of the records that the request causes. Other records pass untouched.
"""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final
from urllib.parse import quote, quote_plus

__all__ = ["REDACTED", "guard_loggers", "hidden", "muted", "redact", "secrets_of"]

REDACTED: Final = "[redacted]"

_hidden: ContextVar[frozenset[str]] = ContextVar("authlib_xiaomi_hidden", default=frozenset())

#: The names under which secrets travel, in tokens and in forms.
_SECRET_NAMES = (
    "access_token",
    "refresh_token",
    "mac_key",
    "client_secret",
    "code",
    "code_verifier",
)

#: Below this length, a secret is taken out where it stands as a word only.
_SHORT: Final = 8


def secrets_of(fields: Any) -> list[str]:
    """The secrets in a token or in a form."""
    values = [fields.get(name) for name in _SECRET_NAMES] if isinstance(fields, dict) else []
    return [value for value in values if isinstance(value, str)]


@contextmanager
def hidden(*secrets: str | None) -> Iterator[None]:
    """Within this context, and what it calls or awaits, `secrets` are taken out of logs and of
    what :func:`redact` is given."""
    mark = _hidden.set(_hidden.get() | {secret for secret in secrets if secret})
    try:
        yield
    finally:
        _hidden.reset(mark)


def redact(text: str) -> str:
    """`text` without the secrets that are hidden now, in whatever way they are escaped."""
    secrets = _hidden.get()
    return re.sub(_pattern(secrets), REDACTED, text) if secrets else text


def _pattern(secrets: Iterable[str]) -> str:
    forms = {form for secret in secrets for form in _forms(secret)}
    # The longest first: one secret may be part of another.
    return "|".join(_as_pattern(form) for form in sorted(forms, key=len, reverse=True))


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    yield html.escape(secret)
    yield json.dumps(secret)[1:-1]


def _as_pattern(form: str) -> str:
    # %2F may come back as %2f.
    pattern = re.sub("%[0-9A-F]{2}", lambda escape: f"(?i:{escape[0]})", re.escape(form))
    return pattern if len(form) >= _SHORT else rf"(?<!\w){pattern}(?!\w)"


_muted: ContextVar[str | None] = ContextVar("authlib_xiaomi_muted", default=None)


@contextmanager
def muted(logger: str) -> Iterator[None]:
    """Within this context `logger`, which must be a guarded one, says nothing."""
    mark = _muted.set(logger)
    try:
        yield
    finally:
        _muted.reset(mark)


class _Redacting(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == _muted.get():
            return False
        if _hidden.get():
            record.msg, record.args = redact(record.getMessage()), None
            if record.exc_info:
                text = logging.Formatter().formatException(record.exc_info)
                record.exc_info, record.exc_text = None, redact(text)
        return True


_filter = _Redacting()


def guard_loggers(*names: str) -> None:
    """Put the filter on these loggers and on those below them that exist now.

    A logger's filter sees only what is logged to that very logger, so each one needs it.
    """
    below = tuple(f"{name}." for name in names)
    existing = [name for name in logging.root.manager.loggerDict if name.startswith(below)]
    for name in (*names, *existing):
        logging.getLogger(name).addFilter(_filter)
