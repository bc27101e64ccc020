"""Secrets stay out of logs, exceptions and crash reports.

The HTTP libraries log URLs and headers, and Xiaomi takes its access token in the URL. While a
request is under way, :func:`redacting` names its secrets, and a filter on the libraries' loggers
takes them out of the records that the request causes. Other records pass untouched.
"""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote, quote_plus

__all__ = [
    "REDACTED", "Secret", "guard_loggers", "otel_async_request_hook", "otel_request_hook", "redact",
    "redacting", "scrub_url", "secrets_in", "sentry_before_send", "silenced",
]  # fmt: skip

#: What stands in the place of a secret.
REDACTED: Final = "[redacted]"

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_secrets: ContextVar[frozenset[str]] = ContextVar("authlib_xiaomi_secrets", default=frozenset())

#: The names of secrets in tokens and in forms.
_SECRET_NAMES: Final = (
    "access_token", "refresh_token", "id_token", "mac_key", "client_secret", "code",
    "code_verifier",
)  # fmt: skip


class Secret(Generic[T_co]):
    """A value whose ``repr`` does not show it: a crash reporter may collect local variables."""

    __slots__ = ("_value",)

    def __init__(self, value: T_co) -> None:
        self._value = value

    def reveal(self) -> T_co:
        """The value."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({REDACTED})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def secrets_in(fields: Any) -> list[str]:
    """The values of the secret fields in a token or in a form."""
    values = [fields.get(name) for name in _SECRET_NAMES] if isinstance(fields, dict) else []
    return [value for value in values if isinstance(value, str)]


class _Setting(Generic[T]):
    """A context in which `variable` has this value; also in what it calls or awaits."""

    def __init__(self, variable: ContextVar[T], value: T) -> None:
        self._variable = variable
        self._value = value

    def __enter__(self) -> None:
        self._mark = self._variable.set(self._value)

    def __exit__(self, *error: object) -> None:
        self._variable.reset(self._mark)


def redacting(*secrets: str | None) -> AbstractContextManager[None]:
    """A context in which `secrets` are taken out of log records and by :func:`redact`; also in what
    it calls or awaits."""
    return _Setting(_secrets, _secrets.get().union(filter(None, secrets)))


def redact(text: str) -> str:
    """Return `text` without the secrets of this context, escaped or not, in linear time."""
    # No regular expression is made of a secret: the module re would keep it in its cache.
    forms = {form for secret in _secrets.get() for form in _forms(secret)}
    # The longest first: one secret may be part of another.
    for form in sorted(forms, key=len, reverse=True):
        if form in text:
            # A short secret may also be a part of another word: it is taken out as a word alone.
            text = text.replace(form, REDACTED) if len(form) >= 8 else _cut(text, form)
    return text


def _forms(secret: str) -> Iterator[str]:
    yield secret
    for form in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield form
        # %2F may come back as %2f.
        yield re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), form)
    yield html.escape(secret)
    yield json.dumps(secret)[1:-1]


def _cut(text: str, word: str) -> str:
    """`text` without `word`, but where it is a part of a longer word."""
    pieces, start = [], 0
    while (found := text.find(word, start)) >= 0:
        end = found + len(word)
        inside = _is_word(text[found - 1 : found]) or _is_word(text[end : end + 1])
        pieces += [text[start:found], word if inside else REDACTED]
        start = end
    return "".join([*pieces, text[start:]])


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


_silenced: ContextVar[str | None] = ContextVar("authlib_xiaomi_silenced", default=None)


def silenced(logger: str) -> AbstractContextManager[None]:
    """A context in which `logger`, one that :func:`guard_loggers` was given, logs nothing."""
    return _Setting(_silenced, logger)


def _redact_record(record: logging.LogRecord) -> bool:
    """The filter on the libraries' loggers."""
    if record.name == _silenced.get():
        return False
    if _secrets.get():
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001  # a wrong log call is no reason to fail a sign-in
            message = "(a log record whose arguments do not fit its message)"
        record.msg, record.args = redact(message), None
        if record.exc_info:
            text = logging.Formatter().formatException(record.exc_info)
            record.exc_info, record.exc_text = None, redact(text)
    return True


def guard_loggers(*names: str) -> None:
    """Put the filter on these loggers and on those below them that exist now.

    A filter sees the records of its own logger alone, so each logger needs it.
    """
    below = tuple(f"{name}." for name in names)
    existing = [name for name in logging.root.manager.loggerDict if name.startswith(below)]
    for name in (*names, *existing):
        logging.getLogger(name).addFilter(_redact_record)


# For monitoring tools, which see URLs as they are sent.

#: The end of a secret's name in an application, as in XIAOMI_CLIENT_SECRET.
_ENDS: Final = rf"(?<![a-z])(?:{'|'.join(name for name in _SECRET_NAMES if name != 'code')})"
#: A secret in a query, in any text; the query may be the value of a parameter of another URL.
_IN_QUERY: Final = re.compile(
    rf"((?:^|[?&\s'\"]|%3F|%26)(?:token|{'|'.join(_SECRET_NAMES)})(?:=|%3D))"
    r"(?:(?!%26|%23)[^&#\s'\"<>])+",
    re.IGNORECASE,
)
#: What is before a value in a ``repr``, a header or JSON: quotes, and in a list a bracket.
_OPENS: Final = r"\s*[\[(]?(?:b(?=\\*['\"]))?[\\'\"]+"
_IN_TEXT: Final = re.compile(
    rf"({_ENDS}(?:[\\'\"]*\s*[=:]|[\\'\"]+\s*,)(?:{_OPENS})?\s*)[^\s\\'\"&,;<>(){{}}\[\]]+",
    re.IGNORECASE,
)
#: A quoted code that is not one of Xiaomi's error numbers.
_CODE_IN_TEXT: Final = re.compile(rf"(\bcode[\\'\"]+\s*[:,]{_OPENS})(?!\d+[\\'\"])[^\s\\'\"]+")


def scrub_url(url: str) -> str:
    """Return `url`, or any text with URLs in it, without the values of secret parameters: the
    access token, a callback's code, the AppSecret, a refresh token.

    For ``URLLib3Instrumentor().instrument(url_filter=scrub_url)``, and hooks of your own.
    """
    return _IN_QUERY.sub(rf"\1{REDACTED}", url)


def sentry_before_send(event: Any, hint: Any = None) -> Any:
    """Return a copy of `event` without the secrets of a sign-in: in breadcrumbs, spans, local
    variables and log records. They are found by their names, also with a prefix, as in
    ``XIAOMI_CLIENT_SECRET``.

    For Sentry's ``before_send``, ``before_send_transaction``, ``before_send_log`` and
    ``before_breadcrumb``.
    """
    if isinstance(event, dict):
        return {
            name: REDACTED if _is_secret(name, value) else sentry_before_send(value)
            for name, value in event.items()
        }
    if isinstance(event, (list, tuple)):
        if len(event) == 2 and _is_secret(event[0], event[1]):
            return [event[0], REDACTED]
        return [sentry_before_send(item) for item in event]
    if not isinstance(event, str):
        return event
    text = _IN_TEXT.sub(rf"\1{REDACTED}", scrub_url(event))
    return _CODE_IN_TEXT.sub(rf"\1{REDACTED}", text)


def _is_secret(name: Any, value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_is_secret(name, item) for item in value)
    if not isinstance(value, (str, bytes)):
        return False
    word = str(name).strip("'\"").lower()
    if word == "code":  # an error number is a code too
        return not str(value).strip("'").isdigit()
    return bool(re.search(f"{_ENDS}$", word))


def otel_request_hook(span: Any, *request: Any) -> None:
    """Take the secrets of a sign-in out of the attributes of `span`, an OpenTelemetry span.

    An exception of the HTTP library quotes the URL, so the span of an outgoing request records
    none. This package raises an error of its own, which the spans above record. Spans of incoming
    requests record their exceptions as before.

    :param request: further arguments of the instrumentation, which are ignored.
    """
    if not span.is_recording():
        return
    for name, value in dict(span.attributes or {}).items():
        if isinstance(value, str):
            span.set_attribute(name, sentry_before_send(value))
    if getattr(getattr(span, "kind", None), "name", None) != "CLIENT":
        return
    set_status = span.set_status

    def without_text(status: Any, description: str | None = None) -> None:
        set_status(getattr(status, "status_code", status))

    span.record_exception, span.set_status = lambda *args, **kwargs: None, without_text


async def otel_async_request_hook(span: Any, *request: Any) -> None:
    """As :func:`otel_request_hook`, for the instrumentation of httpx' asynchronous client."""
    otel_request_hook(span, *request)
