"""What a user's program looks like to a type checker. Checked by test_typing.py, never run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import OAuth2Token
from authlib.oidc.core import UserInfo
from typing_extensions import assert_type

from authlib_xiaomi import (
    ErrorCode,
    Scope,
    XiaomiOAuthError,
    XiaomiToken,
    XiaomiUserInfo,
    __version__,
)
from authlib_xiaomi.django_client import XiaomiOAuth2App as DjangoApp
from authlib_xiaomi.flask_client import XiaomiOAuth2App
from authlib_xiaomi.httpx_client import AsyncXiaomiOAuth2Client
from authlib_xiaomi.requests_client import XiaomiOAuth2Session
from authlib_xiaomi.sandbox import Sandbox
from authlib_xiaomi.starlette_client import XiaomiOAuth2App as StarletteApp

if TYPE_CHECKING:
    from starlette.requests import Request


def flask_callback(xiaomi: XiaomiOAuth2App) -> str:
    try:
        token = xiaomi.authorize_access_token()
    except XiaomiOAuthError as error:
        assert_type(error, XiaomiOAuthError)
        assert_type(error.code, int | None)
        assert_type(error.name, str | None)
        assert_type(error.hint, str)
        return error.hint
    assert_type(token, XiaomiToken)
    assert_type(xiaomi.userinfo(token=token), XiaomiUserInfo)
    assert_type(xiaomi.refresh_token(token), XiaomiToken)
    xiaomi.close()
    return str(token["userinfo"])


async def starlette_callback(app: StarletteApp, request: Request) -> None:
    token = await app.authorize_access_token(request, userinfo=False)
    assert_type(token, XiaomiToken)
    assert_type(await app.userinfo(token=token), XiaomiUserInfo)
    assert_type(await app.refresh_token(token), XiaomiToken)
    await app.aclose()


def django_callback(app: DjangoApp, request: object) -> None:
    assert_type(app.authorize_access_token(request), XiaomiToken)
    assert_type(app.userinfo(request=request), XiaomiUserInfo)


def clients(secret: str) -> None:
    session = XiaomiOAuth2Session(2882303761520251711, secret, scope=[Scope.PROFILE, 3])
    assert_type(session.create_authorization_url(skip_confirm=True), tuple[str, str])
    assert_type(session.fetch_token(code="code"), XiaomiToken)
    assert_type(session.refresh_token(), XiaomiToken)
    assert_type(session.userinfo(), XiaomiUserInfo)
    assert_type(XiaomiOAuth2Session("1", secret, subject="openId").userinfo(), XiaomiUserInfo)


async def async_client(client: AsyncXiaomiOAuth2Client) -> None:
    assert_type(await client.fetch_token(code="code"), XiaomiToken)
    assert_type(await client.userinfo(), XiaomiUserInfo)


def as_authlib_has_them(token: XiaomiToken, info: XiaomiUserInfo) -> tuple[OAuth2Token, UserInfo]:
    return token, info


def the_rest() -> None:
    assert_type(Scope.PROFILE.description, str)
    assert_type(Scope(1), Scope)
    assert_type(ErrorCode(96010).hint, str)
    assert_type(__version__, str)
    with Sandbox() as sandbox:
        assert_type(sandbox.url, str)
        assert_type(sandbox.allow("https://account.xiaomi.com/oauth2/authorize"), str)
