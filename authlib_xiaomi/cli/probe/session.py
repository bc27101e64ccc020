"""What the probe tries with the session of one sign-in, and with a second one."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from ...mac import generate_nonce
from ...provider import OPENID, PHONE_AND_EMAIL, PROFILE
from ...scopes import Scope
from .facts import Reply, Seen, describe, seconds, types, word
from .report import Report
from .service import Service, Stopped, mac_header
from .steps import CODE_GRANT, REFRESH_GRANT

__all__ = ["AskUser", "Session"]

#: Sends a user to a URL, and gives the parameters with which Xiaomi sent the user back; the
#: second argument is the ``state`` that they must have.
AskUser = Callable[[str, str], Mapping[str, str]]

#: A parameter whose value a signature covers differently, encoded or not.
_UNUSUAL: Final = {"probe": "a+b/c="}
#: Where a refresh by POST is answered so, the method is likely at fault.
_NOT_BY_POST: Final = (96002, 96006)


class Session:
    """One sign-in, and what is done with its token.

    :raises Stopped: from any step after which nothing more can be tried.
    """

    def __init__(self, service: Service, report: Report, ask_user: AskUser) -> None:
        self._service = service
        self._report = report
        self._ask_user = ask_user
        self._code = ""
        self._token: Mapping[str, Any] = {}
        self._method = "POST"
        self._signs = False

    def sign_in(self) -> None:
        """Send the user to Xiaomi, and exchange the code that comes back."""
        self._token = self._sign_in("token")
        self._look_at_token()

    def read_profile(self) -> None:
        """The profile without a signature."""
        reply = self._call(PROFILE)
        self._report.see("profile", reply.seen)
        self._look_at_profile(reply)

    def read_signed(self) -> None:
        """The profile with signatures, right and wrong."""
        token, key = self._token["access_token"], self._token.get("mac_key")
        if not isinstance(key, str) or not key:
            return

        def signed(mac_key: str = key, **ways: bool) -> Callable[[str, str], str]:
            return mac_header(token, mac_key, generate_nonce(), **ways)

        see, once = self._report.see, signed()
        reply = self._service.call(PROFILE, token, once)
        see("profile-signed", reply.brief)
        see("nonce-again", self._service.call(PROFILE, token, once).brief)
        calls = {
            "signed-decoded": (signed(), _UNUSUAL),
            "signed-encoded": (signed(encode_values=True), _UNUSUAL),
            "nonce-encoded": (signed(encode_nonce=True), {}),
            "wrong-signature": (signed(f"{key}x"), {}),
        }
        for point, (mac, more) in calls.items():
            see(point, self._service.call(PROFILE, token, mac, **more).brief)
        if reply.data and "profile-fields" not in self._report.seen:
            # What comes after must not fail for want of a signature.
            self._signs = True
            self._look_at_profile(reply)

    def read_others(self) -> None:
        """The other APIs, as far as the scopes go, and one whose scope was not granted."""
        granted = self._granted()
        if Scope.OPEN_ID in granted:
            self._report.see("open-id", self._look_at_open_id(self._call(OPENID)))
        if Scope.FRIENDS in granted:
            self._report.see("friends", _look_at_friends(self._call(Scope.FRIENDS.api)))
        needs = {
            OPENID: {Scope.OPEN_ID},
            PHONE_AND_EMAIL: {Scope.PHONE, Scope.EMAIL},
            Scope.FRIENDS.api: {Scope.FRIENDS},
        }
        api = next((api for api, scopes in needs.items() if not scopes & granted), None)
        if api is not None:
            self._report.see("missing-scope", self._call(api).brief)

    def refresh(self) -> None:
        """A refresh, by POST and, where that is not taken, by GET; then the old tokens."""
        old = self._token
        if not old.get("refresh_token"):
            raise Stopped("no_refresh_token")
        reply = self._refresh(old["refresh_token"])
        self._report.see("refresh", reply.seen)
        if reply.seen.get("status") in (404, 405) or reply.error in _NOT_BY_POST:
            self._method = "GET"
            reply = self._refresh(old["refresh_token"])
            self._report.see("refresh-get", reply.seen)
        new = _token_in(reply, "no_refresh")
        names = ("access_token", "refresh_token", "mac_key")
        self._report.see("refresh-changes", {n: _change(old.get(n), new.get(n)) for n in names})
        self._token = {**old, **new}
        self._report.see("refresh-token-again", self._refresh(old["refresh_token"]).seen)
        self._report.see("old-access-token", self._call(PROFILE, old).brief)

    def refresh_without_redirect_uri(self) -> None:
        """A refresh that leaves ``redirect_uri`` out."""
        reply = self._refresh(self._token["refresh_token"], redirect_uri=None)
        self._report.see("refresh-without-redirect-uri", reply.seen)
        self._token = {**self._token, **(reply.body or {})}

    def sign_in_again(self) -> None:
        """A second sign-in of the same user, and the tokens of the first after it."""
        first, second = self._token, self._sign_in(None)
        if first.get("openId") != second.get("openId"):
            raise Stopped("another_user")
        self._report.see("second-sign-in-access-token", self._call(PROFILE, first).brief)
        # The last that is done with the first session: where it works, it makes new tokens.
        reply = self._refresh(first["refresh_token"])
        self._report.see("second-sign-in-refresh-token", reply.brief)
        self._token = second

    def send_code_again(self) -> None:
        """The newest code a second time, and its token after that.

        The last step: a service may end the session for it (RFC 6749, 4.1.2).
        """
        self._report.see("code-again", self._service.token({**CODE_GRANT, "code": self._code}).seen)
        self._report.see("token-after-code-again", self._call(PROFILE).brief)

    def _sign_in(self, point: str | None) -> Mapping[str, Any]:
        """The token of a new sign-in.

        :param point: of which the token's answer tells.
        """
        self._code = self._authorize()
        reply = self._service.token({**CODE_GRANT, "code": self._code})
        if point is not None:
            self._report.see(point, reply.seen)
        return _token_in(reply, "no_token")

    def _authorize(self) -> str:
        """Send the user to Xiaomi; the code that comes back."""
        state = secrets.token_urlsafe(16)
        sent = self._ask_user(self._service.authorize_url(state=state), state)
        redactor = self._service.redactor
        redactor.learn([sent.get("code", ""), state])
        fields = {"fields": types(sent, redactor)}
        if sent.get("code"):
            self._report.see("callback", fields)
            return sent["code"]
        error = sent.get("error", "")
        known = re.fullmatch(r"[0-9]{1,6}", error)
        seen: Seen = {"error": int(error) if known else redactor.clean(error)}
        if "error_description" in sent:
            seen["text"] = redactor.clean(sent["error_description"])
        self._report.see("declined", {**seen, "state": "state" in sent, **fields})
        raise Stopped("declined")

    def _look_at_token(self) -> None:
        token, see = self._token, self._report.see
        life = token.get("expires_in")
        see("token-lifetime", {"seconds": seconds(life), "as": describe("", life)})
        kind = {name: word(token.get(name)) for name in ("token_type", "mac_algorithm")}
        see("token-mac", {**kind, "mac_key": bool(token.get("mac_key"))})
        asked, granted = self._service.app.scope, str(token.get("scope", ""))
        same = asked is not None and set(asked.split()) == set(granted.split())
        see(
            "token-scope",
            {
                "asked": "in particular" if asked else "for none",
                "granted": "as asked" if same else "the profile" if granted == "1" else "others",
            },
        )

    def _look_at_profile(self, reply: Reply) -> None:
        if not reply.data:
            return
        self._report.see("profile-fields", {"fields": reply.seen["fields"]})
        of_token, of_profile = self._token.get("union_id"), reply.data.get("unionId")
        if of_token and of_profile:
            which = "the profile's unionId" if of_token == of_profile else "another"
        else:
            which = "in the token alone" if of_token else "missing"
        self._report.see("token-ids", {"openId": "openId" in self._token, "union_id": which})

    def _look_at_open_id(self, reply: Reply) -> Seen:
        data = reply.data
        if not data:
            return reply.seen
        key = next((name for name in ("openId", "openid", "open_id") if name in data), "another")
        same = data.get(key) == self._token.get("openId")
        return {**reply.seen, "key": key, "same": same}

    def _granted(self) -> set[int]:
        text = str(self._token.get("scope") or self._service.app.scope or "1")
        return {int(number) for number in re.findall(r"[0-9]{1,9}", text)}

    def _call(self, api: str, token: Mapping[str, Any] | None = None) -> Reply:
        """A call with this session's token or another one, signed where it must be."""
        token = token or self._token
        access_token, key = token["access_token"], token.get("mac_key")
        mac = mac_header(access_token, key, generate_nonce()) if key and self._signs else None
        return self._service.call(api, access_token, mac)

    def _refresh(self, refresh_token: str, **changes: str | None) -> Reply:
        form = {**REFRESH_GRANT, "refresh_token": refresh_token, **changes}
        return self._service.token(form, method=self._method)


def _token_in(reply: Reply, otherwise: str) -> Mapping[str, Any]:
    """The token in an answer.

    :raises Stopped: with `otherwise`, where there is none.
    """
    token = reply.body or {}
    if not isinstance(token.get("access_token"), str):
        raise Stopped(otherwise)
    return token


def _look_at_friends(reply: Reply) -> Seen:
    if not reply.data:
        return reply.seen
    friends = reply.data.get("friends")
    listed = isinstance(friends, str) and re.fullmatch(r"[0-9]+(,[0-9]+)*", friends)
    return {**reply.seen, "friends": "numbers and commas" if listed else describe("", friends)}


def _change(old: object, new: object) -> str:
    if not new:
        return "none"
    return "same" if new == old else "new"
