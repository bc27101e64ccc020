"""Authlib's registry, in which the name ``xiaomi`` is enough to register Xiaomi."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from ._app import XiaomiApp
from ._core.settings import ENVIRONMENT, warn_misspelt
from ._option_types import AppOptions, OtherOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack

AppT = TypeVar("AppT", bound=XiaomiApp)


class XiaomiRegistry(Generic[AppT]):
    """A mixin for Authlib's ``OAuth`` classes."""

    _xiaomi_app: type[AppT]

    if TYPE_CHECKING:

        @property
        def xiaomi(self) -> AppT:
            """The registration of that name. It is a property here, since pyright does not know the
            type of an attribute where a base class is unknown."""

    @overload
    def register(
        self, name: Literal["xiaomi"], overwrite: bool = False, **kwargs: Unpack[AppOptions]
    ) -> AppT: ...
    @overload
    def register(
        self,
        name: str,
        overwrite: bool = False,
        *,
        client_cls: type[AppT],
        **kwargs: Unpack[AppOptions],
    ) -> AppT: ...
    @overload
    def register(
        self, name: str, overwrite: bool = False, **kwargs: Unpack[OtherOptions]
    ) -> Any: ...
    def register(self, name: str, overwrite: bool = False, **kwargs: Any) -> Any:
        """Register an OAuth provider, as with Authlib.

        :param name: ``"xiaomi"`` registers Xiaomi; for another name of a registration of
            Xiaomi, give ``client_cls=XiaomiOAuth2App``.
        :param overwrite: whether the framework's configuration wins over arguments.
        :param kwargs: the provider's options; for Xiaomi see ``XiaomiOAuth2App``.
        :returns: the registration.
        :raises ValueError: for an option of Xiaomi's that is not valid.
        :raises TypeError: for one that is misspelt.
        """
        if name == "xiaomi":
            kwargs.setdefault("client_cls", self._xiaomi_app)
        client_cls = kwargs.get("client_cls")
        if isinstance(client_cls, type) and issubclass(client_cls, XiaomiApp):
            self.__dict__.setdefault("_xiaomi_names", set()).add(name)
        return super().register(name, overwrite, **kwargs)  # type: ignore[misc]

    def generate_client_kwargs(self, name: str, overwrite: bool, **kwargs: Any) -> Any:
        """As in Authlib; for Xiaomi, all its options in the framework's configuration are read."""
        made = super().generate_client_kwargs(name, overwrite, **kwargs)  # type: ignore[misc]
        if name not in self.__dict__.get("_xiaomi_names", ()):
            return made
        warn_misspelt(name, self._settings())
        for option in ENVIRONMENT:
            value = self._setting(name, option)
            if value not in (None, "") and (overwrite or made.get(option) is None):
                made[option] = value
        return made

    def _settings(self) -> Iterable[str]:
        """The names in the framework's configuration."""
        return list(self.app.config)  # type: ignore[attr-defined]

    def _setting(self, name: str, option: str) -> Any:
        """The value of an option in the framework's configuration; ``None`` where it has none."""
        return self.app.config.get(f"{name}_{option}".upper())  # type: ignore[attr-defined]
