"""Sites as they stand in production, one for each framework, with the same pages.

``/login`` and ``/auth`` sign a user in, ``/me`` says who is signed in, ``/as/SUB`` asks Xiaomi who
the user is whose stored token the site has under that ``sub``. All answers are JSON.

What a site is to do comes in the environment, as JSON in ``SITE``: see :class:`Settings`.
"""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any

from authlib.integrations.base_client import OAuthError

from ..crowd import identity
from ..options import SPECULATIVE

SECRET_KEY = "a key for the tests"


@dataclasses.dataclass
class Settings:
    """What a site is to do."""

    #: What ``Sandbox.registration()`` gives.
    registration: dict[str, str]
    #: Where the tokens and the locks are.
    folder: str
    #: Whether the processes of the site lock each other out of a refresh.
    lock: bool = False
    #: Options of the clients.
    client_kwargs: dict[str, Any] = dataclasses.field(default_factory=dict)
    #: Whose token is used once when the site is loaded, before the server forks.
    used_at_start: str = ""

    @classmethod
    def load(cls) -> Settings:
        return cls(**json.loads(os.environ["SITE"]))

    def dump(self) -> dict[str, str]:
        return {"SITE": json.dumps(dataclasses.asdict(self))}


def who(info: Any) -> dict[str, Any]:
    """What a page says of the user that ``userinfo`` names."""
    return {"identity": identity(info), "process": os.getpid()}


def failure(error: OAuthError) -> tuple[dict[str, Any], int]:
    """What a page says of a failure, and its status."""
    if error.error == SPECULATIVE:
        return {}, 204
    return {"error": error.error, "code": getattr(error, "code", None), "text": str(error)}, 400
