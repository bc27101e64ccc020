"""One request to Xiaomi: what it carries, when it is sent again, what its failure is called.

The wire (a requests adapter, an httpx transport) sends and reads; everything else is decided
here, once for both.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, Protocol

from ..errors import ErrorCode, Step
from .credentials import Credentials, Form
from .failures import Failure, too_large
from .records import log, log_request
from .responses import nonce_was_used, says

_SAFE_METHODS: Final = ("GET", "HEAD")


@dataclass(frozen=True)
class RetryPolicy:
    """When a request is sent once more.

    A GET is: after a connection error, a reset, 502, 503 and 504. A code or a refresh token works
    once, so a POST is sent again only where it certainly never arrived.
    """

    #: Seconds to wait before each repetition; as many as there are.
    backoff: tuple[float, ...] = (0.1, 0.4)
    #: Seconds after the first try within which a repetition may begin.
    max_elapsed: float = 10.0
    #: What a gateway answers for a server that it cannot reach.
    statuses: frozenset[int] = frozenset({502, 503, 504})

    def delay(
        self, attempt: int, started: float, method: str, status: int, failure: Failure | None
    ) -> float | None:
        """Seconds to wait before the next try, or ``None`` where there is to be none.

        :param attempt: 0 for the first try.
        :param started: when the first try began, by ``time.monotonic``.
        :param status: what was answered; 0 where nothing was.
        """
        if failure is None:
            again = method in _SAFE_METHODS and status in self.statuses
        else:
            again = failure.broken and (method in _SAFE_METHODS or not failure.arrived)
        if not again or attempt >= len(self.backoff):
            return None
        late = time.monotonic() + self.backoff[attempt] > started + self.max_elapsed
        return None if late else self.backoff[attempt]


class Memory:
    """What a registration has learned of the service, for all its users."""

    #: Whether API calls must be signed.
    signing: bool = False
    #: Whether refreshes must be sent by GET.
    refresh_by_get: bool = False


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
        return (*(self.credentials or self.form or _NOTHING).secrets,)


class _Nothing:
    secrets = ()


_NOTHING: Final[Any] = _Nothing()


class Answer(NamedTuple):
    """What a wire received: the library's response, and its body unless it is streamed."""

    response: Any
    status: int
    body: bytes | None


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

    async def sleep(self, seconds: float) -> None:
        """Wait."""

    def failure(self, error: Exception, request: Any) -> Failure:
        """What `error` means, without what it quotes."""


async def exchange(
    wire: Wire, request: Any, method: str, call: Call, policy: RetryPolicy, memory: Memory
) -> Answer:
    """Send `request`, and give back its answer.

    It is sent again after a passing fault, with a new nonce where its nonce is refused, and
    signed where signing may be what is missing.

    :raises XiaomiOAuthError: where Xiaomi cannot be reached, or its answer cannot be read.
    """
    credentials = call.credentials
    if credentials is None:
        return await _repeated(wire, request, method, call, policy)
    if memory.signing and credentials.may_sign_later:
        call = _signed(call, credentials)
    answer = await _with_fresh_nonce(wire, request, method, call, policy)
    later = call.credentials is not None and call.credentials.may_sign_later
    if not later or method not in _SAFE_METHODS or not _is_refused(answer):
        return answer
    if call.stream:
        await wire.close(answer)  # its connection may be the only one
    call = _signed(call, credentials)
    second = await _with_fresh_nonce(wire, request, method, call, policy)
    if _is_refused(second) or second.status >= 400:  # signing does not help
        return second if call.stream else answer
    memory.signing = True
    log.info("Xiaomi wants signed API calls: they are signed from now on")
    return second


async def _with_fresh_nonce(
    wire: Wire, request: Any, method: str, call: Call, policy: RetryPolicy
) -> Answer:
    answer = await _repeated(wire, request, method, call, policy)
    # A call that changes something is never sent twice.
    signed = method in _SAFE_METHODS and call.credentials is not None and call.credentials.sign
    if signed and answer.body and nonce_was_used(answer.body):
        answer = await _repeated(wire, request, method, call, policy)
    return answer


async def _repeated(
    wire: Wire, request: Any, method: str, call: Call, policy: RetryPolicy
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
        await wire.sleep(delay)
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
