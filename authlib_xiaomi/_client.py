"""What the HTTP clients have in common: Xiaomi, over Authlib's OAuth 2.0 clients.

Here is what is decided. The clients that act on it, in ``_sync_client`` and ``_async_client``,
differ from each other in ``await``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.integrations.base_client import (
    InvalidTokenError,
    MismatchingStateError,
    MissingTokenError,
)
from authlib.oauth2.rfc6749 import OAuth2Token
from authlib.oidc.core import UserInfo

from .authorization import (
    authorization_params,
    code_from_callback,
    require_redirect_uri,
)
from .credentials import Credentials
from .errors import INVALID_REQUEST, XiaomiOAuthError
from .options import (
    check_leeway,
    check_refresh_lock,
    check_timeout,
    check_url,
    parse_client_id,
    parse_flag,
    reject_misspelt,
)
from .provider import (
    ACCESS_TOKEN_URL,
    API_BASE_URL,
    AUTHORIZE_URL,
    PHONE_AND_EMAIL,
    SKIP_CONFIRM,
    TIMEOUT,
    TOKEN_ENDPOINT_AUTH_METHOD,
    Subject,
    api_url,
    same_origin,
    with_origin,
)
from .redaction import hidden, secrets_of
from .redirect_uri import check_redirect_uri
from .refresh import Refreshes, Turns
from .responses import api_data, token_from
from .scopes import Scope, ScopeLike, format_scope, granted_scopes
from .userinfo import build_userinfo, check_subject, needed_paths

# This class and those below it stand before one of Authlib's clients.
_AuthlibClient: Any = object

log = logging.getLogger("authlib_xiaomi")

#: ``refresh_lock``: given a key, a context manager; an asynchronous one for async clients.
RefreshLock = Callable[[str], AbstractContextManager[Any] | AbstractAsyncContextManager[Any]]

#: The options of the clients, Authlib's among them, for the message about a misspelt one.
_OPTIONS = (
    "client_id", "client_secret", "scope", "redirect_uri", "token", "update_token", "subject",
    "skip_confirm", "mac", "timeout", "refresh_lock", "authorization_endpoint", "token_endpoint",
    "api_base_url", "token_endpoint_auth_method", "revocation_endpoint_auth_method", "state",
    "token_placement", "leeway", "code_challenge_method", "default_timeout",
)  # fmt: skip

_CHECKS: dict[str, Callable[[Any], Any]] = {
    "subject": check_subject,
    "scope": format_scope,
    "redirect_uri": check_redirect_uri,
    "refresh_lock": check_refresh_lock,
    "skip_confirm": partial(parse_flag, "skip_confirm"),
    "mac": partial(parse_flag, "mac"),
    "timeout": check_timeout,
    "default_timeout": check_timeout,
    "leeway": check_leeway,
}


#: How many tokens that followed one another a refresh goes along, at most.
LINKS = 16


@dataclass(repr=False)
class Shared:
    """What the clients of one registration have in common."""

    #: The HTTP library's: what keeps the connections to Xiaomi.
    connections: Any
    #: A lock for each token that is being refreshed.
    turns: Turns[Any]
    #: What became of the tokens that were.
    refreshes: Refreshes


def as_token(token: Any) -> Any:
    """A copy of an application's token as Authlib's; what is none, as it is."""
    return OAuth2Token(dict(token)) if isinstance(token, Mapping) else token


class XiaomiClient(_AuthlibClient):  # type: ignore[misc]
    """What is Xiaomi's, sync or async."""

    #: The HTTP library's name for "follow redirects".
    _REDIRECTS: str
    #: The HTTP library's value of ``auth`` where none is given.
    _NO_AUTH: Any
    #: The HTTP library's options, which Authlib hands on to it.
    SESSION_REQUEST_PARAMS: Any
    #: Makes what clients with the same options can have in common.
    share: Callable[..., Shared]
    #: Given the timeout, the other options, and whether the connections are this client's own:
    #: what Authlib's client is to get.
    _library_options: Callable[..., dict[str, Any]]

    def __init__(
        self,
        client_id: str | int | None = None,
        client_secret: str | None = None,
        *,
        scope: ScopeLike | None = None,
        redirect_uri: str | None = None,
        token: Mapping[str, Any] | None = None,
        update_token: Callable[..., Any] | None = None,
        subject: Subject = "unionId",
        skip_confirm: bool = SKIP_CONFIRM,
        mac: bool = True,
        timeout: Any = TIMEOUT,
        refresh_lock: RefreshLock | None = None,
        authorization_endpoint: str | None = None,
        token_endpoint: str | None = None,
        api_base_url: str | None = None,
        _shared: Shared | None = None,
        **kwargs: Any,
    ) -> None:
        self.session = None  # Authlib's __del__ wants one, also where an option is refused
        own = {
            "scope": format_scope(Scope.PROFILE if scope is None else scope),
            "redirect_uri": redirect_uri,
            "subject": subject,
            "skip_confirm": skip_confirm,
            "mac": mac,
            "timeout": timeout,
            "refresh_lock": refresh_lock,
        }
        self.check_options({**own, **kwargs})
        self.subject = subject
        self.skip_confirm = parse_flag("skip_confirm", skip_confirm)
        self.mac = parse_flag("mac", mac)
        self.refresh_lock: Any = refresh_lock
        self.token_endpoint = check_url("token_endpoint", token_endpoint) or ACCESS_TOKEN_URL
        self.api_base_url = check_url("api_base_url", api_base_url) or API_BASE_URL
        #: Where the application keeps the token, asked once more when a refresh is due.
        self.load_token: Callable[[], Any] | None = None
        #: Whether the token that this client has comes from there.
        self.token_was_loaded = False
        #: Where requests may carry secrets, and so follow no redirect.
        self._xiaomi = [self.token_endpoint, self.api_base_url]
        self._shared = _shared or self.share(kwargs)
        kwargs.setdefault("token_endpoint_auth_method", TOKEN_ENDPOINT_AUTH_METHOD)
        super().__init__(
            client_id=parse_client_id(client_id),
            client_secret=client_secret,
            scope=own["scope"],
            redirect_uri=redirect_uri,
            token=token,
            update_token=update_token,
            authorization_endpoint=check_url("authorization_endpoint", authorization_endpoint)
            or AUTHORIZE_URL,
            token_endpoint=self.token_endpoint,
            **self._library_options(timeout, kwargs, owned=_shared is None),
        )

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> None:
        """Refuse options that cannot be, before they are needed.

        :raises ValueError: for a value that cannot be.
        :raises TypeError: for a name that is misspelt.
        """
        reject_misspelt(cls.__name__, options, (*_OPTIONS, *cls.SESSION_REQUEST_PARAMS))
        for name, check in _CHECKS.items():
            if options.get(name) is not None:
                check(options[name])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} client_id={self.client_id!r}>"

    # The way to Xiaomi's pages

    def create_authorization_url(
        self,
        url: str | None = None,
        state: str | None = None,
        code_verifier: str | None = None,
        *,
        scope: ScopeLike | None = None,
        skip_confirm: bool | None = None,
        redirect_uri: str | None = None,
        **kwargs: Any,
    ) -> tuple[str, str]:
        """The URL to send the user's browser to, and the state to expect back.

        :param url: Xiaomi's authorization endpoint, by default.
        :param state: a new random one by default.
        :param scope: what to ask for, by default what the client was made with.
        :param skip_confirm: whether a user who has allowed the application before passes straight
            through, by default what the client was made with.
        :param redirect_uri: the callback, by default what the client was made with.
        :param kwargs: other parameters, such as ``_locale="zh_CN"``.
        :raises XiaomiOAuthError: where ``client_id`` or ``redirect_uri`` is missing.
        :raises ValueError: where `scope` is none of Xiaomi's.
        """
        params = authorization_params(
            self.client_id,
            redirect_uri=redirect_uri or self.redirect_uri,
            scope=self.scope if scope is None else scope,
            skip_confirm=self.skip_confirm if skip_confirm is None else skip_confirm,
            extra=kwargs,
        )
        url = url or self.metadata["authorization_endpoint"]
        made: tuple[str, str] = super().create_authorization_url(
            url, state, code_verifier, **params
        )
        return made

    # Tokens

    def parse_response_token(self, resp: Any) -> OAuth2Token:
        """The token in an answer of the token endpoint; Authlib calls this for each."""
        return token_from(resp.content, resp.status_code)

    def _code_request(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments of ``fetch_token``, with a code and a redirect_uri among them."""
        response = kwargs.pop("authorization_response", None)
        if response:
            params = dict(parse_qsl(urlsplit(str(response)).query))
            state = kwargs.get("state") or self.state
            if state and params.get("state") != state:
                raise MismatchingStateError()
            kwargs["code"] = code_from_callback(params)
        if str(kwargs.get("method", "POST")).upper() != "POST":
            raise ValueError("a token is fetched by POST: a GET has the AppSecret in its URL")
        if not kwargs.get("code"):
            raise XiaomiOAuthError(
                INVALID_REQUEST,
                "there is no code to fetch a token for",
                hint="Give fetch_token() the code, or the callback's whole URL as "
                "authorization_response.",
            )
        redirect_uri = kwargs.get("redirect_uri") or self.redirect_uri
        kwargs["redirect_uri"] = require_redirect_uri(redirect_uri)
        kwargs.setdefault("grant_type", "authorization_code")
        return kwargs

    def _token_url(self, url: str | None) -> str:
        """The token endpoint, which a call may name, as with Authlib's clients."""
        url = check_url("url", url) or self.token_endpoint
        if not any(same_origin(url, own) for own in self._xiaomi):
            self._xiaomi.append(url)
        return url

    def _token_to_refresh(self, token: OAuth2Token) -> OAuth2Token:
        if token.get("refresh_token"):
            return token
        raise InvalidTokenError(
            description="The token is to be refreshed, and has no refresh_token. "
            "Let the user sign in again."
        )

    def _token_of(self, refresh_token: str | None) -> OAuth2Token:
        if refresh_token and (self.token or {}).get("refresh_token") != refresh_token:
            return OAuth2Token({"refresh_token": refresh_token})
        return self._token_to_refresh(self._required_token())

    def _refresh_uri(self, old: OAuth2Token, given: str | None) -> str:
        # A token carries the redirect_uri that it was issued for: see _issued.
        return require_redirect_uri(given or self.redirect_uri or old.get("redirect_uri"))

    def _issued(self, token: OAuth2Token, redirect_uri: str) -> OAuth2Token:
        token["redirect_uri"] = redirect_uri
        return token

    def _required_token(self) -> OAuth2Token:
        token = self.token
        if not token:
            raise MissingTokenError(description="There is no token. Let the user sign in first.")
        if not isinstance(token, OAuth2Token):
            raise TypeError(f"a token is a dict, not a {type(token).__name__}")
        return token

    def _has_expired(self, token: OAuth2Token) -> bool:
        return bool(token.is_expired(leeway=self.leeway))

    # Requests

    def credentials(self) -> Credentials:
        """What a request to the open API is to carry."""
        return Credentials.of(self._required_token(), self.client_id, self.mac)

    def _aim(self, url: Any, kwargs: dict[str, Any]) -> tuple[str, bool]:
        """The absolute URL of a request, and whether it goes to the open API."""
        url = api_url(self.api_base_url, str(url))
        for own in self._xiaomi:
            if same_origin(url, own):
                url = with_origin(url, own)
                # Whatever the caller says: where a redirect leads is not known to be Xiaomi.
                kwargs[self._REDIRECTS] = False
        return url, same_origin(url, self.api_base_url)

    def _wants_token(self, withhold_token: bool, kwargs: Mapping[str, Any]) -> bool:
        return not withhold_token and kwargs.get("auth", self._NO_AUTH) is self._NO_AUTH

    # The user

    def _paths(self, token: OAuth2Token) -> list[str]:
        return needed_paths(token, granted_scopes(token.get("scope"), self.scope), self.subject)

    def _answer(self, response: Any) -> Any:
        """The data of an answer of the open API, or the error that it is."""
        try:
            with hidden(self.client_secret, *secrets_of(self.token)):
                return api_data(response.content, response.status_code)
        except XiaomiOAuthError as error:
            return error

    def _userinfo(self, token: OAuth2Token, outcomes: Iterable[tuple[str, Any]]) -> UserInfo:
        answers = {}
        for path, outcome in outcomes:
            if not isinstance(outcome, Exception):
                answers[path] = outcome
            elif path == PHONE_AND_EMAIL and isinstance(outcome, XiaomiOAuthError):
                # Granted on application only: many a sign-in has to do without.
                log.warning("Signing in without phone and e-mail: %s", outcome)
            else:
                raise outcome
        return build_userinfo(token, answers, self.subject)
