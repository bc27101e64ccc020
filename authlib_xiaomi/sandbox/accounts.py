"""The people who have a Xiaomi account in the sandbox."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, MutableMapping

__all__ = ["Account", "Accounts", "built_in"]


@dataclasses.dataclass
class Account:
    """What the sandbox knows of one person.

    An optional field is left out of Xiaomi's answers where it is ``None``, and sent as an empty
    string where it is ``""``: Xiaomi does both.
    """

    #: The number of the Xiaomi account. Older apps get it in place of the union id.
    user_id: int
    #: The person across all apps of one developer.
    union_id: str | None
    #: The name shown (``miliaoNick``): free text in any script.
    nick: str | None = ""
    #: The picture (``miliaoIcon``): a URL, or a path on the sandbox. The sandbox draws one for
    #: every ``/pictures/NAME.svg``.
    icon: str | None = ""
    phone: str = ""
    email: str = ""
    #: Sign-in names of the person's Mi Talk friends.
    friends: tuple[str, ...] = ()
    #: What the account is for, as the sandbox's pages say it; by default what is special about it.
    note: str = ""
    _app: str = dataclasses.field(default="", init=False, repr=False, compare=False)

    @property
    def open_id(self) -> str:
        """The person in the sandbox's one app; not the same in a sandbox with another AppID."""
        digest = hashlib.sha256(f"{self._app}\n{self.user_id}".encode()).hexdigest()
        return f"openid_{digest[:24]}"


class Accounts(MutableMapping[str, Account]):
    """Accounts by sign-in name.

    Keeps copies: what it was given stays as it is, what is read from it can be changed.

    :param app: the AppID, from which the accounts' open ids derive.
    :raises TypeError: where `accounts` is no mapping, a name no string, or an account no
        :class:`Account`.
    :raises ValueError: where a name is empty.
    """

    def __init__(self, app: str, accounts: Mapping[str, Account]) -> None:
        if not isinstance(accounts, Mapping):
            raise TypeError(f"users maps sign-in names to accounts, not {type(accounts).__name__}")
        self._app = app
        self._accounts: dict[str, Account] = {}
        self.update(accounts)

    def __getitem__(self, name: str) -> Account:
        return self._accounts[name]

    def __setitem__(self, name: str, account: Account) -> None:
        if not isinstance(name, str) or not isinstance(account, Account):
            raise TypeError(
                "users maps sign-in names to Account objects, "
                f"not {type(name).__name__} to {type(account).__name__}"
            )
        if not name.strip():
            raise ValueError("a sign-in name in users is empty")
        copy = dataclasses.replace(account)
        copy._app = self._app
        self._accounts[name] = copy

    def __delitem__(self, name: str) -> None:
        del self._accounts[name]

    def __iter__(self) -> Iterator[str]:
        # Over a copy, as a page may list the accounts while a test adds one.
        return iter(list(self._accounts))

    def __len__(self) -> int:
        return len(self._accounts)

    def __repr__(self) -> str:
        return f"<Accounts {', '.join(self)}>"


def built_in() -> dict[str, Account]:
    """The accounts that a sandbox has unless told otherwise; new objects each time."""
    return {
        # A plain one, with everything.
        "lei": Account(
            1000000001,
            "union_lei_4f1d0c9a7b",
            nick="Lei",
            icon="/pictures/lei.svg",
            phone="+8613800000001",
            email="lei@example.com",
            friends=("fox", "ghost"),
        ),
        # Markup and emoji in the nick: what a page must escape, and a database must hold.
        "fox": Account(
            1000000002,
            "union_fox_83ce25d6e0",
            nick='<b>米粉</b> 🦊 & "co"',
            icon="/pictures/fox.svg",
            phone="+8613800000002",
            email="fox@example.com",
            friends=("lei",),
        ),
        # No picture.
        "ghost": Account(
            1000000003,
            "union_ghost_b7720e5f13",
            nick="小幽灵",
            icon="",
            phone="+8613800000003",
            email="ghost@example.com",
        ),
        # Neither phone nor e-mail.
        "nora": Account(
            1000000004, "union_nora_19aa64c8d2", nick="Nora", icon="/pictures/nora.svg"
        ),
    }
