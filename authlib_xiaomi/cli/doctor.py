"""Is an application set up right? The checks in their order, and those that ask Xiaomi."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from .._tools.callbacks import registered_uris
from ..provider import ACCESS_TOKEN_URL, API_BASE_URL
from .asking import TIMEOUT, Unreachable
from .checks import (
    check_client_id,
    check_client_secret,
    check_django,
    check_env_file,
    check_redirect,
    check_registered,
)
from .checks_scope import check_scope
from .clock import check_clock, clock_difference
from .configuration import Settings
from .findings import Finding
from .live import Ask, LiveCheck
from .place import place_of
from .remedies import Known, with_remedy
from .texts import Language, Say

__all__ = ["Doctor", "Options"]

#: Milliseconds; half of what a request is given.
_SLOW: Final = TIMEOUT * 1000 / 2
#: With these, asking Xiaomi would tell nothing new.
_BLOCKING: Final = ("wrong", "unchecked")


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
    :param ask: asks a server; ``None`` leaves out what needs the network.
    """

    def __init__(
        self, options: Options, settings: Settings, ask: Ask | None, language: Language, say: Say
    ) -> None:
        self._options = options
        self._settings = settings
        self._ask = ask
        self._language = language
        self._say = say
        self._place = place_of(settings, options.base_url)
        self._client_id = settings.get("CLIENT_ID", options.client_id)
        self._secret = settings.get("CLIENT_SECRET")
        self._redirect_uri = settings.get("REDIRECT_URI", options.redirect_uri)
        self._scope = settings.get("SCOPE", options.scope)
        registered = registered_uris(options.registered or "")
        self._callback = self._redirect_uri.text or (registered or [""])[0]
        self._known = Known(
            prefix=settings.name("")[:-1],
            client_id=self._client_id.text or "",
            redirect_uri=self._callback,
            elsewhere=self._place.elsewhere or "",
            port=8000 if settings.django else 5000,
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown: the AppSecret, as it is and as it should be."""
        text = self._secret.text or ""
        return text, text.strip(), text.strip().strip("\"'")

    def examine(self) -> Iterator[Finding]:
        """What each check finds, as soon as it does."""
        for finding in self._examine():
            yield with_remedy(finding, self._known)

    def _examine(self) -> Iterator[Finding]:
        say, settings, options = self._say, self._settings, self._options
        if settings.file:
            yield check_env_file(settings.file, say)
        if settings.django:
            yield check_django(settings.django, say)
        client_id = check_client_id(self._client_id, settings.name("CLIENT_ID"), say)
        yield client_id
        name = settings.name("CLIENT_SECRET")
        secret = check_client_secret(self._secret, self._client_id.text, name, say)
        yield secret
        name = settings.name("REDIRECT_URI")
        redirect_uri = check_redirect(self._redirect_uri, options.registered, name, say)
        yield redirect_uri
        if options.registered is not None:
            yield check_registered(self._callback, options.registered, say)
        yield check_scope(self._scope, options.granted, settings.name("SCOPE"), self._language, say)
        blocked = [f for f in (client_id, secret) if f.status in _BLOCKING]
        # Without a callback, AppID and AppSecret can be tried all the same.
        if self._callback and redirect_uri.status in _BLOCKING:
            blocked.append(redirect_uri)
        yield from self._examine_network(blocked)

    def _examine_network(self, blocked: list[Finding]) -> Iterator[Finding]:
        hosts, ask = self._hosts(), self._ask
        if ask is None:
            for check in (*hosts, "clock", "live"):
                yield Finding(check, "unchecked", self._say("left_out"), left_out=True)
            return
        clocks: list[tuple[str, float]] = []
        for check, url in hosts.items():
            yield self._examine_host(check, url, ask, clocks)
        if self._place.in_the_clear:
            yield Finding("clock", "unchecked", self._say("clock_own"), left_out=True)
        else:
            yield check_clock(clocks, self._say)
        yield self._refusal_to_ask(blocked) or self._examine_live(ask)

    def _hosts(self) -> dict[str, str]:
        if self._place.base_url:
            return {"base_url": self._place.base_url}
        return {
            "account_host": _root(ACCESS_TOKEN_URL),
            "api_host": _root(API_BASE_URL),
        }

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
        say, place = self._say, self._place
        if status >= 500:
            found = say("host_status", host=host, status=status, ms=ms)
            return Finding(check, "warning", found, say("host_status_do"))
        found = say("host_clear" if place.in_the_clear else "host_ok", host=host, ms=ms)
        if ms > _SLOW:
            return Finding(check, "warning", found, say("host_slow_do", timeout=TIMEOUT))
        advice = say("host_own_do", name=place.setting) if place.setting and place.base_url else ""
        return Finding(check, "ok", found, advice)

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
        say, place = self._say, self._place
        if blocked:
            names = say("comma").join(say(f"label_{finding.check}") for finding in blocked)
            return Finding("live", "unchecked", say("live_first", names=names))
        if place.elsewhere is None:
            return None
        found = say("live_elsewhere", name=place.setting, host=place.elsewhere)
        advice = say("live_elsewhere_do", url=place.elsewhere)
        return Finding("live", "unchecked", found, advice)

    def _examine_live(self, ask: Ask) -> Finding:
        live = LiveCheck(
            self._client_id.text or "",
            self._secret.text or "",
            self._callback,
            self._place.base_url,
        )
        try:
            answer = ask(live.url, live.form())
        except Unreachable as error:
            return self._no_answer("live", str(error), live.host)
        finding, code = live.judge(answer, self._language, self._say)
        self._known = replace(self._known, code=code)
        return finding


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
