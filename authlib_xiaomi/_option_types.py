"""The types of the options of constructors and of ``register``, for editors, type checkers and
``help()``. What each option means and how it is checked is in ``_core/options``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Any, Literal, TypedDict, TypeVar

from ._core.options import Options
from .provider import Subject
from .scopes import ScopeLike

Init = TypeVar("Init", bound=Callable[..., None])


class _XiaomiOptions(TypedDict, total=False):
    """Xiaomi's options of registrations and of clients."""

    scope: ScopeLike | None
    redirect_uri: str | None
    skip_confirm: bool | None
    subject: Subject | None
    mac: bool | Literal["auto"] | None
    timeout: Any
    refresh_lock: Callable[[str], Any] | None
    leeway: float | None
    max_connections: int | None
    pool_timeout: float | None
    max_response_size: int | None
    max_api_response_size: int | None
    retry_backoff: tuple[float, ...] | None
    token_endpoint_auth_method: Any


class _ClientOptions(_XiaomiOptions, total=False):
    """The options of clients: Xiaomi's, and those of Authlib's clients."""

    token: Mapping[str, Any] | str | None
    fetch_token: Callable[[], Any] | None
    update_token: Callable[..., Any] | None
    default_timeout: float | None
    state: str | None
    api_base_url: str | None
    authorize_url: str | None
    access_token_url: str | None
    authorization_endpoint: str | None
    token_endpoint: str | None
    revocation_endpoint_auth_method: str | None
    code_challenge_method: str | None
    token_placement: str | None


class SessionOptions(_ClientOptions, total=False):
    """The options of the client over requests."""

    proxies: Mapping[str, str] | None
    hooks: Mapping[str, Any] | None
    stream: bool | None
    verify: bool | str | None
    cert: str | tuple[str, str] | None
    max_redirects: int | None
    trust_env: bool | None


class AsyncClientOptions(_ClientOptions, total=False):
    """The options of the client over httpx."""

    headers: Any
    cookies: Any
    verify: Any
    cert: Any
    http1: bool | None
    http2: bool | None
    proxy: Any
    mounts: Mapping[str, Any] | None
    limits: Any
    transport: Any
    trust_env: bool | None
    follow_redirects: bool | None
    max_redirects: int | None
    event_hooks: Mapping[str, list[Any]] | None
    base_url: str | None
    default_encoding: Any


class _ProviderOptions(TypedDict, total=False):
    """Authlib's options of a registration."""

    client_id: str | int | None
    client_secret: str | None
    access_token_url: str | None
    access_token_params: Mapping[str, Any] | None
    authorize_url: str | None
    authorize_params: Mapping[str, Any] | None
    api_base_url: str | None
    client_kwargs: Mapping[str, Any] | None
    fetch_token: Callable[..., Any] | None
    update_token: Callable[..., Any] | None
    compliance_fix: Callable[[Any], Any] | None
    client_auth_methods: list[Any] | None
    user_agent: str | None
    server_metadata_url: str | None


class AppOptions(_ProviderOptions, _XiaomiOptions, total=False):
    """The options of a registration of Xiaomi."""


class OtherOptions(_ProviderOptions, total=False):
    """The options of a registration of another provider."""

    request_token_url: str | None
    request_token_params: Mapping[str, Any] | None
    refresh_token_url: str | None
    refresh_token_params: Mapping[str, Any] | None
    userinfo_endpoint: str
    jwks_uri: str
    jwks: Any
    issuer: str
    code_challenge_method: str
    client_cls: Any


def signature_lists(options: Any) -> Callable[[Init], Init]:
    """A decorator for a constructor with ``**options``: ``help()`` and ``inspect.signature`` list
    the `options`, a ``TypedDict``, with their types and defaults."""

    def decorate(init: Init) -> Init:
        own, kind, defaults = signature(init), Parameter.KEYWORD_ONLY, Options()
        parameters = list(own.parameters.values())[:-1]  # without **options
        for name, reference in options.__annotations__.items():
            default, annotation = getattr(defaults, name, None), reference.__forward_arg__
            parameters.append(Parameter(name, kind, default=default, annotation=annotation))
        init.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        return init

    return decorate
