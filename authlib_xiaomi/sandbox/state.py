"""What the sandbox remembers: codes, tokens, nonces, consents, who is signed in.

Pure: no HTTP in sight. Thread-safe: each method is one short critical section.
"""

from __future__ import annotations

import dataclasses
import secrets
import threading
from collections.abc import Callable, Collection
from typing import Final

from ..errors import ErrorCode
from .callbacks import why_changed
from .modes import Options
from .refusal import Refusal, because

__all__ = ["Grant", "State", "Token"]

#: How far a nonce's minutes may be from the sandbox's, either way. The documents give no number.
NONCE_REACH_MINUTES: Final = 15
#: Codes and tokens that have ended and of which the reason is still known.
_REASONS: Final = 10_000


@dataclasses.dataclass(frozen=True)
class Grant:
    """What a user has allowed."""

    #: The sign-in name.
    user: str
    scopes: tuple[int, ...]
    #: The callback that it was for.
    redirect_uri: str
    openid: bool = False
    #: As the application sent it; may be empty.
    device_id: str = ""


@dataclasses.dataclass(frozen=True)
class Token:
    """An access token with the refresh token beside it."""

    grant: Grant
    access_token: str = dataclasses.field(repr=False)
    refresh_token: str = dataclasses.field(repr=False)
    mac_key: str | None = dataclasses.field(repr=False)
    #: When each ends, in seconds since the epoch.
    expires_at: float
    refresh_expires_at: float


class State:
    """The store behind one sandbox.

    :param clock: gives the time, in seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float], options: Options) -> None:
        self._clock = clock
        self._options = options
        self._lock = threading.Lock()
        self._codes: dict[str, tuple[Grant, float]] = {}
        self._by_access: dict[str, Token] = {}
        self._by_refresh: dict[str, Token] = {}
        #: Of each user and device the newest sign-in's refresh token.
        self._newest: dict[tuple[str, str], str] = {}
        #: Why a code or token is no longer there: the key of a text.
        self._reasons: dict[str, str] = {}
        self._nonces: dict[str, int] = {}
        self._consents: dict[str, set[int]] = {}
        self._sessions: dict[str, str] = {}

    def issue_code(self, grant: Grant) -> str:
        """A new code, and the user's consent remembered."""
        code = "C3_" + secrets.token_hex(16).upper()
        now = self._clock()
        with self._lock:
            # Codes come in order of expiry, so what has expired is at the front.
            while self._codes and next(iter(self._codes.values()))[1] <= now:
                self._end(self._codes, next(iter(self._codes)), "why_code_expired")
            self._codes[code] = grant, now + self._options["code_expires_in"]
            self._consents.setdefault(grant.user, set()).update(grant.scopes)
        return code

    def redeem_code(self, code: str, redirect_uri: str, device_id: str = "") -> Token:
        """The token for a code, which is spent with it (passport authorization-code).

        :param device_id: in place of the one that the authorization request brought.
        :raises Refusal: 96013 where the code is wrong, expired or used; 96010 where it was
            issued for another callback, which does not spend it.
        """
        now = self._clock()
        with self._lock:
            grant, expires_at = self._codes.get(code, (None, 0.0))
            if grant is None or expires_at <= now:
                known = "why_code_expired" if grant else "why_code_unknown"
                why = because(self._reasons.get(code, known))
                raise Refusal(ErrorCode.OA_INVALID_CODE, why=why)
            if grant.redirect_uri != redirect_uri:
                why = why_changed(redirect_uri, grant.redirect_uri)
                raise Refusal(ErrorCode.OA_INVALID_REDIRECT_URI, why=why)
            if self._options["code_once"]:
                self._end(self._codes, code, "why_code_used")
            if device_id:
                grant = dataclasses.replace(grant, device_id=device_id)
            if self._options["one_refresh_token"]:
                before = self._newest.get((grant.user, grant.device_id), "")
                self._end(self._by_refresh, before, "why_refresh_superseded")
            return self._new_token(grant, now)

    def refresh(self, refresh_token: str, device_id: str = "") -> Token:
        """The next token; this one ends (passport refresh-access-token).

        :raises Refusal: 96009 where the refresh token is wrong, expired or used.
        """
        now, options = self._clock(), self._options
        with self._lock:
            old = self._by_refresh.get(refresh_token)
            if old is None or old.refresh_expires_at <= now:
                known = "why_refresh_expired" if old else "why_refresh_unknown"
                why = because(self._reasons.get(refresh_token, known))
                raise Refusal(ErrorCode.OA_INVALID_REFRESHTOKEN, why=why)
            if options["require_device_id"] and device_id != old.grant.device_id:
                raise Refusal(ErrorCode.OA_INVALID_REFRESHTOKEN, why=because("why_device"))
            if options["refresh_token_once"]:
                self._end(self._by_refresh, refresh_token, "why_refresh_used")
            if options["refresh_ends_access_token"]:
                self._end(self._by_access, old.access_token, "why_token_refreshed")
            kept = None if options["refresh_changes_mac_key"] else old.mac_key
            return self._new_token(old.grant, now, kept)

    def find(self, access_token: str) -> Token:
        """The token that an API call brings.

        :raises Refusal: 96008 where it is wrong or expired.
        """
        now = self._clock()
        with self._lock:
            token = self._by_access.get(access_token)
            if token is None or token.expires_at <= now:
                known = "why_token_expired" if token else "why_token_unknown"
                why = because(self._reasons.get(access_token, known))
                raise Refusal(ErrorCode.OA_INVALID_TOKEN, why=why)
        return token

    def use_nonce(self, nonce: str, minutes: int, now: int) -> None:
        """Note a nonce of a rightly signed request.

        :param minutes: the nonce's minutes.
        :param now: minutes since the epoch on the sandbox's side.
        :raises Refusal: 96012 where it is out of reach or was used (passport faq; the number is
            not documented, 96012 being the one for a wrong MAC).
        """
        if abs(now - minutes) > NONCE_REACH_MINUTES:
            why = because("why_nonce_expired", minutes=minutes - now)
            raise Refusal(ErrorCode.OA_ACCESS_DENIED, "nonce has expired", why)
        with self._lock:
            if nonce in self._nonces:
                why = because("why_nonce_used")
                raise Refusal(ErrorCode.OA_ACCESS_DENIED, "nonce has been used", why)
            self._nonces[nonce] = minutes
            # A nonce out of reach is refused for that, and need not be remembered.
            if len(self._nonces) % 1000 == 0:
                kept = {n: m for n, m in self._nonces.items() if now - m <= NONCE_REACH_MINUTES}
                self._nonces = kept

    def has_allowed(self, user: str, scopes: Collection[int] = ()) -> bool:
        """Whether `user` has allowed the app anything before, and all of `scopes`."""
        with self._lock:
            return user in self._consents and self._consents[user].issuperset(scopes)

    def withdraw(self, user: str) -> None:
        """End all that `user` has allowed: consent, codes, tokens (passport token-life-cycle)."""
        with self._lock:
            self._consents.pop(user, None)
            for code in [code for code, (grant, _) in self._codes.items() if grant.user == user]:
                self._end(self._codes, code, "why_withdrawn")
            for tokens in (self._by_access, self._by_refresh):
                for key in [key for key, token in tokens.items() if token.grant.user == user]:
                    self._end(tokens, key, "why_withdrawn")

    def sign_in(self, session: str, user: str) -> None:
        """Note who is signed in in the browser session `session`."""
        with self._lock:
            self._sessions[session] = user

    def sign_out(self, session: str) -> None:
        """Forget who is signed in in the browser session `session`."""
        with self._lock:
            self._sessions.pop(session, None)

    def signed_in(self, session: str) -> str | None:
        """The sign-in name of who is signed in in the browser session `session`."""
        with self._lock:
            return self._sessions.get(session)

    def _new_token(self, grant: Grant, now: float, mac_key: str | None = None) -> Token:
        options = self._options
        token = Token(
            grant,
            access_token="V3_" + secrets.token_urlsafe(48),
            refresh_token="R3_" + secrets.token_urlsafe(48),
            mac_key=(mac_key or secrets.token_urlsafe(20)) if options["mac"] else None,
            expires_at=now + options["token_expires_in"],
            refresh_expires_at=now + options["refresh_token_expires_in"],
        )
        # Tokens come in order of expiry, too.
        while self._by_access and next(iter(self._by_access.values())).expires_at <= now:
            self._end(self._by_access, next(iter(self._by_access)), "why_token_expired")
        while self._by_refresh and next(iter(self._by_refresh.values())).refresh_expires_at <= now:
            self._end(self._by_refresh, next(iter(self._by_refresh)), "why_refresh_expired")
        self._by_access[token.access_token] = token
        self._by_refresh[token.refresh_token] = token
        self._newest[grant.user, grant.device_id] = token.refresh_token
        return token

    def _end(
        self, store: dict[str, Token] | dict[str, tuple[Grant, float]], key: str, why: str
    ) -> None:
        """Take `key` out of `store`, where it is there, and remember why."""
        if store.pop(key, None) is None:
            return
        self._reasons[key] = why
        if len(self._reasons) > _REASONS:
            del self._reasons[next(iter(self._reasons))]
