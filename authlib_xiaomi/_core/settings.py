"""The settings of a registration: its options, those of Authlib's apps among them, the framework's
configuration, and the environment."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from .options import OPTIONS, reject_unknown

log = logging.getLogger("authlib_xiaomi")

#: The options that the framework's configuration and the environment may hold: XIAOMI_CLIENT_ID,
#: where XIAOMI is the registration's name in capitals.
ENVIRONMENT: Final = (
    "client_id", "client_secret", "redirect_uri", "scope", "skip_confirm", "subject",
    "authorize_url", "access_token_url", "api_base_url",
)  # fmt: skip


def with_environment(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """`given`, with what it leaves out taken from the environment: ``XIAOMI_CLIENT_ID`` for a
    registration named ``xiaomi``."""
    warn_misspelt(name, os.environ)
    names = {key: f"{name}_{key}".upper() for key in ENVIRONMENT if given.get(key) is None}
    return {**given, **{key: os.environ[v] for key, v in names.items() if os.environ.get(v)}}


def warn_misspelt(name: str, settings: Iterable[str]) -> None:
    """Say in the log which names in a configuration look like those of a registration and are
    not. Not an error: they may be somebody else's."""
    prefix = f"{name}_".upper()
    known = {prefix + option.upper() for option in ENVIRONMENT}
    for setting in settings:
        if setting.startswith(prefix) and setting not in known:
            for near in get_close_matches(setting, known, n=1, cutoff=0.9):
                log.warning("%s is set, and nothing reads it; did you mean %s?", setting, near)


#: Other names of options, which Authlib and its clients take as well.
_SYNONYMS: Final = {
    "authorization_endpoint": "authorize_url",
    "token_endpoint": "access_token_url",
    "default_timeout": "timeout",
}


def check_known(where: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse what cannot be an option; `known` is what the app's constructor names."""
    reject_unknown(where, given, {*known, *OPTIONS})
    own = {} if given.get("client_kwargs") is None else given["client_kwargs"]
    if not isinstance(own, Mapping):
        raise TypeError(f"client_kwargs must be a dict, not a {type(own).__name__}")
    for name in ("client_id", "client_secret", "fetch_token", "update_token", "token"):
        if name in own:
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
