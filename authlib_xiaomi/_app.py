"""What the frameworks' apps have in common: a registration of Xiaomi with Authlib.

This module has the options of a registration, and makes what its calls need: the client, the token
source, the parameters. The calls themselves are in ``_app_calls``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ._authlib import AUTHORIZE_METADATA, Base, app_hooks, state_storage, user_agent
from ._client import XiaomiClient
from ._client_tokens import Shared
from ._core.authorization import code_from_callback
from ._core.hooks import check_cache, check_hooks
from ._core.options import (
    ALIASES,
    OPTIONS,
    Options,
    describe_options,
    parse_client_id,
    parse_client_secret,
)
from ._core.settings import check_known, merged_options
from ._core.token_source import TokenSource, TokenStore
from ._core.tokens import SecretToken, as_token
from ._option_types import AppOptions, signature_lists
from .redaction import Secret
from .scopes import format_scope

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: Arguments of ``authorize_access_token`` that have to do with an ID token.
_ID_TOKEN_ARGUMENTS: Final = ("claims_options", "claims_cls", "leeway")

#: The name under which ``g`` holds a token: this, and then the registration's name.
_IN_G: Final = "_authlib_xiaomi_token_"
#: The fields of the server's metadata that a client gets.
_METADATA: Final = ("code_challenge_method", *AUTHORIZE_METADATA)
#: The options that Authlib's constructor does not get as they were given.
_HANDLED: Final = AppOptions.__optional_keys__ & {*OPTIONS, "authorize_params", "client_kwargs"}

OPTIONS_DOC: Final = f"""A registration of Xiaomi. It takes Authlib's own options, and these:

{describe_options(name for name in OPTIONS if name not in ALIASES)}
    :raises ValueError: for an option that is not valid.
    :raises TypeError: for an option that is misspelt, or a hook of the wrong kind.
    """


class XiaomiApp(Base):  # type: ignore[misc]
    """A registration of Xiaomi, synchronous or asynchronous: a mixin for Authlib's OAuth 2.0
    apps."""

    client_cls: type[XiaomiClient]
    #: Whether views, and so ``fetch_token``, are given the request. Where they are not, ``_g`` is
    #: the framework's ``g``, which holds the token of a sign-in until the end of its request, and
    #: ``_in_request`` says whether there is a request.
    _gets_request = True
    _g: Any = None
    _in_request: Callable[[], bool]

    @signature_lists(AppOptions)
    def __init__(
        self, framework: Any, name: str | None = None, **options: Unpack[AppOptions]
    ) -> None:
        where = f"register({name!r})"
        check_known(where, options, AppOptions.__optional_keys__)
        given: dict[str, Any] = {k: v for k, v in options.items() if v is not None}
        merged = merged_options(name or "xiaomi", given)
        parsed = self.client_cls.check_options(where, merged)
        if "scope" in merged:
            merged["scope"] = parsed.scope  # an iterator gives its numbers once
        params = dict(given.get("authorize_params", ()))
        Options.of({k: v for k, v in params.items() if k in ("scope", "skip_confirm")})
        is_async = self.client_cls._runtime.is_async
        fetch = ("request",) if self._gets_request else ()
        check_hooks(merged, is_async, fetch, ("access_token",))
        check_cache(getattr(framework, "cache", None), is_async)
        self._shared = Shared()
        self._refresh_lock = merged.pop("refresh_lock", None)
        # The server's metadata may name the endpoints.
        known = parsed if "server_metadata_url" not in given else None
        authorize_url = known.authorize_url if known else None
        access_token_url = known.access_token_url if known else None
        super().__init__(
            framework,
            name,
            client_id=parse_client_id("client_id", merged.pop("client_id", None)),
            client_secret=parse_client_secret("client_secret", merged.pop("client_secret", None)),
            fetch_token=merged.pop("fetch_token", None),
            update_token=merged.pop("update_token", None),
            authorize_url=merged.pop("authorize_url", authorize_url),
            access_token_url=merged.pop("access_token_url", access_token_url),
            api_base_url=parsed.api_base_url,
            authorize_params=params,
            client_kwargs={k: v for k, v in merged.items() if k != "api_base_url"},
            **{k: v for k, v in given.items() if k not in _HANDLED},
        )

    # The client

    def _client_arguments(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """What the client is made of now, beside the AppSecret. The application may have changed
        each of these since the registration."""
        return {
            **{k: metadata[k] for k in _METADATA if k in metadata},
            **self.client_kwargs,
            "client_id": self.client_id,
            "authorize_url": self.authorize_url or metadata.get("authorization_endpoint"),
            "access_token_url": self.access_token_url or metadata.get("token_endpoint"),
            "api_base_url": self.api_base_url,
        }

    def _new_client(self, given: Mapping[str, Any]) -> Any:
        """A client that serves the whole registration: each call brings its own token."""
        options = self.client_cls.check_options(f"register({self.name!r})", given)
        names = {k: v for k, v in given.items() if k not in OPTIONS and v is not None}
        for name in ("client_id", "leeway"):
            names[name] = given.get(name)
        client = self.client_cls.for_app(
            options, self._shared, client_secret=self.client_secret, **names
        )
        for method in self.client_auth_methods or []:
            client.register_client_auth_method(method)
        if self.compliance_fix:
            self.compliance_fix(client)
        client.headers["User-Agent"] = user_agent(self)
        return client

    # The token of a call

    def _token_source(self, client: Any, token: Any, request: Any = None) -> TokenSource:
        fetch, update = app_hooks(self)
        own = self._own_token if token is None else None
        given = as_token(own if token is None else token)
        store = TokenStore(
            client._runtime,
            self._fetcher(fetch, request, given is not None),
            update,
            self._refresh_lock,
            trusted=given is None,
            extra={"request": request} if request is not None else {},
            signal=state_storage(self).update_token,
        )
        source = TokenSource(store, client._refresh_once, client.leeway, given)
        if own is not None:
            source.replaced = self._replace_own_token
        elif given is not None and update is None and not self._has_listeners():
            source.lost = client._warn_once
        return source

    def _fetcher(
        self, fetch: Callable[..., Any] | None, request: Any, is_given: bool
    ) -> Callable[[], Any] | None:
        """The ``fetch_token`` of one call, without parameters; ``None`` where it is not called."""
        if self._gets_request:
            return partial(fetch, request) if fetch and request is not None else None
        # The store gives the token of the request's user. A background job has no such user: where
        # it passes a token, the store is not asked.
        return fetch if not is_given or self._in_request() else None

    @property
    def _own_token(self) -> Any:
        """The token of a sign-in in this request, which ``g`` holds; else ``None``."""
        return self._g.get(f"{_IN_G}{self.name}") if self._g is not None else None

    @_own_token.setter
    def _own_token(self, token: Any) -> None:
        setattr(self._g, f"{_IN_G}{self.name}", token)

    def _replace_own_token(self, old: SecretToken, new: SecretToken) -> None:
        self._own_token = new.reveal().copy()

    def _has_listeners(self) -> bool:
        """Whether anything listens to the framework's signal, and so may store the token."""
        return False

    # The way to Xiaomi's pages

    def _authorization(
        self, redirect_uri: str | None, given: dict[str, Any], client: Any
    ) -> dict[str, Any]:
        """What ``create_authorization_url`` returns. What a call gives wins over
        ``authorize_params``, and these over the other options of the registration."""
        params = dict(self.authorize_params or {})
        params.update({name: value for name, value in given.items() if value is not None})
        if params.get("scope") is not None:
            params["scope"] = format_scope(params["scope"])
        if client.code_challenge_method and not params.get("code_verifier"):
            params["code_verifier"] = secrets.token_urlsafe(36)
        saved = {name: params.get(name) for name in ("code_verifier", "device_id")}
        asked = params.get("scope")
        saved["scope"] = asked if asked != client.scope else None  # the client's is the default
        state, own = params.pop("state", None), params.pop("redirect_uri", None)
        url, state = client.create_authorization_url(
            None, state, redirect_uri=redirect_uri or own, **params
        )
        return {"url": url, "state": state, **{k: v for k, v in saved.items() if v}}

    # The way back

    def _token_arguments(
        self, params: Secret[Mapping[str, Any]], data: Mapping[str, Any], given: dict[str, Any]
    ) -> Secret[dict[str, Any]]:
        """The arguments of the client's ``fetch_token``.

        :raises XiaomiOAuthError: what Xiaomi says went wrong. The state was checked before, so
            that a forged text is never shown.
        :raises TypeError: for an argument that has to do with an ID token.
        """
        refused = next((name for name in _ID_TOKEN_ARGUMENTS if given.get(name) is not None), None)
        if refused:
            raise TypeError(
                f"authorize_access_token cannot take {refused}: Xiaomi publishes no key, so an ID "
                "token cannot be verified (doc 1835)"
            )
        code = code_from_callback(params.reveal())
        names = ("redirect_uri", "code_verifier", "device_id")
        saved = {k: data[k] for k in names if data.get(k)}
        return Secret({**saved, **(self.access_token_params or {}), **given, "code": code})

    def parse_id_token(self, *args: Any, **kwargs: Any) -> Any:
        """Xiaomi publishes no key: an ``id_token`` is kept as it is, and nothing is taken from it.

        :raises NotImplementedError: always.
        """
        raise NotImplementedError(
            "an ID token of Xiaomi's cannot be verified today: its key, issuer and claims are not "
            "public (doc 1835). userinfo() says who the user is"
        )
