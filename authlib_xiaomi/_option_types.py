"""The options of constructors and of ``register``, for editors, type checkers and ``help()``.

What they mean and how they are checked, ``_core/options`` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Any, Final, Literal, TypedDict, TypeVar

from ._core.options import Options
from .provider import Subject
from .scopes import ScopeLike

Init = TypeVar("Init", bound=Callable[..., None])

_DEFAULTS: Final = Options()


class _XiaomiOptions(TypedDict, total=False):
    """What registrations and clients take."""

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
    """What Authlib's clients take besides."""

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
    """What the client over requests takes."""

    proxies: Mapping[str, str] | None
    hooks: Mapping[str, Any] | None
    stream: bool | None
    verify: bool | str | None
    cert: str | tuple[str, str] | None
    max_redirects: int | None
    trust_env: bool | None


class AsyncClientOptions(_ClientOptions, total=False):
    """What the client over httpx takes."""

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
    """What Authlib takes for any provider."""

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
    """What a registration of Xiaomi takes."""


class OtherOptions(_ProviderOptions, total=False):
    """What a registration of another provider takes."""

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


def lists(options: Any) -> Callable[[Init], Init]:
    """Let ``help()`` and ``inspect.signature`` name the `options` that a constructor takes, with
    their types and defaults."""

    def named(init: Init) -> Init:
        own, kind = signature(init), Parameter.KEYWORD_ONLY
        parameters = list(own.parameters.values())[:-1]
        for name, text in options.__annotations__.items():
            default = getattr(_DEFAULTS, name, None)
            parameters.append(
                Parameter(name, kind, default=default, annotation=text.__forward_arg__)
            )
        init.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        return init

    return named
