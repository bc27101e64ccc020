"""Xiaomi for httpx-oauth, and so for fastapi-users: a client with that library's interface.

>>> xiaomi = XiaomiOAuth2()  # in the environment: XIAOMI_CLIENT_ID, XIAOMI_CLIENT_SECRET
>>> router = fastapi_users.get_oauth_router(xiaomi, auth_backend, "state secret")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from authlib.integrations.base_client import OAuthError
from httpx_oauth.exceptions import GetIdEmailError, GetProfileError, HTTPXOAuthError
from httpx_oauth.oauth2 import BaseOAuth2, GetAccessTokenError, OAuth2Token, RefreshTokenError

from ._core.options import Options, describe_options
from ._plain_app import PlainIntegration, PlainXiaomiApp
from .provider import Subject
from .redaction import Secret
from .scopes import ScopeLike

__all__ = ["XiaomiOAuth2"]


_OPTIONS = (
    "client_id", "client_secret", "subject", "skip_confirm", "timeout", "authorize_url",
    "access_token_url", "api_base_url",
)  # fmt: skip


class XiaomiOAuth2(BaseOAuth2[dict[str, Any]]):
    __doc__ = f"""A client of httpx-oauth for Xiaomi.

    One object serves the whole application, in all its event loops. Options that are not given are
    read from the environment (``XIAOMI_CLIENT_ID``, …, with `name` in capitals for ``XIAOMI``).

    :param scopes: what to ask for: numbers, also as strings, or members of ``Scope``. The default
        is ``["1"]``, the profile; e-mail is scope 6, which Xiaomi grants on application.
    :param name: the name of the provider, by which fastapi-users stores accounts.
    :param redirect_uri: the callback, for :meth:`refresh_token` alone: Xiaomi requires it there.
{describe_options(_OPTIONS)}
    :raises ValueError: for an option that is not valid.
    """

    display_name = "Xiaomi"

    def __init__(
        self,
        client_id: str | int | None = None,
        client_secret: str | None = None,
        scopes: Iterable[str | int] | None = None,
        name: str = "xiaomi",
        *,
        redirect_uri: str | None = None,
        subject: Subject | None = None,
        skip_confirm: bool | None = None,
        timeout: float | None = None,
        authorize_url: str | None = None,
        access_token_url: str | None = None,
        api_base_url: str | None = None,
    ) -> None:
        self._app = PlainXiaomiApp(
            PlainIntegration(name),
            name,
            client_id=client_id,
            client_secret=client_secret,
            scope=scopes,
            redirect_uri=redirect_uri,
            subject=subject,
            skip_confirm=skip_confirm,
            timeout=timeout,
            authorize_url=authorize_url,
            access_token_url=access_token_url,
            api_base_url=api_base_url,
        )
        super().__init__(
            self._app.client_id or "",
            self._app.client_secret or "",
            self._app.authorize_url,
            self._app.access_token_url,
            refresh_token_endpoint=self._app.access_token_url,
            name=name,
            base_scopes=Options.of(self._app.client_kwargs).scope.split(),
        )

    async def get_authorization_url(
        self,
        redirect_uri: str,
        state: str | None = None,
        scope: ScopeLike | None = None,
        code_challenge: str | None = None,
        code_challenge_method: Literal["plain", "S256"] | None = None,
        extras_params: Mapping[str, Any] | None = None,
    ) -> str:
        """Make the URL to send the user's browser to.

        :param redirect_uri: the callback.
        :param state: what the callback must bring back; by default a new random one.
        :param scope: what to ask for; by default ``scopes``.
        :param code_challenge: sent on as it is; Xiaomi documents no PKCE.
        :param code_challenge_method: likewise.
        :param extras_params: other parameters, such as ``{"_locale": "zh_CN"}``, and
            ``skip_confirm``.
        :returns: the URL.
        :raises XiaomiOAuthError: where ``client_id`` is missing or `redirect_uri` is no URL.
        :raises ValueError: where `scope` is not valid.
        """
        challenge = {
            "code_challenge": code_challenge,
            "code_challenge_method": code_challenge_method,
        }
        authorization = await self._app.create_authorization_url(
            redirect_uri, state=state, scope=scope, **{**challenge, **(extras_params or {})}
        )
        url: str = authorization["url"]
        return url

    async def get_access_token(
        self, code: str, redirect_uri: str, code_verifier: str | None = None
    ) -> OAuth2Token:
        """Exchange a code for a token.

        :param code: what the callback brought.
        :param redirect_uri: the callback's URL, as :meth:`get_authorization_url` was given it.
        :param code_verifier: sent on as it is; Xiaomi documents no PKCE.
        :returns: the token, with ``mac_key`` and all other fields of Xiaomi's answer.
        :raises GetAccessTokenError: for what Xiaomi answers, and for a connection that fails; the
            ``XiaomiOAuthError`` is its ``__cause__``.
        """
        given = Secret({"code": code, "code_verifier": code_verifier})
        code, code_verifier = "", None  # crash reporters collect local variables
        with _raising(GetAccessTokenError):
            token = await self._app.fetch_access_token(redirect_uri, **given.reveal())
        return OAuth2Token(dict(token))

    async def refresh_token(self, refresh_token: str) -> OAuth2Token:
        """Exchange a refresh token for a new token.

        A refresh token of Xiaomi's works once: store the new one in its place. Calls with the same
        one at the same time share one exchange and its result.

        :param refresh_token: that of the newest token.
        :returns: the new token.
        :raises RefreshTokenError: for what Xiaomi answers, for a connection that fails, and where
            the client was made without ``redirect_uri``; the ``XiaomiOAuthError`` is its
            ``__cause__``.
        """
        given, refresh_token = Secret({"refresh_token": refresh_token}), ""
        with _raising(RefreshTokenError):
            token = await self._app.refresh_token(given.reveal())
        return OAuth2Token(dict(token))

    async def get_profile(self, token: str) -> dict[str, Any]:
        """Ask Xiaomi who the user is.

        :param token: the access token.
        :returns: standard claims (``sub``, ``name``, ``picture``, ``email``, …), and all of
            Xiaomi's own fields. Only ``sub`` is always there.
        :raises GetProfileError: for what Xiaomi answers, for a connection that fails, and for a
            user whose identity is not certain; the ``XiaomiOAuthError`` is its ``__cause__``.
        """
        given, token = Secret(token), ""
        with _raising(GetProfileError):
            return dict(await self._app.userinfo(given.reveal()))

    async def get_id_email(self, token: str) -> tuple[str, str | None]:
        """The user's id and e-mail address.

        :param token: the access token.
        :returns: the id that ``subject`` names, and the address; ``None`` without scope 6 and
            for a user who has none. Xiaomi does not say whether an address is verified.
        :raises GetIdEmailError: as :meth:`get_profile` raises ``GetProfileError``.
        """
        given, token = Secret(token), ""
        with _raising(GetIdEmailError):
            profile = await self._app.userinfo(given.reveal())
        email = profile.get("email")
        return str(profile["sub"]), email if isinstance(email, str) else None

    async def aclose(self) -> None:
        """Close the connections to Xiaomi of this event loop; the next request opens new ones."""
        await self._app.aclose()


@contextmanager
def _raising(kind: type[HTTPXOAuthError]) -> Iterator[None]:
    """Raise Authlib's errors as one of httpx-oauth's."""
    try:
        yield
    except OAuthError as error:
        # Without the hint, which is for developers: integrations show the message to the user.
        raise kind(f"{error.error}: {error.description}") from error
