"""Where the application's settings come from: options, the environment, ``.env``."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .django_settings import DjangoSettings
from .texts import Say

__all__ = ["ConfigurationError", "EnvFile", "Settings", "Value", "read_env_file"]


class ConfigurationError(Exception):
    """The settings cannot be read; the message is one line."""


@dataclass(frozen=True)
class Value:
    """A setting, and where it was found; `text` is ``None`` where it was not."""

    text: str | None = field(repr=False)  # one of them is the secret
    source: str = ""


@dataclass(frozen=True)
class EnvFile:
    """What ``.env`` says.

    :param unread: the numbers of the lines that make no sense.
    """

    name: str
    values: Mapping[str, str] = field(repr=False)
    unread: tuple[int, ...] = ()


class Settings:
    """Looks a setting up as an application does: an argument wins over the framework's
    configuration, and that over the environment; a file comes after the environment, as with
    python-dotenv's ``load_dotenv``.

    :param prefix: what the names begin with, the registration's name in capitals.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        file: EnvFile | None,
        django: DjangoSettings | None,
        prefix: str,
        say: Say,
    ) -> None:
        self.file = file
        self.django = django
        self._environ = environ
        self._prefix = prefix
        self._say = say

    def name(self, key: str) -> str:
        """The variable for `key`, such as ``XIAOMI_CLIENT_ID``."""
        return f"{self._prefix}_{key}"

    def get(self, key: str, option: str | None = None) -> Value:
        """The setting `key`, such as ``CLIENT_ID``.

        :param option: what the command line says.
        """
        if option is not None:
            return Value(option, self._say("from_option", name=_flag(key)))
        if self.django and (found := self.django.get(self._prefix, key)):
            value, name = found
            return Value(str(value), self._say("from_file", name=name, file=self.django.module))
        # Flask's from_prefixed_env makes configuration of these.
        return self._variable(f"FLASK_{self.name(key)}") or self._variable(self.name(key)) or _NONE

    def _variable(self, name: str) -> Value | None:
        # A variable that is set and empty hides the file's, as it does in the application.
        if name in self._environ:
            return Value(self._environ[name], self._say("from_environment", name=name))
        if self.file and name in self.file.values:
            source = self._say("from_file", name=name, file=self.file.name)
            return Value(self.file.values[name], source)
        return None


_NONE: Final = Value(None)


def read_env_file(given: str | None, say: Say) -> EnvFile | None:
    """What the file `given` says, or ``.env`` of this folder if there is one.

    :raises ConfigurationError: where it cannot be read.
    """
    name = given or ".env"
    if given is None and not Path(name).is_file():
        return None
    try:
        from dotenv import dotenv_values
    except ModuleNotFoundError as error:
        raise ConfigurationError(say("no_extra", extra="cli", command="doctor")) from error
    warnings = _Warnings()
    logger = logging.getLogger("dotenv")
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(warnings)
    try:
        with open(name, encoding="utf-8") as stream:
            values = dotenv_values(stream=stream)
    except OSError as error:
        raise ConfigurationError(
            say("unreadable", file=name, reason=str(error.strerror))
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(say("not_utf8", file=name)) from error
    finally:
        logger.removeHandler(warnings)
        logger.propagate = propagate
    texts = {key: value or "" for key, value in values.items()}
    return EnvFile(name, texts, tuple(warnings.lines))


class _Warnings(logging.Handler):
    """Takes the lines that python-dotenv cannot read from what it logs: it tells nobody else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[int] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [arg for arg in record.args or () if isinstance(arg, int)]


def _flag(key: str) -> str:
    return "--" + key.lower().replace("_", "-")
