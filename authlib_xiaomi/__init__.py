"""Sign in with Xiaomi, through Authlib.

The registries and apps are in :mod:`authlib_xiaomi.flask_client`,
:mod:`authlib_xiaomi.starlette_client`, :mod:`authlib_xiaomi.django_client` and
:mod:`authlib_xiaomi.quart_client`; clients without a framework in
:mod:`authlib_xiaomi.requests_client`, :mod:`authlib_xiaomi.httpx_client` and
:mod:`authlib_xiaomi.httpx_oauth`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._core.tokens import XiaomiToken, XiaomiUserInfo
    from .errors import ErrorCode, MissingCodeError, StateMismatchError, XiaomiOAuthError
    from .scopes import Scope

__all__ = [
    "ErrorCode",
    "MissingCodeError",
    "Scope",
    "StateMismatchError",
    "XiaomiOAuthError",
    "XiaomiToken",
    "XiaomiUserInfo",
    "__version__",
]

__version__: str = "2.0.0"

_MODULES = {"Scope": "scopes", "XiaomiToken": "_core.tokens", "XiaomiUserInfo": "_core.tokens"}


def __getattr__(name: str) -> Any:
    # On demand: pytest imports this package in every run, for the fixture's sake, and Authlib
    # takes a tenth of a second.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_MODULES.get(name, 'errors')}", __name__), name)


def __dir__() -> list[str]:
    clients = ["flask_client", "starlette_client", "django_client", "quart_client"]
    clients += ["requests_client", "httpx_client", "httpx_oauth"]
    others = ["provider", "scopes", "errors", "mac", "redaction", "sandbox"]
    return sorted([*__all__, *clients, *others])
