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
from .refusal import Refusal

__all__ = ["Grant", "State", "Token"]

#: Refresh tokens live ten years (passport token-life-cycle), in seconds.
REFRESH_TOKEN_EXPIRES_IN: Final = 10 * 365 * 86400
#: How far a nonce's minutes may be from the sandbox's, either way. The documents give no number.
NONCE_REACH_MINUTES: Final = 15


@dataclasses.dataclass(frozen=True)
class Grant:
    """What a user has allowed: the sign-in name, the scopes, and the callback it was for."""

    user: str
    scopes: tuple[int, ...]
    redirect_uri: str


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
    :param code_expires_in: seconds.
    :param token_expires_in: seconds.
    :param mac: whether a token has a key to sign with.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        code_expires_in: int,
        token_expires_in: int,
        mac: bool,
    ) -> None:
        self._clock = clock
        self._code_expires_in = code_expires_in
        self._token_expires_in = token_expires_in
        self._mac = mac
        self._lock = threading.Lock()
        self._codes: dict[str, tuple[Grant, float]] = {}
        self._by_access: dict[str, Token] = {}
        self._by_refresh: dict[str, Token] = {}
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
                del self._codes[next(iter(self._codes))]
            self._codes[code] = grant, now + self._code_expires_in
            self._consents.setdefault(grant.user, set()).update(grant.scopes)
        return code

    def redeem_code(self, code: str, redirect_uri: str) -> Token:
        """The token for a code, which is spent with it (passport authorization-code).

        :raises Refusal: 96013 where the code is wrong, expired or used; 96010 where it was
            issued for another callback, which does not spend it.
        """
        now = self._clock()
        with self._lock:
            grant, expires_at = self._codes.get(code, (None, 0.0))
            if grant is None or expires_at <= now:
                raise Refusal(ErrorCode.OA_INVALID_CODE)
            if grant.redirect_uri != redirect_uri:
                raise Refusal(ErrorCode.OA_INVALID_REDIRECT_URI)
            del self._codes[code]
            return self._new_token(grant, now)

    def refresh(self, refresh_token: str) -> Token:
        """The next token; this one's refresh and access token end (passport refresh-access-token).

        :raises Refusal: 96009 where the refresh token is wrong, expired or used.
        """
        now = self._clock()
        with self._lock:
            old = self._by_refresh.get(refresh_token)
            if old is None or old.refresh_expires_at <= now:
                raise Refusal(ErrorCode.OA_INVALID_REFRESHTOKEN)
            self._forget(old)
            return self._new_token(old.grant, now)

    def find(self, access_token: str) -> Token:
        """The token that an API call brings.

        :raises Refusal: 96008 where it is wrong or expired.
        """
        now = self._clock()
        with self._lock:
            token = self._by_access.get(access_token)
        if token is None or token.expires_at <= now:
            raise Refusal(ErrorCode.OA_INVALID_TOKEN)
        return token

    def use_nonce(self, nonce: str, minutes: int, now: int) -> None:
        """Note a nonce of a rightly signed request.

        :param minutes: the nonce's minutes.
        :param now: minutes since the epoch on the sandbox's side.
        :raises Refusal: 96012 where it is out of reach or was used (passport faq; the number is
            not documented, 96012 being the one for a wrong MAC).
        """
        if abs(now - minutes) > NONCE_REACH_MINUTES:
            raise Refusal(ErrorCode.OA_ACCESS_DENIED, "nonce has expired")
        with self._lock:
            if nonce in self._nonces:
                raise Refusal(ErrorCode.OA_ACCESS_DENIED, "nonce has been used")
            self._nonces[nonce] = minutes
            # A nonce out of reach is refused for that, and need not be remembered.
            if len(self._nonces) % 1000 == 0:
                kept = {n: m for n, m in self._nonces.items() if now - m <= NONCE_REACH_MINUTES}
                self._nonces = kept

    def has_allowed(self, user: str, scopes: Collection[int]) -> bool:
        """Whether `user` has allowed the app all of `scopes` before."""
        with self._lock:
            return self._consents.get(user, set()).issuperset(scopes)

    def withdraw(self, user: str) -> None:
        """End all that `user` has allowed: consent, codes, tokens (passport token-life-cycle)."""
        with self._lock:
            self._consents.pop(user, None)
            self._codes = {c: entry for c, entry in self._codes.items() if entry[0].user != user}
            for token in list(self._by_refresh.values()):
                if token.grant.user == user:
                    self._forget(token)

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

    def _new_token(self, grant: Grant, now: float) -> Token:
        token = Token(
            grant,
            access_token="V3_" + secrets.token_urlsafe(48),
            refresh_token="R3_" + secrets.token_urlsafe(48),
            mac_key=secrets.token_urlsafe(20) if self._mac else None,
            expires_at=now + self._token_expires_in,
            refresh_expires_at=now + REFRESH_TOKEN_EXPIRES_IN,
        )
        self._by_access[token.access_token] = token
        self._by_refresh[token.refresh_token] = token
        return token

    def _forget(self, token: Token) -> None:
        del self._by_access[token.access_token]
        del self._by_refresh[token.refresh_token]
