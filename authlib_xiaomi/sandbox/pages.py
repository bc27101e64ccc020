"""What all pages of the sandbox have in common: language, browser session, forms, headers."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, g, render_template, request
from werkzeug.datastructures import LanguageAccept

from .._tools.translations import LANGUAGES, Language, translations
from .accounts import Account
from .callbacks import Callbacks, pieces_of
from .faults import ENDPOINTS
from .service import SERVICE, Service

__all__ = [
    "CSP",
    "Pages",
    "account_notes",
    "callback_words",
    "each_request",
    "page_language",
    "protect",
    "scope_words",
]

#: Cookies know no ports: the name must not be one that an application on 127.0.0.1 has.
_COOKIE: Final = "xiaomi_sandbox_session"
# form-action is left out: Chromium applies it to redirects as well, and would keep the user from
# the application's callback.
CSP: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Pages:
    """Renders pages, for the request that is being answered."""

    def __init__(self) -> None:
        self._service: Service = request.environ[SERVICE]

    def render(self, template: str, **values: object) -> Response:
        """A page."""
        language = self.language()
        texts = translations(__package__, language)
        other = "en_US" if language == "zh" else "zh_CN"
        html = render_template(
            template,
            t=texts,
            lang=language,
            locale=self.locale(),
            client_id=self._service.settings.client_id,
            app=self._application(texts),
            app_name=self._service.name,
            has_mark=self._service.mark is not None,
            here=self.with_query,
            other_url=self.with_query(_page_path(), _locale=other),
            **values,
        )
        response = Response(html)
        response.set_cookie(_COOKIE, self.session(), httponly=True, samesite="Lax")
        return response

    def _application(self, texts: Mapping[str, str]) -> str:
        client_id = self._service.settings.client_id
        return self._service.name or texts["application"].format(app=client_id)

    def language(self) -> Language:
        """The language of the page."""
        return page_language(request.args.get("_locale", ""), request.accept_languages)

    def locale(self) -> str:
        """The language, as ``_locale`` says it."""
        return "zh_CN" if self.language() == "zh" else "en_US"

    def with_query(self, path: str, **changed: str) -> str:
        """`path` with the query of this request, which is the application's request to Xiaomi."""
        pairs = [(k, v) for k, v in request.args.items(multi=True) if k not in changed]
        query = urlencode(pairs + list(changed.items()))
        return f"{path}?{query}" if query else path

    def session(self) -> str:
        """The browser's session: the cookie's value, which the sandbox chose."""
        session = request.cookies.get(_COOKIE, "")
        if re.fullmatch(r"[0-9a-f]{32}", session):
            return session
        if not hasattr(g, "session"):
            g.session = secrets.token_hex(16)
        return str(g.session)

    def form_token(self, purpose: str) -> str:
        """What a form of the sandbox's brings back, and another site cannot know."""
        text = f"{self.session()} {purpose}"
        return hmac.new(self._service.form_key, text.encode(), hashlib.sha256).hexdigest()

    def form_is_ours(self, purpose: str) -> bool:
        """Whether the form that was sent is one that this browser was shown."""
        sent = request.form.get("token", "")
        return hmac.compare_digest(sent.encode(), self.form_token(purpose).encode())


def each_request(kind: type[Any], name: str) -> Callable[..., Any]:
    """A view: the method `name` of a new `kind`.

    The application is one for all sandboxes of a process, as making one takes a while; an object
    per request knows which of them it is for.
    """

    def view(*args: Any, **kwargs: Any) -> Any:
        return getattr(kind(), name)(*args, **kwargs)

    view.__name__ = name
    return view


def page_language(locale: str, accepted: LanguageAccept) -> Language:
    """The language of a page.

    :param locale: the ``_locale`` parameter, as Xiaomi's own pages take it (``zh_CN``, ``en_US``);
        it wins where it is one of those languages.
    :param accepted: the browser's languages.
    """
    asked = locale[:2].lower()
    chosen = asked if asked in LANGUAGES else accepted.best_match(LANGUAGES)
    return "zh" if chosen == "zh" else "en"


def scope_words(
    scopes: Iterable[int], openid: bool, language: Language
) -> list[tuple[int | str, str]]:
    """Each scope with what the user is told that it gives away."""
    texts = translations(__package__, language)
    words: list[tuple[int | str, str]] = []
    for number in scopes:
        # Xiaomi's health services have a number each (doc 2333).
        other = "scope_health" if number in range(200_001, 200_020) else "scope_unknown"
        text = texts.get(f"scope_{number}") or texts[other].format(number=number)
        words.append((number, text))
    if openid:
        words.append(("openid", texts["scope_openid"]))
    return words


def account_notes(account: Account, language: Language) -> list[str]:
    """What an account is for: what is special about it."""
    if account.note:
        return [account.note]
    texts = translations(__package__, language)
    special = {
        "account_markup": re.search("[<>&]", account.nick or ""),
        "account_no_nick": not account.nick,
        "account_no_picture": not account.icon,
        "account_no_contact": not (account.phone or account.email),
        "account_no_union_id": not account.union_id,
    }
    return [texts[key] for key, holds in special.items() if holds] or [texts["account_plain"]]


def callback_words(asked: str, callbacks: Callbacks, language: Language) -> dict[str, object]:
    """The callback that was asked for beside those registered, and what differs, for a page."""
    texts = translations(__package__, language)
    found = callbacks.compare(asked)
    return {
        "asked": pieces_of(asked, found[0].parts),
        "any_port": callbacks.any_port,
        "registered": [
            {
                "pieces": pieces_of(difference.registered, difference.parts),
                "parts": texts["comma"].join(texts[f"part_{part}"] for part in difference.parts),
            }
            for difference in found
        ],
    }


def protect(response: Response) -> Response:
    """Add the headers that every page has."""
    response.headers.setdefault("Content-Security-Policy", CSP)
    response.headers["Cache-Control"] = "no-store"
    # The page's URL holds the application's state.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _page_path() -> str:
    """Where this page can be had with GET: the language switch is a link."""
    return ENDPOINTS["authorize"] if request.method == "POST" else request.path
