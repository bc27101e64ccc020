"""Users and their tokens, with SQLAlchemy."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from flask_login import UserMixin  # type: ignore[import-untyped]
from sqlalchemy import JSON, URL, ForeignKey, create_engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from .configuration import ConfigurationError

__all__ = ["Base", "StoredToken", "User", "dispose", "init_app", "keep_user", "transaction"]


class Base(DeclarativeBase):
    """Of all tables."""


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


class User(UserMixin, Base):  # type: ignore[misc]
    """Somebody who has signed in."""

    __tablename__ = "users"

    #: Random, so that a cookie from before a new database is nobody's.
    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: uuid.uuid4().hex)
    #: Who the user is at Xiaomi, and the only thing to know one by: names change.
    sub: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    picture: Mapped[str | None]
    created: Mapped[datetime.datetime] = mapped_column(default=_now)


class StoredToken(Base):
    """What Xiaomi gave for a user: one token each, the newest."""

    __tablename__ = "tokens"

    user_id: Mapped[str] = mapped_column(ForeignKey(User.id), primary_key=True)
    #: All of it: a refresh needs ``redirect_uri``, and signed calls ``mac_key``. In production
    #: you may want to encrypt it, for example with sqlalchemy_utils' EncryptedType.
    token: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: Once more, as this is how ``update_token`` finds the row.
    refresh_token: Mapped[str | None] = mapped_column(index=True)

    def replace(self, token: Mapping[str, Any]) -> None:
        """Keep `token` in place of what was."""
        self.token = {name: value for name, value in token.items() if name != "userinfo"}
        self.refresh_token = token.get("refresh_token")


def init_app(app: Flask) -> None:
    """Open the database ``app.config["DATABASE"]``, a path, and make the tables."""
    path = Path(app.config["DATABASE"])
    try:
        path.touch(mode=0o600)
    except OSError as error:
        raise ConfigurationError(f"cannot write to {path}: {error.strerror}") from error
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": 15},
        # Else an exception's text has the values, which are tokens.
        hide_parameters=True,
    )
    Base.metadata.create_all(engine)
    # What is loaded stays readable after its transaction.
    app.extensions["database"] = sessionmaker(engine, expire_on_commit=False)


def transaction() -> AbstractContextManager[Session]:
    """A session that commits when its block ends, and rolls back when it fails."""
    sessions: sessionmaker[Session] = current_app.extensions["database"]
    return sessions.begin()


def dispose(app: Flask) -> None:
    """Close the connections; for when the application ends."""
    app.extensions["database"].kw["bind"].dispose()


def keep_user(
    sub: str, name: str | None, picture: str | None, token: Mapping[str, Any] | None = None
) -> User:
    """The user whom Xiaomi calls `sub`, new or known, as Xiaomi describes them now.

    :param token: if given, kept in place of the user's last one.
    """
    try:
        return _keep_user(sub, name, picture, token)
    except IntegrityError:
        # Another request of the same new user was first; now there is a row to find.
        return _keep_user(sub, name, picture, token)


def _keep_user(
    sub: str, name: str | None, picture: str | None, token: Mapping[str, Any] | None
) -> User:
    with transaction() as db:
        user = db.scalar(select(User).where(User.sub == sub))
        if user is None:
            user = User(sub=sub)
            db.add(user)
        user.name, user.picture = name, picture
        db.flush()
        if token is not None:
            stored = db.get(StoredToken, user.id)
            if stored is None:
                stored = StoredToken(user_id=user.id)
                db.add(stored)
            stored.replace(token)
    return user
