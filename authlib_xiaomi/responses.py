"""Xiaomi's answers: bytes in, a token, data or an error out. No HTTP library in sight."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from authlib.oauth2.rfc6749 import OAuth2Token

from .errors import INVALID_RESPONSE, XiaomiOAuthError, error_number, unavailable

__all__ = ["api_data", "nonce_was_used", "strip_prefix", "token_from"]

#: What Xiaomi puts before its JSON, sometimes with white space around it (passport
#: authorization-code).
PREFIX: Final = b"&&&START&&&"

#: Bytes. Xiaomi's answers are a few hundred; a body beyond this is no answer of Xiaomi's.
_LONGEST: Final = 1 << 20
#: Seconds; above this, a lifetime is no number that a calendar can hold.
_LONGEST_LIFE: Final = 10**10


def strip_prefix(body: bytes) -> bytes:
    """`body` without Xiaomi's prefix; as it is where there is none."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.removeprefix(PREFIX).lstrip() if start.startswith(PREFIX) else body


def token_from(body: bytes, status: int) -> OAuth2Token:
    """The token in an answer of the token endpoint.

    Names and values are stripped of the stray spaces that Xiaomi's documents show (passport
    authorization-code); ``expires_in`` and ``expires_at`` are whole numbers, in seconds;
    everything Xiaomi sent is kept.

    :param status: the HTTP status, which says little: errors come with 200.
    :raises XiaomiOAuthError: what Xiaomi says is wrong, or ``invalid_response``, or
        ``temporarily_unavailable`` for 5xx.
    """
    answer = _answer(body, status)
    error = answer.get("error")
    if error not in (None, "") and error_number(error) != 0:
        raise XiaomiOAuthError.from_xiaomi(error, answer.get("error_description"))
    if answer.get("result") == "error":
        raise XiaomiOAuthError.from_xiaomi(answer.get("code"), answer.get("description"))
    if status >= 300 or not answer.get("access_token"):
        raise _makes_no_sense("the token endpoint", body, status)
    for name in ("access_token", "refresh_token", "mac_key", "mac_algorithm", "token_type"):
        if not isinstance(answer.get(name, ""), (str, type(None))):
            raise _wrong_type(name, "a string")
    for name in ("expires_in", "expires_at"):
        if answer.get(name) not in (None, ""):
            answer[name] = _seconds(name, answer[name])
        else:
            answer.pop(name, None)
    return OAuth2Token(answer)


def api_data(body: bytes, status: int) -> dict[str, Any]:
    """The ``data`` of an answer of the open API, judged by ``result`` and ``code``, not by the
    HTTP status alone (passport open-api).

    :raises XiaomiOAuthError: what Xiaomi says is wrong, or ``invalid_response``, or
        ``temporarily_unavailable`` for 5xx.
    """
    answer = _answer(body, status)
    result, code = answer.get("result"), answer.get("code")
    if result == "ok" and (code is None or error_number(code) == 0) and status < 300:
        data = answer.get("data")
        if not isinstance(data, dict):
            raise _wrong_type("data", "an object")
        return data
    if result == "error" or error_number(code):
        raise XiaomiOAuthError.from_xiaomi(code, answer.get("description"))
    if answer.get("error"):  # the token endpoint's way to say it
        raise XiaomiOAuthError.from_xiaomi(answer["error"], answer.get("error_description"))
    raise _makes_no_sense("the open API", body, status)


def nonce_was_used(body: bytes) -> bool:
    """Whether Xiaomi refuses a signature for its nonce alone (passport faq, question 6)."""
    if b"nonce" not in body.lower() or len(body) > _LONGEST:
        return False
    try:
        answer = _object(body)
    except ValueError:
        return False
    text = answer.get("description") or answer.get("error_description")
    return isinstance(text, str) and re.search(r"nonce\b.*\bused", text, re.IGNORECASE) is not None


def _answer(body: bytes, status: int) -> dict[str, Any]:
    if status >= 500 or status == 429:
        raise unavailable(f"Xiaomi answered with HTTP {status}")
    try:
        return _object(body)
    except ValueError:
        pass
    raise _makes_no_sense("Xiaomi", body, status)


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; ValueError where there is none."""
    if len(body) > _LONGEST:
        raise ValueError
    text = strip_prefix(body).decode("utf-8-sig")
    try:
        answer = _stripped(json.loads(text))
        if "\\ud" in text.lower():
            answer = json.loads(_whole(json.dumps(answer, ensure_ascii=False)))
    except RecursionError:
        answer = None
    if not isinstance(answer, dict):
        raise ValueError
    return answer


def _stripped(value: Any) -> Any:
    """`value` without white space around names and strings."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return [_stripped(item) for item in value]
    if isinstance(value, dict):
        return {_stripped(name): _stripped(item) for name, item in value.items()}
    return value


def _whole(text: str) -> str:
    """`text` as valid Unicode: a nick cut in the middle of an emoji would break what prints it."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _seconds(name: str, value: object) -> int:
    try:
        seconds = int(float(value)) if isinstance(value, (int, float, str)) else None
    except (ValueError, OverflowError):
        seconds = None
    if seconds is None or isinstance(value, bool) or abs(seconds) > _LONGEST_LIFE:
        raise _wrong_type(name, "a number of seconds")
    return seconds


def _wrong_type(name: str, expected: str) -> XiaomiOAuthError:
    return XiaomiOAuthError(
        INVALID_RESPONSE, f'"{name}" in Xiaomi\'s answer is not {expected}', hint=_NOT_XIAOMI
    )


def _makes_no_sense(who: str, body: bytes, status: int) -> XiaomiOAuthError:
    # What the body holds stays out of the text: it may echo the request, and with it secrets.
    if 300 <= status < 400:
        what = f"HTTP {status}, a redirect, which is not followed"
    else:
        what = f"HTTP {status} and {len(body)} bytes that are no answer of its kind"
    return XiaomiOAuthError(INVALID_RESPONSE, f"{who} answered with {what}", hint=_NOT_XIAOMI)


_NOT_XIAOMI = (
    "Something other than Xiaomi may have answered: look at access_token_url and api_base_url, "
    "and at proxies on the way."
)
