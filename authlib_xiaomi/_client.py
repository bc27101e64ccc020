"""What the HTTP clients have in common: their options, their endpoints, and the authorization URL.

The calls are in ``_calls``, over ``_own_requests``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ._authlib import authorization_url
from ._client_tokens import ClientTokens, Shared
from ._core.authorization import authorization_params
from ._core.credentials import Credentials
from ._core.exchange import Call
from ._core.failures import without_frames
from ._core.hooks import check_hooks
from ._core.local_token import LocalToken
from ._core.options import OPTIONS, Options, parse_client_id, parse_client_secret
from ._core.records import log_redirect
from ._core.settings import reject_unknown, with_environment
from ._core.tokens import SecretToken
from ._core.urls import api_url, same_origin, with_origin
from .scopes import ScopeLike


class XiaomiClient(ClientTokens):
    """A mixin for Authlib's clients, synchronous or asynchronous."""

    #: The HTTP library's name for "follow redirects".
    _REDIRECTS: str
    #: The HTTP library's default for ``auth``.
    _NO_AUTH: Any
    #: The HTTP library's class of responses.
    _RESPONSE: type
    #: How many numbers the HTTP library takes as a timeout.
    _TIMEOUT_PARTS: tuple[int, ...] = (2,)
    #: Given the client and one call, makes the HTTP library's ``auth=`` for it.
    _CALL_AUTH: Callable[..., Any]
    #: The HTTP library's options of one request, which Authlib hands on to it.
    SESSION_REQUEST_PARAMS: Any
    #: The constructor's options, and those of the other HTTP library with what to write instead.
    _TAKEN: frozenset[str]
    _REFUSED: Mapping[str, str]

    @classmethod
    def check_options(cls, where: str, given: Mapping[str, Any]) -> Options:
        """Check the options in `given`, and return them.

        :raises ValueError: for a value that is not valid.
        :raises TypeError: for a name that is misspelt, or an option of the other HTTP library.
        """
        for name in given:
            if name in cls._REFUSED:
                raise TypeError(f"{where} cannot take {name}: {cls._REFUSED[name]}")
        reject_unknown(where, given, (*OPTIONS, *cls._TAKEN))
        options = Options.of(given)
        parts = len(options.timeout) if isinstance(options.timeout, tuple) else 2
        if parts not in cls._TIMEOUT_PARTS:
            raise ValueError(
                f"timeout must be seconds, or (connect, read), not {options.timeout!r}"
            )
        if given.get("leeway") is not None:
            OPTIONS["leeway"].parse("leeway", given["leeway"])
        return options

    @classmethod
    def for_app(cls, options: Options, shared: Shared, **given: Any) -> Any:
        """A client for a registration, which has checked the `options` already."""
        client = cls.__new__(cls)
        client._options, client._shared = options, shared
        client.__init__(**given)  # type: ignore[misc]
        return client

    def _prepare(self, **given: Any) -> dict[str, Any]:
        """Check what a constructor was given, and return the arguments for Authlib's own."""
        self.session = None  # Authlib's __del__ reads it, also where an option is refused
        given = {k: v for k, v in given.items() if v is not None or k == "timeout"}
        self._local = LocalToken()
        if not hasattr(self, "_options"):
            given = with_environment("xiaomi", given)
            self._options = self.check_options(type(self).__name__, given)
            self._shared = Shared()
            check_hooks(given, self._runtime.is_async)
        options = self._options
        self._fetch_token_hook = given.pop("fetch_token", None)
        self.refresh_lock = given.pop("refresh_lock", None)
        return {
            **{k: v for k, v in given.items() if k not in OPTIONS},
            "client_id": parse_client_id("client_id", given.get("client_id")),
            "client_secret": parse_client_secret("client_secret", given.get("client_secret")),
            "scope": options.scope,
            "redirect_uri": options.redirect_uri,
            "update_token": given.get("update_token"),
            "leeway": given.get("leeway", 60),
            "token_endpoint_auth_method": options.token_endpoint_auth_method,
            "authorization_endpoint": options.authorize_url,
            "token_endpoint": options.access_token_url,
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} client_id={vars(self).get('client_id')!r}>"

    # The endpoints

    @property
    def token_endpoint(self) -> str:
        """The URL at which codes and refresh tokens are exchanged."""
        return self._options.access_token_url

    @property
    def api_base_url(self) -> str:
        """The root URL of the open API."""
        return self._options.api_base_url

    # Without setters: an assignment would change nothing, and nobody would notice.
    subject = property(lambda self: self._options.subject, doc="The option of this name.")
    skip_confirm = property(lambda self: self._options.skip_confirm, doc="The option of this name.")
    mac = property(lambda self: self._options.mac, doc="The option of this name.")

    def _is_xiaomi(self, url: str) -> bool:
        return any(same_origin(url, own) for own in self._options.trusted_urls)

    def _resolve_url(self, url: Any, kwargs: dict[str, Any]) -> tuple[str, bool]:
        """The absolute URL of a request, and whether it goes to the open API."""
        url = api_url(self.api_base_url, str(url))
        for own in self._options.trusted_urls:
            if same_origin(url, own):
                url = with_origin(url, own)
                # Whatever the caller says: a redirect may lead to another host than Xiaomi's.
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
        """Make the URL to send the user's browser to.

        :param url: by default Xiaomi's authorization endpoint.
        :param state: by default a new random one.
        :param code_verifier: of PKCE, which Xiaomi does not document; sent for
            ``code_challenge_method="S256"`` alone.
        :param scope: what to ask for; by default the client's.
        :param skip_confirm: whether a user who has allowed the application before is not asked
            again; by default the client's.
        :param redirect_uri: the callback; by default the client's.
        :param kwargs: other parameters, such as ``_locale="zh_CN"``.
        :returns: the URL, and the state that the callback must bring back.
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
        url = url or self._options.authorize_url
        made, state = authorization_url(self, url, state, code_verifier, params)
        log_redirect(made)
        return made, state

    def _credentials(self, token: SecretToken) -> Credentials:
        with without_frames():
            return Credentials.of(token.reveal(), self.client_id, self._options.mac)

    def _call_auth(self, token: SecretToken, kwargs: Mapping[str, Any]) -> Any:
        """The HTTP library's ``auth=`` of one call: it hands the credentials to the wire."""
        stream = bool(kwargs.get("stream"))
        limit = self._options.max_api_response_size
        return self._CALL_AUTH(self, Call(limit, self._credentials(token), stream=stream))

    def _wants_token(self, withhold_token: bool, auth: Any) -> bool:
        return not withhold_token and (auth is self._NO_AUTH or auth is self.token_auth)
