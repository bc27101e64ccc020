"""Xiaomi for Quart, for which Authlib has no integration of its own.

>>> oauth = OAuth(app)  # app.config or the environment: XIAOMI_CLIENT_ID, XIAOMI_CLIENT_SECRET
>>> oauth.register("xiaomi")
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from authlib.integrations.base_client import BaseOAuth
from quart import Quart, g, has_request_context, has_websocket_context, redirect, request, session
from werkzeug.local import LocalProxy

from ._app import OPTIONS_DOC
from ._app_calls import Callback
from ._core.tokens import XiaomiToken
from ._plain_app import PlainIntegration, PlainXiaomiApp
from ._registry import XiaomiRegistry
from .redaction import Secret

if TYPE_CHECKING:
    from typing_extensions import Never
    from werkzeug.wrappers import Response

__all__ = ["OAuth", "XiaomiOAuth2App"]


def _has_context() -> bool:
    return has_request_context() or has_websocket_context()


class XiaomiOAuth2App(PlainXiaomiApp):
    __doc__ = OPTIONS_DOC

    _gets_request = False
    _g = property(lambda self: g if _has_context() else None)
    _in_request = staticmethod(_has_context)

    async def save_authorize_data(self, **kwargs: Any) -> None:
        """Save in the session what the callback will need."""
        await self._save_state(session, kwargs)

    async def authorize_redirect(self, redirect_uri: str | None = None, **kwargs: Any) -> Response:
        """Send the user's browser to Xiaomi.

        :param redirect_uri: the callback; by default that of the registration.
        :param kwargs: as for ``create_authorization_url``.
        :returns: the response to return from the view, a redirect.
        :raises XiaomiOAuthError: where ``client_id`` or ``redirect_uri`` is missing.
        :raises ValueError: where ``scope`` is not one of Xiaomi's.
        """
        authorization = await self.create_authorization_url(redirect_uri, **kwargs)
        await self.save_authorize_data(redirect_uri=redirect_uri, **authorization)
        return redirect(authorization["url"])

    async def authorize_access_token(self, *, userinfo: bool = True, **kwargs: Any) -> XiaomiToken:
        is_form = request.method == "POST"
        params: Secret[Any] = Secret(await request.form if is_form else request.args)
        callback = Callback(request.method, request.headers, params, session)
        token = await self._authorize(callback, userinfo, kwargs)
        # Until the application stores this token, its store may have that of another user.
        self._own_token = token
        return token


def _refuse(framework: object, name: str, **options: object) -> Never:
    raise TypeError(
        f"register({name!r}): for Quart there is Xiaomi alone; call it 'xiaomi', or pass "
        "client_cls=XiaomiOAuth2App"
    )


class OAuth(XiaomiRegistry[XiaomiOAuth2App], BaseOAuth):  # type: ignore[misc]
    """A registry for Quart, as Authlib has one for Flask. It registers Xiaomi alone: another
    provider raises a ``TypeError``.

    :param app: the application; or call :meth:`init_app` later.
    :param fetch_token: given a registration's name, returns the token of the request's user.
    :param update_token: given a registration's name and a new token, stores it.
    """

    framework_integration_cls = PlainIntegration
    oauth1_client_cls = oauth2_client_cls = staticmethod(_refuse)
    _xiaomi_app = XiaomiOAuth2App

    def __init__(
        self,
        app: Quart | None = None,
        *,
        fetch_token: Callable[..., Awaitable[Any]] | None = None,
        update_token: Callable[..., Awaitable[Any]] | None = None,
    ) -> None:
        super().__init__(fetch_token=fetch_token, update_token=update_token)
        self.app = app

    def init_app(self, app: Quart) -> None:
        """Use `app`, whose configuration is read when a registration is first used."""
        self.app = app

    def create_client(self, name: str) -> Any:
        """Return the registration called `name`; ``None`` where there is none.

        Before there is an application, this returns a proxy of the registration. To use it raises a
        ``RuntimeError`` as long as the application is missing.
        """
        if self.app is None:
            return LocalProxy(partial(self._create_client, name))
        return super().create_client(name)  # type: ignore[no-untyped-call]

    def _create_client(self, name: str) -> Any:
        if self.app is None:
            raise RuntimeError(
                "the registry has no application: OAuth(app), or oauth.init_app(app)"
            )
        return self.create_client(name)
