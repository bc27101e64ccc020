"""The doctor's last check: a token request with a code that cannot exist. Pure but for asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from ..errors import INVALID_RESPONSE, TEMPORARILY_UNAVAILABLE, ErrorCode, XiaomiOAuthError
from ..provider import ACCESS_TOKEN_URL
from .asking import Answer
from .core import parse_token
from .explaining import explanation
from .findings import Finding
from .texts import Language, Say

__all__ = ["Ask", "LiveCheck"]

#: Asks, as ``network.ask`` does: a URL, and a form to post.
Ask = Callable[..., Answer]

#: Cannot exist, and is well formed all the same: a malformed one might be answered otherwise.
_CODE: Final = "authlib_xiaomi_doctor_no_such_code"
#: Is nobody's: where no callback is given, Xiaomi refuses it for that alone.
_CALLBACK: Final = "https://authlib-xiaomi-doctor.invalid/callback"


@dataclass(frozen=True)
class LiveCheck:
    """What is asked, and of whom.

    :param redirect_uri: empty where there is none to check.
    :param base_url: the server to ask in place of Xiaomi.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    base_url: str | None

    @property
    def url(self) -> str:
        """The token endpoint."""
        path = urlsplit(ACCESS_TOKEN_URL).path
        return ACCESS_TOKEN_URL if self.base_url is None else self.base_url + path

    @property
    def host(self) -> str:
        """The server, for people to read."""
        return urlsplit(self.url).netloc

    def form(self) -> Mapping[str, str]:
        """The request."""
        return {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uri": self.redirect_uri or _CALLBACK,
            "grant_type": "authorization_code",
            "code": _CODE,
        }

    def judge(self, answer: Answer, language: Language, say: Say) -> tuple[Finding, int | None]:
        """What the answer tells, and the number in it."""
        error, status = _error_in(answer.body, answer.status), answer.status
        code = error.code if error else None
        if code == ErrorCode.OA_INVALID_CODE:
            return Finding("live", "ok", say("live_ok", host=self.host)), code
        if code == ErrorCode.OA_INVALID_REDIRECT_URI and not self.redirect_uri:
            return Finding("live", "ok", say("live_ok_but", host=self.host)), code
        if error is not None and error.name is not None and code is not None:
            return self._refused(code, language, say), code
        if error is not None and error.error == TEMPORARILY_UNAVAILABLE:
            found = say("live_down", host=self.host, status=status)
            return Finding("live", "unchecked", found, say("live_down_do")), code
        if error is not None and error.error != INVALID_RESPONSE:
            found = say("live_unknown", host=self.host, code=code or error.error)
            return Finding("live", "unchecked", found, say("live_unknown_do")), code
        key = "live_redirect" if 300 <= status < 400 else "live_garbage"
        found = say(key, host=self.host, status=status)
        return Finding("live", "unchecked", found, say("live_garbage_do")), code

    def _refused(self, code: int, language: Language, say: Say) -> Finding:
        known = explanation(code, language)
        found = say("live_code", code=code, name=known.name, host=self.host, meaning=known.meaning)
        if code == ErrorCode.OA_INVALID_REDIRECT_URI:
            found = say("live_callback", found=found, redirect_uri=self.redirect_uri)
        return Finding("live", "wrong", found, known.advice)


def _error_in(body: bytes, status: int) -> XiaomiOAuthError | None:
    """The error in an answer; ``None`` where there is none, which cannot be."""
    try:
        parse_token(body, status)
    except XiaomiOAuthError as error:
        return error
    return None
