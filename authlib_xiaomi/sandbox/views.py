"""The pages that users see: signing in, allowing access, errors."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from .._tools import facts
from ..errors import ErrorCode
from .authorize import (
    AuthorizationRequest,
    SentBack,
    check,
    declined_callback,
    error_callback,
    success_callback,
)
from .endpoints import Service
from .faults import ENDPOINTS
from .front import REFUSE
from .outcome import note
from .pages import Pages, callback_words, protect, scope_words
from .pictures import draw
from .refusal import Refusal, because
from .state import Grant

__all__ = ["ERROR_HEADER", "VISITOR", "Views"]

#: The environment's key for who answers an authorization request in place of a browser:
#: a sign-in name (``None`` for nobody in particular), and whether the answer is yes.
VISITOR: Final = "authlib_xiaomi.sandbox.visitor"
#: The header in which an error page repeats its number and text, for programs.
ERROR_HEADER: Final = "Xiaomi-Sandbox-Error"


class Views:
    """The pages of one sandbox."""

    def __init__(self, service: Service, pages: Pages) -> None:
        self._settings = service.settings
        self._state = service.state
        self._users = service.users
        self._pages = pages

    def blueprint(self) -> Blueprint:
        """The pages, for the application."""
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
        blueprint.after_request(protect)
        return blueprint

    def home(self) -> Response:
        user = self._user()
        account = self._users[user] if user is not None else None
        token = self._pages.form_token("sign-out")
        return self._pages.render("home.html", user=user, account=account, token=token)

    def authorize(self) -> BaseResponse:
        asked = check(request.args, self._settings)
        refusal = request.environ.get(REFUSE)
        if refusal is not None:
            location = error_callback(asked.redirect_uri, asked.state, refusal, self._settings)
            raise SentBack(location, refusal)
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
        if user not in self._users or not self._pages.form_is_ours("sign-in"):
            return self._sign_in_page(retry=True)
        self._state.sign_in(self._pages.session(), user)
        note(request.environ, because("why_signed_in", user=user))
        return redirect(self._pages.with_query(ENDPOINTS["authorize"]), 303)

    def sign_out(self) -> BaseResponse:
        if self._pages.form_is_ours("sign-out"):
            self._state.sign_out(self._pages.session())
        return redirect(f"/?_locale={self._pages.locale()}", 303)

    def consent(self) -> BaseResponse:
        asked = check(request.args, self._settings)
        user = self._user()
        if user is None:
            return self._sign_in_page(retry=True)
        # The form's token holds for the user it was shown to: another may have signed in since,
        # in another tab.
        decision = request.form.get("decision")
        ours = self._pages.form_is_ours(f"consent {user}")
        if decision not in ("allow", "decline") or not ours:
            return self._consent_page(asked, user, retry=True)
        return self._conclude(asked, user, decision == "allow")

    def picture(self, name: str) -> Response:
        return Response(draw(name), mimetype="image/svg+xml")

    def send_back(self, sent: SentBack) -> BaseResponse:
        note(request.environ, sent.refusal.why, sent.refusal.code)
        return redirect(sent.location, 302)

    def refused(self, refusal: Refusal) -> Response:
        note(request.environ, refusal.why, refusal.code)
        known = ErrorCode(refusal.code)
        language = self._pages.language()
        text = self._settings.text(refusal)
        asked = request.args.get("redirect_uri", "")
        wrong_callback = known is ErrorCode.OA_INVALID_REDIRECT_URI
        response = self._pages.render(
            "error.html",
            code=refusal.code,
            name=known.name,
            text=text,
            meaning=facts.meaning(known, language),
            hint=facts.hint(known, language),
            callbacks=wrong_callback and callback_words(asked, self._settings.callbacks, language),
        )
        response.status_code = 400
        response.headers[ERROR_HEADER] = (
            f"{refusal.code} {text.encode('ascii', 'replace').decode()}"
        )
        return response

    def _conclude(
        self, asked: AuthorizationRequest, user: str | None, allowed: bool
    ) -> BaseResponse:
        if user is None or not allowed:
            note(request.environ, because("why_declined"), ErrorCode.OA_ACCESS_DENIED)
            return redirect(declined_callback(asked, self._settings), 302)
        grant = Grant(user, asked.scopes, asked.redirect_uri, asked.openid, asked.device_id)
        note(request.environ, because("why_allowed", user=user))
        return redirect(success_callback(asked, self._state.issue_code(grant)), 302)

    def _sign_in_page(self, retry: bool = False) -> Response:
        note(request.environ, because("why_sign_in_page"))
        token = self._pages.form_token("sign-in")
        return self._pages.render("sign_in.html", users=self._users, token=token, retry=retry)

    def _consent_page(
        self, asked: AuthorizationRequest, user: str, retry: bool = False
    ) -> Response:
        note(request.environ, because("why_consent_page", user=user))
        return self._pages.render(
            "consent.html",
            user=user,
            account=self._users[user],
            scopes=scope_words(asked.scopes, self._pages.language()),
            site=urlsplit(asked.redirect_uri).netloc,
            token=self._pages.form_token(f"consent {user}"),
            retry=retry,
        )

    def _user(self) -> str | None:
        user = self._state.signed_in(self._pages.session())
        return user if user in self._users else None
