"""Authlib's registry, which knows Xiaomi by its name."""

from __future__ import annotations

from typing import Any

from ._app import XiaomiApp
from ._authlib import Base
from ._core.options import ENVIRONMENT


class XiaomiRegistry(Base):  # type: ignore[misc]
    """Stands before one of Authlib's ``OAuth`` classes."""

    _xiaomi_app: type[XiaomiApp]

    def register(self, name: str, overwrite: bool = False, **kwargs: Any) -> Any:
        """Register an OAuth provider, as with Authlib.

        :param name: ``"xiaomi"`` registers Xiaomi; for another name of a registration of
            Xiaomi, give ``client_cls=XiaomiOAuth2App``.
        :param overwrite: whether the framework's configuration wins over arguments.
        :param kwargs: the provider's options; for Xiaomi see ``XiaomiOAuth2App``.
        """
        if name == "xiaomi":
            kwargs.setdefault("client_cls", self._xiaomi_app)
        client_cls = kwargs.get("client_cls")
        if isinstance(client_cls, type) and issubclass(client_cls, XiaomiApp):
            self.__dict__.setdefault("_xiaomi_names", set()).add(name)
        return super().register(name, overwrite, **kwargs)

    def generate_client_kwargs(self, name: str, overwrite: bool, **kwargs: Any) -> Any:
        """As in Authlib; for Xiaomi, all of its names are read from the framework's
        configuration."""
        made = super().generate_client_kwargs(name, overwrite, **kwargs)
        for option in ENVIRONMENT if name in self.__dict__.get("_xiaomi_names", ()) else ():
            value = self._setting(name, option)
            if value not in (None, "") and (overwrite or made.get(option) is None):
                made[option] = value
        return made

    def _setting(self, name: str, option: str) -> Any:
        """The option of a registration in the framework's configuration."""
        return self.app.config.get(f"{name}_{option}".upper())
