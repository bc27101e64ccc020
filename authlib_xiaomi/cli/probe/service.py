"""The service as the probe asks it: plain requests, none of the package's clients."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from ...errors import ErrorCode
from ...mac import signature
from ...provider import ACCESS_TOKEN_URL, API_BASE_URL, AUTHORIZE_URL
from ..asking import Answer, Unreachable
from ..clock import clock_difference
from .facts import Redactor, Reply, Seen, no_reply, read

__all__ = ["PLAIN_TOKEN", "App", "Service", "Stopped", "mac_header"]

#: The token endpoint without the prefix (live: Xiaomi's AIVS SDK).
PLAIN_TOKEN: Final = "/oauth2/auth/token"
#: Failures in a row after which no further request is sent.
_ENOUGH: Final = 2

#: Sends one request, as ``network.send`` does.
Send = Callable[..., Answer]


class Stopped(Exception):  # noqa: N818  # an end, not always a failure
    """No further request makes sense.

    :param reason: a word for why, which the report has, and the texts by ``stopped_`` and it.
    :param values: for that text.
    """

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values


@dataclass(frozen=True)
class App:
    """What Xiaomi's console shows of the application, and where it lets its users return to."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    #: ``None`` where the application asks for no scope in particular.
    scope: str | None


class Service:
    """Sends requests, and turns answers into replies.

    :param base_url: the server to ask in place of Xiaomi's two hosts; ``None`` for Xiaomi's.
    :param pause: seconds between two requests.
    :param timeout: seconds to wait for an answer.
    """

    def __init__(
        self,
        app: App,
        base_url: str | None,
        send: Send,
        redactor: Redactor,
        *,
        pause: float,
        timeout: float,
    ) -> None:
        self.app = app
        self.redactor = redactor
        #: By how many seconds this machine's clock is ahead of the service's; ``None`` if unknown.
        self.clock: float | None = None
        self._base_url = base_url
        self._send = send
        self._pause = pause
        self._timeout = timeout
        self._not_before = 0.0
        # The first request shows whether there is anybody at all.
        self._failures = _ENOUGH - 1

    def authorize_url(self, **changes: str | None) -> str:
        """Where a browser begins a sign-in. ``None`` leaves a parameter out.

        Without a scope of the application's own, none is asked for: that is all of them (live).
        """
        fields = {
            "client_id": self.app.client_id,
            "redirect_uri": self.app.redirect_uri,
            "response_type": "code",
            "scope": self.app.scope,
            "skip_confirm": "false",
        }
        return f"{self._url(AUTHORIZE_URL)}?{urlencode(_given(fields | changes))}"

    def authorize(self, **changes: str | None) -> Reply:
        """How an authorization request begins, without a user: refused, or taken so far."""
        answer, reply = self._ask(self.authorize_url(**changes))
        if answer is None:
            return reply
        sent = _sent_back(
            answer.headers.get("Location", ""), changes.get("redirect_uri") or self.app.redirect_uri
        )
        error = _refusal(answer, sent)
        seen: Seen = {
            name: reply.seen[name] for name in ("status", "content_type") if name in reply.seen
        }
        seen["answer"] = "callback" if sent is not None else _page(answer.status)
        seen["refused"] = error is not None or answer.status >= 400
        if error is not None:
            seen["error"] = int(error) if error.isdigit() else self.redactor.clean(error)
        return Reply(seen)

    def token(
        self, changes: Mapping[str, str | None], *, method: str = "POST", path: str | None = None
    ) -> Reply:
        """A request to the token endpoint.

        :param changes: parameters beside those of the application; ``None`` leaves one out.
        """
        fields = {
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret,
            "redirect_uri": self.app.redirect_uri,
        }
        form = _given({**fields, **changes})
        self.redactor.learn([form.get(name) for name in ("code", "refresh_token")])
        url = self._url(ACCESS_TOKEN_URL, path)
        if method == "POST":
            return self._ask(url, form)[1]
        return self._ask(f"{url}?{urlencode(form)}")[1]

    def call(
        self, api: str, access_token: str, mac: Callable[[str, str], str] | None = None, **more: str
    ) -> Reply:
        """A call of the open API.

        :param mac: gives the ``Authorization`` header for host and path with query; without it
            the call is unsigned.
        :param more: further parameters.
        """
        fields = {"clientId": self.app.client_id, "token": access_token, **more}
        query = urlencode(fields, quote_via=quote, safe="")
        url = f"{self._url(API_BASE_URL, f'/{api}')}?{query}"
        headers = {"Authorization": mac("GET", url)} if mac else {}
        return self._ask(url, None, headers)[1]

    def _url(self, url: str, path: str | None = None) -> str:
        parts = urlsplit(url)
        root = self._base_url or f"{parts.scheme}://{parts.netloc}"
        return root + (path or parts.path)

    def _ask(
        self,
        url: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Answer | None, Reply]:
        time.sleep(max(0.0, self._not_before - time.monotonic()))
        try:
            with self.redactor.hiding():
                answer = self._send(
                    url, form, headers=headers, timeout=self._timeout, agent="probe"
                )
        except Unreachable as error:
            self._failures += 1
            if self._failures >= _ENOUGH:
                raise Stopped(str(error), host=urlsplit(url).netloc) from None
            return None, no_reply(str(error))
        finally:
            self._not_before = time.monotonic() + self._pause
        self._failures = 0
        clock = clock_difference(answer.headers, answer.time)
        if clock is not None and (self.clock is None or abs(clock) < abs(self.clock)):
            self.clock = clock
        return answer, read(answer, self.redactor)


def mac_header(
    access_token: str,
    mac_key: str,
    nonce: str,
    *,
    encode_values: bool = False,
    encode_nonce: bool = False,
) -> Callable[[str, str], str]:
    """What signs a call (doc 1521).

    :param encode_values: sign the values percent-encoded, as Xiaomi's Java and Android SDKs do;
        its Python and PHP SDKs do not.
    :param encode_nonce: send the nonce percent-encoded, as the former do, too.
    """

    def sign(method: str, url: str) -> str:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
        if encode_values:
            query = [(name, quote(value, safe="")) for name, value in query]
        mac = signature(mac_key, nonce, method, parts.hostname or "", parts.path, query)
        sent = quote(nonce, safe="") if encode_nonce else nonce
        token, mac = quote(access_token, safe=""), quote(mac, safe="")
        return f'MAC access_token="{token}", nonce="{sent}",mac="{mac}"'

    return sign


def _sent_back(location: str, redirect_uri: str) -> dict[str, str] | None:
    """The parameters with which a redirect goes to the application, or ``None``."""
    if location.partition("?")[0] != redirect_uri.partition("?")[0]:
        return None
    return dict(parse_qsl(urlsplit(location).query))


def _page(status: int) -> str:
    return "another page" if 300 <= status < 400 else "page"


def _refusal(answer: Answer, sent: Mapping[str, str] | None) -> str | None:
    """The error with which an authorization request is refused, or ``None``."""
    if sent is not None:
        return sent.get("error")
    if b"invalid redirect uri" in answer.body.lower():  # Xiaomi's page for it [tried]
        return str(int(ErrorCode.OA_INVALID_REDIRECT_URI))
    number = re.search(rb"\b960[01][0-9]\b", answer.body)
    return number[0].decode() if number and answer.status >= 400 else None


def _given(fields: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}
