"""What a Django project configures."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["DjangoSettings", "read_django_settings"]

_VARIABLE = "DJANGO_SETTINGS_MODULE"


@dataclass(frozen=True)
class DjangoSettings:
    """A settings module.

    :param module: its name.
    :param values: its names in capitals; empty where it cannot be imported.
    :param problem: why it cannot be imported.
    """

    module: str
    values: Mapping[str, object] = field(default_factory=dict, repr=False)
    problem: str = ""

    def get(self, registration: str, key: str) -> tuple[object, str] | None:
        """A setting of a registration, and the name under which it stands, as the registry of
        :mod:`authlib_xiaomi.django_client` looks it up.

        :param registration: such as ``XIAOMI``.
        :param key: such as ``CLIENT_ID``.
        """
        clients = self.values.get("AUTHLIB_OAUTH_CLIENTS")
        client = clients.get(registration.lower()) if isinstance(clients, Mapping) else None
        own = client.get(key.lower()) if isinstance(client, Mapping) else None
        if own:
            return own, "AUTHLIB_OAUTH_CLIENTS"
        name = f"{registration}_{key}"
        value = self.values.get(name)
        return (value, name) if value is not None else None


def read_django_settings(given: str | None, environ: Mapping[str, str]) -> DjangoSettings | None:
    """The settings of the project in this folder, if there is one.

    :param given: the module's name; by default what ``DJANGO_SETTINGS_MODULE`` or ``manage.py``
        say.
    """
    module = given or environ.get(_VARIABLE) or _module_in(Path("manage.py"))
    if not module:
        return None
    sys.path.insert(0, "")
    try:
        imported = importlib.import_module(module)
    except Exception as error:  # noqa: BLE001  # whatever a project's own code does
        return DjangoSettings(module, problem=f"{type(error).__name__}: {error}")
    finally:
        sys.path.remove("")
    values = {name: value for name, value in vars(imported).items() if name.isupper()}
    return DjangoSettings(module, values)


def _module_in(manage: Path) -> str | None:
    """What the project's ``manage.py`` sets."""
    try:
        text = manage.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = re.search(rf"""["']{_VARIABLE}["']\s*[,\]]\s*=?\s*["']([\w.]+)["']""", text)
    return found[1] if found else None
