"""Is an application set up right? The checks in their order, and those that ask Xiaomi."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from .._core.responses import parse_token
from .._core.urls import same_origin
from .._tools.callbacks import registered_uris
from ..errors import INVALID_RESPONSE, TEMPORARILY_UNAVAILABLE, ErrorCode, XiaomiOAuthError
from ..provider import ACCESS_TOKEN_URL, API_BASE_URL, TIMEOUT
from .asking import Answer, Unreachable
from .checks import (
    check_client_id,
    check_client_secret,
    check_env_file,
    check_redirect,
    check_registered,
    is_absolute,
)
from .checks_scope import check_scope
from .clock import check_clock, clock_difference
from .configuration import EnvFile, Settings
from .explaining import explanation
from .findings import Finding
from .texts import Language, Say

__all__ = ["Doctor", "Options", "diagnose"]

#: Cannot exist, and is well formed all the same: a malformed one might be answered otherwise.
_CODE: Final = "authlib_xiaomi_doctor_no_such_code"
#: Milliseconds; half of what a request is given.
_SLOW: Final = TIMEOUT * 1000 / 2
#: With these, asking Xiaomi would tell nothing new.
_BLOCKING: Final = ("wrong", "unchecked")

#: Asks, as ``network.ask`` does: a URL, and a form to post.
Ask = Callable[..., Answer]


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    client_id: str | None = None
    redirect_uri: str | None = None
    registered: str | None = None
    scope: str | None = None
    granted: str | None = None
    base_url: str | None = None


class Doctor:
    """Examines one application.

    :param settings: where its settings are.
    :param file: the ``.env`` among them, if there is one.
    :param ask: asks a server; ``None`` leaves out what needs the network.
    """

    def __init__(
        self,
        options: Options,
        settings: Settings,
        file: EnvFile | None,
        ask: Ask | None,
        language: Language,
        say: Say,
    ) -> None:
        self._options = options
        self._settings = settings
        self._file = file
        self._ask = ask
        self._language = language
        self._say = say
        self._client_id = settings.get("CLIENT_ID", options.client_id)
        self._secret = settings.get("CLIENT_SECRET")
        self._redirect_uri = settings.get("REDIRECT_URI", options.redirect_uri)
        self._scope = settings.get("SCOPE", options.scope)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown: the AppSecret, as it is and as it should be."""
        text = self._secret.text or ""
        return text, text.strip(), text.strip().strip("\"'")

    def examine(self) -> Iterator[Finding]:
        """What each check finds, as soon as it does."""
        say, settings = self._say, self._settings
        if self._file:
            yield check_env_file(self._file, say)
        client_id = check_client_id(self._client_id, settings.name("CLIENT_ID"), say)
        yield client_id
        secret = check_client_secret(
            self._secret, self._client_id.text, settings.name("CLIENT_SECRET"), say
        )
        yield secret
        registered = self._options.registered
        name = settings.name("REDIRECT_URI")
        redirect_uri = check_redirect(self._redirect_uri, registered, name, say)
        yield redirect_uri
        if registered is not None:
            yield check_registered(self._callback, registered, say)
        yield check_scope(self._scope, self._options.granted, self._language, say)
        blocked = [f for f in (client_id, secret, redirect_uri) if f.status in _BLOCKING]
        yield from self._examine_network(blocked)

    @property
    def _callback(self) -> str:
        return (
            self._redirect_uri.text or (registered_uris(self._options.registered or "") or [""])[0]
        )

    def _examine_network(self, blocked: list[Finding]) -> Iterator[Finding]:
        hosts, ask = self._hosts(), self._ask
        if ask is None:
            for check in (*hosts, "clock", "live"):
                yield Finding(check, "unchecked", self._say("left_out"), left_out=True)
            return
        clocks: list[tuple[str, float]] = []
        for check, url in hosts.items():
            yield self._examine_host(check, url, ask, clocks)
        if self._in_the_clear:
            yield Finding("clock", "unchecked", self._say("clock_own"), left_out=True)
        else:
            yield check_clock(clocks, self._say)
        yield self._refusal_to_ask(blocked) or self._examine_live(ask)

    def _hosts(self) -> dict[str, str]:
        if self._options.base_url:
            return {"base_url": self._options.base_url}
        return {
            "account_host": _root(ACCESS_TOKEN_URL),
            "api_host": _root(API_BASE_URL),
        }

    @property
    def _in_the_clear(self) -> bool:
        return (self._options.base_url or "").startswith("http:")

    def _examine_host(
        self, check: str, url: str, ask: Ask, clocks: list[tuple[str, float]]
    ) -> Finding:
        host = urlsplit(url).netloc
        try:
            answer = ask(url)
        except Unreachable as error:
            return self._no_answer(check, str(error), host)
        difference = clock_difference(answer.headers, answer.time)
        if difference is not None:
            clocks.append((host, difference))
        return self._describe_host(check, host, answer.status, answer.milliseconds)

    def _describe_host(self, check: str, host: str, status: int, ms: int) -> Finding:
        say = self._say
        if status >= 500:
            found = say("host_status", host=host, status=status, ms=ms)
            return Finding(check, "warning", found, say("host_status_do"))
        found = say("host_clear" if self._in_the_clear else "host_ok", host=host, ms=ms)
        if ms > _SLOW:
            return Finding(check, "warning", found, say("host_slow_do", timeout=TIMEOUT))
        return Finding(check, "ok", found)

    def _no_answer(self, check: str, kind: str, host: str) -> Finding:
        say = self._say
        reason = say(f"why_{kind}", host=host, timeout=TIMEOUT)
        # An untrusted certificate is an answer: TLS does not work from here. But for the live
        # check it is none.
        if kind in ("certificate", "bundle") and check != "live":
            return Finding(check, "wrong", reason, say(f"why_{kind}_do"))
        found = say("no_answer", reason=reason)
        return Finding(check, "unchecked", found, say(f"why_{kind}_do"))

    def _refusal_to_ask(self, blocked: list[Finding]) -> Finding | None:
        say = self._say
        if blocked:
            names = say("comma").join(say(f"label_{finding.check}") for finding in blocked)
            return Finding("live", "unchecked", say("live_first", names=names))
        elsewhere = self._settings.get("ACCESS_TOKEN_URL").text
        if not elsewhere or self._options.base_url:
            return None
        # A path by itself would be no URL to the application either.
        root = _root(elsewhere) if is_absolute(elsewhere) else elsewhere
        if root != elsewhere and same_origin(elsewhere, ACCESS_TOKEN_URL):
            return None
        name = self._settings.name("ACCESS_TOKEN_URL")
        found = say("live_elsewhere", name=name, host=root)
        return Finding("live", "unchecked", found, say("live_elsewhere_do", url=root.rstrip("/")))

    def _examine_live(self, ask: Ask) -> Finding:
        url = ACCESS_TOKEN_URL
        if self._options.base_url:
            url = self._options.base_url + urlsplit(ACCESS_TOKEN_URL).path
        form = {
            "client_id": self._client_id.text or "",
            "client_secret": self._secret.text or "",
            "redirect_uri": self._callback,
            "grant_type": "authorization_code",
            "code": _CODE,
        }
        host = urlsplit(url).netloc
        try:
            answer = ask(url, form)
        except Unreachable as error:
            return self._no_answer("live", str(error), host)
        outcome = _error_in(answer.body, answer.status)
        return diagnose(outcome, answer.status, host, self._callback, self._language, self._say)


def diagnose(
    error: XiaomiOAuthError | None,
    status: int,
    host: str,
    redirect_uri: str,
    language: Language,
    say: Say,
) -> Finding:
    """What the answer to the live check tells.

    :param error: the error in it; ``None`` where there is none, which cannot be.
    """
    code = error.code if error else None
    if code == ErrorCode.OA_INVALID_CODE:
        return Finding("live", "ok", say("live_ok", host=host))
    if error is not None and error.name is not None and code is not None:
        known = explanation(code, language)
        found = say("live_code", code=code, name=known.name, host=host, meaning=known.meaning)
        if code == ErrorCode.OA_INVALID_REDIRECT_URI:
            found = say("live_callback", found=found, redirect_uri=redirect_uri)
        advice = say("live_code_do", hint=known.advice, code=code)
        return Finding("live", "wrong", found, advice)
    if error is not None and error.error == TEMPORARILY_UNAVAILABLE:
        found = say("live_down", host=host, status=status)
        return Finding("live", "unchecked", found, say("live_down_do"))
    if error is not None and error.error != INVALID_RESPONSE:
        found = say("live_unknown", host=host, code=code or error.error)
        return Finding("live", "unchecked", found, say("live_unknown_do"))
    key = "live_redirect" if 300 <= status < 400 else "live_garbage"
    return Finding("live", "unchecked", say(key, host=host, status=status), say("live_garbage_do"))


def _error_in(body: bytes, status: int) -> XiaomiOAuthError | None:
    try:
        parse_token(body, status)
    except XiaomiOAuthError as error:
        return error
    return None


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
