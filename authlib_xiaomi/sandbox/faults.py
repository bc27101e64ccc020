"""Failures on demand. Pure."""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Mapping
from typing import Final

from ..provider import OPENID, PHONE_AND_EMAIL, PROFILE
from .open_api import RELATION

__all__ = ["AUTH_TOKEN", "ENDPOINTS", "Fault", "Faults"]

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
        if self.body is not None and not isinstance(self.body, bytes):
            raise TypeError(f"body is bytes, not {type(self.body).__name__}")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError(f"status is {self.status}; it must be from 200 to 599")
        if not self.delay >= 0:
            raise ValueError(f"delay is {self.delay!r}; it must be seconds, 0 or more")
        if self.body is not None and self.code is not None:
            raise ValueError("code makes a body of its own: give one of the two")
        if self.reset and self.replaces:
            raise ValueError("a reset connection carries no answer: give reset or an answer")
        if not (self.replaces or self.reset or self.delay):
            raise ValueError("say what fails: status, code, delay, reset, body or headers")

    @property
    def replaces(self) -> bool:
        """Whether the answer is another than the request's own."""
        return bool(
            self.headers
            or self.content_type
            or any(value is not None for value in (self.status, self.code, self.body))
        )


class Faults:
    """Faults waiting for their requests, in the order they were asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[tuple[Fault, int | None]]] = {}

    def add(self, endpoint: str, fault: Fault, times: int | None) -> None:
        """Let the next `times` requests to `endpoint` fail; all of them where it is ``None``.

        :raises ValueError: where there is no such endpoint, or `times` is no count.
        """
        if endpoint not in ENDPOINTS:
            raise ValueError(f"there is no endpoint {endpoint!r}; there are {', '.join(ENDPOINTS)}")
        if times is not None and (isinstance(times, bool) or not isinstance(times, int)):
            raise TypeError(f"times is a number or None, not {times!r}")
        if times is not None and times < 1:
            raise ValueError(f"times is {times}; it must be 1 or more, or None for always")
        with self._lock:
            self._waiting.setdefault(endpoint, deque()).append((fault, times))

    def take(self, endpoint: str) -> Fault | None:
        """The fault for a request to `endpoint` that has just arrived, if one is waiting."""
        with self._lock:
            waiting = self._waiting.get(endpoint)
            if not waiting:
                return None
            fault, times = waiting[0]
            if times == 1:
                waiting.popleft()
            elif times is not None:
                waiting[0] = fault, times - 1
            return fault

    def clear(self) -> None:
        """Forget all that are waiting."""
        with self._lock:
            self._waiting.clear()
