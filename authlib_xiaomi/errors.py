"""Xiaomi's error numbers, and the exceptions, which are subclasses of Authlib's."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Final, Literal

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import MismatchingStateError, OAuthError
from authlib.oauth2.rfc6749 import MismatchingStateException, MissingCodeException

from .redaction import redact

__all__ = ["ErrorCode", "MissingCodeError", "StateMismatchError", "Step", "XiaomiOAuthError"]

#: An answer that makes no sense. No standard has a word for it.
INVALID_RESPONSE: Final = "invalid_response"
#: Xiaomi cannot be reached, does not answer in time, or answers 5xx (RFC 6749, 4.1.2.1).
TEMPORARILY_UNAVAILABLE: Final = "temporarily_unavailable"
#: Something is missing or malformed (RFC 6749, 5.2).
INVALID_REQUEST: Final = "invalid_request"
#: The AppID is unknown, or does not belong to the AppSecret (RFC 6749, 5.2).
INVALID_CLIENT: Final = "invalid_client"
#: A browser requested the callback ahead of its user: by a prefetch, or with HEAD.
SPECULATIVE_REQUEST: Final = "speculative_request"

#: The step in which an error arose: the callback, the exchange of the code, the request for the
#: user's data, another call of the open API, or a refresh.
Step = Literal["callback", "token", "userinfo", "api", "refresh"]
#: Why a callback's state is not one that the session waits for.
LostState = Literal["used", "other", "lost", "missing"]


class ErrorCode(IntEnum):
    """Xiaomi's error numbers (passport error-code, doc 1519).

    Each member has the nearest standard word (`error`), what it means (`meaning`), and what
    the developer should look at (`hint`). The member's name is Xiaomi's.
    """

    #: The number, on every Python: before 3.11, ``str()`` of an ``IntEnum`` was its name.
    __str__ = int.__repr__

    error: str
    meaning: str
    hint: str

    # The defaults are for type checkers, to whom ErrorCode(96001) is a call of this.
    def __new__(cls, value: int, error: str = "", meaning: str = "", hint: str = "") -> ErrorCode:
        member = int.__new__(cls, value)
        member._value_ = value
        member.error, member.meaning, member.hint = error, meaning, hint
        return member

    # fmt: off
    OA_CLIENT_NOT_EXISTS = (96001, "invalid_client",
        "there is no such AppID, or the account service is not switched on for it",
        "Compare client_id with the AppID in Xiaomi's console, and see that the account service "
        "is enabled for the application.")
    OA_INVALID_REQUEST = (96002, "invalid_request",
        "a parameter is missing or malformed",
        "Look at the parameters that the application adds itself: authorize_params, "
        "access_token_params, and what is passed to authorize_redirect.")
    OA_INVALID_CLIENT = (96003, "invalid_client",
        "AppID and AppSecret do not belong together",
        "Copy client_id and client_secret once more from the same application's details page "
        "(AppID, AppSecret), without quotes or spaces around them.")
    OA_INVALID_GRANT = (96004, "invalid_grant",
        "the grant_type is invalid",
        "Xiaomi takes authorization_code and refresh_token as grant_type (doc 1519); take other "
        "values out of client_kwargs and access_token_params.")
    OA_UNAUTHORIZED_CLIENT = (96005, "unauthorized_client",
        "the application has no permission for this",
        "In Xiaomi's console, see that the application is approved and has the permission for "
        "this API or scope.")
    OA_UNSUPPORTED_GRANT_TYPE = (96006, "unsupported_grant_type",
        "Xiaomi does not know this grant_type",
        "Xiaomi knows authorization_code and refresh_token; take other values of grant_type out "
        "of client_kwargs and access_token_params.")
    OA_INVALID_SCOPE = (96007, "invalid_scope",
        "a scope is unknown or malformed, or was not granted to the application",
        "Scopes are numbers such as '1 3'. One that was not granted to the application fails the "
        "whole sign-in: ask for 1 alone, and for more only where Xiaomi has granted it.")
    OA_INVALID_TOKEN = (96008, "invalid_token",
        "the access token is wrong or expired",
        "Refresh the token; if that fails too, the user has withdrawn consent and must sign in "
        "again.")
    OA_INVALID_REFRESHTOKEN = (96009, "invalid_grant",
        "the refresh token is wrong, expired, or was used before",
        "A Xiaomi refresh token works once, and a second sign-in of the same user ends the first "
        "one: store one token for each user (the newest wins), let update_token store each new "
        "token, and give all processes one refresh_lock. The user must sign in again.")
    OA_INVALID_REDIRECT_URI = (96010, "invalid_request",
        "the callback does not match the registered one",
        "Scheme, port, host and path of redirect_uri must match the callback registered in "
        "Xiaomi's console: the same scheme and port, the same host or a subdomain of it, the same"
        " path or one below it.")
    OA_UNSUPPORTED_RESPONSE_TYPE = (96011, "unsupported_response_type",
        "Xiaomi does not know this response_type",
        "This package sends response_type=code; take other values out of client_kwargs and "
        "authorize_params.")
    OA_ACCESS_DENIED = (96012, "access_denied",
        "the user declined, or Xiaomi refused the request, or the signature is wrong",
        "If the user did not decline: the access token must have been issued to this AppID. If "
        "calls are signed, this machine's clock must be right.")
    OA_INVALID_CODE = (96013, "invalid_grant",
        "the code is wrong, expired, or was used before",
        "A code works once and for a few minutes: see that the callback is not requested twice (a"
        " reload, a link preview), and let the user sign in again.")
    # fmt: on


class XiaomiOAuthError(OAuthError):
    """What Xiaomi answers, or what happens on the way there.

    A subclass of Authlib's ``OAuthError``, so that ``except OAuthError`` catches it. It can be
    pickled and copied, and holds no request and no secret.

    :param error: a word of the OAuth 2.0 standards, ``invalid_response`` for an answer that
        makes no sense, ``temporarily_unavailable``, or ``speculative_request``.
    :param description: what happened. Where Xiaomi says it, Xiaomi's text.
    :param uri: a page that describes the error, as in Authlib.
    :param code: Xiaomi's number, if it gave one.
    :param hint: what the developer should look at; by default from the table of `code`. It is
        shown under the traceback of an error that nobody catches.
    :param step: where it arose: ``"callback"``, ``"token"``, ``"userinfo"``, ``"api"``,
        ``"refresh"``, or ``None`` before any of them.
    """

    code: int | None
    #: Xiaomi's name for the number, such as ``"OA_INVALID_CODE"``, or ``None``.
    name: str | None
    #: May be empty.
    hint: str
    step: Step | None

    def __init__(
        self,
        error: str | None = None,
        description: str | None = None,
        uri: str | None = None,
        *,
        code: int | None = None,
        hint: str | None = None,
        step: Step | None = None,
    ) -> None:
        # What Xiaomi says may repeat the request, and with it secrets. Authlib's base class is
        # named, since the subclasses below have bases whose constructors differ.
        AuthlibBaseError.__init__(
            self, error and redact(error), description and _one_line(redact(description)), uri
        )
        known = _BY_NUMBER.get(code)
        self.code = code
        self.name = known.name if known else None
        self.hint = hint or (known.hint if known else "")
        self.step = step
        if self.hint:
            self.__notes__ = [f"Hint: {self.hint}"]

    @classmethod
    def from_xiaomi(cls, code: object, description: object = None) -> XiaomiOAuthError:
        """Return the error for what Xiaomi sent as ``error`` (or ``code``) and its text.

        :param code: a number, a number as a string, or one of Xiaomi's names
            (``OA_ACCESS_DENIED``); ``access_denied`` is 96012 (live: miloco). Another word is
            kept as it is.
        """
        word = code.strip() if isinstance(code, str) else ""
        number = _BY_WORD.get(word.upper(), error_number(code))
        known = _BY_NUMBER.get(number)
        text = description if isinstance(description, str) and description.strip() else None
        if known is not None:
            return cls(known.error, text or known.meaning, code=number)
        error = word if number is None and re.fullmatch(r"[a-z_]{3,40}", word) else None
        return cls(
            error, text or f"Xiaomi answered with error {redact(repr(code))[:80]}", code=number
        )

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later, since Xiaomi or the network is out of order."""
        return self.error == TEMPORARILY_UNAVAILABLE

    def __str__(self) -> str:
        text = f"{self.error}: {self.description}"
        if self.code is not None:
            text += f" [{self.code} {self.name or 'unknown'}]"
        if sys.version_info < (3, 11) and self.hint:  # pragma: no cover  # notes: 3.11 on
            text += f" Hint: {self.hint}"
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions cross process borders (task queues), and keyword arguments with them.
        return type(self), (self.error, self.description, self.uri), vars(self)


class _CallbackError(XiaomiOAuthError):
    """The attributes of Authlib's ``OAuth2Error``, whose constructor is not called."""

    state = redirect_uri = None
    redirect_fragment = False
    status_code = 400


class StateMismatchError(_CallbackError, MismatchingStateError, MismatchingStateException):
    """A callback whose state is not one that this session waits for.

    Both of Authlib's errors for it, so that ``except`` clauses written for either catch it.
    """

    #: ``"used"``: the callback was requested before, as by a reload. ``"other"``: the session has
    #: other states. ``"lost"``: it has none; its cookie was lost. ``"missing"``: the callback has
    #: no state. ``None`` where it is not known.
    reason: LostState | None

    def __init__(self, *args: Any, reason: LostState | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason = reason


class MissingCodeError(_CallbackError, MissingCodeException):
    """A callback that brings neither a code nor an error."""


@contextmanager
def at_step(step: Step) -> Iterator[None]:
    """A context in which errors get this step, if they have none."""
    try:
        yield
    except XiaomiOAuthError as error:
        error.step = error.step or step
        raise


def unavailable(description: str, hint: str | None = None) -> XiaomiOAuthError:
    """Return the error for a Xiaomi that is unreachable, late or out of order."""
    return XiaomiOAuthError(
        TEMPORARILY_UNAVAILABLE,
        description,
        hint=hint
        or "Xiaomi or the network is out of order; try again later. If it stays so, look "
        "at proxies and firewalls between this machine and Xiaomi, and at the timeout.",
    )


_BY_NUMBER: Final[dict[int | None, ErrorCode]] = {int(code): code for code in ErrorCode}
_BY_WORD: Final[dict[str, int]] = {
    **{code.name: int(code) for code in ErrorCode},
    "ACCESS_DENIED": int(ErrorCode.OA_ACCESS_DENIED),
}


def error_number(code: object) -> int | None:
    """Return Xiaomi's error number, which its documents show as a number and as a string; ``None``
    where `code` is neither."""
    if isinstance(code, bool):
        return None
    if isinstance(code, float) and code.is_integer():
        code = int(code)
    if isinstance(code, str) and re.fullmatch("[0-9]{1,9}", code.strip()):
        code = int(code.strip())
    return code if isinstance(code, int) and 0 <= code < 10**9 else None


def _one_line(text: str) -> str:
    """`text` for a log line or a page: short, and without control characters."""
    line = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+", " ", text[:4000]).strip()
    return line if len(line) <= 300 else line[:299] + "…"
