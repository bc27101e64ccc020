"""The sandbox: a local mock of Xiaomi, for development and tests.

.. code-block:: python

    from authlib_xiaomi.sandbox import Sandbox

    with Sandbox() as xiaomi:
        oauth.register("xiaomi", client_cls=XiaomiOAuth2App, **xiaomi.registration())
        callback = xiaomi.allow(authorize_url, user="lei")
"""

from __future__ import annotations

try:
    import flask as _flask  # noqa: F401
except ModuleNotFoundError as error:
    # With this name `python -m` prints the message alone, without a traceback.
    raise ModuleNotFoundError(
        "the sandbox needs Flask: pip install 'authlib-xiaomi[sandbox]'", name=__name__
    ) from error

from .accounts import Account
from .recorder import RecordedRequest
from .sandbox import AuthorizationRefused, Sandbox

__all__ = ["Account", "AuthorizationRefused", "RecordedRequest", "Sandbox"]
