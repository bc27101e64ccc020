"""The options of a registration: those of Authlib's apps, and this package's among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .options import OPTIONS, reject_unknown
from .settings import with_environment

#: What Authlib's apps take besides.
_AUTHLIB_OPTIONS: Final = (
    "client_id", "client_secret", "request_token_url", "request_token_params",
    "access_token_url", "access_token_params", "refresh_token_url", "refresh_token_params",
    "authorize_url", "authorize_params", "api_base_url", "client_kwargs", "server_metadata_url",
    "fetch_token", "update_token", "compliance_fix", "client_auth_methods", "user_agent",
    "overwrite",
)  # fmt: skip

#: What an app gives its clients itself.
_NOT_FOR_CLIENTS: Final = ("client_id", "client_secret", "fetch_token", "update_token", "token")

#: Other names of options, which Authlib and its clients take as well.
_SYNONYMS: Final = {
    "authorization_endpoint": "authorize_url",
    "token_endpoint": "access_token_url",
    "default_timeout": "timeout",
}


def check_known(where: str, given: Mapping[str, Any]) -> None:
    reject_unknown(where, given, (*_AUTHLIB_OPTIONS, *OPTIONS))
    client_kwargs = {} if given.get("client_kwargs") is None else given["client_kwargs"]
    if not isinstance(client_kwargs, Mapping):
        kind = type(client_kwargs).__name__
        raise TypeError(f"client_kwargs must be a dict, not a {kind}")
    for name in _NOT_FOR_CLIENTS:
        if name in client_kwargs:
            raise TypeError(f"{name} belongs to {where}, not into its client_kwargs")


def merged_options(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options for the clients: ``client_kwargs``, which configuration files can have, hold
    this package's too."""
    own = given.get("client_kwargs") or {}
    merged = {k: v for k, v in own.items() if v is not None or k == "timeout"}
    merged.update({k: v for k, v in given.items() if k in OPTIONS})
    params = given.get("authorize_params") or {}
    if params.get("redirect_uri"):
        # The token request and each refresh want the same one.
        merged.setdefault("redirect_uri", params["redirect_uri"])
    for other, ours in _SYNONYMS.items():
        if other in merged:
            merged.setdefault(ours, merged.pop(other))
    return with_environment(name, merged)
