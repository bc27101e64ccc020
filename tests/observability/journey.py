"""What is watched: a sign-in, an API call, a refresh, and calls that fail."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs, urlsplit

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.requests_client import XiaomiOAuth2Session
from authlib_xiaomi.sandbox import Sandbox

from ..apps import CALLBACK, endpoints
from ..elsewhere import nobody
from ..servers.kinds import KINDS, Kind
from ..test_secrets import secrets


def journey(
    kind: str, report: Callable[[Exception], object] = lambda error: None, **options: Any
) -> set[str]:
    """All that one client or app does, and what of it must not be seen.

    :param report: what is done about an error, where it is caught.
    :param options: the sandbox's.
    """
    with ExitStack() as ending:
        xiaomi = ending.enter_context(Sandbox(**options))
        registration = xiaomi.registration()
        there = KINDS[kind](registration, redirect_uri=CALLBACK, timeout=2, retry_backoff=())
        away = {**registration, "api_base_url": ending.enter_context(nobody())}
        nowhere = KINDS[kind](away, redirect_uri=CALLBACK, timeout=2, retry_backoff=())
        code = _code(xiaomi)
        hidden = {code}

        async def sign_in() -> None:
            token = await there.fetch(code, CALLBACK)
            await there.ask("userinfo", token=token)
            await there.ask("get", "user/profile", token=token)
            tokens = [token, await there.ask("refresh_token", token=token)]
            hidden.update(secrets(xiaomi, *tokens))
            xiaomi.fail("user/profile", reset=True)
            await _failing(there, tokens[1], report)
            xiaomi.fail("user/profile", code=96008, times=None)
            await _failing(there, {**tokens[1], "refresh_token": None}, report)

        there.do(sign_in)
        token = {"access_token": "V3_made+up/for=nobody", "expires_at": None}
        nowhere.do(lambda: _failing(nowhere, token, report))
        hidden |= {"V3_made+up/for=nobody", "V3_made%2Bup%2Ffor%3Dnobody"}
        return hidden | secrets(xiaomi)


async def _failing(client: Kind, token: Any, report: Callable[[Exception], object]) -> None:
    try:
        await client.ask("userinfo", token=token)
    except XiaomiOAuthError as error:
        report(error)
    else:
        raise AssertionError("what was to fail did not")


def _code(xiaomi: Sandbox) -> str:
    """What a user's browser brings back."""
    with XiaomiOAuth2Session(
        xiaomi.client_id, xiaomi.client_secret, redirect_uri=CALLBACK, **endpoints(xiaomi)
    ) as session:
        url, _ = session.create_authorization_url()
    return parse_qs(urlsplit(xiaomi.allow(url)).query)["code"][0]
