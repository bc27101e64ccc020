"""Which authorization requests Xiaomi takes, and where it sends the user afterwards. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from ..errors import ErrorCode
from ..scopes import Scope
from .callbacks import Callbacks, as_ascii, why_other
from .modes import Options
from .refusal import Refusal, Why, because
from .settings import Settings

__all__ = [
    "AuthorizationRequest",
    "SentBack",
    "callback_differs",
    "check",
    "declined_callback",
    "error_callback",
    "success_callback",
]

#: What ``skip_confirm`` means: doc 1708, and what live clients send.
_SKIP: Final = {"true": True, "false": False}
_LENIENT_SKIP: Final = {**_SKIP, "1": True, "0": False}


@dataclasses.dataclass(frozen=True)
class AuthorizationRequest:
    """An authorization request that the user may answer."""

    redirect_uri: str
    scopes: tuple[int, ...]
    openid: bool
    state: str | None
    skip_confirm: bool
    device_id: str


class SentBack(Exception):  # noqa: N818  # a redirect, not a failure
    """A refusal that goes to the application: the user is redirected to `location`."""

    def __init__(self, location: str, refusal: Refusal) -> None:
        self.location = location
        self.refusal = refusal
        super().__init__(str(refusal))


def check(args: Mapping[str, str], settings: Settings) -> AuthorizationRequest:
    """The request that `args`, the query of the authorization URL, makes.

    Parameters that are not known here, such as ``pt`` and ``scope_provider`` (doc 2333), are taken.

    :raises Refusal: where Xiaomi shows the error itself: the app is unknown, or the callback is
        not one of its own (96001, 96002, 96010). Nobody is redirected.
    :raises SentBack: where the error goes to the application's callback (96002, 96007, 96011).
    """
    redirect_uri = _callback(args, settings)
    try:
        response_type = args.get("response_type")
        if not response_type:
            raise _missing("response_type")
        if response_type != "code":
            # Xiaomi's implicit "token" is not part of the sandbox.
            raise Refusal(ErrorCode.OA_UNSUPPORTED_RESPONSE_TYPE, why=because("why_response_type"))
        scopes, openid = _scopes(args.get("scope", ""), settings)
        skip_confirm = _skip_confirm(args, settings.options)
    except Refusal as refusal:
        location = error_callback(redirect_uri, args.get("state"), refusal, settings)
        raise SentBack(location, refusal) from None
    return AuthorizationRequest(
        redirect_uri, scopes, openid, args.get("state"), skip_confirm, args.get("device_id", "")
    )


def success_callback(request: AuthorizationRequest, code: str) -> str:
    """The URL that brings `code` to the application (doc 1708)."""
    return _with_query(request.redirect_uri, {"code": code, "state": request.state})


def error_callback(
    redirect_uri: str, state: str | None, refusal: Refusal, settings: Settings
) -> str:
    """The URL that brings a refusal to the application (doc 1708)."""
    description = settings.text(refusal)
    fields = {"error": str(refusal.code), "error_description": description, "state": state}
    return _with_query(redirect_uri, fields)


def declined_callback(request: AuthorizationRequest, settings: Settings) -> str:
    """The URL that tells the application that the user has declined (doc 1519).

    No such callback of the live service is on record, so its form can be chosen.
    """
    code, options = ErrorCode.OA_ACCESS_DENIED, settings.options
    error = {"number": str(int(code)), "word": code.error, "name": code.name}[options["declined"]]
    fields = {
        "error": error,
        "error_description": settings.text(Refusal(code)),
        "state": request.state,
    }
    if not options["declined_description"]:
        del fields["error_description"]
    if not options["declined_state"]:
        del fields["state"]
    return _with_query(request.redirect_uri, fields)


def callback_differs(redirect_uri: str, callbacks: Callbacks) -> Why:
    """In which part the callback differs from the registered one that is nearest to it."""
    nearest = callbacks.compare(redirect_uri)[0]
    part = next(iter(nearest.parts), None)
    if part is None:
        return because("why_callback_malformed")
    return why_other(part, redirect_uri, nearest.registered)


def _callback(args: Mapping[str, str], settings: Settings) -> str:
    client_id, redirect_uri = args.get("client_id"), args.get("redirect_uri")
    if not client_id:
        raise _missing("client_id")
    if client_id != settings.client_id:
        raise Refusal(ErrorCode.OA_CLIENT_NOT_EXISTS, why=because("why_app"))
    if not redirect_uri:
        raise _missing("redirect_uri")
    if not settings.callbacks.admit(redirect_uri):
        why = callback_differs(redirect_uri, settings.callbacks)
        raise Refusal(ErrorCode.OA_INVALID_REDIRECT_URI, why=why)
    return redirect_uri


def _skip_confirm(args: Mapping[str, str], options: Options) -> bool:
    # Without the parameter Xiaomi skips (doc 1708; it used to ask, passport authorization-code).
    text = args.get("skip_confirm", "true")
    lenient = options["lenient_skip_confirm"]
    skip = _LENIENT_SKIP.get(text.lower()) if lenient else _SKIP.get(text)
    if skip is None:
        raise Refusal(
            ErrorCode.OA_INVALID_REQUEST,
            "skip_confirm is true or false",
            because("why_skip_confirm"),
        )
    return skip


def _scopes(text: str, settings: Settings) -> tuple[tuple[int, ...], bool]:
    """The numbers asked for, and whether ``openid`` was."""
    words, options = dict.fromkeys(text.split()), settings.options
    openid = options["openid"] and "openid" in words
    numeric = [word for word in words if re.fullmatch("[0-9]{1,18}", word)]
    numbers = list(dict.fromkeys(map(int, numeric)))
    if len(words) > len(numeric) + openid and not options["ignore_scope_words"]:
        raise Refusal(ErrorCode.OA_INVALID_SCOPE, why=because("why_scope_words"))
    missing = [number for number in numbers if number not in settings.scopes]
    if missing:
        why = because("why_scope_not_granted", scopes=" ".join(map(str, missing)))
        raise Refusal(ErrorCode.OA_INVALID_SCOPE, why=why)
    if not numbers and not openid:
        every = options["default_scope"] == "all"
        numbers = sorted(settings.scopes) if every else [int(Scope.PROFILE)]
    return tuple(numbers), openid


def _missing(name: str) -> Refusal:
    why = because("why_missing", name=name)
    return Refusal(ErrorCode.OA_INVALID_REQUEST, f"{name} is missing", why)


def _with_query(redirect_uri: str, fields: Mapping[str, str | None]) -> str:
    parts = urlsplit(redirect_uri)
    query = urlencode({name: value for name, value in fields.items() if value is not None})
    return as_ascii(
        urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))
    )
