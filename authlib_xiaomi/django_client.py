"""Xiaomi for ``authlib.integrations.django_client``.

>>> oauth = OAuth()  # settings.AUTHLIB_OAUTH_CLIENTS: {"xiaomi": {"client_id": …, …}}
>>> oauth.register("xiaomi", client_cls=XiaomiOAuth2App)
"""

from __future__ import annotations

from typing import Any

from authlib.integrations.django_client import DjangoOAuth2App
from authlib.oauth2.rfc6749 import OAuth2Token

from ._sync_app import SyncXiaomiApp
from .requests_client import XiaomiOAuth2Session

__all__ = ["XiaomiOAuth2App"]


class XiaomiOAuth2App(SyncXiaomiApp, DjangoOAuth2App):
    __doc__ = SyncXiaomiApp.__doc__

    client_cls = XiaomiOAuth2Session

    def save_authorize_data(self, request: Any, **kwargs: Any) -> None:
        """Save in the session what the callback will need."""
        self._save_state(request.session, kwargs)

    def authorize_access_token(
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
        params = request.GET if request.method == "GET" else request.POST
        return self._authorize(request.session, params, userinfo, kwargs)
