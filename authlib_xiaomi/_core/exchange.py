"""One request to Xiaomi: what it carries, when it is sent again, what its failure is called.

The wire (a requests adapter, an httpx transport) sends and reads; everything else is decided
here, once for both.
"""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from ..errors import INVALID_RESPONSE, ErrorCode, XiaomiOAuthError, unavailable
from .credentials import Credentials, Form
from .responses import nonce_was_used, refusal_code

__all__ = ["Answer", "Call", "Failure", "Memory", "RetryPolicy", "TooLargeError", "Wire",
           "exchange", "failure_of"]  # fmt: skip

log = logging.getLogger("authlib_xiaomi")

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


@dataclass(frozen=True)
class Failure:
    """Why there is no answer."""

    error: XiaomiOAuthError
    #: Whether the connection is what failed, so that another may do better.
    broken: bool = False
    #: Whether the request may have reached the other side.
    arrived: bool = True


class TooLargeError(Exception):
    """An answer exceeds its limit."""


class Wire(Protocol):
    """How one HTTP library sends a request."""

    #: What the library raises.
    errors: tuple[type[Exception], ...]

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
    if call.form is not None:
        method = "POST"  # a token request by GET changes something, too
    credentials = call.credentials
    if memory.signing and credentials is not None and credentials.may_sign_later:
        call = _signed(call, credentials)
    unsigned: Answer | None = None
    nonces, attempt, started = 1, 0, time.monotonic()
    while True:
        answer, failure = await _attempt(wire, request, call)
        status = answer.status if answer else 0
        delay = policy.delay(attempt, started, method, status, failure)
        if delay is not None:
            if answer:
                await wire.close(answer)
            await wire.sleep(delay)
            attempt += 1
            continue
        if answer is None:
            raise failure.error
        credentials = call.credentials
        if credentials is None:
            return answer
        if credentials.sign and nonces and answer.body and nonce_was_used(answer.body):
            nonces -= 1
            continue
        refused = _is_refused(answer)
        if unsigned is not None:
            if refused or status >= 400:
                # Signing does not help: the first answer stands. That of a stream is closed.
                return answer if call.stream else unsigned
            memory.signing = True
            log.info("Xiaomi wants signed API calls: they are signed from now on")
        elif refused and method in _SAFE_METHODS and credentials.may_sign_later:
            await wire.close(answer)
            unsigned, call = answer, _signed(call, credentials)
            continue
        return answer


async def _attempt(
    wire: Wire, request: Any, call: Call
) -> tuple[Answer, None] | tuple[None, Failure]:
    try:
        return await wire.send(request, call), None
    except TooLargeError:
        return None, Failure(_too_large(call.max_size))
    except wire.errors as error:
        return None, wire.failure(error, request)
    except BaseException as error:  # noqa: BLE001  # cancelled: its frames quote the URL
        raise error.with_traceback(None) from None


def _signed(call: Call, credentials: Credentials) -> Call:
    return Call(call.max_size, credentials.signed(), stream=call.stream)


def _is_refused(answer: Answer) -> bool:
    """Whether an answer may mean that a signature is wanted (doc 1522)."""
    number = refusal_code(answer.body) if answer.body else None
    return answer.status == 401 or number == ErrorCode.OA_ACCESS_DENIED


def _too_large(limit: int) -> XiaomiOAuthError:
    return XiaomiOAuthError(
        INVALID_RESPONSE,
        f"the answer is larger than {limit} bytes",
        hint="Xiaomi's answers are small. For large ones of another API, raise max_response_size "
        "(or max_api_response_size), or stream them.",
    )


def failure_of(error: Exception, host: str, *, arrived: bool, garbled: bool = False) -> Failure:
    """What `error` of an HTTP library means: the causes that need different remedies are told
    apart, and nothing is quoted.

    :param arrived: whether the request may have reached the other side.
    :param garbled: whether an answer had begun, and cannot be read.
    """
    causes = list(_causes(error))
    for kind, text, hint, passing in _CAUSES:
        if any(isinstance(cause, kind) for cause in causes):
            broken = passing or (kind is TimeoutError and not arrived)
            return Failure(unavailable(f"{host} {text}", hint), broken, arrived)
    if garbled and not any(isinstance(cause, ConnectionError) for cause in causes):
        text = f"the answer of {host} broke off or cannot be read"
        return Failure(XiaomiOAuthError(INVALID_RESPONSE, text))
    what = "ended the connection" if arrived else "could not be reached"
    return Failure(unavailable(f"{host} {what} ({type(error).__name__})"), True, arrived)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while error is not None and seen < 20:
        yield error
        if str(error).startswith("Could not find"):  # requests says so of a file
            yield FileNotFoundError()
        yield from getattr(error, "exceptions", ())  # several addresses were tried
        error, seen = error.__cause__ or error.__context__, seen + 1


#: Kind of error, what is said of the host, what to look at, and whether it may pass.
_CAUSES: Final[tuple[tuple[type[BaseException], str, str | None, bool], ...]] = (
    (
        ssl.SSLCertVerificationError,
        "shows a certificate that is not trusted",
        "Look at the certificates that this machine trusts (verify in client_kwargs), and at "
        "proxies that open TLS connections.",
        False,
    ),
    (ssl.SSLEOFError, "ended the connection", None, True),
    (
        ssl.SSLError,
        "does not speak TLS there",
        "Look at the port and at https:// in the URL, and at proxies on the way.",
        False,
    ),
    (
        socket.gaierror,
        "is not a name that this machine can find",
        "Look at the host's spelling, and at this machine's DNS.",
        True,
    ),
    (
        ConnectionRefusedError,
        "refused the connection",
        "Nothing listens there: look at the host and the port.",
        True,
    ),
    (TimeoutError, "did not answer in time", None, False),
    (
        FileNotFoundError,
        "was not asked: a file of certificates is missing",
        "Look at verify and cert in client_kwargs, and at REQUESTS_CA_BUNDLE and SSL_CERT_FILE in "
        "the environment.",
        False,
    ),
)
