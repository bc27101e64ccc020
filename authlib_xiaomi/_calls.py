"""What one call of a client does, written once for synchronous and asynchronous clients.

Each method is ``async def``. A synchronous client runs it to its end at once, since nothing that
it awaits there suspends (see ``_core/runtime``).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from ._core.failures import without_frames
from ._core.token_source import TokenSource
from ._core.tokens import SecretToken, XiaomiUserInfo
from ._core.userinfo import user_of
from ._requests import OwnRequest, OwnRequests
from .errors import ErrorCode, XiaomiOAuthError, at_step
from .redaction import Secret


class ClientCalls(OwnRequests):
    """The way from a call to the wire. ``_client`` decides, the HTTP library's client sends."""

    async def _send(self, request: OwnRequest) -> Any:
        """Send a request of this package's own; the HTTP library's response, with its body."""
        raise NotImplementedError

    async def _library_request(self, method: str, url: str, kwargs: dict[str, Any]) -> Any:
        """Send a request of the application's, by the HTTP library's own way."""
        raise NotImplementedError

    async def _fetch(self, url: str | None, given: Secret[dict[str, Any]]) -> SecretToken:
        with at_step("token"), without_frames():
            request = self._code_request(url, given)
            return self._token_of(await self._send(request), request)

    async def _exchange_refresh_token(
        self, old: SecretToken, given: Secret[dict[str, Any]]
    ) -> SecretToken:
        with at_step("refresh"), without_frames():
            request = self._refresh_request(old, given)
            response = await self._send(request)
            if self._post_is_refused(request, response):
                request = self._refresh_request(old, given)
                response = await self._send(request)
                self._see_whether_get_is_taken(response)
            return self._token_of(response, request)

    async def _userinfo(self, source: TokenSource, kwargs: dict[str, Any]) -> XiaomiUserInfo:
        with at_step("userinfo"):
            user = await self._user(await source.fresh(), kwargs)
            if _has_ended(user) and await source.has_unknown_age():
                user = await self._user(await source.refreshed(Secret({})), kwargs)
            if isinstance(user, XiaomiOAuthError):
                raise user
            return user

    async def _user_of(self, token: SecretToken) -> XiaomiUserInfo:
        """Who has just signed in."""
        with at_step("userinfo"):
            user = await self._user(token, {})
            if isinstance(user, XiaomiOAuthError):
                raise user
            return user

    async def _user(
        self, token: SecretToken, kwargs: dict[str, Any]
    ) -> XiaomiUserInfo | XiaomiOAuthError:
        """Who the user is, by a token as it is: it is not refreshed."""
        paths = self._paths(token)
        calls = [partial(self._ask, path, token, kwargs) for path in paths]
        outcomes = zip(paths, await self._runtime.gather(calls), strict=True)
        try:
            return user_of(token.reveal(), outcomes, self._options.subject)
        except XiaomiOAuthError as error:
            return error

    async def _ask(self, path: str, token: SecretToken, kwargs: dict[str, Any]) -> Any:
        """The data of an answer of the open API, or the error that it is."""
        try:
            response = await self._send(self._api_request(path, token, kwargs))
        except XiaomiOAuthError as error:
            return error
        return self._outcome(response, token)

    async def _request(
        self, source: TokenSource | None, method: str, url: str, kwargs: dict[str, Any]
    ) -> Any:
        url, to_api = self._resolve_url(url, kwargs)
        if source is None:
            return await self._library_request(method, url, kwargs)
        with at_step("api"):
            token = await (source.fresh() if to_api else source.required())
            response = await self._signed_request(method, url, token, kwargs)
            ended = to_api and self._has_ended(method, response, kwargs)
            if ended and await source.has_unknown_age():
                token = await source.refreshed(Secret({}))
                response = await self._signed_request(method, url, token, kwargs)
            return response

    async def _signed_request(
        self, method: str, url: str, token: SecretToken, kwargs: dict[str, Any]
    ) -> Any:
        return await self._library_request(
            method, url, {**kwargs, "auth": self._call_auth(token, kwargs)}
        )


def _has_ended(user: Any) -> bool:
    return isinstance(user, XiaomiOAuthError) and user.code == ErrorCode.OA_INVALID_TOKEN
