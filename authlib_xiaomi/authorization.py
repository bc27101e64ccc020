"""The way to Xiaomi's pages and back: the parameters that go there, the callback that returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import INVALID_CLIENT, INVALID_REQUEST, XiaomiOAuthError
from .options import parse_flag
from .redirect_uri import check_redirect_uri
from .scopes import ScopeLike, format_scope

__all__ = ["authorization_params", "code_from_callback", "require_redirect_uri"]


def authorization_params(
    client_id: str | None,
    *,
    redirect_uri: object,
    scope: ScopeLike,
    skip_confirm: object,
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    """The parameters of the authorization request (doc 1708), but for ``client_id`` and
    ``state``, which Authlib adds.

    :param extra: other parameters, such as ``_locale``; booleans become ``true`` and ``false``.
    :raises XiaomiOAuthError: where ``client_id`` or ``redirect_uri`` is missing, or no URL.
    :raises ValueError: where `scope` or `skip_confirm` is none.
    """
    if not client_id:
        raise XiaomiOAuthError(
            INVALID_CLIENT,
            "client_id is missing",
            hint="Give the AppID from Xiaomi's console as client_id, by register() or by the "
            "framework's configuration (XIAOMI_CLIENT_ID for a registration named xiaomi).",
        )
    params = {name: _lower(value) for name, value in extra.items()}
    params["redirect_uri"] = require_redirect_uri(redirect_uri)
    params["scope"] = format_scope(scope)
    params["skip_confirm"] = _lower(parse_flag("skip_confirm", skip_confirm))
    return params


def require_redirect_uri(redirect_uri: object) -> str:
    """`redirect_uri`, which Xiaomi wants for the code, for the token, and for each refresh
    (doc 1708, doc 1516).

    :raises XiaomiOAuthError: where it is missing, or no absolute URL.
    """
    if not redirect_uri:
        raise XiaomiOAuthError(
            INVALID_REQUEST,
            "redirect_uri is missing",
            hint="Pass the callback's URL to authorize_redirect(), or once and for all, refreshes "
            "included, to register(redirect_uri=…).",
        )
    try:
        return check_redirect_uri(redirect_uri)
    except ValueError as error:
        text = str(error)
    raise XiaomiOAuthError(INVALID_REQUEST, text)


def code_from_callback(params: Mapping[str, Any]) -> str:
    """The code that a callback brings. To be called after its state was checked.

    :raises XiaomiOAuthError: what Xiaomi says went wrong; ``invalid_request`` for a callback
        that brings neither code nor error.
    """
    if params.get("error"):
        raise XiaomiOAuthError.from_xiaomi(params["error"], params.get("error_description"))
    code = params.get("code")
    if isinstance(code, str) and code:
        return code
    raise XiaomiOAuthError(
        INVALID_REQUEST,
        "the callback brought neither a code nor an error",
        hint="Only Xiaomi's redirect should lead to the callback; let the user sign in again.",
    )


def _lower(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
