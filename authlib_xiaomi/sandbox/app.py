"""The sandbox's Flask application: Xiaomi's endpoints, and the pages that its users see."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Flask, Response, g, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from .._tools import facts
from .._tools.translations import Language
from ..errors import ErrorCode
from .accounts import Accounts
from .answers import CONTENT_TYPE, api_body, api_error, token_body, token_error
from .authorize import AuthorizationRequest, SentBack, check, error_callback, success_callback
from .faults import ENDPOINTS
from .front import REFUSE
from .open_api import APIS, ApiRequest, api_answer, status_for
from .pages import other_language, page_language, scope_words, texts
from .pictures import draw
from .refusal import Refusal
from .settings import Settings
from .state import Grant, State
from .token_endpoint import token_answer

__all__ = ["ERROR_HEADER", "VISITOR", "Service", "create_app"]

#: The environment's key for who answers an authorization request in place of a browser:
#: a sign-in name (``None`` for nobody in particular), and whether the answer is yes.
VISITOR: Final = "authlib_xiaomi.sandbox.visitor"
#: The header in which an error page repeats its number and text, for programs.
ERROR_HEADER: Final = "Xiaomi-Sandbox-Error"

#: Cookies know no ports: the name must not be one that an application on 127.0.0.1 has.
_COOKIE: Final = "xiaomi_sandbox_session"
# form-action is left out: Chromium applies it to redirects as well, and would keep the user from
# the application's callback.
_CSP: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclasses.dataclass(frozen=True)
class Service:
    """What the application serves."""

    settings: Settings
    state: State
    users: Accounts
    #: Gives the sandbox's own URL, which is known only once it listens.
    url: Callable[[], str]


def create_app(service: Service) -> Flask:
    """The application for one sandbox."""
    app = Flask(
        __name__.rpartition(".")[0], static_url_path="/sandbox/static", static_folder="static"
    )
    app.register_blueprint(_endpoints(service))
    app.register_blueprint(_Pages(service).blueprint())
    return app


def _endpoints(service: Service) -> Blueprint:
    """What programs talk to."""
    blueprint = Blueprint("endpoints", __name__)

    @blueprint.route(ENDPOINTS["token"], methods=["GET", "POST"])
    def token() -> Response:
        fields = request.form if request.method == "POST" else request.args
        try:
            answer = token_answer(fields, service.settings, service.state, service.users)
            body = token_body(answer, service.settings)
        except Refusal as refusal:
            body = token_error(refusal, service.settings)
        return _json(body)

    def call(api: str) -> Response:
        query = parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True)
        host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
        authorization = request.headers.get("Authorization", "")
        asked = ApiRequest(request.method, host, request.path, query, authorization)
        try:
            data = api_answer(
                api, asked, service.settings, service.state, service.users, service.url()
            )
        except Refusal as refusal:
            return _json(api_error(refusal, service.settings), status_for(refusal.code))
        return _json(api_body(api, data, service.settings))

    for name in APIS:
        blueprint.add_url_rule(
            ENDPOINTS[name], endpoint=name, view_func=call, defaults={"api": name}
        )
    return blueprint


def _json(body: bytes, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(body, status, headers, content_type=CONTENT_TYPE)


class _Pages:
    """What users see: signing in, allowing, errors."""

    def __init__(self, service: Service) -> None:
        self._settings = service.settings
        self._state = service.state
        self._users = service.users
        self._key = secrets.token_bytes()

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("pages", __name__)
        add = blueprint.add_url_rule
        add("/", view_func=self.home)
        add(ENDPOINTS["authorize"], view_func=self.authorize)
        add("/sandbox/sign-in", view_func=self.choose)
        add("/sandbox/sign-in", view_func=self.sign_in, methods=["POST"])
        add("/sandbox/sign-out", view_func=self.sign_out, methods=["POST"])
        add("/sandbox/consent", view_func=self.consent, methods=["POST"])
        add("/pictures/<name>.svg", view_func=self.picture)
        blueprint.register_error_handler(SentBack, self.send_back)
        blueprint.register_error_handler(Refusal, self.refused)
        blueprint.after_request(_protect)
        return blueprint

    def home(self) -> Response:
        user = self._user()
        account = self._users[user] if user is not None else None
        token = self._form_token("sign-out")
        return self._page("home.html", user=user, account=account, token=token)

    def authorize(self) -> BaseResponse:
        asked = check(request.args, self._settings)
        refusal = request.environ.get(REFUSE)
        if refusal is not None:
            raise SentBack(error_callback(asked.redirect_uri, asked.state, refusal), refusal)
        if VISITOR in request.environ:
            return self._conclude(asked, *request.environ[VISITOR])
        user = self._user()
        if user is None:
            return self._sign_in_page()
        if asked.skip_confirm and self._state.has_allowed(user, asked.scopes):
            return self._conclude(asked, user, True)
        return self._consent_page(asked, user)

    def choose(self) -> Response:
        check(request.args, self._settings)
        return self._sign_in_page()

    def sign_in(self) -> BaseResponse:
        check(request.args, self._settings)
        user = request.form.get("user", "")
        if user not in self._users or not self._form_is_ours("sign-in"):
            return self._sign_in_page(retry=True)
        self._state.sign_in(self._session(), user)
        return redirect(self._with_query(ENDPOINTS["authorize"]), 303)

    def sign_out(self) -> BaseResponse:
        if self._form_is_ours("sign-out"):
            self._state.sign_out(self._session())
        return redirect(f"/?_locale={self._locale()}", 303)

    def consent(self) -> BaseResponse:
        asked = check(request.args, self._settings)
        user = self._user()
        if user is None:
            return self._sign_in_page(retry=True)
        # The form's token holds for the user it was shown to: another may have signed in since,
        # in another tab.
        decision = request.form.get("decision")
        if decision not in ("allow", "decline") or not self._form_is_ours(f"consent {user}"):
            return self._consent_page(asked, user, retry=True)
        return self._conclude(asked, user, decision == "allow")

    def picture(self, name: str) -> Response:
        return Response(draw(name), mimetype="image/svg+xml")

    def send_back(self, sent: SentBack) -> BaseResponse:
        return _to_application(sent.location)

    def refused(self, refusal: Refusal) -> Response:
        known = next(code for code in ErrorCode if code == refusal.code)
        language = self._language()
        response = self._page(
            "error.html",
            refusal=refusal,
            name=known.name,
            meaning=facts.meaning(known, language),
            hint=facts.hint(known, language),
        )
        response.status_code = 400
        response.headers[ERROR_HEADER] = str(refusal)
        return response

    def _conclude(
        self, asked: AuthorizationRequest, user: str | None, allowed: bool
    ) -> BaseResponse:
        if user is None or not allowed:
            refusal = Refusal(ErrorCode.OA_ACCESS_DENIED)
            return _to_application(error_callback(asked.redirect_uri, asked.state, refusal))
        code = self._state.issue_code(Grant(user, asked.scopes, asked.redirect_uri))
        return _to_application(success_callback(asked, code))

    def _sign_in_page(self, retry: bool = False) -> Response:
        token = self._form_token("sign-in")
        return self._page("sign_in.html", users=self._users, token=token, retry=retry)

    def _consent_page(
        self, asked: AuthorizationRequest, user: str, retry: bool = False
    ) -> Response:
        return self._page(
            "consent.html",
            user=user,
            account=self._users[user],
            scopes=scope_words(asked.scopes, self._language()),
            site=urlsplit(asked.redirect_uri).netloc,
            token=self._form_token(f"consent {user}"),
            retry=retry,
        )

    def _page(self, template: str, **values: object) -> Response:
        language = self._language()
        other = other_language(language)
        html = render_template(
            template,
            t=texts(language),
            lang=language,
            locale=self._locale(),
            client_id=self._settings.client_id,
            here=self._with_query,
            other_url=self._with_query(_page_path(), _locale=other),
            **values,
        )
        response = Response(html)
        response.set_cookie(_COOKIE, self._session(), httponly=True, samesite="Lax")
        return response

    def _language(self) -> Language:
        return page_language(request.args.get("_locale", ""), request.accept_languages)

    def _locale(self) -> str:
        return "zh_CN" if self._language() == "zh" else "en_US"

    def _with_query(self, path: str, **changed: str) -> str:
        """`path` with the query of this request, which is the application's request to Xiaomi."""
        pairs = [(k, v) for k, v in request.args.items(multi=True) if k not in changed]
        query = urlencode(pairs + list(changed.items()))
        return f"{path}?{query}" if query else path

    def _session(self) -> str:
        """The browser's session; the cookie's value, which the sandbox chose."""
        session = request.cookies.get(_COOKIE, "")
        if re.fullmatch(r"[0-9a-f]{32}", session):
            return session
        if not hasattr(g, "session"):
            g.session = secrets.token_hex(16)
        return str(g.session)

    def _user(self) -> str | None:
        user = self._state.signed_in(self._session())
        return user if user in self._users else None

    def _form_token(self, purpose: str) -> str:
        """What a form of ours brings back, and another site cannot know."""
        text = f"{self._session()} {purpose}"
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def _form_is_ours(self, purpose: str) -> bool:
        sent = request.form.get("token", "")
        return hmac.compare_digest(sent.encode(), self._form_token(purpose).encode())


def _page_path() -> str:
    """Where this page can be had with GET: the language switch is a link."""
    return ENDPOINTS["authorize"] if request.method == "POST" else request.path


def _to_application(location: str) -> BaseResponse:
    return redirect(location, 302)


def _protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _CSP
    response.headers["Cache-Control"] = "no-store"
    # The page's URL holds the application's state.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
