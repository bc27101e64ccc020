"""What one sandbox consists of, for all that answers its requests."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Mapping
from typing import Final

from .accounts import Account, Accounts
from .clock import Clock
from .faults import Faults
from .mark import Mark
from .recorder import Recorder
from .settings import Settings
from .state import State

__all__ = ["SERVICE", "Service"]

#: The environment's key for the sandbox that answers the request.
SERVICE: Final = "authlib_xiaomi.sandbox.service"


@dataclasses.dataclass(frozen=True)
class Service:
    """The parts of one sandbox.

    :param accounts: by sign-in name.
    """

    settings: Settings
    accounts: dataclasses.InitVar[Mapping[str, Account]]
    clock: Clock
    #: Gives the sandbox's own URL, which is known only once it listens.
    url: Callable[[], str]
    #: What changes over HTTP need.
    control_token: str = dataclasses.field(repr=False)
    #: The application's name; may be empty.
    name: str
    mark: Mark | None
    #: Whether other machines may reach it.
    exposed: bool
    #: From which the tokens of the pages' forms derive.
    form_key: bytes = dataclasses.field(default_factory=secrets.token_bytes, repr=False)
    state: State = dataclasses.field(init=False)
    users: Accounts = dataclasses.field(init=False)
    faults: Faults = dataclasses.field(default_factory=Faults)
    recorder: Recorder = dataclasses.field(default_factory=Recorder)

    def __post_init__(self, accounts: Mapping[str, Account]) -> None:
        settings = self.settings
        object.__setattr__(self, "state", State(self.clock, settings.options))
        object.__setattr__(self, "users", Accounts(settings.client_id, accounts))
