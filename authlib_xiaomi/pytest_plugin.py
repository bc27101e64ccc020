"""The pytest plugin: a fixture with a sandbox, for the tests of applications."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .sandbox import Sandbox

__all__ = ["xiaomi_sandbox"]


@pytest.fixture
def xiaomi_sandbox() -> Iterator[Sandbox]:
    """The sandbox, a local mock of Xiaomi: one for this test, on a free port of this machine.

    .. code-block:: python

        def test_sign_in(client, xiaomi_sandbox):
            oauth.register("xiaomi", client_cls=XiaomiOAuth2App, **xiaomi_sandbox.registration())
            callback = xiaomi_sandbox.allow(client.get("/login").location, user="lei")
    """
    # Here, so that a run whose tests don't use the fixture does not pay for Flask.
    from .sandbox import Sandbox

    with Sandbox() as xiaomi:
        yield xiaomi
