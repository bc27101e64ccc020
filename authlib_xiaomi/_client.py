"""What the HTTP clients have in common: Xiaomi, over Authlib's OAuth 2.0 clients.

Here is what is decided. The clients that act on it, in ``_sync_client`` and ``_async_client``,
differ from each other in ``await``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from authlib.oauth2.rfc6749 import OAuth2Token

from ._authlib import Base, authorization_url, client_auth, response_hooks
from ._core.authorization import (
    authorization_params,
    callback_params,
    code_from_callback,
    missing_setting,
    require_state,
)
from ._core.credentials import Credentials, Form
from ._core.exchange import Call, Memory
from ._core.hooks import check_hook, check_lock
from ._core.local_token import LocalToken
from ._core.options import (
    OPTIONS,
    Options,
    parse_client_id,
    parse_client_secret,
    reject_unknown,
    with_environment,
)
from ._core.refresh import Refresher
from ._core.responses import parse_api_data, post_is_refused, refusal_code
from ._core.runtime import Runtime
from ._core.token_endpoint import code_form, complete_token, refresh_form, token_of_response
from ._core.token_source import TokenSource, TokenStore
from ._core.tokens import SecretToken, XiaomiToken, as_token
from ._core.urls import api_url, check_endpoint, same_origin, with_origin
from ._core.userinfo import needed_paths
from .errors import ErrorCode, StateMismatchError, XiaomiOAuthError, at_step
from .redaction import Secret, redacting, secrets_in
from .scopes import ScopeLike, granted_scopes

__all__ = ["OwnRequest", "Shared", "XiaomiClient"]

log = logging.getLogger("authlib_xiaomi")

T = TypeVar("T")

#: Arguments of Authlib's clients that are options of theirs, and none of ours.
AUTHLIB_CLIENT_OPTIONS = (
    "token", "state", "token_placement", "code_challenge_method", "revocation_endpoint_auth_method",
)  # fmt: skip


@dataclass(repr=False)
class Shared:
    """What the clients of one registration have in common."""

    refresher: Refresher = field(default_factory=Refresher)
    memory: Memory = field(default_factory=Memory)
    #: Whether the log says already that nobody stores refreshed tokens.
    warned: bool = False


class OwnRequest(NamedTuple):
    """A request of this package's own: to the token endpoint, or for the user's data."""

    method: str
    url: str
    call: Call
    headers: Mapping[str, str]
    #: Options of the HTTP library for this request.
    settings: Mapping[str, Any]
    #: What the token keeps of its form.
    kept: Mapping[str, Any] = {}
    #: The compliance hooks of its response.
    hooks: str = ""


class XiaomiClient(Base):  # type: ignore[misc]
    """What is Xiaomi's, synchronous or asynchronous. Stands before one of Authlib's clients."""

    #: The HTTP library's name for "follow redirects".
    _REDIRECTS: str
    #: The HTTP library's value of ``auth`` where none is given.
    _NO_AUTH: Any
    #: The HTTP library's class of responses.
    _RESPONSE: type
    #: Makes its ``auth=`` of one call, given the client and the call.
    _CALL_AUTH: Callable[..., Any]
    #: The HTTP library's arguments of one request, which Authlib hands on to it.
    SESSION_REQUEST_PARAMS: Any
    #: Options of the HTTP library, and those of the other one with what to write instead.
    LIBRARY_OPTIONS: tuple[str, ...]
    OTHER_OPTIONS: Mapping[str, str]
    _runtime: Runtime
    _options: Options
    _shared: Shared

    @classmethod
    def check_options(cls, where: str, given: Mapping[str, Any]) -> Options:
        """The options in `given`, checked.

        :raises ValueError: for a value that is not valid.
        :raises TypeError: for a name that is misspelt, or an option of the other HTTP library.
        """
        for name in given:
            if name in cls.OTHER_OPTIONS:
                raise TypeError(f"{where} cannot take {name}: {cls.OTHER_OPTIONS[name]}")
        known = (*OPTIONS, *AUTHLIB_CLIENT_OPTIONS, *cls.LIBRARY_OPTIONS)
        reject_unknown(where, given, known)
        options = Options.of(given)
        for name in ("leeway", "default_timeout"):
            if given.get(name) is not None:
                OPTIONS[name].parse(name, given[name])
        return options

    def _prepare(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Check what a constructor was given.

        :param arguments: its local variables. Those with an underscore are an app's: the options
            that it has checked, and what its clients share.
        :returns: the arguments for Authlib's constructor.
        """
        self.session = None  # Authlib's __del__ wants one, also where an option is refused
        given = {**arguments, **arguments["metadata"]}
        reject_unknown(type(self).__name__, arguments["metadata"], OPTIONS)
        options, shared = given["_options"], given["_shared"]
        given = {
            name: value
            for name, value in given.items()
            if value is not None and name not in ("self", "metadata") and not name.startswith("_")
        }
        self._local = LocalToken()
        self._shared = shared or Shared()
        if options is None:
            given = with_environment("xiaomi", given)
            given["timeout"] = given.pop("default_timeout", None) or given.get("timeout")
            options = self.check_options(type(self).__name__, given)
            self._check_hooks(given)
        self._options = options
        self.fetch_token_hook = given.pop("fetch_token", None)
        self.refresh_lock = given.pop("refresh_lock", None)
        kept = {k: v for k, v in given.items() if k not in OPTIONS}
        return {
            **kept,
            "client_id": parse_client_id("client_id", given.get("client_id")),
            "client_secret": parse_client_secret("client_secret", given.get("client_secret")),
            "scope": options.scope,
            "redirect_uri": options.redirect_uri,
            "update_token": given.get("update_token"),
            "leeway": 60 if given.get("leeway") is None else given["leeway"],
            "token_endpoint_auth_method": options.token_endpoint_auth_method,
            "authorization_endpoint": options.authorize_url,
            "token_endpoint": options.access_token_url,
        }

    def _check_hooks(self, given: Mapping[str, Any]) -> None:
        is_async = self._runtime.is_async
        check_hook("fetch_token", given.get("fetch_token"), is_async)
        check_hook(
            "update_token", given.get("update_token"), is_async, "token", refresh_token="None"
        )
        check_lock(given.get("refresh_lock"), is_async)
        if given.get("refresh_lock") and not given.get("fetch_token"):
            raise TypeError(
                "refresh_lock wants fetch_token as well: after another process has refreshed, its "
                "token must be read again"
            )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} client_id={self.client_id!r}>"

    # The endpoints

    @property
    def token_endpoint(self) -> str:
        """Where codes and refresh tokens are exchanged."""
        return self._options.access_token_url

    @property
    def api_base_url(self) -> str:
        """The root of the open API."""
        return self._options.api_base_url

    def _is_xiaomi(self, url: str) -> bool:
        return any(same_origin(url, own) for own in self._options.trusted_urls)

    def _resolve_url(self, url: Any, kwargs: dict[str, Any]) -> tuple[str, bool]:
        """The absolute URL of a request, and whether it goes to the open API."""
        url = api_url(self.api_base_url, str(url))
        for own in self._options.trusted_urls:
            if same_origin(url, own):
                url = with_origin(url, own)
                # Whatever the caller says: where a redirect leads is not known to be Xiaomi.
                kwargs[self._REDIRECTS] = False
        return url, same_origin(url, self.api_base_url)

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
        :raises ValueError: where `scope` is not one of Xiaomi's.
        """
        params = authorization_params(
            parse_client_id("client_id", self.client_id),
            redirect_uri=redirect_uri or self.redirect_uri,
            scope=self.scope if scope is None else scope,
            skip_confirm=self._options.skip_confirm if skip_confirm is None else skip_confirm,
            extra=kwargs,
        )
        metadata = {**self.metadata, "code_challenge_method": self.code_challenge_method}
        made, state, _ = authorization_url(
            url or self._options.authorize_url,
            self.client_id,
            state,
            metadata if code_verifier else self.metadata,
            code_verifier=code_verifier,
            **params,
        )
        return made, state

    # The token of a call

    @property
    def token(self) -> Any:
        """The token of the thread or task that has assigned it.

        Others get it too, as long as only one living thread or task has assigned one; otherwise
        pass ``token=`` with each call.

        :raises MissingTokenError: where it would be a guess.
        """
        return self._local.current()

    @token.setter
    def token(self, token: Any) -> None:
        given = as_token(token)
        self._local.assign(given.reveal() if given else None)

    def _source(self, token: Any, store: TokenStore | None = None, **more: Any) -> TokenSource:
        """The token source of a call: its own token, else the client's, else the store's."""
        given = as_token(token)
        if store is None:
            store = self._store()
            own = self._local.current() if given is None else None
            if own is not None:
                given, more = Secret(own), {**more, "replaced": self._replace}
            elif given is not None and not self.update_token:
                more = {**more, "lost": self._warn_once}
            store.trusted = given is None and store.fetch_token is not None
        return TokenSource(store, self._refresh_once, self.leeway, given, **more)

    def _refresh_source(self, token: Any, refresh_token: str | None) -> TokenSource:
        """The token source of an explicit refresh."""
        if refresh_token and token is None and not self._local.holds(refresh_token):
            token = {"refresh_token": refresh_token}
        elif refresh_token and isinstance(token, Mapping):
            token = {**token, "refresh_token": refresh_token}
        source, token = self._source(token), None
        source.lost = None  # the caller gets the new token
        return source

    def _store(self) -> TokenStore:
        return TokenStore(
            self._runtime, self.fetch_token_hook, self.update_token, self.refresh_lock
        )

    def _replace(self, old: SecretToken, new: SecretToken) -> None:
        self._local.replace(old.reveal(), new.reveal())

    def _warn_once(self) -> None:
        if not self._shared.warned:
            self._shared.warned = True
            log.warning(
                "A token was refreshed, and nobody stores the new one: the refresh token that was "
                "passed works only once. Give update_token, which stores each new token."
            )

    async def _refresh_once(
        self, old: SecretToken, store: TokenStore, given: Secret[dict[str, Any]]
    ) -> tuple[SecretToken, bool]:
        async def exchange(old: SecretToken) -> SecretToken:
            return await self._exchange_refresh_token(old, given)

        with at_step("refresh"):
            return await self._shared.refresher.refresh(
                self.client_id, old, store, exchange, self._runtime, self._options.time_limit
            )

    async def _exchange_refresh_token(
        self, old: SecretToken, given: Secret[dict[str, Any]]
    ) -> SecretToken:
        raise NotImplementedError

    def _api_request(self, path: str, token: SecretToken, kwargs: Mapping[str, Any]) -> OwnRequest:
        """A request for a user's data; `kwargs` are those of a request."""
        other, settings = self._split(dict(kwargs))
        if other:
            raise TypeError(f"userinfo() got an unexpected keyword argument {next(iter(other))!r}")
        headers = {"Accept": "application/json", **(settings.pop("headers", None) or {})}
        call = Call(self._options.max_response_size, self._credentials(token))
        url = api_url(self.api_base_url, path)
        return OwnRequest("GET", url, call, headers, settings)

    def _credentials(self, token: SecretToken) -> Credentials:
        return Credentials.of(token.reveal(), self.client_id, self._options.mac)

    def _call_auth(self, token: SecretToken, kwargs: Mapping[str, Any]) -> Any:
        """The HTTP library's ``auth=`` of one call: it hands the credentials to the wire."""
        stream = bool(kwargs.get("stream"))
        limit = self._options.max_api_response_size
        return self._CALL_AUTH(self, Call(limit, self._credentials(token), stream=stream))

    def _wants_token(self, withhold_token: bool, auth: Any) -> bool:
        return not withhold_token and (auth is self._NO_AUTH or auth is self.token_auth)

    def _has_ended(self, method: str, response: Any, kwargs: Mapping[str, Any]) -> bool:
        """Whether a call may be made once more after a refresh: Xiaomi says 96008."""
        if method.upper() not in ("GET", "HEAD") or kwargs.get("stream"):
            return False
        return refusal_code(response.content) == ErrorCode.OA_INVALID_TOKEN

    # The token endpoint

    def _code_request(self, url: str | None, given: Secret[dict[str, Any]]) -> OwnRequest:
        """The request for a code, from the arguments of ``fetch_token``."""
        fields = given.reveal()
        response = fields.pop("authorization_response", None)
        expected = fields.pop("state", None) or getattr(self, "state", None)
        if response:
            params = callback_params(response)
            if expected and require_state(params) != expected:
                raise StateMismatchError(
                    "mismatching_state", "the callback's state is another one", step="callback"
                )
            fields["code"] = code_from_callback(params)
        if str(fields.pop("method", None) or "POST").upper() != "POST":
            raise ValueError("a token is fetched by POST: a GET has the AppSecret in its URL")
        fields, settings = self._split(fields)
        form = code_form(fields, self.redirect_uri)
        return self._token_request(url, form, settings, "access_token_response")

    def _refresh_request(self, old: SecretToken, given: Secret[dict[str, Any]]) -> OwnRequest:
        fields, settings = self._split(given.reveal())
        url = fields.pop("url", None)
        form = refresh_form(old.reveal(), fields, self.redirect_uri)
        by_get = self._shared.memory.refresh_by_get
        return self._token_request(url, form, settings, "refresh_token_response", by_get)

    def _post_is_refused(self, request: OwnRequest, response: Any) -> bool:
        """Whether a refresh is to be sent by GET, now and from now on (doc 1516)."""
        if request.method == "GET" or not post_is_refused(response.content, response.status_code):
            return False
        self._shared.memory.refresh_by_get = True
        return True

    def _see_whether_get_is_taken(self, response: Any) -> None:
        """Go back to POST where the same refresh by GET is refused alike: then something else is
        wrong with it."""
        if post_is_refused(response.content, response.status_code):
            self._shared.memory.refresh_by_get = False

    def _split(self, fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The fields of a form, and the options of the HTTP library among them."""
        names = (*self.SESSION_REQUEST_PARAMS, "auth", "body", "headers")
        settings = {name: fields[name] for name in names if fields.get(name) is not None}
        return {k: v for k, v in fields.items() if k not in names}, settings

    def _token_request(
        self, url: str | None, form: dict[str, Any], settings: dict[str, Any], hooks: str,
        by_get: bool = False,
    ) -> OwnRequest:  # fmt: skip
        url = check_endpoint("url", url) if url else self.token_endpoint
        kept = {name: form.get(name) for name in ("redirect_uri", "device_id")}
        headers: Any = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            **(settings.pop("headers", None) or {}),
        }
        method = settings.pop("auth", None) or self.token_endpoint_auth_method
        encoded = Form.of(self._authenticated(form, method), in_query=by_get)
        if settings.pop("body", None):
            raise TypeError("body is not taken: give the form's fields as keyword arguments")
        if not isinstance(method, str) or method not in ("client_secret_post", "none"):
            url, changed, body = client_auth(self, method, url, Form.of(form).body)
            headers = {**headers, **changed}
            encoded = Form(str(body), encoded.secrets, by_get)
        for hook in response_hooks(self, "refresh_token_request") if "refresh" in hooks else ():
            url, headers, body = hook(url, headers, encoded.body)
            encoded = Form(str(body), encoded.secrets, by_get)
        call = Call(self._options.max_response_size, form=encoded)
        return OwnRequest("GET" if by_get else "POST", url, call, headers, settings, kept, hooks)

    def _authenticated(self, form: dict[str, Any], method: Any) -> dict[str, Any]:
        """`form` with AppID and AppSecret (doc 1708: in the form, not in a Basic header)."""
        client_id = parse_client_id("client_id", self.client_id)
        secret = parse_client_secret("client_secret", self.client_secret)
        if not client_id:
            raise missing_setting("client_id", "AppID")
        if not secret and method != "none":
            raise missing_setting("client_secret", "AppSecret")
        own = {"client_id": client_id, "client_secret": secret} if method != "none" else {}
        return {"client_id": client_id, **own, **form}

    def _token_of(self, response: Any, request: OwnRequest) -> SecretToken:
        """The token in `response`, which the application's compliance hooks see first."""
        with redacting(*request.call.secrets):
            for hook in response_hooks(self, request.hooks):
                response = hook(response)
            try:
                token = token_of_response(response, self._RESPONSE)
            except XiaomiOAuthError as error:
                # Without the frames that hold the answer: a crash reporter collects their locals.
                raise error.with_traceback(None) from None
        return Secret(complete_token(token, request.kept))

    def parse_response_token(self, resp: Any) -> OAuth2Token:
        """The token in an answer of the token endpoint, as in Authlib."""
        return token_of_response(resp, self._RESPONSE)

    def revoke_token(self, *args: Any, **kwargs: Any) -> Any:
        """Xiaomi has no such endpoint: a user withdraws consent in the account's settings.

        :raises NotImplementedError: always, before anything is sent.
        """
        raise NotImplementedError("Xiaomi has no endpoint to revoke or introspect a token")

    introspect_token = revoke_token

    # The user

    def _paths(self, token: SecretToken) -> list[str]:
        scopes = granted_scopes(token.reveal().get("scope"), self.scope)
        return needed_paths(token.reveal(), scopes, self._options.subject)

    def _outcome(self, response: Any, token: SecretToken) -> Any:
        """The data of an answer of the open API, or the error that it is."""
        try:
            with redacting(self.client_secret, *secrets_in(token.reveal())):
                return parse_api_data(response.content, response.status_code)
        except XiaomiOAuthError as error:
            return error.with_traceback(None)  # as above


def released(token: SecretToken) -> XiaomiToken:
    """A token as the application gets it: a copy of its own."""
    return token.reveal().copy()
