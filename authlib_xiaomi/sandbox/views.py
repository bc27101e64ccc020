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
from .faults import ENDPOINTS
from .front import REFUSE
from .outcome import note
from .pages import Pages, account_notes, callback_words, each_request, protect, scope_words
from .pictures import draw
from .refusal import Refusal, because
from .service import SERVICE, Service
from .state import Grant

__all__ = ["ERROR_HEADER", "VISITOR", "Views"]

#: The environment's key for who answers an authorization request in place of a browser:
#: a sign-in name (``None`` for nobody in particular), and whether the answer is yes.
VISITOR: Final = "authlib_xiaomi.sandbox.visitor"
#: The header in which an error page repeats its number and text, for programs.
ERROR_HEADER: Final = "Xiaomi-Sandbox-Error"


class Views:
    """The pages, for the request that is being answered."""

    def __init__(self) -> None:
        service: Service = request.environ[SERVICE]
        self._settings = service.settings
        self._state = service.state
        self._users = service.users
        self._mark = service.mark
        self._pages = Pages()

    @classmethod
    def blueprint(cls) -> Blueprint:
        """The pages, for the application."""
        blueprint = Blueprint("pages", __name__)
        paths = {
            "authorize": ENDPOINTS["authorize"],
            "choose": "/sandbox/sign-in",
            "picture": "/pictures/<name>.svg",
            "mark": "/sandbox/mark",
        }
        forms = {"sign_in": "/sandbox/sign-in", "consent": "/sandbox/consent"}
        for name, path in paths.items():
            blueprint.add_url_rule(path, name, each_request(cls, name))
        for name, path in forms.items():
            blueprint.add_url_rule(path, name, each_request(cls, name), methods=["POST"])
        blueprint.register_error_handler(SentBack, each_request(cls, "send_back"))
        blueprint.register_error_handler(Refusal, each_request(cls, "refused"))
        blueprint.after_request(protect)
        return blueprint

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

    def mark(self) -> Response:
        mark = self._mark
        return Response(mark.content, mimetype=mark.content_type) if mark else Response(status=404)

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
            meaning=facts.text(known.meaning, language),
            hint=facts.text(known.hint, language),
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
        users, language = dict(self._users), self._pages.language()
        return self._pages.render(
            "sign_in.html",
            users=users,
            notes={name: account_notes(account, language) for name, account in users.items()},
            token=self._pages.form_token("sign-in"),
            retry=retry,
        )

    def _consent_page(
        self, asked: AuthorizationRequest, user: str, retry: bool = False
    ) -> Response:
        note(request.environ, because("why_consent_page", user=user))
        return self._pages.render(
            "consent.html",
            user=user,
            account=self._users[user],
            scopes=scope_words(asked.scopes, asked.openid, self._pages.language()),
            site=urlsplit(asked.redirect_uri).netloc,
            token=self._pages.form_token(f"consent {user}"),
            retry=retry,
        )

    def _user(self) -> str | None:
        user = self._state.signed_in(self._pages.session())
        return user if user in self._users else None
