"""Reads Xiaomi's answers: bytes become a token, data or an error."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from typing import Any, Final

from ..errors import INVALID_RESPONSE, ErrorCode, XiaomiOAuthError, error_number, unavailable
from ..provider import ID_NAMES
from . import log
from .tokens import XiaomiToken, epoch_seconds

#: What Xiaomi puts before its JSON, sometimes with white space around it (passport
#: authorization-code).
PREFIX: Final = b"&&&START&&&"

#: Bytes. Xiaomi's answers have a few hundred; a larger body is not an answer of Xiaomi's.
_MAX_SIZE: Final = 1 << 20


def strip_prefix(body: bytes) -> bytes:
    """`body` without Xiaomi's prefix; as it is where there is none."""
    start = body.removeprefix(BOM_UTF8).lstrip()
    return start.removeprefix(PREFIX).lstrip() if start.startswith(PREFIX) else body


class PrefixStripper:
    """Takes Xiaomi's prefix off a stream."""

    def __init__(self) -> None:
        #: The beginning, as long as it may be a part of the prefix; then ``None``.
        self._front: bytes | None = b""

    def feed(self, chunk: bytes) -> bytes:
        """What to hand on when `chunk` has arrived."""
        if self._front is None:
            return chunk
        self._front += chunk
        start = self._front.removeprefix(BOM_UTF8).lstrip()
        is_open = PREFIX.startswith(start[: len(PREFIX)]) and len(start) <= len(PREFIX) + 1
        if is_open and len(self._front) < 1024:  # mostly white space
            return b""
        return self.end()

    def end(self) -> bytes:
        """What is left to hand on at the end of the stream."""
        front, self._front = self._front, None
        return strip_prefix(front) if front else b""


def parse_token(body: bytes, status: int) -> XiaomiToken:
    """The token in an answer of the token endpoint.

    Names and values are stripped of the stray spaces that Xiaomi's documents show (passport
    authorization-code); everything Xiaomi sent is kept, an ``id_token`` among it, which nobody
    can verify today (doc 1835 gives no key).

    :param status: the HTTP status, which says little: errors come with 400 (tried in 2023) and,
        in older material, with 200.
    :raises XiaomiOAuthError: what Xiaomi says is wrong, or ``invalid_response``, or
        ``temporarily_unavailable`` for 5xx.
    """
    return parse_token_fields(_object(body), status, len(body))


def parse_token_fields(answer: dict[str, Any], status: int, size: int = 0) -> XiaomiToken:
    """As :func:`parse_token`, for an answer that is decoded already."""
    _raise_refusal(answer, status)
    if status >= 300 or not answer.get("access_token"):
        raise _makes_no_sense("the token endpoint", size, status)
    for name in ("access_token", "refresh_token"):  # not mac_key: a sign-in needs none
        if not isinstance(answer.get(name, ""), (str, type(None))):
            raise _invalid(f'"{name}" in Xiaomi\'s answer is not a string')
    return XiaomiToken.issued({**answer, **_lifetime(answer)})


def parse_api_data(body: bytes, status: int) -> dict[str, Any]:
    """The ``data`` of an answer of the open API, judged by ``result`` and ``code``, not by the
    HTTP status alone (passport open-api).

    Xiaomi's own clients look at ``code`` 0 alone, or at ``result`` "ok" in any case (live).

    :raises XiaomiOAuthError: what Xiaomi says is wrong, or ``invalid_response``, or
        ``temporarily_unavailable`` for 5xx.
    """
    answer = _object(body)
    _raise_refusal(answer, status)
    result, code = str(answer.get("result") or "").lower(), answer.get("code")
    code_fits = code is None or error_number(code) == 0
    result_fits = result == "ok" or (result == "" and code is not None)
    if not (code_fits and result_fits) or status >= 300:
        raise _makes_no_sense("the open API", len(body), status)
    data = answer.get("data")
    if not isinstance(data, dict):
        raise _invalid('"data" in Xiaomi\'s answer is not an object')
    return data


def refusal_code(body: bytes) -> int | None:
    """Xiaomi's error number in an answer of either endpoint; ``None`` where there is none."""
    answer = _error_with(b"96", body)
    return error_number(answer.get("code")) or error_number(answer.get("error"))


def says(body: bytes, code: ErrorCode) -> bool:
    """Whether an answer of either endpoint is the error `code`."""
    return b"%d" % code in body and refusal_code(body) == code


def nonce_was_used(body: bytes) -> bool:
    """Whether Xiaomi refuses a signature for its nonce alone, in English or in Chinese
    (passport faq, question 6; doc 1522)."""
    answer = _error_with(b"nonce", body)
    text = str(answer.get("description") or answer.get("error_description") or "").lower()
    _, found, rest = text.partition("nonce")
    return bool(found) and ("used" in rest or "使用" in rest)


def post_is_refused(body: bytes, status: int) -> bool:
    """Whether an answer to a refresh shows that the endpoint takes GET alone (doc 1516), so that
    the refresh token still works. After 5xx or 429 it may be spent: then it is false."""
    if status in (404, 405):
        return True
    names = (ErrorCode.OA_INVALID_REQUEST, ErrorCode.OA_UNSUPPORTED_GRANT_TYPE)
    return status < 500 and status != 429 and refusal_code(body) in names


def _raise_refusal(answer: dict[str, Any], status: int) -> None:
    """Raise the error in an answer of either endpoint: the open API also uses the names of the
    token endpoint."""
    if status >= 500 or status == 429:
        raise unavailable(f"Xiaomi answered with HTTP {status}")
    code, error = answer.get("code"), answer.get("error")
    # A number beside a token costs no sign-in.
    is_wrong = error_number(code) and not answer.get("access_token")
    if str(answer.get("result")).lower() == "error" or is_wrong:
        raise XiaomiOAuthError.from_xiaomi(code, answer.get("description"))
    if error not in (None, "") and error_number(error) != 0:
        raise XiaomiOAuthError.from_xiaomi(error, answer.get("error_description"))


def _lifetime(answer: dict[str, Any]) -> dict[str, Any]:
    """``expires_in`` and ``expires_at`` as whole numbers; ``None`` where they cannot be read: that
    is no reason to refuse a sign-in."""
    read: dict[str, Any] = {}
    for name in ("expires_in", "expires_at"):
        value = answer.get(name)
        read[name] = epoch_seconds(value)
        if read[name] is None and value not in (None, ""):
            log.warning("%s in Xiaomi's answer is not a number of seconds, and is ignored", name)
    return read


def _error_with(mark: bytes, body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; empty where it cannot be an error of Xiaomi's: it has no `mark`,
    or is too long."""
    return _object(body) if len(body) <= 16 << 10 and mark in body.lower() else {}


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; empty where there is none."""
    if len(body) > _MAX_SIZE:
        return {}
    try:
        # Not as "utf-8-sig": its first use loads a module, in a process that may fork meanwhile.
        text = strip_prefix(body).removeprefix(BOM_UTF8).decode()
        answer = _stripped(json.loads(text))
        if "\\ud" in text or "\\uD" in text:  # a nick may be cut in the middle of an emoji
            halves = json.dumps(answer, ensure_ascii=False).encode("utf-16", "surrogatepass")
            answer = json.loads(halves.decode("utf-16", "replace"))
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _stripped(value: Any) -> Any:
    """`value` without white space around names and strings; an id stays as it is."""
    if isinstance(value, list):
        return [_stripped(item) for item in value]
    if not isinstance(value, dict):
        return value.strip() if isinstance(value, str) else value
    found = {}
    for given, item in value.items():
        name = given.strip()
        if isinstance(item, str):  # most are
            found[name] = item if name in _ID_NAMES else item.strip()
        else:
            found[name] = _stripped(item)
    return found


_ID_NAMES: Final = frozenset(name for names in ID_NAMES.values() for name in names)


def _makes_no_sense(who: str, size: int, status: int) -> XiaomiOAuthError:
    # The body is not quoted: it may repeat the request, and with it secrets.
    if 300 <= status < 400:
        what = f"HTTP {status}, a redirect, which is not followed"
    else:
        what = f"HTTP {status} and {size} bytes that are not an answer of its kind"
    return _invalid(f"{who} answered with {what}")


def _invalid(description: str) -> XiaomiOAuthError:
    return XiaomiOAuthError(
        INVALID_RESPONSE,
        description,
        hint="Something other than Xiaomi may have answered: look at access_token_url and "
        "api_base_url, and at proxies on the way.",
    )
