"""The requests that this package makes itself, to the token endpoint and for the user's data: how
they are made, and what their answers say. The application's requests do not come here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from authlib.oauth2.rfc6749 import OAuth2Token

from ._authlib import client_auth, compliance_hooks
from ._client import XiaomiClient
from ._core.authorization import callback_params, code_from_callback, missing_setting, require_state
from ._core.credentials import Form
from ._core.exchange import Call
from ._core.failures import SAFE_METHODS
from ._core.options import parse_client_id, parse_client_secret
from ._core.records import logging_callback
from ._core.responses import says
from ._core.token_endpoint import code_form, refresh_form, token_of_response
from ._core.tokens import SecretToken
from ._core.urls import api_url, check_endpoint
from .errors import ErrorCode, StateMismatchError, Step
from .redaction import Secret, redacting

#: Authlib's names for the compliance hooks of a response, by the step.
_RESPONSE_HOOKS: Final[dict[Step, str]] = {
    "token": "access_token_response",
    "refresh": "refresh_token_response",
}


class OwnRequest(NamedTuple):
    """A request of this package's own: to the token endpoint, or for the user's data."""

    method: str
    url: str
    call: Call
    headers: Mapping[str, str]
    #: Options of the HTTP library for this request.
    settings: Mapping[str, Any]
    #: The fields of its form that the token keeps.
    kept: Mapping[str, Any] = {}


class OwnRequests(XiaomiClient):
    """Makes such requests, and reads their answers."""

    # The token endpoint

    def _code_request(self, url: str | None, given: Secret[dict[str, Any]]) -> OwnRequest:
        """The request for a code, from the arguments of ``fetch_token``."""
        fields = given.reveal()
        response = fields.pop("authorization_response", None)
        expected = fields.pop("state", None) or getattr(self, "state", None)
        if response:
            with logging_callback() as record:
                params = callback_params(response)
                record["endpoint"] = fields.get("redirect_uri") or self.redirect_uri
                if expected and require_state(params) != expected:
                    raise StateMismatchError(
                        "mismatching_state",
                        "the callback's state is another one",
                        step="callback",
                        reason="other",
                    )
                fields["code"] = code_from_callback(params)
        if str(fields.pop("method", None) or "POST").upper() != "POST":
            raise ValueError("a token is fetched by POST: a GET has the AppSecret in its URL")
        fields, settings = self._split(fields)
        form = code_form(fields, self.redirect_uri)
        return self._token_request("token", url, form, settings)

    def _refresh_request(self, old: SecretToken, given: Secret[dict[str, Any]]) -> OwnRequest:
        fields, settings = self._split(given.reveal())
        url = fields.pop("url", None)
        form = refresh_form(old.reveal(), fields, self.redirect_uri)
        return self._token_request("refresh", url, form, settings)

    def _split(self, fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The fields of a form, and the options of the HTTP library among them."""
        names = (*self.SESSION_REQUEST_PARAMS, "auth", "body", "headers")
        settings = {name: fields[name] for name in names if fields.get(name) is not None}
        return {k: v for k, v in fields.items() if k not in names}, settings

    def _token_request(
        self, step: Step, url: str | None, form: dict[str, Any], settings: dict[str, Any]
    ) -> OwnRequest:
        by_get = step == "refresh" and self._shared.memory.refresh_by_get
        url = check_endpoint("url", url) if url else self.token_endpoint
        kept = {name: form.get(name) for name in ("redirect_uri", "device_id")}
        headers: Any = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            **(settings.pop("headers", None) or {}),
        }
        method = settings.pop("auth", None) or self.token_endpoint_auth_method
        encoded = Form.of(self._authenticated(form, method), in_query=by_get)
        if settings.pop("body", None):
            raise TypeError("body is not taken: give the form's fields as keyword arguments")
        if not isinstance(method, str) or method not in ("client_secret_post", "none"):
            url, changed, body = client_auth(self, method, url, Form.of(form).body)
            headers = {**headers, **changed}
            encoded = Form(str(body), encoded.secrets, by_get)
        if step == "refresh":
            for hook in compliance_hooks(self, "refresh_token_request"):
                url, headers, body = hook(url, headers, encoded.body)
                encoded = Form(str(body), encoded.secrets, by_get)
        call = Call(self._options.max_response_size, form=encoded, step=step)
        return OwnRequest("GET" if by_get else "POST", url, call, headers, settings, kept)

    def _authenticated(self, form: dict[str, Any], method: Any) -> dict[str, Any]:
        """`form` with AppID and AppSecret (doc 1708: in the form, not in a Basic header)."""
        client_id = parse_client_id("client_id", self.client_id)
        secret = parse_client_secret("client_secret", self.client_secret)
        if not client_id:
            raise missing_setting("client_id", "AppID")
        if method == "none":
            return {"client_id": client_id, **form}
        if not secret:
            raise missing_setting("client_secret", "AppSecret")
        return {"client_id": client_id, "client_secret": secret, **form}

    def _token_of(self, response: Any, request: OwnRequest) -> SecretToken:
        """The token in `response`, which the application's compliance hooks may change first."""
        with redacting(*request.call.secrets):
            for hook in compliance_hooks(self, _RESPONSE_HOOKS[request.call.step]):
                response = hook(response)
            token = token_of_response(response, self._RESPONSE)
        token.update({name: value for name, value in request.kept.items() if value})
        return Secret(token)

    def parse_response_token(self, resp: Any) -> OAuth2Token:
        """The token in an answer of the token endpoint, as in Authlib."""
        return token_of_response(resp, self._RESPONSE)

    def revoke_token(self, *args: Any, **kwargs: Any) -> Any:
        """Xiaomi has no such endpoint: a user withdraws consent in the account's settings.

        :raises NotImplementedError: always, before anything is sent.
        """
        raise NotImplementedError("Xiaomi has no endpoint to revoke or introspect a token")

    introspect_token = revoke_token

    # The user

    def _api_request(self, path: str, token: SecretToken, kwargs: Mapping[str, Any]) -> OwnRequest:
        """A request for a user's data; `kwargs` are those of a request."""
        other, settings = self._split(dict(kwargs))
        if other:
            raise TypeError(f"userinfo() got an unexpected keyword argument {next(iter(other))!r}")
        headers = {"Accept": "application/json", **(settings.pop("headers", None) or {})}
        call = Call(self._options.max_response_size, self._credentials(token), step="userinfo")
        url = api_url(self.api_base_url, path)
        return OwnRequest("GET", url, call, headers, settings)

    def _has_ended(self, method: str, response: Any, kwargs: Mapping[str, Any]) -> bool:
        """Whether a call may be made once more after a refresh: Xiaomi says 96008."""
        if method.upper() not in SAFE_METHODS or kwargs.get("stream"):
            return False
        return says(response.content, ErrorCode.OA_INVALID_TOKEN)
