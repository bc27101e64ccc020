"""The asynchronous apps. See ``_app`` for what they decide, ``_app_calls`` for what they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._app_calls import AppCalls
from ._core.tokens import XiaomiToken, XiaomiUserInfo, as_token
from .redaction import Secret


class AsyncXiaomiApp(AppCalls):
    """A registration of Xiaomi over an asynchronous app of Authlib's."""

    _is_async = True

    async def aclose(self) -> None:
        """End the connections to Xiaomi of this event loop, after the refreshes that are on their
        way; the next request opens a new one.

        A loop that is shut down in the usual ways (``asyncio.run``, uvicorn) ends them itself.
        """
        if self._built is not None:
            await self._built[2].close_connections()

    async def create_authorization_url(
        self, redirect_uri: str | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """The URL to send the user's browser to, and the ``state`` to expect back.

        :param redirect_uri: the callback; by default that of the registration.
        :param kwargs: ``scope`` and ``skip_confirm``, which win over the registration's, and
            other parameters, such as ``_locale="zh_CN"``.
        :raises XiaomiOAuthError: where ``client_id`` or ``redirect_uri`` is missing.
        :raises ValueError: where ``scope`` is not one of Xiaomi's.
        """
        return await self._authorization_url(redirect_uri, kwargs)

    async def fetch_access_token(
        self, redirect_uri: str | None = None, **kwargs: Any
    ) -> XiaomiToken:
        """Exchange a code for a token.

        :param redirect_uri: the callback; by default that of the registration.
        :param kwargs: ``code``, and as in Authlib.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        """
        given, kwargs = Secret(kwargs), {}
        return await self._fetch_access_token(redirect_uri, given)

    async def request(
        self, method: str, url: str, token: Mapping[str, Any] | str | None = None, **kwargs: Any
    ) -> Any:
        """Send a request; `url` may be a path of the open API, such as ``"user/profile"``.

        :param token: the user's, as a dict or an access token; by default what ``fetch_token``
            gives.
        :param kwargs: as in Authlib and httpx.
        :returns: the ``httpx.Response``.
        :raises XiaomiOAuthError: ``temporarily_unavailable`` where Xiaomi cannot be reached.
        """
        given, token = as_token(token), None
        return await self._call(method, url, given, kwargs)

    async def userinfo(
        self, token: Mapping[str, Any] | str | None = None, **kwargs: Any
    ) -> XiaomiUserInfo:
        """Who the user is.

        :param token: the user's, as a dict or an access token; by default what ``fetch_token``
            gives.
        :raises XiaomiOAuthError: what Xiaomi says, what happens on the way there, or that the
            user cannot be told for sure.
        """
        given, token = as_token(token), None
        return await self._user(given, kwargs)

    async def refresh_token(
        self, token: Mapping[str, Any] | None = None, request: Any = None
    ) -> XiaomiToken:
        """Refresh a token, expired or not, and store the new one with ``update_token``.

        :param token: the user's; by default what ``fetch_token`` gives.
        :returns: the new token; where `token` was refreshed before, the one that followed it.
        :raises XiaomiOAuthError: what Xiaomi says, or what happens on the way there.
        """
        given, token = as_token(token), None
        return await self._refresh(given, request)
