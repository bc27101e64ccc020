"""Failures of requests: what they are called, and when a request is sent again."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..errors import INVALID_RESPONSE, XiaomiOAuthError, unavailable


@dataclass(frozen=True)
class Failure:
    """Why a request has no answer."""

    error: XiaomiOAuthError
    #: Whether the connection failed, so that a new one may succeed.
    broken: bool = False
    #: Whether the request may have reached the server.
    arrived: bool = True


class without_frames:  # noqa: N801  # reads like contextlib's own, which keep the frames
    """A context that takes its frames off an error: their local variables hold secrets, and a crash
    reporter would collect them."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, XiaomiOAuthError):
            raise error.with_traceback(None) from None


def too_large(limit: int) -> XiaomiOAuthError:
    return XiaomiOAuthError(
        INVALID_RESPONSE,
        f"the answer is larger than {limit} bytes",
        hint="Xiaomi's answers are small. For large ones of another API, raise max_response_size "
        "(or max_api_response_size), or stream them.",
    )


def no_free_connection(host: str) -> Failure:
    text = f"too many requests at once to {host}: there was no free connection in time"
    return Failure(unavailable(text, "Raise max_connections or pool_timeout."))


def failure_of(error: Exception, host: str, *, arrived: bool, garbled: bool = False) -> Failure:
    """What an `error` of the HTTP library means. Causes with different remedies get different
    texts, and the error itself, which may hold secrets, is not quoted.

    :param garbled: whether an answer had begun, and could not be read.
    """
    causes = list(_causes(error))
    for kind, text, hint, may_pass in _CAUSES:
        if any(isinstance(cause, kind) for cause in causes):
            broken = may_pass or (kind is TimeoutError and not arrived)
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
        yield from getattr(error, "exceptions", ())  # several addresses were tried
        if str(error).startswith("Could not find"):  # requests says so of a file
            yield FileNotFoundError()
        error, seen = error.__cause__ or error.__context__, seen + 1


#: The kind of error, the text after the host's name, the hint, and whether a repetition may help.
_CAUSES: Final[tuple[tuple[type[BaseException], str, str | None, bool], ...]] = (
    (
        ssl.SSLCertVerificationError,
        "shows a certificate that is not trusted",
        "Look at the certificates that this machine trusts (verify in client_kwargs), and at "
        "proxies that open TLS connections.",
        False,
    ),
    (
        FileNotFoundError,
        "was not asked: a file of certificates is missing",
        "Look at verify and cert in client_kwargs, and at REQUESTS_CA_BUNDLE and SSL_CERT_FILE in "
        "the environment.",
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
)

#: The methods that change nothing: such a request may be sent again in any case.
SAFE_METHODS: Final = ("GET", "HEAD")


@dataclass(frozen=True)
class RetryPolicy:
    """When a request is sent once more.

    A GET is sent again after a connection error, a reset, 502, 503 and 504. A code or a refresh
    token works once, so a POST is sent again only if it certainly did not arrive.
    """

    #: Seconds to wait before each repetition; their number is that of the repetitions.
    backoff: tuple[float, ...] = (0.1, 0.4)
    #: Seconds after the first try within which a repetition may begin.
    max_elapsed: float = 10.0
    #: What a gateway answers when it cannot reach the server.
    statuses: frozenset[int] = frozenset({502, 503, 504})

    def delay(
        self, attempt: int, started: float, method: str, status: int, failure: Failure | None
    ) -> float | None:
        """Seconds to wait before the next try; ``None`` where there is none.

        :param attempt: 0 after the first try.
        :param started: when the first try began, by ``time.monotonic``.
        :param status: of the answer; 0 where there is none.
        """
        if failure is None:
            again = method in SAFE_METHODS and status in self.statuses
        else:
            again = failure.broken and (method in SAFE_METHODS or not failure.arrived)
        if not again or attempt >= len(self.backoff):
            return None
        late = time.monotonic() + self.backoff[attempt] > started + self.max_elapsed
        return None if late else self.backoff[attempt]
