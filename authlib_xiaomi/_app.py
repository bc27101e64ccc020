"""What the frameworks' apps have in common: a registration of Xiaomi with Authlib.

Here is what is decided. The apps that act on it, in ``_sync_app`` and ``_async_app``, differ from
each other in ``await``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ._authlib import Base, app_hooks, authorization_url, state_storage, user_agent
from ._client import XiaomiClient
from ._client_tokens import Shared
from ._core.authorization import authorization_params, code_from_callback
from ._core.hooks import check_cache, check_hooks
from ._core.options import (
    OPTIONS,
    Options,
    describe_options,
    parse_client_id,
    parse_client_secret,
)
from ._core.settings import check_known, merged_options
from ._core.token_source import TokenSource, TokenStore
from ._core.tokens import SecretToken, XiaomiToken, as_token
from .provider import Subject
from .redaction import Secret
from .scopes import ScopeLike

if TYPE_CHECKING:
    from typing_extensions import Never


#: Arguments of ``authorize_access_token`` that have to do with an ID token.
_ID_TOKEN_ARGUMENTS: Final = ("claims_options", "claims_cls", "leeway")

#: What a call may give beside the registration.
_PER_CALL: Final = ("scope", "skip_confirm")
#: What goes to Authlib's constructor as it is.
_FOR_AUTHLIB: Final = (
    "access_token_params", "server_metadata_url", "compliance_fix", "client_auth_methods",
    "user_agent",
)  # fmt: skip

OPTIONS_DOC: Final = f"""A registration of Xiaomi. Beyond Authlib's own, its options are these:

{describe_options(n for n in OPTIONS if not n.endswith("_endpoint") and n != "default_timeout")}
    :raises ValueError: for an option that is not valid.
    :raises TypeError: for an option that is misspelt, or a hook of the wrong kind.
    """


class XiaomiApp(Base):  # type: ignore[misc]
    """A registration of Xiaomi, synchronous or asynchronous. Stands before one of Authlib's
    OAuth 2.0 apps."""

    client_cls: type[XiaomiClient]
    #: Whether ``fetch_token`` is given the request.
    _gets_request = True
    _is_async = False

    def __init__(
        self, framework: Any, name: str | None = None, *, client_id: str | int | None = None,
        client_secret: str | None = None, scope: ScopeLike | None = None,
        redirect_uri: str | None = None, skip_confirm: bool | None = None,
        subject: Subject | None = None, mac: bool | str | None = None, timeout: Any = None,
        fetch_token: Callable[..., Any] | None = None,
        update_token: Callable[..., Any] | None = None,
        refresh_lock: Callable[[str], Any] | None = None, leeway: float | None = None,
        max_connections: int | None = None, pool_timeout: float | None = None,
        max_response_size: int | None = None, max_api_response_size: int | None = None,
        retry_backoff: tuple[float, ...] | None = None, authorize_url: str | None = None,
        authorize_params: Mapping[str, Any] | None = None, access_token_url: str | None = None,
        access_token_params: Mapping[str, Any] | None = None, refresh_token_url: str | None = None,
        refresh_token_params: Mapping[str, Any] | None = None, request_token_url: None = None,
        request_token_params: None = None, api_base_url: str | None = None,
        client_kwargs: Mapping[str, Any] | None = None, token_endpoint_auth_method: Any = None,
        server_metadata_url: str | None = None, compliance_fix: Callable[[Any], Any] | None = None,
        client_auth_methods: list[Any] | None = None, user_agent: str | None = None,
        **metadata: Never,
    ) -> None:  # fmt: skip
        given = {**locals(), **metadata}
        for key in ("self", "framework", "name", "metadata", "__class__"):
            given.pop(key, None)
        where = f"register({name!r})"
        check_known(where, given, metadata)
        given = {key: value for key, value in given.items() if value is not None}
        merged = merged_options(name or "xiaomi", given)
        options = self.client_cls.check_options(where, merged)
        if "scope" in merged:
            merged["scope"] = options.scope  # an iterator gives its numbers once
        Options.of({k: v for k, v in (authorize_params or {}).items() if k in _PER_CALL})
        args = ("request",) if self._gets_request else ()
        check_hooks(merged, self._is_async, args, "access_token")
        check_cache(getattr(framework, "cache", None), self._is_async)
        self._shared = Shared()
        self._refresh_lock = merged.pop("refresh_lock", None)
        known = server_metadata_url is not None  # then the metadata may name the endpoints
        super().__init__(
            framework,
            name,
            client_id=parse_client_id("client_id", merged.pop("client_id", None)),
            client_secret=parse_client_secret("client_secret", merged.pop("client_secret", None)),
            fetch_token=merged.pop("fetch_token", None),
            update_token=merged.pop("update_token", None),
            authorize_url=merged.pop("authorize_url", None if known else options.authorize_url),
            access_token_url=merged.pop(
                "access_token_url", None if known else options.access_token_url
            ),
            api_base_url=options.api_base_url,
            authorize_params=dict(authorize_params or {}),
            client_kwargs={k: v for k, v in merged.items() if k != "api_base_url"},
            **{k: v for k, v in given.items() if k in _FOR_AUTHLIB or k in metadata},
        )

    # The client

    def _client_arguments(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """What the client is made of now, beside the AppSecret: each of it may have been changed
        since registration."""
        return {
            **{k: v for k, v in metadata.items() if k == "code_challenge_method"},
            **self.client_kwargs,
            "client_id": self.client_id,
            "authorize_url": self.authorize_url or metadata.get("authorization_endpoint"),
            "access_token_url": self.access_token_url or metadata.get("token_endpoint"),
            "api_base_url": self.api_base_url,
        }

    def _new_client(self, given: Mapping[str, Any]) -> Any:
        """A client that serves the whole registration: a call brings its token."""
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
        own = self._own_token() if token is None else None
        given = as_token(own if token is None else token)
        store = TokenStore(
            client._runtime,
            self._fetcher(fetch, request, given is not None),
            update,
            self._refresh_lock,
            trusted=given is None,
            extra={"request": request} if request is not None else {},
            signal=self._signal,
        )
        more: dict[str, Any] = {}
        if own is not None:
            more["replaced"] = self._keep_own_token
        elif given is not None and update is None and not self._has_listeners():
            more["lost"] = client._warn_once
        source: TokenSource = client._source(given, store, **more)
        return source

    def _fetcher(
        self, fetch: Callable[..., Any] | None, request: Any, is_given: bool
    ) -> Callable[[], Any] | None:
        """``fetch_token`` for one call."""
        return partial(fetch, request) if fetch and request is not None else None

    def _own_token(self) -> Any:
        """A token that the framework holds for the current request."""
        return None

    def _keep_own_token(self, old: SecretToken, new: SecretToken) -> None:
        """A token that the framework holds was refreshed."""

    def _signal(self, token: XiaomiToken, **old: Any) -> None:
        """Tell the framework's signal that a token was refreshed."""
        state_storage(self).update_token(token, **old)

    def _has_listeners(self) -> bool:
        """Whether somebody listens to that signal, and may store the token."""
        return False

    # The way to Xiaomi's pages

    def _authorization(
        self, redirect_uri: str | None, given: dict[str, Any], options: Options,
        metadata: Mapping[str, Any],
    ) -> dict[str, Any]:  # fmt: skip
        """What ``create_authorization_url`` returns. What a call gives wins over
        ``authorize_params``, and these over the other `options` of the registration."""
        params = {name: getattr(options, name) for name in _PER_CALL}
        params.update(self.authorize_params or {})
        params.update({name: value for name, value in given.items() if value is not None})
        state = params.pop("state", None)
        redirect_uri = redirect_uri or params.pop("redirect_uri", None) or options.redirect_uri
        extra = {k: v for k, v in params.items() if k not in (*_PER_CALL, "redirect_uri")}
        verifier = {k: extra.pop(k) for k in ("code_verifier",) if k in extra}
        client_id = parse_client_id("client_id", self.client_id)
        asked = {name: params[name] for name in _PER_CALL}
        made = authorization_params(client_id, redirect_uri=redirect_uri, extra=extra, **asked)
        url, state, code_verifier = authorization_url(
            options.authorize_url, client_id or "", state, metadata, **made, **verifier
        )
        scope = made["scope"] if made["scope"] != options.scope else None
        also = {"code_verifier": code_verifier, "scope": scope, "device_id": extra.get("device_id")}
        return {"url": url, "state": state, **{k: v for k, v in also.items() if v}}

    # The way back

    def _token_arguments(
        self, params: Secret[Mapping[str, Any]], data: Mapping[str, Any], given: dict[str, Any]
    ) -> Secret[dict[str, Any]]:
        """The arguments of the client's ``fetch_token``.

        :raises XiaomiOAuthError: what Xiaomi says went wrong. The state was checked before, so
            that a forged text is never shown.
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

    def _completed(self, token: SecretToken, data: Mapping[str, Any]) -> XiaomiToken:
        """A new token as the application gets it. Where an answer has no scope, it is the one that
        was asked for (RFC 6749, 5.1)."""
        new = token.reveal().copy()
        if data.get("scope") and not new.get("scope"):
            new["scope"] = data["scope"]
        return new

    def parse_id_token(self, *args: Any, **kwargs: Any) -> Any:
        """Xiaomi publishes no key: an ``id_token`` is kept as it is, and nothing is taken from it.

        :raises NotImplementedError: always.
        """
        raise NotImplementedError(
            "an ID token of Xiaomi's cannot be verified today: its key, issuer and claims are not "
            "public (doc 1835). userinfo() says who the user is"
        )
