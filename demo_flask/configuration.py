"""What the application is told, and by whom: the environment, and files that it keeps itself."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["ConfigurationError", "from_environment", "prepare_folder", "sandbox_of", "secret_key"]

_CREDENTIALS = ("XIAOMI_CLIENT_ID", "XIAOMI_CLIENT_SECRET")


class ConfigurationError(Exception):
    """Something is missing or makes no sense; the message is one line."""


def from_environment(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The configuration keys that `environ` has; an empty variable is one that is not set.

    :raises ConfigurationError: where a value makes no sense, or one of two is missing.
    """
    names = {"SECRET_KEY", "TRUSTED_PROXIES"} | {n for n in environ if n.startswith("XIAOMI_")}
    # A line copied from a web page tends to end in a space.
    found: dict[str, Any] = {name: environ.get(name, "").strip() for name in names}
    config = {name: value for name, value in found.items() if value}
    for name, other in (_CREDENTIALS, _CREDENTIALS[::-1]):
        if name in config and other not in config:
            raise ConfigurationError(
                f"{name} is set, {other} is not: set both, or neither for the sandbox"
            )
    if len(config.get("SECRET_KEY", "x" * 16)) < 16:
        raise ConfigurationError("SECRET_KEY must have 16 characters or more")
    if not re.fullmatch(r"[0-9]", config.get("TRUSTED_PROXIES", "0"), re.ASCII):
        raise ConfigurationError(
            "TRUSTED_PROXIES must be a number from 0 to 9: how many proxies there are in front"
        )
    if "TRUSTED_PROXIES" in config:
        config["TRUSTED_PROXIES"] = int(config["TRUSTED_PROXIES"])
    return config


def sandbox_of(config: Mapping[str, Any]) -> str | None:
    """The sandbox that `config` leads to in place of Xiaomi, as an address; ``None`` for the real
    one."""
    parts = urlsplit(str(config.get("XIAOMI_AUTHORIZE_URL") or ""))
    # The sandbox is on this machine, and the real Xiaomi has https alone.
    return f"http://{parts.netloc}" if parts.scheme == "http" else None


def prepare_folder(folder: Path) -> Path:
    """`folder`, made where there is none, for this user alone: tokens are in it.

    :raises ConfigurationError: where it cannot be.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"cannot make the folder {folder}: {error.strerror}") from error
    return folder


def secret_key(folder: Path) -> str:
    """The key kept in `folder`, so that a restart signs nobody out; a new one the first time.

    :raises ConfigurationError: where it can be neither read nor written.
    """
    path = prepare_folder(folder) / "secret_key"
    try:
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_text("ascii").strip()
        else:
            key = secrets.token_hex(32)
            with open(file, "w", encoding="ascii") as stream:
                stream.write(f"{key}\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigurationError(f"cannot use the secret key in {path}: {reason}") from error
    if len(key) < 16:
        raise ConfigurationError(f"the secret key in {path} is too short: delete the file")
    return key
