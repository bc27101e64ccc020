"""Which authorization requests Xiaomi takes, and where it sends the user afterwards. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

from ..errors import ErrorCode
from ..scopes import Scope, format_scope
from .refusal import Refusal
from .settings import Settings

__all__ = ["AuthorizationRequest", "SentBack", "check", "error_callback", "success_callback"]


@dataclasses.dataclass(frozen=True)
class AuthorizationRequest:
    """An authorization request that the user may answer."""

    redirect_uri: str
    scopes: tuple[int, ...]
    state: str | None
    skip_confirm: bool


class SentBack(Exception):  # noqa: N818  # a way to go, no failure
    """A refusal that goes to the application: the user is redirected to `location`."""

    def __init__(self, location: str, refusal: Refusal) -> None:
        self.location = location
        super().__init__(str(refusal))


def check(args: Mapping[str, str], settings: Settings) -> AuthorizationRequest:
    """The request that `args`, the query of the authorization URL, makes.

    :raises Refusal: where Xiaomi shows the error itself: the app is unknown, or the callback is
        none of its own (96001, 96002, 96010). Nobody is redirected.
    :raises SentBack: where the error goes to the application's callback (96002, 96007, 96011).
    """
    redirect_uri = _callback(args, settings)
    try:
        response_type = args.get("response_type")
        if not response_type:
            raise Refusal(ErrorCode.OA_INVALID_REQUEST, "response_type is missing")
        if response_type != "code":
            # Xiaomi also has the implicit "token"; it is no part of this package.
            raise Refusal(ErrorCode.OA_UNSUPPORTED_RESPONSE_TYPE)
        scopes = _scopes(args.get("scope", ""), settings)
        # Without the parameter Xiaomi skips (doc 1708; it used to ask, passport
        # authorization-code). What it does with "False" is not documented: here it is malformed.
        skip_confirm = args.get("skip_confirm", "true")
        if skip_confirm not in ("true", "false"):
            raise Refusal(ErrorCode.OA_INVALID_REQUEST, "skip_confirm is true or false")
    except Refusal as refusal:
        location = error_callback(redirect_uri, args.get("state"), refusal)
        raise SentBack(location, refusal) from None
    return AuthorizationRequest(redirect_uri, scopes, args.get("state"), skip_confirm == "true")


def success_callback(request: AuthorizationRequest, code: str) -> str:
    """The URL that brings `code` to the application (doc 1708)."""
    return _with_query(request.redirect_uri, {"code": code, "state": request.state})


def error_callback(redirect_uri: str, state: str | None, refusal: Refusal) -> str:
    """The URL that brings a refusal to the application (doc 1708)."""
    fields = {"error": str(refusal.code), "error_description": refusal.description, "state": state}
    return _with_query(redirect_uri, fields)


def _callback(args: Mapping[str, str], settings: Settings) -> str:
    client_id, redirect_uri = args.get("client_id"), args.get("redirect_uri")
    if not client_id:
        raise Refusal(ErrorCode.OA_INVALID_REQUEST, "client_id is missing")
    if client_id != settings.client_id:
        raise Refusal(ErrorCode.OA_CLIENT_NOT_EXISTS)
    if not redirect_uri:
        raise Refusal(ErrorCode.OA_INVALID_REQUEST, "redirect_uri is missing")
    if not settings.admits(redirect_uri):
        raise Refusal(ErrorCode.OA_INVALID_REDIRECT_URI)
    return redirect_uri


def _scopes(text: str, settings: Settings) -> tuple[int, ...]:
    try:
        scopes = tuple(map(int, format_scope(text or str(int(Scope.PROFILE))).split()))
    except ValueError:
        scopes = ()
    if not scopes or not settings.scopes.issuperset(scopes):
        raise Refusal(ErrorCode.OA_INVALID_SCOPE)
    return scopes


def _with_query(redirect_uri: str, fields: Mapping[str, str | None]) -> str:
    parts = urlsplit(redirect_uri)
    query = urlencode({name: value for name, value in fields.items() if value is not None})
    return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))
