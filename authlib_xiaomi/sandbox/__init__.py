"""The sandbox: a local mock of Xiaomi, for development and tests.

.. code-block:: python

    from authlib_xiaomi.sandbox import Sandbox

    with Sandbox() as xiaomi:
        oauth.register("xiaomi", client_cls=XiaomiOAuth2App, **xiaomi.registration())
        callback = xiaomi.allow(authorize_url, user="lei")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .accounts import Account
    from .recorder import RecordedRequest
    from .sandbox import AuthorizationRefused, Sandbox

__all__ = ["Account", "AuthorizationRefused", "RecordedRequest", "Sandbox"]

_HOMES = {
    "Account": "accounts",
    "AuthorizationRefused": "visiting",
    "RecordedRequest": "recorder",
    "Sandbox": "sandbox",
}


def __getattr__(name: str) -> Any:
    # On demand: the command line's help and its reports read modules that need no Flask.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    except ModuleNotFoundError as error:
        if error.name not in ("flask", "werkzeug"):
            raise
        raise ModuleNotFoundError(
            "the sandbox needs Flask: pip install 'authlib-xiaomi[sandbox]'", name=error.name
        ) from error
