"""What the token endpoint answers (doc 1708, doc 1516). Pure."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from typing import Final

from ..errors import ErrorCode
from .accounts import Account, Accounts
from .authorize import callback_differs
from .refusal import Refusal, Why, because
from .settings import Settings
from .state import State, Token

__all__ = ["MethodRefused", "token_answer"]

_GRANTS: Final = {"authorization_code": "why_code_exchanged", "refresh_token": "why_refreshed"}


class MethodRefused(Exception):  # noqa: N818  # an answer, not a failure
    """A method that is not taken, with the HTTP status of the page that says so."""

    def __init__(self, status: int, why: Why) -> None:
        self.status = status
        self.why = why
        super().__init__(f"HTTP {status}")


def token_answer(
    fields: Mapping[str, str], method: str, settings: Settings, state: State, users: Accounts
) -> tuple[dict[str, object], Why]:
    """The answer to a token request, and what was done.

    :param fields: the form of a POST, or the query of a GET. Credentials elsewhere (HTTP Basic)
        are not looked at, as Xiaomi does not.
    :raises Refusal: with the number that goes into the answer.
    :raises MethodRefused: where a refresh is not taken by POST.
    """
    grant_type = _required(fields, "grant_type")
    client_id = _required(fields, "client_id")
    if client_id != settings.client_id:
        raise Refusal(ErrorCode.OA_CLIENT_NOT_EXISTS, why=because("why_app"))
    secret = _required(fields, "client_secret")
    if not hmac.compare_digest(secret.encode(), settings.client_secret.encode()):
        raise Refusal(ErrorCode.OA_INVALID_CLIENT, why=because("why_secret"))
    if grant_type not in _GRANTS:
        raise Refusal(settings.options["grant_type_code"], why=because("why_grant_type"))
    refreshing = grant_type == "refresh_token"
    if refreshing and method == "POST":
        _check_refresh_by_post(settings)
    redirect_uri = _redirect_uri(fields, refreshing, settings)
    device_id = fields.get("device_id", "")
    if refreshing:
        # That the callback equals the one the token was issued for is not documented, so any of
        # the app's own will do.
        token = state.refresh(_required(fields, "refresh_token"), device_id)
    else:
        token = state.redeem_code(_required(fields, "code"), redirect_uri, device_id)
    why = because(_GRANTS[grant_type], user=token.grant.user)
    return _fields(token, settings, users.get(token.grant.user)), why


def _check_refresh_by_post(settings: Settings) -> None:
    refused, why = settings.options["refresh_post"], because("why_refresh_post")
    if refused in ("404", "405"):
        raise MethodRefused(int(refused), why)
    if refused != "taken":
        raise Refusal(int(refused), why=why)


def _redirect_uri(fields: Mapping[str, str], refreshing: bool, settings: Settings) -> str:
    needed = not refreshing or settings.options["refresh_needs_redirect_uri"]
    if not needed and not fields.get("redirect_uri"):
        return ""
    redirect_uri = _required(fields, "redirect_uri")
    if not settings.callbacks.admit(redirect_uri):
        why = callback_differs(redirect_uri, settings.callbacks)
        raise Refusal(ErrorCode.OA_INVALID_REDIRECT_URI, why=why)
    return redirect_uri


def _required(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name)
    if not value:
        why = because("why_missing", name=name)
        raise Refusal(ErrorCode.OA_INVALID_REQUEST, f"{name} is missing", why)
    return value


def _fields(token: Token, settings: Settings, account: Account | None) -> dict[str, object]:
    options, grant = settings.options, token.grant
    scopes = [*map(str, grant.scopes), *(["openid"] if grant.openid else [])]
    answer: dict[str, object] = {
        "access_token": token.access_token,
        "expires_in": options["token_expires_in"],
        "refresh_token": token.refresh_token,
        "scope": " ".join(scopes),
    }
    if token.mac_key is not None:
        answer |= {
            "token_type": "mac",
            "mac_key": token.mac_key,
            "mac_algorithm": options["mac_algorithm"],
        }
    if grant.openid and options["id_token"]:
        # In the form of a JSON Web Token, but signed by nobody: Xiaomi's key, algorithm and
        # claims are not known.
        answer["id_token"] = ".".join(secrets.token_urlsafe(n) for n in (24, 96, 32))
    # An account deleted since: a token without anybody's ids, and an API that refuses it.
    if account is not None:
        answer["openId"] = account.open_id
        if options["union_id"] and account.union_id is not None and has_union_id(settings):
            answer["union_id"] = account.union_id
    return answer


def has_union_id(settings: Settings) -> bool:
    """Whether the app gets union ids: old apps did not always."""
    return not settings.options["old_app"] or settings.options["old_app_union_id"]
