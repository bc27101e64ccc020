"""Xiaomi for ``authlib.integrations.flask_client``.

>>> oauth = OAuth(app)  # app.config or the environment: XIAOMI_CLIENT_ID, XIAOMI_CLIENT_SECRET
>>> oauth.register("xiaomi")
"""

from __future__ import annotations

from typing import Any

from authlib.integrations.flask_client import FlaskOAuth2App, token_update
from authlib.integrations.flask_client import OAuth as AuthlibOAuth
from flask import g, has_request_context, request, session

from ._app import OPTIONS_DOC
from ._app_calls import Callback, SyncXiaomiApp
from ._authlib import app_hooks
from ._core.runtime import run_sync
from ._core.tokens import XiaomiToken
from ._registry import XiaomiRegistry
from .redaction import Secret
from .requests_client import XiaomiOAuth2Session

__all__ = ["OAuth", "XiaomiOAuth2App"]


class XiaomiOAuth2App(SyncXiaomiApp, FlaskOAuth2App):
    __doc__ = OPTIONS_DOC

    client_cls: Any = XiaomiOAuth2Session
    _gets_request = False
    _g = property(lambda self: g)
    _in_request = staticmethod(has_request_context)

    @property
    def token(self) -> Any:
        """The token of a sign-in in this request, or one that was assigned in it; else what
        ``fetch_token`` returns, which is called each time."""
        own, fetch = self._own_token, app_hooks(self)[0]
        return fetch() if own is None and fetch is not None else own

    @token.setter
    def token(self, token: Any) -> None:
        self._own_token = token

    def save_authorize_data(self, **kwargs: Any) -> None:
        """Save in the session what the callback will need. Authlib calls this."""
        run_sync(self._save_state(session, kwargs))

    def authorize_access_token(self, *, userinfo: bool = True, **kwargs: Any) -> XiaomiToken:
        params: Secret[Any] = Secret(request.form if request.method == "POST" else request.args)
        callback = Callback(request.method, request.headers, params, session)
        token = run_sync(self._authorize(callback, userinfo, kwargs))
        # Until the application stores this token, its store may have that of another user.
        self.token = token
        return token

    def _has_listeners(self) -> bool:
        return bool(token_update.receivers)


class OAuth(XiaomiRegistry[XiaomiOAuth2App], AuthlibOAuth):  # type: ignore[misc]
    """Authlib's registry, in which ``register("xiaomi")`` registers Xiaomi."""

    _xiaomi_app = XiaomiOAuth2App
