"""Hundreds of users of one sandbox, each with a token of their own."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from authlib_xiaomi.requests_client import XiaomiOAuth2Session
from authlib_xiaomi.sandbox import Account, Sandbox

CALLBACK = "http://localhost:5000/auth"


@dataclass(frozen=True)
class Person:
    """A user, and the token that an application has of this user."""

    name: str
    sub: str
    phone: str
    email: str
    token: dict[str, Any] = field(repr=False)

    @property
    def identity(self) -> list[str]:
        """What ``userinfo`` has to say, with the scopes 1, 4 and 6."""
        return [self.sub, self.phone, self.email]

    def is_told_by(self, found: list[Any]) -> bool:
        """Whether `found` is this user, with or without phone and e-mail, which faults can hide."""
        mine = zip(found[1:], self.identity[1:], strict=True)
        return found[0] == self.sub and all(value in (None, own) for value, own in mine)

    @property
    def expired(self) -> dict[str, Any]:
        """The token, as if its access token had expired."""
        return {**self.token, "expires_at": int(time.time()) - 1}


class Crowd:
    """The users of one sandbox. Each call gives new ones, so that no test meets another's."""

    def __init__(self, xiaomi: Sandbox) -> None:
        self.xiaomi = xiaomi
        self._numbers = itertools.count(1)
        self._session = XiaomiOAuth2Session(
            redirect_uri=CALLBACK, scope="1 4 6", **client_options(xiaomi.registration())
        )

    def close(self) -> None:
        self._session.close()

    def add(self) -> str:
        """A new account; its sign-in name."""
        number = next(self._numbers)
        account = Account(
            2_000_000_000 + number,
            f"union_{number}",
            nick=f"User {number}",
            phone=f"+86139{number:08}",
            email=f"user{number}@example.com",
        )
        name = f"user{number}"
        self.xiaomi.users[name] = account
        return name

    def person(self) -> Person:
        """A new user who has signed in."""
        name = self.add()
        url, state = self._session.create_authorization_url()
        callback = self.xiaomi.allow(url, user=name)
        token = self._session.fetch_token(authorization_response=callback, state=state)
        account = self.xiaomi.users[name]
        return Person(name, str(account.union_id), account.phone, account.email, dict(token))

    def people(self, count: int) -> list[Person]:
        """New users who have signed in."""
        return [self.person() for _ in range(count)]

    @property
    def refreshes(self) -> list[str]:
        """The refresh tokens that arrived, in their order."""
        sent = ({**r.args, **r.form} for r in self.xiaomi.requests if r.endpoint == "token")
        return [f["refresh_token"] for f in sent if f.get("grant_type") == "refresh_token"]


def client_options(registration: dict[str, str]) -> dict[str, Any]:
    """The options of ``register``, by the names that a client has for them."""
    names = {"authorize_url": "authorization_endpoint", "access_token_url": "token_endpoint"}
    return {names.get(name, name): value for name, value in registration.items()}


def identity(info: Any) -> list[Any]:
    """Who ``userinfo`` says it is; to compare with :attr:`Person.identity`."""
    return [info.get("sub"), info.get("phone_number"), info.get("email")]
