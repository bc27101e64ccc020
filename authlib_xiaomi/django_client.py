"""Xiaomi for ``authlib.integrations.django_client``.

>>> oauth = OAuth()  # settings or the environment: XIAOMI_CLIENT_ID, XIAOMI_CLIENT_SECRET
>>> oauth.register("xiaomi")
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from authlib.integrations.django_client import DjangoOAuth2App, token_update
from authlib.integrations.django_client import OAuth as AuthlibOAuth
from django.conf import settings  # type: ignore[import-untyped]

from ._app import OPTIONS_DOC
from ._app_calls import Callback, SyncXiaomiApp
from ._core.runtime import run_sync
from ._core.tokens import XiaomiToken
from ._registry import XiaomiRegistry
from .redaction import Secret
from .requests_client import XiaomiOAuth2Session

__all__ = ["OAuth", "XiaomiOAuth2App"]


class XiaomiOAuth2App(SyncXiaomiApp, DjangoOAuth2App):
    __doc__ = OPTIONS_DOC

    client_cls: Any = XiaomiOAuth2Session

    def save_authorize_data(self, request: Any, **kwargs: Any) -> None:
        """Save in the session what the callback will need. Authlib calls this."""
        run_sync(self._save_state(request.session, kwargs))

    def authorize_access_token(
        self, request: Any, *, userinfo: bool = True, **kwargs: Any
    ) -> XiaomiToken:
        params = Secret(request.POST if request.method == "POST" else request.GET)
        callback = Callback(request.method, request.headers, params, request.session)
        return run_sync(self._authorize(callback, userinfo, kwargs))

    def _has_listeners(self) -> bool:
        return bool(token_update.has_listeners())


class OAuth(XiaomiRegistry[XiaomiOAuth2App], AuthlibOAuth):  # type: ignore[misc]
    """Authlib's registry, in which ``register("xiaomi")`` registers Xiaomi."""

    _xiaomi_app = XiaomiOAuth2App

    def _settings(self) -> Iterable[str]:
        return dir(settings)

    def _setting(self, name: str, option: str) -> Any:
        clients = getattr(settings, "AUTHLIB_OAUTH_CLIENTS", None) or {}
        own = (clients.get(name) or {}).get(option)
        return own or getattr(settings, f"{name}_{option}".upper(), None)
