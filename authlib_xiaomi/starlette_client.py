"""Xiaomi for ``authlib.integrations.starlette_client``, which serves FastAPI too.

>>> oauth = OAuth()  # Config or the environment: XIAOMI_CLIENT_ID, XIAOMI_CLIENT_SECRET
>>> oauth.register("xiaomi")
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from authlib.integrations.starlette_client import OAuth as AuthlibOAuth
from authlib.integrations.starlette_client import StarletteOAuth2App

from ._app import OPTIONS_DOC
from ._app_calls import AsyncXiaomiApp, Callback
from ._core.tokens import XiaomiToken
from ._registry import XiaomiRegistry
from .httpx_client import AsyncXiaomiOAuth2Client
from .redaction import Secret

__all__ = ["OAuth", "XiaomiOAuth2App"]


class XiaomiOAuth2App(AsyncXiaomiApp, StarletteOAuth2App):
    __doc__ = OPTIONS_DOC

    client_cls: Any = AsyncXiaomiOAuth2Client

    async def save_authorize_data(self, request: Any, **kwargs: Any) -> None:
        """Save in the session what the callback will need. Authlib calls this."""
        await self._save_state(request.session, kwargs)

    async def authorize_access_token(
        self, request: Any, *, userinfo: bool = True, **kwargs: Any
    ) -> XiaomiToken:
        method = request.scope.get("method", "GET")
        if method == "POST":
            async with request.form() as form:
                params: Secret[Any] = Secret(dict(form))
        else:
            params = Secret(request.query_params)
        callback = Callback(
            method, request.headers if "headers" in request.scope else {}, params, request.session
        )
        return await self._authorize(callback, userinfo, kwargs)


class OAuth(XiaomiRegistry[XiaomiOAuth2App], AuthlibOAuth):  # type: ignore[misc]
    """Authlib's registry, in which ``register("xiaomi")`` registers Xiaomi."""

    _xiaomi_app = XiaomiOAuth2App

    def _settings(self) -> Iterable[str]:
        return self.config.file_values if self.config else ()

    def _setting(self, name: str, option: str) -> Any:
        return self.config.get(f"{name}_{option}".upper(), default=None) if self.config else None
