"""What the token endpoint answers (doc 1708, doc 1516). Pure."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping

from ..errors import ErrorCode
from .accounts import Account, Accounts
from .refusal import Refusal
from .settings import Settings
from .state import State, Token

__all__ = ["token_answer"]


def token_answer(
    fields: Mapping[str, str], settings: Settings, state: State, users: Accounts
) -> dict[str, object]:
    """The answer to a token request.

    :param fields: the form of a POST, or the query of a GET. Credentials elsewhere (HTTP Basic)
        are not looked at, as Xiaomi does not.
    :raises Refusal: with the number that goes into the answer.
    """
    grant = _GRANTS.get(_required(fields, "grant_type"))
    client_id = _required(fields, "client_id")
    if client_id != settings.client_id:
        raise Refusal(ErrorCode.OA_CLIENT_NOT_EXISTS)
    secret = _required(fields, "client_secret")
    if not hmac.compare_digest(secret.encode(), settings.client_secret.encode()):
        raise Refusal(ErrorCode.OA_INVALID_CLIENT)
    if grant is None:
        raise Refusal(ErrorCode.OA_UNSUPPORTED_GRANT_TYPE)
    redirect_uri = _required(fields, "redirect_uri")
    if not settings.admits(redirect_uri):
        raise Refusal(ErrorCode.OA_INVALID_REDIRECT_URI)
    token = grant(fields, redirect_uri, state)
    return _fields(token, settings, users.get(token.grant.user))


def _by_code(fields: Mapping[str, str], redirect_uri: str, state: State) -> Token:
    return state.redeem_code(_required(fields, "code"), redirect_uri)


def _by_refresh_token(fields: Mapping[str, str], redirect_uri: str, state: State) -> Token:
    # That the callback equals the one the token was issued for is not documented, so any of the
    # app's own will do.
    return state.refresh(_required(fields, "refresh_token"))


_GRANTS: dict[str, Callable[[Mapping[str, str], str, State], Token]] = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh_token,
}


def _required(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name)
    if not value:
        raise Refusal(ErrorCode.OA_INVALID_REQUEST, f"{name} is missing")
    return value


def _fields(token: Token, settings: Settings, account: Account | None) -> dict[str, object]:
    answer: dict[str, object] = {
        "access_token": token.access_token,
        "expires_in": settings.token_expires_in,
        "refresh_token": token.refresh_token,
        "scope": " ".join(map(str, token.grant.scopes)),
    }
    if token.mac_key is not None:
        answer |= {"token_type": "mac", "mac_key": token.mac_key, "mac_algorithm": "HmacSha1"}
    # An account deleted since: a token without anybody's ids, and an API that refuses it.
    if account is not None:
        answer["openId"] = account.open_id
        if settings.union_id and not settings.old_app and account.union_id is not None:
            answer["union_id"] = account.union_id
    return answer
