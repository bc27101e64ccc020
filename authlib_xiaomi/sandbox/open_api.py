"""What the open API answers (passport open-api, doc 1517). Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..errors import ErrorCode
from ..provider import OPENID, PHONE_AND_EMAIL, PROFILE
from ..scopes import Scope
from .accounts import Account, Accounts
from .refusal import Refusal, Why, because
from .settings import Settings
from .signatures import ApiRequest, check_signature
from .state import State
from .token_endpoint import has_union_id

__all__ = ["APIS", "RELATION", "api_answer", "status_for"]

RELATION: Final = Scope.FRIENDS.api
#: Sizes at which Xiaomi gives the picture.
ICON_SIZES: Final = ("75", "90", "120", "320", "orig")


def api_answer(
    api: str, request: ApiRequest, settings: Settings, state: State, users: Accounts, url: str
) -> tuple[dict[str, object], Why]:
    """The ``data`` of the answer to a call of `api`, and what was done.

    :param url: the sandbox's own, where the pictures are.
    :raises Refusal: with the number that goes into the answer.
    """
    client_id = request.required("clientId")
    token = state.find(request.required("token"))
    account = users.get(token.grant.user)
    if account is None:
        raise Refusal(ErrorCode.OA_INVALID_TOKEN, why=because("why_account_deleted"))
    if client_id != settings.client_id:
        why = because("why_other_app")
        raise Refusal(ErrorCode.OA_ACCESS_DENIED, "token was not issued to this clientId", why)
    check_signature(request, token, settings.options, state)
    needs, data = APIS[api]
    granted = needs.intersection(token.grant.scopes)
    if not granted:
        why = because("why_scope_missing", scopes=" / ".join(map(str, sorted(needs))))
        raise Refusal(settings.options["missing_scope_code"], why=why)
    signed = "why_answered_signed" if request.authorization.startswith("MAC") else "why_answered"
    return data(account, granted, settings, users, url), because(signed, user=token.grant.user)


def status_for(code: int, settings: Settings) -> int:
    """The HTTP status of a refusal by the open API."""
    statuses: dict[int, int] = {
        ErrorCode.OA_INVALID_TOKEN: settings.options["invalid_token_status"],
        ErrorCode.OA_ACCESS_DENIED: settings.options["access_denied_status"],
    }
    return statuses.get(code, 200)


def _profile(
    account: Account, granted: frozenset[int], settings: Settings, users: Accounts, url: str
) -> dict[str, object]:
    data: dict[str, object] = {}
    if settings.options["old_app"]:
        data["userId"] = account.user_id
    if account.union_id is not None and has_union_id(settings):
        data["unionId"] = account.union_id
    return data | _nick_and_icon(account, url)


def _open_id(
    account: Account, granted: frozenset[int], settings: Settings, users: Accounts, url: str
) -> dict[str, object]:
    return {settings.options["open_id_key"]: account.open_id}


def _phone_and_email(
    account: Account, granted: frozenset[int], settings: Settings, users: Accounts, url: str
) -> dict[str, object]:
    return {
        "phone": account.phone if Scope.PHONE in granted else "",
        "email": account.email if Scope.EMAIL in granted else "",
    }


def _relation(
    account: Account, granted: frozenset[int], settings: Settings, users: Accounts, url: str
) -> dict[str, object]:
    friends = [users[name] for name in account.friends if name in users]
    if settings.options["friends"] == "ids":
        return {"friends": ",".join(str(friend.user_id) for friend in friends)}
    # A friend's fields are not documented: the id, nick and picture of the profile.
    return {"friends": [_profile(f, granted, settings, users, url) for f in friends]}


def _nick_and_icon(account: Account, url: str) -> dict[str, object]:
    data: dict[str, object] = {}
    if account.nick is not None:
        data["miliaoNick"] = account.nick
    if account.icon is not None:
        own = account.icon.startswith("/")
        icon = url + account.icon if own else account.icon
        data["miliaoIcon"] = icon
        for size in ICON_SIZES if icon else ():
            data[f"miliaoIcon_{size}"] = f"{icon}?size={size}" if own else icon
    return data


_Data = Callable[[Account, frozenset[int], Settings, Accounts, str], dict[str, object]]

#: The APIs: the scopes of which one is needed, and what gives the data.
APIS: Final[dict[str, tuple[frozenset[int], _Data]]] = {
    PROFILE: (frozenset({Scope.PROFILE}), _profile),
    OPENID: (frozenset({Scope.OPEN_ID}), _open_id),
    PHONE_AND_EMAIL: (frozenset({Scope.PHONE, Scope.EMAIL}), _phone_and_email),
    RELATION: (frozenset({Scope.FRIENDS}), _relation),
}
