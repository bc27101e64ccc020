"""Sign in with Xiaomi, through Authlib.

The apps are in :mod:`authlib_xiaomi.flask_client`, :mod:`authlib_xiaomi.starlette_client` and
:mod:`authlib_xiaomi.django_client`; clients without a framework in
:mod:`authlib_xiaomi.requests_client` and :mod:`authlib_xiaomi.httpx_client`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import ErrorCode, XiaomiOAuthError
    from .scopes import Scope

__all__ = ["ErrorCode", "Scope", "XiaomiOAuthError", "__version__"]

__version__: str = "1.0.0"

_HOMES = {"ErrorCode": "errors", "Scope": "scopes", "XiaomiOAuthError": "errors"}


def __getattr__(name: str) -> Any:
    # On demand: pytest imports this package in every run, for the fixture's sake, and Authlib
    # takes a tenth of a second.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
