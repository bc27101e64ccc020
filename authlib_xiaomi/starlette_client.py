"""Xiaomi for ``authlib.integrations.starlette_client``, which serves FastAPI too.

>>> oauth = OAuth(Config(".env"))  # XIAOMI_CLIENT_ID, XIAOMI_CLIENT_SECRET
>>> oauth.register("xiaomi", client_cls=XiaomiOAuth2App)
"""

from __future__ import annotations

from typing import Any

from authlib.integrations.starlette_client import StarletteOAuth2App
from authlib.oauth2.rfc6749 import OAuth2Token

from ._async_app import AsyncXiaomiApp
from .httpx_client import AsyncXiaomiOAuth2Client

__all__ = ["XiaomiOAuth2App"]


class XiaomiOAuth2App(AsyncXiaomiApp, StarletteOAuth2App):
    __doc__ = AsyncXiaomiApp.__doc__

    client_cls = AsyncXiaomiOAuth2Client  # type: ignore[assignment]

    async def save_authorize_data(self, request: Any, **kwargs: Any) -> None:
        """Save in the session what the callback will need."""
        await self._save_state(request.session, kwargs)

    async def authorize_access_token(
        self, request: Any, *, userinfo: bool = True, **kwargs: Any
    ) -> OAuth2Token:
        """Take the callback's code to Xiaomi, and get the user's token for it.

        :param request: the callback's request.
        :param userinfo: whether to fetch who the user is as well, as ``token["userinfo"]``.
        :param kwargs: as in Authlib: further arguments of ``fetch_access_token``.
        :raises MismatchingStateError: for a callback that this session did not ask for.
        :raises XiaomiOAuthError: what Xiaomi says, what happens on the way there, or that the
            user cannot be told for sure.
        """
        if request.method == "GET":
            return await self._authorize(request.session, request.query_params, userinfo, kwargs)
        async with request.form() as form:
            return await self._authorize(request.session, form, userinfo, kwargs)
