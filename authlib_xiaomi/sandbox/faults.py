"""Failures on demand. Pure."""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Mapping
from typing import Final, NamedTuple

from .._tools.translations import Language, translations
from ..provider import OPENID, PHONE_AND_EMAIL, PROFILE
from .invalid import InvalidValue
from .open_api import RELATION

__all__ = ["AUTH_TOKEN", "ENDPOINTS", "Fault", "Faults", "Waiting"]

#: The path of each endpoint, by the name that ``Sandbox.fail`` takes.
ENDPOINTS: Final[dict[str, str]] = {
    "authorize": "/oauth2/authorize",
    "token": "/oauth2/token",
    PROFILE: f"/{PROFILE}",
    OPENID: f"/{OPENID}",
    PHONE_AND_EMAIL: f"/{PHONE_AND_EMAIL}",
    RELATION: f"/{RELATION}",
}

#: The token endpoint's other path, where it is served (doc 1835).
AUTH_TOKEN: Final = "/oauth2/auth/token"


@dataclasses.dataclass(frozen=True)
class Fault:
    """One way to fail; the fields are the keywords of ``Sandbox.fail``.

    :raises TypeError: where a value has the wrong type.
    :raises ValueError: where the values say nothing that fails, or contradict each other.
    """

    status: int | None = None
    code: int | None = None
    delay: float = 0.0
    reset: bool = False
    body: bytes | None = None
    content_type: str | None = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    after: bool = False

    def __post_init__(self) -> None:
        for name in ("status", "code"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
                raise TypeError(f"{name} is a number, not {value!r}")
        for name in ("reset", "after"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name} is True or False, not {getattr(self, name)!r}")
        if self.body is not None and not isinstance(self.body, bytes):
            raise TypeError(f"body is bytes, not {type(self.body).__name__}")
        if isinstance(self.delay, bool) or not isinstance(self.delay, (int, float)):
            raise TypeError(f"delay is a number of seconds, not {self.delay!r}")
        if self.status is not None and not 200 <= self.status <= 599:
            raise InvalidValue("invalid_status", name="status", value=self.status)
        if not self.delay >= 0:
            raise InvalidValue("invalid_delay", value=self.delay)
        self._check_headers()
        if self.body is not None and self.code is not None:
            raise InvalidValue("invalid_body_and_code")
        if self.reset and self.replaces:
            raise InvalidValue("invalid_reset_and_answer")
        if not (self.replaces or self.reset or self.delay):
            raise InvalidValue("invalid_no_fault")

    def _check_headers(self) -> None:
        headers = {**self.headers}
        if self.content_type is not None:
            headers["Content-Type"] = self.content_type
        for name, value in headers.items():
            if not isinstance(name, str) or not isinstance(value, str):
                raise TypeError(f"headers and content_type are strings, not {value!r}")
            if not (name.strip() and name.isprintable() and value.isprintable()):
                raise InvalidValue("invalid_header", name=name)

    def words(self, language: Language) -> str:
        """What it does."""
        texts = translations(__package__, language)
        parts = [
            (self.after, texts["fault_after"]),
            (self.delay, texts["fault_delay"].format(seconds=f"{self.delay:g}")),
            (self.reset, texts["fault_reset"]),
            (self.status is not None, texts["fault_status"].format(status=self.status)),
            (self.code is not None, texts["fault_code"].format(code=self.code)),
            (self.body is not None, texts["fault_body"].format(length=len(self.body or b""))),
            (self.headers or self.content_type, texts["fault_headers"]),
        ]
        return texts["comma"].join(text for said, text in parts if said)

    @property
    def replaces(self) -> bool:
        """Whether the answer is another than the request's own."""
        return bool(
            self.headers
            or self.content_type
            or any(value is not None for value in (self.status, self.code, self.body))
        )


class Waiting(NamedTuple):
    """A fault that waits for its requests."""

    endpoint: str
    fault: Fault
    #: How many requests it is for; ``None`` for all.
    times: int | None


class Faults:
    """Faults waiting for their requests, in the order they were asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Waiting]] = {}

    def add(self, endpoint: str, fault: Fault, times: int | None) -> None:
        """Let the next `times` requests to `endpoint` fail; all of them where it is ``None``.

        :raises TypeError: where `times` is neither a number nor ``None``.
        :raises ValueError: where there is no such endpoint, or `times` is below 1.
        """
        if endpoint not in ENDPOINTS:
            known = ", ".join(ENDPOINTS)
            raise InvalidValue("invalid_endpoint", value=str(endpoint)[:80], endpoints=known)
        if times is not None and (isinstance(times, bool) or not isinstance(times, int)):
            raise TypeError(f"times is a number or None, not {times!r}")
        if times is not None and times < 1:
            raise InvalidValue("invalid_times", value=times)
        with self._lock:
            waiting = self._waiting.setdefault(endpoint, deque())
            waiting.append(Waiting(endpoint, fault, times))

    def take(self, endpoint: str) -> Fault | None:
        """The fault for a request to `endpoint` that has just arrived, if one is waiting."""
        with self._lock:
            waiting = self._waiting.get(endpoint)
            if not waiting:
                return None
            first = waiting[0]
            if first.times == 1:
                waiting.popleft()
            elif first.times is not None:
                waiting[0] = first._replace(times=first.times - 1)
            return first.fault

    def waiting(self) -> list[Waiting]:
        """All that are waiting."""
        with self._lock:
            return [one for waiting in self._waiting.values() for one in waiting]

    def clear(self) -> None:
        """Forget all that are waiting."""
        with self._lock:
            self._waiting.clear()
