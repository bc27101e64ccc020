"""What the frameworks' apps have in common: a registration of Xiaomi with Authlib.

Here is what is decided. The apps that act on it, in ``_sync_app`` and ``_async_app``, differ from
each other in ``await``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.base_client import MismatchingStateError
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749 import OAuth2Token

from ._client import RefreshLock, Shared, XiaomiClient
from .authorization import authorization_params
from .options import check_url, parse_client_id, reject_misspelt
from .provider import ACCESS_TOKEN_URL, API_BASE_URL, AUTHORIZE_URL, SKIP_CONFIRM, Subject
from .scopes import Scope, ScopeLike, format_scope

__all__ = ["XiaomiApp"]

#: What Authlib's apps take besides.
_AUTHLIB_OPTIONS = (
    "client_id", "client_secret", "request_token_url", "request_token_params",
    "access_token_url", "access_token_params", "refresh_token_url", "refresh_token_params",
    "authorize_url", "authorize_params", "api_base_url", "client_kwargs", "server_metadata_url",
    "fetch_token", "update_token", "compliance_fix", "client_auth_methods", "user_agent",
    "overwrite",
)  # fmt: skip
_OWN_OPTIONS = ("scope", "skip_confirm", "subject", "redirect_uri", "refresh_lock")

#: What an app gives its clients itself.
_NOT_FOR_CLIENTS = ("client_id", "client_secret", "update_token", "token")

#: Arguments of ``authorize_access_token`` that have to do with an id_token, which Xiaomi has not.
_ID_TOKEN_ARGUMENTS = ("claims_options", "claims_cls", "leeway")


# This class and those below it stand before one of Authlib's OAuth 2.0 apps.
_AuthlibApp: Any = object


class XiaomiApp(_AuthlibApp):  # type: ignore[misc]
    """A registration of Xiaomi.

    Beyond Authlib's options, ``register`` takes:

    :param skip_confirm: whether a user who has allowed the application before passes straight
        through Xiaomi's page. Always sent; default ``False``.
    :param subject: which of Xiaomi's ids becomes ``sub``: ``"unionId"`` (one user across all apps
        of one developer; the default), ``"openId"`` (one user in one app), or ``"userId"`` (what
        older apps get in place of ``unionId``).
    :param redirect_uri: the callback, for ``authorize_redirect()`` without one, and for refreshes.
    :param scope: what to ask for; also as ``client_kwargs={"scope": …}``. Default ``1``.
    :param refresh_lock: given a key, a lock that all processes share, as a context manager
        (an asynchronous one with Starlette), so that each token is refreshed once.
    :raises ValueError: for an option that cannot be.
    :raises TypeError: for an option that is misspelt.
    """

    client_cls: type[XiaomiClient]
    #: What the clients of this registration have in common.
    _shared: Callable[[], Shared]

    def __init__(
        self,
        framework: Any,
        name: str | None = None,
        *,
        client_id: str | int | None = None,
        authorize_url: str | None = None,
        authorize_params: Mapping[str, Any] | None = None,
        access_token_url: str | None = None,
        api_base_url: str | None = None,
        client_kwargs: Mapping[str, Any] | None = None,
        scope: ScopeLike | None = None,
        skip_confirm: bool | None = None,
        subject: Subject | None = None,
        redirect_uri: str | None = None,
        refresh_lock: RefreshLock | None = None,
        **kwargs: Any,
    ) -> None:
        reject_misspelt(f"register({name!r})", kwargs, (*_AUTHLIB_OPTIONS, *_OWN_OPTIONS))
        if client_kwargs is not None and not isinstance(client_kwargs, Mapping):
            kind = type(client_kwargs).__name__
            raise TypeError(f"client_kwargs must be a dict, not a {kind}")
        for name_ in _NOT_FOR_CLIENTS:
            if name_ in (client_kwargs or {}):
                raise TypeError(
                    f"{name_} belongs to register({name!r}), not into its client_kwargs"
                )
        # Authlib takes a server's metadata for its own options; so do we.
        if authorize_url is None:
            authorize_url = kwargs.pop("authorization_endpoint", None)
        if access_token_url is None:
            access_token_url = kwargs.pop("token_endpoint", None)
        own = {
            "scope": scope,
            "skip_confirm": skip_confirm,
            "subject": subject,
            "redirect_uri": redirect_uri,
            "refresh_lock": refresh_lock,
        }
        # Those of the clients, so that client_kwargs, which configuration files can have, do too.
        options = {**(client_kwargs or {}), **{k: v for k, v in own.items() if v is not None}}
        authorize_params = dict(authorize_params or {})
        if authorize_params.get("redirect_uri"):
            # The token request and each refresh want the same one.
            options.setdefault("redirect_uri", authorize_params.pop("redirect_uri"))
        if options.get("scope") is not None:
            options["scope"] = format_scope(options["scope"])
        self.client_cls.check_options(options)
        self.client_cls.check_options(
            {k: v for k, v in authorize_params.items() if k in ("scope", "skip_confirm")}
        )
        super().__init__(
            framework,
            name,
            client_id=parse_client_id(client_id),
            authorize_url=check_url("authorize_url", authorize_url) or AUTHORIZE_URL,
            authorize_params=authorize_params,
            access_token_url=check_url("access_token_url", access_token_url) or ACCESS_TOKEN_URL,
            api_base_url=check_url("api_base_url", api_base_url) or API_BASE_URL,
            client_kwargs=options,
            **kwargs,
        )

    def _get_oauth_client(self, **metadata: Any) -> Any:
        """A client for one call: it holds one user's token, and shares the connections."""
        own = {"api_base_url": self.api_base_url, "_shared": self._shared()}
        return super()._get_oauth_client(**{**metadata, **own})

    # The way to Xiaomi's pages

    def _authorization(
        self, redirect_uri: str | None, given: dict[str, Any], metadata: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What ``create_authorization_url`` returns. What a call gives wins over
        ``authorize_params``, and these over the other options of the registration."""
        options = {**metadata, **self.client_kwargs}
        registered = options.get("scope") or Scope.PROFILE
        params = {"scope": registered, "skip_confirm": options.get("skip_confirm", SKIP_CONFIRM)}
        params.update(self.authorize_params)
        params.update({name: value for name, value in given.items() if value is not None})
        state, verifier = params.pop("state", None), params.pop("code_verifier", None)
        redirect_uri = redirect_uri or params.pop("redirect_uri", None)
        params = authorization_params(
            self.client_id,
            redirect_uri=redirect_uri or options.get("redirect_uri"),
            scope=params.pop("scope"),
            skip_confirm=params.pop("skip_confirm"),
            extra=params,
        )
        method = options.get("code_challenge_method")
        if method and not verifier:
            verifier = generate_token(48)
        # Authlib's protocol client: it has no HTTP, and so costs no TLS context.
        extra = {k: options[k] for k in _FROM_METADATA if k in options}
        protocol = OAuth2Client(
            None, client_id=self.client_id, code_challenge_method=method, **extra
        )
        url, state = protocol.create_authorization_url(
            self.authorize_url, state=state, code_verifier=verifier, **params
        )
        scope = params["scope"] if params["scope"] != format_scope(registered) else None
        also = {"code_verifier": verifier, "scope": scope}
        return {"url": url, "state": state, **{k: v for k, v in also.items() if v}}

    # The way back

    def _state_of(self, params: Mapping[str, Any]) -> str:
        state = params.get("state")
        if not isinstance(state, str) or not state:
            raise MismatchingStateError()
        return state

    def _token_arguments(self, data: Mapping[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        """The arguments of the client's ``fetch_token``."""
        saved = {k: data[k] for k in ("redirect_uri", "code_verifier") if data.get(k)}
        given = {k: v for k, v in given.items() if k not in _ID_TOKEN_ARGUMENTS}
        return {**saved, **(self.access_token_params or {}), **given}

    def _keep_token(self, token: OAuth2Token) -> None:
        """A token that the framework holds was refreshed."""


_FROM_METADATA = (*OAuth2Client.EXTRA_AUTHORIZE_PARAMS, "response_type")
