"""The way to Xiaomi's pages and back: the parameters that go there, the callback that returns."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from ..errors import (
    INVALID_CLIENT,
    INVALID_REQUEST,
    SPECULATIVE_REQUEST,
    MissingCodeError,
    StateMismatchError,
    XiaomiOAuthError,
    at_step,
)
from ..scopes import Scope, ScopeLike, format_scope
from .options import parse_flag
from .urls import check_redirect_uri


def authorization_params(
    client_id: str | None,
    *,
    redirect_uri: object,
    scope: ScopeLike,
    skip_confirm: object,
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    """The parameters of the authorization request (doc 1708), without ``client_id`` and ``state``,
    which ``_authlib`` adds. Booleans in `extra` become ``true`` and ``false``.

    :raises XiaomiOAuthError: where `client_id` is missing, or `redirect_uri` is no absolute URL.
    :raises ValueError: where `scope` or `skip_confirm` is not valid.
    """
    if not client_id:
        raise missing_setting("client_id", "AppID")
    asked = format_scope(scope)
    needed: dict[str, str] = {}
    for number in asked.split():
        needed.update(_SCOPE_PARAMETERS.get(number, {}))
    return {
        **needed,
        **{name: _lower(value) for name, value in extra.items()},
        "redirect_uri": require_redirect_uri(redirect_uri),
        "scope": asked,
        "skip_confirm": _lower(parse_flag("skip_confirm", skip_confirm)),
    }


#: The parameters that a scope needs beside it, by its number.
_SCOPE_PARAMETERS: Final = {str(one): dict(parse_qsl(one.parameter)) for one in Scope}


def _lower(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def missing_setting(option: str, name: str) -> XiaomiOAuthError:
    """The error for a setting that the first use needs; `name` is Xiaomi's word for it."""
    key = f"XIAOMI_{option.upper()}"
    return XiaomiOAuthError(
        INVALID_CLIENT,
        f"{option} is missing",
        hint=f"Give the {name} from Xiaomi's console: as {option}= to register() or to the "
        f"client, as {key} in the framework's configuration (Django also: {option} in "
        f"AUTHLIB_OAUTH_CLIENTS), or as {key} in the environment. For a registration that is not "
        "named xiaomi, the key starts with its name in capitals.",
    )


def require_redirect_uri(redirect_uri: object) -> str:
    """`redirect_uri` as a string. Xiaomi requires it for the code, for the token, and for each
    refresh (doc 1708, doc 1516). Raises XiaomiOAuthError where it is missing, or no absolute
    URL."""
    if not redirect_uri:
        raise XiaomiOAuthError(
            INVALID_REQUEST,
            "redirect_uri is missing",
            hint="Pass the callback's URL to authorize_redirect(), or once and for all, refreshes "
            "included, to register(redirect_uri=…), or set XIAOMI_REDIRECT_URI.",
        )
    try:
        return check_redirect_uri(redirect_uri)
    except ValueError as error:
        raise XiaomiOAuthError(INVALID_REQUEST, str(error)) from None


def callback_params(url: object) -> dict[str, str]:
    """The parameters in a callback's URL. It may have been copied by a person, and have white
    space, quotes, ``<…>`` or ``&amp;`` in it. Raises XiaomiOAuthError where it is not the URL of a
    callback."""
    text = re.sub(r"\s+", "", str(url)).strip("\"'`<>“”‘’「」")
    text = html.unescape(text) if "&amp;" in text else text
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    params = dict(parse_qsl(parts.query))
    if not {"code", "error", "state"} & params.keys():
        if "access_token=" in parts.fragment:
            hint = "The implicit grant ended in 2023; ask for response_type=code."
        else:
            hint = "Give the whole address that Xiaomi sent the browser back to."
        raise XiaomiOAuthError(
            INVALID_REQUEST, "this is not the address of a callback", hint=hint, step="callback"
        )
    return params


def require_state(params: Mapping[str, Any]) -> str:
    """The state in a callback. Raises StateMismatchError where the callback has none."""
    state = params.get("state")
    if isinstance(state, str) and state:
        return state
    raise StateMismatchError(
        "mismatching_state",
        "the callback brought no state",
        hint="Only Xiaomi's redirect should lead to the callback: let the user sign in again.",
        step="callback",
        reason="missing",
    )


def code_from_callback(params: Mapping[str, Any]) -> str:
    """The code in a callback. Check its state before, so that a forged text is never shown.

    :raises XiaomiOAuthError: for an error in the callback.
    :raises MissingCodeError: where the callback has neither a code nor an error.
    """
    if params.get("error"):
        with at_step("callback"):
            raise XiaomiOAuthError.from_xiaomi(params["error"], params.get("error_description"))
    code = params.get("code")
    if isinstance(code, str) and code:
        return code
    raise MissingCodeError(
        "missing_code",
        "the callback brought neither a code nor an error",
        hint="Only Xiaomi's redirect should lead to the callback: let the user sign in again.",
        step="callback",
    )


def reject_speculative(method: str, headers: Mapping[str, str]) -> None:
    """Refuse a request that a browser makes ahead of its user: it must not spend the code.

    :param headers: a mapping that ignores the case of names.
    :raises XiaomiOAuthError: ``speculative_request``.
    """
    names = ("sec-purpose", "purpose", "x-moz", "x-purpose")
    purposes = " ".join(headers[name] for name in names if name in headers).lower()
    if method == "HEAD" or re.search("prefetch|prerender|preview", purposes):
        raise XiaomiOAuthError(
            SPECULATIVE_REQUEST,
            "the callback was requested ahead of the user",
            hint="Answer with status 204 and an empty body: the browser's real request follows, "
            "and signs in.",
            step="callback",
        )
