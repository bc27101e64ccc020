"""One request to Xiaomi: what it carries, when it is signed, and when it is sent again.

A :class:`Wire`, which the requests adapter and the httpx transport each have, sends and reads. What
is to be sent is decided here, for both.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple, Protocol

from ..errors import ErrorCode, Step
from . import log
from .credentials import Credentials, Form
from .failures import SAFE_METHODS, Failure, RetryPolicy, too_large
from .records import log_request
from .responses import nonce_was_used, says
from .runtime import Runtime
from .single_flight import SingleFlight


@dataclass
class Memory:
    """What a registration has learned about Xiaomi's service, for all its users."""

    #: Whether API calls must be signed; ``None`` where it is not known.
    signing: bool | None = None
    #: Whether refreshes must be sent by GET.
    refresh_by_get: bool = False
    #: The first call. Others wait for it, since its answer says whether calls must be signed.
    first_call: SingleFlight[Answer] = field(default_factory=SingleFlight)


@dataclass(frozen=True, repr=False)
class Call:
    """What one request carries, and its limits."""

    #: The largest answer that is read, in bytes, decompressed.
    max_size: int
    credentials: Credentials | None = None
    #: The form of a token request.
    form: Form | None = None
    #: The step of a sign-in that it belongs to.
    step: Step = "api"
    #: Whether the application reads the body itself, piece by piece.
    stream: bool = False

    @property
    def secrets(self) -> tuple[str | None, ...]:
        """The secrets that must not be logged during the request."""
        carried = self.credentials or self.form
        return carried.secrets if carried else ()

    @property
    def is_signed(self) -> bool:
        """Whether it is sent with a signature."""
        return self.credentials is not None and self.credentials.signing is True


class Answer(NamedTuple):
    """What a wire received: the library's response, and its body unless it is streamed; or the
    reason why there is none."""

    response: Any = None
    status: int = 0
    body: bytes | None = None
    failure: Failure | None = None


class TooLargeError(Exception):
    """An answer exceeds its limit."""


class Wire(Protocol):
    """How one HTTP library sends a request."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """The exceptions that the library raises."""

    async def send(self, request: Any, call: Call) -> Answer:
        """Send a copy of `request` with what `call` carries, and read the answer."""

    async def close(self, answer: Answer) -> None:
        """Close an answer whose body was not read."""

    def failure(self, error: Exception, request: Any) -> Failure:
        """What `error` means. Its text, which may quote secrets, is left out."""


@dataclass(repr=False)
class Exchange:
    """One request to Xiaomi."""

    wire: Wire
    request: Any
    method: str
    call: Call
    policy: RetryPolicy
    memory: Memory
    runtime: Runtime

    async def run(self) -> Answer:
        """Send the request, and return its answer. It is sent again after a fault that may pass,
        with a new nonce after its nonce was refused, and signed after it was refused unsigned.
        Raises XiaomiOAuthError where Xiaomi cannot be reached, or its answer cannot be read."""
        credentials, memory = self.call.credentials, self.memory
        if credentials is None:
            return await self._repeated(self.call)
        auto = credentials.signing == "auto" and self.method in SAFE_METHODS
        if not auto or memory.signing is not None:
            return await self._api_call(credentials, auto)
        first, is_mine = memory.first_call.join("")
        if is_mine:
            lead = partial(self._api_call, credentials, auto)
            return await memory.first_call.lead("", first, lead)
        with suppress(Exception):
            # After that, a second request costs less than to wait longer.
            await memory.first_call.follow("", first, self.runtime, seconds=2.0)
        return await self._api_call(credentials, auto)

    async def _api_call(self, credentials: Credentials, auto: bool) -> Answer:
        """Send a call of the open API. `auto`: find out by it whether calls must be signed."""
        if credentials.signing == "auto" and self.memory.signing:
            return await self._signed(credentials)
        answer = await self._with_fresh_nonce(self.call)
        if not auto:
            return answer
        if not _is_refused(answer):
            # None becomes False; where another call has set True meanwhile, that stays.
            self.memory.signing = bool(self.memory.signing)
            return answer
        if self.call.stream:
            await self.wire.close(answer)  # the next request may need its connection
        second = await self._signed(credentials)
        if _is_refused(second) or second.status >= 400:  # signing does not help
            return second if self.call.stream else answer
        self.memory.signing = True
        log.info("Xiaomi wants signed API calls: they are signed from now on")
        return second

    async def _signed(self, credentials: Credentials) -> Answer:
        return await self._with_fresh_nonce(replace(self.call, credentials=credentials.signed()))

    async def _with_fresh_nonce(self, call: Call) -> Answer:
        answer = await self._repeated(call)
        # A call that changes something is never sent twice.
        if call.is_signed and self.method in SAFE_METHODS and nonce_was_used(answer.body or b""):
            answer = await self._repeated(call)
        return answer

    async def _repeated(self, call: Call) -> Answer:
        attempt, started = 0, time.monotonic()
        # A refresh by GET spends its token as one by POST does: it is repeated as a POST is.
        method = self.method if call.form is None else "POST"
        while True:
            answer = await self._attempt(call)
            delay = self.policy.delay(attempt, started, method, answer.status, answer.failure)
            if delay is None and answer.failure is not None:
                raise answer.failure.error
            if delay is None:
                return answer
            if answer.failure is None:
                await self.wire.close(answer)
            await self.runtime.sleep(delay)
            attempt += 1

    async def _attempt(self, call: Call) -> Answer:
        started = time.monotonic()
        try:
            answer = await self.wire.send(self.request, call)
        except TooLargeError:
            answer = Answer(failure=Failure(too_large(call.max_size)))
        except self.wire.errors as error:
            answer = Answer(failure=self.wire.failure(error, self.request))
        except BaseException as error:  # noqa: BLE001  # cancelled: its frames quote the URL
            raise error.with_traceback(None) from None
        log_request(self.request, call, started, answer)
        return answer


def _is_refused(answer: Answer) -> bool:
    """Whether an answer may mean that a signature is required (doc 1522)."""
    return answer.status == 401 or says(answer.body or b"", ErrorCode.OA_ACCESS_DENIED)
