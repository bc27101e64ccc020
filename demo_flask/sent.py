"""What was sent to Xiaomi, for the page that shows it: read from the package's log, which has no
secrets."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypedDict
from urllib.parse import urlsplit

from authlib_xiaomi import Scope

__all__ = ["Sent", "init_app", "recording"]


class Sent(TypedDict):
    """One request."""

    method: str
    path: str
    signed: bool
    #: The number of the scope that it takes; empty at the token endpoint.
    scope: str
    milliseconds: int


_SCOPES: Final = {f"/{scope.api}": str(int(scope)) for scope in Scope}
_LOG: Final = logging.getLogger("authlib_xiaomi")
_sent: ContextVar[list[Sent] | None] = ContextVar("sent", default=None)


@contextmanager
def recording() -> Iterator[list[Sent]]:
    """The requests that are sent within this context, in their order."""
    sent: list[Sent] = []
    token = _sent.set(sent)
    try:
        yield sent
    finally:
        _sent.reset(token)


class _Recorder(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        sent, fields = _sent.get(), vars(record)
        if sent is not None and "method" in fields:
            path = urlsplit(fields["endpoint"]).path
            sent.append(
                Sent(
                    method=fields["method"],
                    path=path,
                    signed=fields["signed"],
                    scope=_SCOPES.get(path, ""),
                    milliseconds=round(fields["duration"] * 1000),
                )
            )


_RECORDER: Final = _Recorder(logging.DEBUG)


def init_app(app: object) -> None:
    """Listen to the package's log: it has one record for each request, at the level DEBUG."""
    _LOG.setLevel(logging.DEBUG)
    _LOG.addHandler(_RECORDER)  # once, however many applications there are
