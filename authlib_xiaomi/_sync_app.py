"""The apps that wait. See ``_app`` for what they decide."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from functools import partial
from typing import Any

from authlib.integrations.base_client import MismatchingStateError
from authlib.oauth2.rfc6749 import OAuth2Token
from authlib.oidc.core import UserInfo

from ._app import XiaomiApp
from ._client import Shared, as_token
from .authorization import code_from_callback
from .states import put_back, state_data, take_out

__all__ = ["SyncXiaomiApp"]


class SyncXiaomiApp(XiaomiApp):
    """A registration of Xiaomi over an app of Authlib's that waits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept = self.client_cls.share(self.client_kwargs)

    def close(self) -> None:
        """End the connections to Xiaomi; the next request opens a new one."""
        self._kept.connections.close()

    def create_authorization_url(
        self, redirect_uri: str | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """The URL to send the user's browser to, and the ``state`` to expect back.

        :param redirect_uri: the callback; by default that of the registration.
        :param kwargs: ``scope`` and ``skip_confirm``, which win over the registration's, and
            other parameters, such as ``_locale="zh_CN"``.
        :raises XiaomiOAuthError: where ``client_id`` or ``redirect_uri`` is missing.
        :raises ValueError: where ``scope`` is none of Xiaomi's.
        """
        return self._authorization(redirect_uri, kwargs, self.load_server_metadata())

    def request(
        self, method: str, url: str, token: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """Send a request; `url` may be a path of the open API, such as ``"user/profile"``.

        :param token: the user's; by default what ``fetch_token`` gives.
        :param kwargs: as in Authlib and requests.
        :raises XiaomiOAuthError: ``temporarily_unavailable`` where Xiaomi cannot be reached.
        """
        with self._client(
            token, kwargs.pop("request", None), bool(kwargs.get("withhold_token"))
        ) as client:
            response = client.request(method, url, **kwargs)
            self._keep(client, token)
        return response

    def userinfo(self, token: Mapping[str, Any] | None = None, **kwargs: Any) -> UserInfo:
        """Who the user is.

        :param token: the user's; by default what ``fetch_token`` gives.
        :raises XiaomiOAuthError: what Xiaomi says, what happens on the way there, or that the
            user cannot be told for sure.
        """
        with self._client(token, kwargs.pop("request", None)) as client:
            info: UserInfo = client.userinfo(**kwargs)
            self._keep(client, token)
        return info

    def refresh_token(
        self, token: Mapping[str, Any] | None = None, request: Any = None
    ) -> OAuth2Token:
        """Refresh a token, expired or not, and store the new one with ``update_token``.

        :param token: the user's; by default what ``fetch_token`` gives.
        :returns: the new token; where `token` was refreshed before, the one that followed it.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        """
        with self._client(token, request) as client:
            fresh: OAuth2Token = client.refresh_token()
            self._keep(client, token)
        return fresh

    def _client(self, token: Any, request: Any = None, withhold: bool = False) -> Any:
        client = self._get_oauth_client(**self.load_server_metadata())
        client.token_was_loaded = token is None and not withhold and not self._is_given()
        client.load_token = self._loader(request, client.token_was_loaded)
        if token is None and not withhold:
            token = self._get_requested_token(request)
        client.token = as_token(token)
        return client

    def _keep(self, client: Any, given: Any) -> None:
        if given is None and client.token:
            self._keep_token(client.token)

    def _is_given(self) -> bool:
        """Whether the token that the framework holds is one that nobody has stored yet."""
        return False

    def _loader(self, request: Any, loaded: bool) -> Any:
        return partial(self._fetch_token, request) if self._fetch_token and request else None

    def _shared(self) -> Shared:
        return self._kept

    def _save_state(self, session: MutableMapping[str, Any], given: dict[str, Any]) -> None:
        state, data = state_data(given)
        others = take_out(session, self.name)
        self.framework.set_state_data(session, state, data)
        put_back(session, self.name, state, others)

    def _authorize(
        self, session: Any, params: Mapping[str, Any], userinfo: bool, given: dict[str, Any]
    ) -> OAuth2Token:
        state = self._state_of(params)
        data = self.framework.get_state_data(session, state)
        if data is None:
            raise MismatchingStateError()
        self.framework.clear_state_data(session, state)
        # Only now: who forges a callback does not get to speak.
        code = code_from_callback(params)
        arguments = self._token_arguments(data, given)
        with self._client(None, None, True) as client:
            token: OAuth2Token = client.fetch_token(code=code, **arguments)
            # Where an answer has no scope, it is the one asked for (RFC 6749, 5.1).
            if data.get("scope") and not token.get("scope"):
                token["scope"] = data["scope"]
            if userinfo:
                token["userinfo"] = client.current_userinfo()
            return token
