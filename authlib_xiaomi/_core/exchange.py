"""One request to Xiaomi: what it carries, when it is sent again, what its failure is called.

The wire (a requests adapter, an httpx transport) sends and reads; everything else is decided
here, once for both.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from ..errors import ErrorCode, Step
from .credentials import Credentials, Form
from .failures import Failure, too_large
from .records import log, log_request
from .responses import nonce_was_used, says
from .retries import SAFE_METHODS, RetryPolicy
from .runtime import Runtime
from .single_flight import SingleFlight

#: Seconds to wait for another one's first call. A call that is sent twice costs less than more.
_MAX_WAIT: Final = 2.0


class Memory:
    """What a registration has learned of the service, for all its users."""

    #: Whether API calls must be signed.
    signing: bool = False
    #: Whether it is known if they must.
    signing_is_known: bool = False
    #: Whether refreshes must be sent by GET.
    refresh_by_get: bool = False

    def __init__(self) -> None:
        #: The first call, whose answer says whether calls must be signed.
        self.first_call: SingleFlight[Answer] = SingleFlight()


@dataclass(frozen=True, repr=False)
class Call:
    """What one request carries, and its limits."""

    #: The bytes of an answer, decompressed, above which it is given up.
    max_size: int
    credentials: Credentials | None = None
    #: The form of a token request.
    form: Form | None = None
    #: What it is for.
    step: Step = "api"
    #: Whether the application reads the body itself, piece by piece.
    stream: bool = False

    @property
    def secrets(self) -> tuple[str | None, ...]:
        """The secrets that must not be logged while the request is under way."""
        carried = self.credentials or self.form
        return carried.secrets if carried else ()


class Answer(NamedTuple):
    """What a wire received: the library's response, and its body unless it is streamed."""

    response: Any
    status: int
    body: bytes | None


#: Sends a call, as often as the policy says.
_Sending = Callable[[Call], Awaitable[Answer]]


class TooLargeError(Exception):
    """An answer exceeds its limit."""


class Wire(Protocol):
    """How one HTTP library sends a request."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the library raises."""

    async def send(self, request: Any, call: Call) -> Answer:
        """Send a copy of `request` with what `call` carries, and read the answer."""

    async def close(self, answer: Answer) -> None:
        """Give up an answer whose body was not read."""

    def failure(self, error: Exception, request: Any) -> Failure:
        """What `error` means, without what it quotes."""


async def exchange(
    wire: Wire,
    request: Any,
    method: str,
    call: Call,
    policy: RetryPolicy,
    memory: Memory,
    runtime: Runtime,
) -> Answer:
    """Send `request`, and give back its answer.

    It is sent again after a passing fault, with a new nonce where its nonce is refused, and
    signed where signing may be what is missing.

    :raises XiaomiOAuthError: where Xiaomi cannot be reached, or its answer cannot be read.
    """
    sending = partial(_repeated, wire, request, method, policy=policy, runtime=runtime)
    credentials = call.credentials
    if credentials is None:
        return await sending(call)
    api_call = partial(_api_call, wire, sending, method, call, credentials, memory)
    if not credentials.may_sign_later or method not in SAFE_METHODS or memory.signing_is_known:
        return await api_call()
    first, is_mine = memory.first_call.join("")
    if is_mine:
        return await memory.first_call.lead("", first, api_call)
    with suppress(Exception):
        await memory.first_call.follow("", first, runtime, _MAX_WAIT)
    return await api_call()


async def _api_call(
    wire: Wire, sending: _Sending, method: str, call: Call, credentials: Credentials, memory: Memory
) -> Answer:
    """Send a call of the open API, signed where that is needed and can be had."""
    auto = credentials.may_sign_later
    if auto and memory.signing:
        call, auto = _signed(call, credentials), False
    answer = await _with_fresh_nonce(sending, method, call)
    if not auto or method not in SAFE_METHODS:
        return answer
    if not _is_refused(answer):
        memory.signing_is_known = True
        return answer
    if call.stream:
        await wire.close(answer)  # its connection may be the only one
    second = await _with_fresh_nonce(sending, method, _signed(call, credentials))
    if _is_refused(second) or second.status >= 400:  # signing does not help
        return second if call.stream else answer
    memory.signing = memory.signing_is_known = True
    log.info("Xiaomi wants signed API calls: they are signed from now on")
    return second


async def _with_fresh_nonce(sending: _Sending, method: str, call: Call) -> Answer:
    answer = await sending(call)
    # A call that changes something is never sent twice.
    signed = method in SAFE_METHODS and call.credentials is not None and call.credentials.sign
    if signed and answer.body and nonce_was_used(answer.body):
        answer = await sending(call)
    return answer


async def _repeated(
    wire: Wire, request: Any, method: str, call: Call, policy: RetryPolicy, runtime: Runtime
) -> Answer:
    attempt, started = 0, time.monotonic()
    if call.form is not None:
        method = "POST"  # a refresh by GET spends its token like one by POST
    while True:
        answer, failure = await _attempt(wire, request, call)
        status = answer.status if answer else 0
        delay = policy.delay(attempt, started, method, status, failure)
        if delay is None and answer is not None:
            return answer
        if delay is None:
            raise failure.error  # type: ignore[union-attr]  # one of the two is there
        if answer is not None:
            await wire.close(answer)
        await runtime.sleep(delay)
        attempt += 1


async def _attempt(
    wire: Wire, request: Any, call: Call
) -> tuple[Answer, None] | tuple[None, Failure]:
    signed = call.credentials is not None and call.credentials.sign
    started = time.monotonic()
    try:
        answer = await wire.send(request, call)
    except TooLargeError:
        failure = Failure(too_large(call.max_size))
    except wire.errors as error:
        failure = wire.failure(error, request)
    except BaseException as error:  # noqa: BLE001  # cancelled: its frames quote the URL
        raise error.with_traceback(None) from None
    else:
        log_request(request, call.step, signed, started, str(answer.status), answer.body)
        return answer, None
    log_request(request, call.step, signed, started, str(failure.error.description), None)
    return None, failure


def _signed(call: Call, credentials: Credentials) -> Call:
    return replace(call, credentials=credentials.signed())


def _is_refused(answer: Answer) -> bool:
    """Whether an answer may mean that a signature is wanted (doc 1522)."""
    return answer.status == 401 or says(answer.body or b"", ErrorCode.OA_ACCESS_DENIED)
