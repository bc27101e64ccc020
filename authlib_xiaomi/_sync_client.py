"""The clients that wait. See ``_client`` for what they decide."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Token
from authlib.oidc.core import UserInfo

from ._client import LINKS, XiaomiClient, as_token
from .errors import XiaomiOAuthError
from .redaction import hidden, secrets_of
from .refresh import refresh_key
from .steps import drive


class SyncXiaomiClient(XiaomiClient):
    """Xiaomi over a client of Authlib's that waits."""

    def fetch_token(self, url: str | None = None, **kwargs: Any) -> OAuth2Token:
        """Exchange a code for a token.

        :param url: Xiaomi's token endpoint, by default.
        :param kwargs: ``code``, or ``authorization_response``, the callback's whole URL;
            ``redirect_uri``, by default what the client was made with; and as in Authlib.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        :raises MismatchingStateError: where ``authorization_response`` has another state than
            the ``state`` given.
        """
        request = self._code_request(kwargs)
        with hidden(self.client_secret, *secrets_of(request)):
            token = super().fetch_token(self._token_url(url), **request)
        self.token = self._issued(token, request["redirect_uri"])
        return self.token

    def refresh_token(
        self, url: str | None = None, refresh_token: str | None = None, **kwargs: Any
    ) -> OAuth2Token:
        """Exchange a refresh token for a new token, and store it with ``update_token``.

        A token that was refreshed already, by whomever, is not sent again: its successor is
        returned.

        :param url: Xiaomi's token endpoint, by default.
        :param refresh_token: by default that of the client's token.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        :raises InvalidTokenError: where there is no refresh token.
        """
        self.token = self._refreshed(self._token_of(refresh_token), url, kwargs)
        return self.token

    def userinfo(self, token: Mapping[str, Any] | None = None, **kwargs: Any) -> UserInfo:
        """Who the user is.

        :param token: by default the client's own.
        :param kwargs: as for ``get``, for the requests to the open API.
        :raises XiaomiOAuthError: what Xiaomi says, what happens on the way there, or that the
            user cannot be told for sure.
        """
        if token is not None:
            self.token = as_token(token)
        self._fresh_token()
        return self.current_userinfo(**kwargs)

    def current_userinfo(self, **kwargs: Any) -> UserInfo:
        """As :meth:`userinfo`, by the client's token as it is: it is not refreshed."""
        token = self._required_token()
        outcomes = [(path, self._ask(path, kwargs)) for path in self._paths(token)]
        return self._userinfo(token, outcomes)

    def request(self, method: str, url: str, withhold_token: bool = False, **kwargs: Any) -> Any:
        """Send a request; `url` may be a path of the open API, such as ``"user/profile"``.

        ``clientId``, ``token`` and the signature go along to the open API's host alone. Xiaomi's
        prefix is taken off the answer, so that ``.json()`` works.

        :param withhold_token: send none of these.
        :raises XiaomiOAuthError: ``temporarily_unavailable`` where Xiaomi cannot be reached.
        :raises MissingTokenError: where the client has no token.
        """
        url, to_api = self._aim(url, kwargs)
        if self._wants_token(withhold_token, kwargs):
            if to_api:
                self._fresh_token()
            self._required_token()
            kwargs["auth"] = self.token_auth
        return super().request(method, url, withhold_token=True, **kwargs)

    def ensure_active_token(self, token: OAuth2Token | None = None) -> bool:
        """Refresh the client's token if it has expired; Authlib calls this."""
        self._fresh_token()
        return True

    def _ask(self, path: str, kwargs: Mapping[str, Any]) -> Any:
        try:
            response = self.request("GET", path, **{"auth": self.token_auth, **kwargs})
        except XiaomiOAuthError as error:
            return error
        return self._answer(response)

    def _fresh_token(self) -> OAuth2Token:
        token = self._required_token()
        if self._has_expired(token):
            self.token = token = self._refreshed(self._token_to_refresh(token))
        return token

    def _refreshed(
        self, old: OAuth2Token, url: str | None = None, options: Mapping[str, Any] = {}
    ) -> OAuth2Token:
        trusted = self._store_is_of(old)
        for _ in range(LINKS):
            key = refresh_key(self.client_id, old)
            exchange = partial(self._exchange, old, url, options)
            steps = self._shared.refreshes.steps(
                key, old, exchange, self._load, self._save, trusted=trusted
            )
            with self._shared.turns.lock_for(key) as turn, turn, self._lock(key):
                token, issued = drive(steps)
            if issued or not self._has_expired(token):
                break
            old = self._token_to_refresh(token)
        return token

    def _exchange(
        self, old: OAuth2Token, url: str | None, options: Mapping[str, Any]
    ) -> OAuth2Token:
        options = dict(options)
        options.pop("scope", None)  # Xiaomi's refresh has no such parameter (doc 1516)
        redirect_uri = self._refresh_uri(old, options.pop("redirect_uri", None))
        with hidden(self.client_secret, *secrets_of(old)):
            token = super().refresh_token(
                self._token_url(url),
                refresh_token=old["refresh_token"],
                redirect_uri=redirect_uri,
                scope=None,
                **options,
            )
        return self._issued(token, redirect_uri)

    def _refresh_token(
        self,
        url: str,
        refresh_token: str | None = None,
        body: str = "",
        headers: Any = None,
        auth: Any = None,
        **kwargs: Any,
    ) -> OAuth2Token:
        """The last step of Authlib's ``refresh_token``, but for the storing, which is ours."""
        response = self._http_post(url, body=body, auth=auth, headers=headers, **kwargs)
        for hook in self.compliance_hook["refresh_token_response"]:
            response = hook(response)
        return self.parse_response_token(response)

    def _store_is_of(self, old: OAuth2Token) -> bool:
        if self.token_was_loaded:
            return True
        stored = self._load()
        return stored is not None and stored.get("refresh_token") == old["refresh_token"]

    def _load(self) -> OAuth2Token | None:
        return as_token(self.load_token()) if self.load_token else None

    def _save(self, token: OAuth2Token, refresh_token: str) -> None:
        if self.update_token:
            self.update_token(token, refresh_token=refresh_token)

    def _lock(self, key: str) -> AbstractContextManager[Any]:
        return self.refresh_lock(key) if self.refresh_lock else nullcontext()
