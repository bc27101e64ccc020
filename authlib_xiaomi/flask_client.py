"""Xiaomi for ``authlib.integrations.flask_client``.

>>> oauth = OAuth(app)  # app.config: XIAOMI_CLIENT_ID, XIAOMI_CLIENT_SECRET
>>> oauth.register("xiaomi", client_cls=XiaomiOAuth2App)
"""

from __future__ import annotations

from typing import Any

from authlib.integrations.flask_client import FlaskOAuth2App
from authlib.oauth2.rfc6749 import OAuth2Token
from flask import g, has_request_context, request, session

from ._sync_app import SyncXiaomiApp
from .requests_client import XiaomiOAuth2Session

__all__ = ["XiaomiOAuth2App"]


class XiaomiOAuth2App(SyncXiaomiApp, FlaskOAuth2App):
    __doc__ = SyncXiaomiApp.__doc__

    client_cls = XiaomiOAuth2Session

    def save_authorize_data(self, **kwargs: Any) -> None:
        """Save in the session what the callback will need."""
        self._save_state(session, kwargs)

    def authorize_access_token(self, *, userinfo: bool = True, **kwargs: Any) -> OAuth2Token:
        """Take the callback's code to Xiaomi, and get the user's token for it.

        :param userinfo: whether to fetch who the user is as well, as ``token["userinfo"]``.
        :param kwargs: as in Authlib: further arguments of ``fetch_access_token``.
        :raises MismatchingStateError: for a callback that this session did not ask for.
        :raises XiaomiOAuthError: what Xiaomi says, what happens on the way there, or that the
            user cannot be told for sure.
        """
        params = request.args if request.method == "GET" else request.form
        token = self._authorize(session, params, userinfo, kwargs)
        self.token = token
        # Who is signed in now may be somebody else, until the application stores this one.
        setattr(g, self._given, True)
        return token

    @property
    def _given(self) -> str:
        return f"_authlib_xiaomi_given_{self.name}"

    def _is_given(self) -> bool:
        return bool(g.get(self._given))

    def _loader(self, request: Any, loaded: bool) -> Any:
        # Not self.token, which remembers: another process may have stored a new one. A store is
        # mostly that of the request's user; a job has none, and passes its tokens.
        return self._fetch_token if loaded or has_request_context() else None

    def _keep_token(self, token: OAuth2Token) -> None:
        self.token = token
