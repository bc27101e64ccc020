"""The synchronous clients. See ``_client`` for what they decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._calls import ClientCalls
from ._client_tokens import released
from ._core.runtime import Runtime, run_sync
from ._core.tokens import XiaomiToken, XiaomiUserInfo
from .errors import at_step
from .redaction import Secret


class SyncXiaomiClient(ClientCalls):
    """Xiaomi over a synchronous client of Authlib's."""

    _runtime = Runtime()

    def fetch_token(self, url: str | None = None, **kwargs: Any) -> XiaomiToken:
        """Exchange a code for a token, and make it this thread's.

        :param url: Xiaomi's token endpoint, by default.
        :param kwargs: ``code``, or ``authorization_response``, the callback's whole URL;
            ``redirect_uri``, by default what the client was made with; and as in Authlib.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        :raises StateMismatchError: where ``authorization_response`` has another state than
            the ``state`` given.
        """
        given, kwargs = Secret(kwargs), {}
        token = released(run_sync(self._fetch(url, given)))
        self.token = token
        return token

    def refresh_token(
        self,
        url: str | None = None,
        refresh_token: str | None = None,
        *,
        token: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> XiaomiToken:
        """Exchange a refresh token for a new token, and store it with ``update_token``.

        A token that was refreshed already, by whomever, is not sent again: its successor is
        returned.

        :param url: Xiaomi's token endpoint, by default.
        :param refresh_token: by default that of `token`.
        :param token: by default the client's.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        :raises InvalidTokenError: where there is no refresh token.
        """
        source, given = self._refresh_source(token, refresh_token), Secret({**kwargs, "url": url})
        token, refresh_token, kwargs = None, None, {}
        with at_step("refresh"):
            return released(run_sync(source.refreshed(given)))

    def userinfo(
        self, token: Mapping[str, Any] | str | None = None, **kwargs: Any
    ) -> XiaomiUserInfo:
        """Who the user is.

        :param token: the user's, as a dict or an access token; by default the client's own.
        :param kwargs: as for ``get``, for the requests to the open API.
        :raises XiaomiOAuthError: what Xiaomi says, what happens on the way there, or that the
            user cannot be told for sure.
        """
        source, token = self._source(token), None
        return run_sync(self._userinfo(source, kwargs))

    def request(
        self,
        method: str,
        url: str,
        withhold_token: bool = False,
        auth: Any = None,
        *,
        token: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Send a request; `url` may be a path of the open API, such as ``"user/profile"``.

        ``clientId`` and ``token`` (and a signature, where it is wanted) go along to the open
        API's host alone. Xiaomi's prefix is taken off the answer, so that ``.json()`` works.

        :param withhold_token: send none of these.
        :param token: the user's, as a dict or an access token; by default the client's own.
        :raises XiaomiOAuthError: ``temporarily_unavailable`` where Xiaomi cannot be reached.
        :raises MissingTokenError: where there is no token.
        """
        wanted = self._wants_token(withhold_token, auth)
        source, token = self._source(token) if wanted else None, None
        return run_sync(self._request(source, method, url, {"auth": auth, **kwargs}))

    def ensure_active_token(self, token: Any = None) -> bool:
        """Refresh a token, by default the client's, if it has expired."""
        source, token = self._source(token), None
        run_sync(source.fresh())
        return True

    def close(self) -> None:
        """End the connections, after the refreshes that are on their way."""
        run_sync(self._shared.refresher.idle(self._runtime, self._options.time_limit))
        super().close()
