"""The names of a registration's settings, in a framework's configuration and the environment."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

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
            near = get_close_matches(setting, known, n=1, cutoff=0.9)
            if near:
                log.warning("%s is set, and nothing reads it; did you mean %s?", setting, near[0])
