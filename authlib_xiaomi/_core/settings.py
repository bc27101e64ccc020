"""Where options come from: ``register``, its ``client_kwargs`` and ``authorize_params``, the
framework's configuration, and the environment."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from . import log
from .options import ALIASES, OPTIONS

#: The options that the framework's configuration and the environment may hold.
ENVIRONMENT: Final = tuple(name for name, option in OPTIONS.items() if option.in_settings)

#: The ends of names that OpenID Connect Discovery, RFC 8414 and Authlib may add.
_METADATA: Final = (
    "issuer", "_endpoint", "_supported", "grant_type", "response_type", "response_mode", "nonce",
    "prompt", "login_hint",
)  # fmt: skip

#: The options of other providers that Xiaomi cannot have, and the reason.
_REFUSED: Final = {
    "userinfo_endpoint": "the profile is found by api_base_url",
    "jwks_uri": "Xiaomi publishes no key, so an ID token cannot be verified (doc 1835)",
    "jwks": "Xiaomi publishes no key, so an ID token cannot be verified (doc 1835)",
    "token_updater": "Authlib calls it update_token",
    "refresh_token_url": "Xiaomi refreshes at access_token_url",
    "refresh_token_params": "a refresh takes access_token_url, redirect_uri and device_id alone",
    "request_token_url": "it belongs to OAuth 1",
    "request_token_params": "it belongs to OAuth 1",
}


def with_environment(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """`given`, and the options that it lacks from the environment, such as ``XIAOMI_CLIENT_ID`` for
    a registration named ``xiaomi``."""
    warn_misspelt(name, os.environ)
    names = {key: f"{name}_{key}".upper() for key in ENVIRONMENT if given.get(key) is None}
    return {**given, **{key: os.environ[v] for key, v in names.items() if os.environ.get(v)}}


def warn_misspelt(name: str, settings: Iterable[str]) -> None:
    """Log the names in a configuration that look like misspelt names of options. They are no error:
    they may belong to something else."""
    prefix = f"{name}_".upper()
    known = {prefix + option.upper() for option in ENVIRONMENT}
    for setting in settings:
        if setting.startswith(prefix) and setting not in known:
            for near in get_close_matches(setting, known, n=1, cutoff=0.9):
                log.warning("%s is set, and nothing reads it; did you mean %s?", setting, near)


def reject_unknown(where: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse misspelt options, and those that Xiaomi cannot have. Other unknown names are allowed:
    Authlib keeps them as the server's metadata. Raises TypeError for an option that is refused."""
    known = set(known)
    for name, value in given.items():
        if name in _REFUSED and value is not None:
            raise TypeError(f"{where} cannot take {name}: {_REFUSED[name]}")
        if name not in known and name not in _REFUSED and not name.endswith(_METADATA):
            for near in get_close_matches(name, known, n=1, cutoff=0.8):
                raise TypeError(f"{where} got {name!r}; did you mean {near!r}?")


def check_known(where: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
    """Check the names of the options in `given`.

    :param known: the options of the app's constructor.
    :raises TypeError: for a name that is misspelt, that Xiaomi cannot have, or in the wrong place.
    """
    reject_unknown(where, given, {*known, *OPTIONS})
    own = {} if given.get("client_kwargs") is None else given["client_kwargs"]
    if not isinstance(own, Mapping):
        raise TypeError(f"client_kwargs must be a dict, not a {type(own).__name__}")
    for name in own:
        if name == "token" or (name in OPTIONS and not OPTIONS[name].in_client_kwargs):
            raise TypeError(f"{name} belongs to {where}, not into its client_kwargs")


def merged_options(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options for the clients: this package's, ``client_kwargs``, and the environment's."""
    own = given.get("client_kwargs") or {}
    merged = {k: v for k, v in own.items() if v is not None or k == "timeout"}
    merged.update({k: v for k, v in given.items() if k in OPTIONS})
    params = given.get("authorize_params") or {}
    if params.get("redirect_uri"):
        # The token request and each refresh need the same one.
        merged.setdefault("redirect_uri", params["redirect_uri"])
    for other, ours in ALIASES.items():
        if other in merged:
            merged.setdefault(ours, merged.pop(other))
    return with_environment(name, merged)
