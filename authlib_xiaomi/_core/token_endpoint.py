"""The token endpoint: the forms that are sent to it, and the token in a response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import INVALID_REQUEST, XiaomiOAuthError
from .authorization import require_redirect_uri
from .responses import parse_token, parse_token_fields
from .tokens import XiaomiToken


def code_form(given: Mapping[str, Any], redirect_uri: str | None) -> dict[str, Any]:
    """The form for a code (doc 1708), without AppID and AppSecret.

    :param given: ``code``, and further fields, such as ``code_verifier`` and ``device_id``.
    :raises XiaomiOAuthError: where ``code`` or ``redirect_uri`` is missing.
    """
    form = {name: value for name, value in given.items() if value is not None}
    if not form.get("code"):
        raise XiaomiOAuthError(
            INVALID_REQUEST,
            "there is no code to fetch a token for",
            hint="Give fetch_token() the code, or the callback's whole URL as "
            "authorization_response.",
            step="token",
        )
    form["redirect_uri"] = require_redirect_uri(form.get("redirect_uri") or redirect_uri)
    form.setdefault("grant_type", "authorization_code")
    return form


def refresh_form(
    old: XiaomiToken, given: Mapping[str, Any], redirect_uri: str | None
) -> dict[str, Any]:
    """The form for a refresh (doc 1516), without AppID and AppSecret. The token has the
    ``redirect_uri`` and the ``device_id`` that it was issued for. Raises XiaomiOAuthError where
    ``redirect_uri`` is missing."""
    # Xiaomi's refresh has no scope (doc 1516).
    form = {k: v for k, v in given.items() if k != "scope" and v is not None}
    form["redirect_uri"] = require_redirect_uri(
        form.get("redirect_uri") or redirect_uri or old.get("redirect_uri")
    )
    if old.get("device_id"):
        form.setdefault("device_id", old["device_id"])
    return {**form, "grant_type": "refresh_token", "refresh_token": old["refresh_token"]}


def token_of_response(response: Any, library_class: type) -> XiaomiToken:
    """The token in a response. Where a compliance hook has replaced the response, or its ``json``
    method, the token is what ``json`` returns."""
    status = int(response.status_code)
    changed = "json" in vars(response) or type(response) is not library_class
    fields = response.json() if changed else None
    if isinstance(fields, Mapping):
        return parse_token_fields(dict(fields), status)
    return parse_token(response.content, status)
