"""What the open API answers (passport open-api, doc 1517). Pure."""

from __future__ import annotations

import dataclasses
import hmac
import re
import time
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import unquote

from ..errors import ErrorCode
from ..mac import signature
from ..provider import OPENID, PHONE_AND_EMAIL, PROFILE
from ..scopes import Scope
from .accounts import Account, Accounts
from .refusal import Refusal
from .settings import Settings
from .state import State, Token

__all__ = ["APIS", "ApiRequest", "api_answer", "status_for"]

RELATION: Final = Scope.FRIENDS.api
#: Sizes at which Xiaomi gives the picture.
ICON_SIZES: Final = ("75", "90", "120", "320", "orig")


@dataclasses.dataclass(frozen=True)
class ApiRequest:
    """A call of the open API, with what its signature covers."""

    method: str
    #: The host that the client asked for, without port.
    host: str
    path: str
    #: The query's parameters, decoded, in their order.
    query: Sequence[tuple[str, str]]
    #: The ``Authorization`` header, or an empty string.
    authorization: str = dataclasses.field(default="", repr=False)

    def required(self, name: str) -> str:
        """The query parameter `name`.

        :raises Refusal: 96002 where it is missing.
        """
        value = next((v for n, v in self.query if n == name), "")
        if not value:
            raise Refusal(ErrorCode.OA_INVALID_REQUEST, f"{name} is missing")
        return value


def api_answer(
    api: str, request: ApiRequest, settings: Settings, state: State, users: Accounts, url: str
) -> dict[str, object]:
    """The ``data`` of the answer to a call of `api`.

    :param url: the sandbox's own, where the pictures are.
    :raises Refusal: with the number that goes into the answer.
    """
    client_id = request.required("clientId")
    token = state.find(request.required("token"))
    account = users.get(token.grant.user)
    if account is None:  # deleted since
        raise Refusal(ErrorCode.OA_INVALID_TOKEN)
    if client_id != settings.client_id:
        raise Refusal(ErrorCode.OA_ACCESS_DENIED, "token was not issued to this clientId")
    _check_signature(request, token, settings, state)
    needs, data = APIS[api]
    granted = needs.intersection(token.grant.scopes)
    if not granted:
        # The documents don't say which number; of the table's, this is the one about permission.
        raise Refusal(ErrorCode.OA_UNAUTHORIZED_CLIENT)
    return data(account, granted, settings, users, url)


def status_for(code: int) -> int:
    """The HTTP status of a refusal: 403 for a bad token, 401 for a refused request, else 200."""
    statuses: dict[int, int] = {ErrorCode.OA_INVALID_TOKEN: 403, ErrorCode.OA_ACCESS_DENIED: 401}
    return statuses.get(code, 200)


def _check_signature(request: ApiRequest, token: Token, settings: Settings, state: State) -> None:
    # Any other scheme, such as Bearer, is not looked at.
    if not re.match(r"MAC(\s|$)", request.authorization):
        if settings.require_mac:
            raise Refusal(ErrorCode.OA_ACCESS_DENIED, "mac is missing")
        return
    sent = dict(re.findall(r'(\w+)="([^"]*)"', request.authorization))
    nonce, mac = sent.get("nonce", ""), unquote(sent.get("mac", ""))
    parts = re.fullmatch(r"-?[0-9]{1,20}:([0-9]{1,12})", nonce)
    if parts is None or unquote(sent.get("access_token", "")) != token.access_token:
        raise Refusal(ErrorCode.OA_ACCESS_DENIED, "mac is malformed")
    # A token without a key cannot have been used for a right signature.
    right = token.mac_key is not None and hmac.compare_digest(
        mac.encode(),
        signature(
            token.mac_key, nonce, request.method, request.host, request.path, request.query
        ).encode(),
    )
    if not right:
        raise Refusal(ErrorCode.OA_ACCESS_DENIED, "mac is wrong")
    # The real time, not the sandbox's clock: a client signs by its own, also in a test that has
    # moved the sandbox's to let a token expire.
    state.use_nonce(nonce, int(parts[1]), int(time.time() // 60))


def _profile(
    account: Account, granted: frozenset[int], settings: Settings, users: Accounts, url: str
) -> dict[str, object]:
    if settings.old_app:
        data: dict[str, object] = {"userId": account.user_id}
    else:
        data = {} if account.union_id is None else {"unionId": account.union_id}
    return data | _nick_and_icon(account, url)


def _open_id(
    account: Account, granted: frozenset[int], settings: Settings, users: Accounts, url: str
) -> dict[str, object]:
    return {"openid": account.open_id}


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
    # A friend's fields are not documented: the id, nick and picture of the profile.
    friends = [users[name] for name in account.friends if name in users]
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
