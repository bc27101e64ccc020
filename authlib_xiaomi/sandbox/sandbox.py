"""The sandbox: a local mock of both of Xiaomi's hosts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING

from ..scopes import ScopeLike
from .accounts import Account, Accounts, built_in
from .app import create_app
from .callbacks import DEFAULT_REDIRECT_URIS
from .checks import check_options
from .endpoints import Service
from .faults import ENDPOINTS, Fault
from .front import Front
from .modes import Options, behave
from .recorder import RecordedRequest
from .server import Server, reachable
from .settings import (
    DEFAULT_CLIENT_ID,
    DEFAULT_CLIENT_SECRET,
    Settings,
    check_host,
    check_port,
)
from .state import State
from .visiting import AuthorizationRefused, visit

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

__all__ = ["AuthorizationRefused", "Sandbox"]


class _Clock:
    """The time, with what was added to it."""

    def __init__(self, source: Callable[[], float]) -> None:
        self._source = source
        self._ahead = 0.0

    def __call__(self) -> float:
        return self._source() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


class Sandbox:
    """A local mock of Xiaomi: its sign-in pages, token endpoint and open API, on loopback.

    .. code-block:: python

        with Sandbox() as xiaomi:
            oauth.register("xiaomi", client_cls=XiaomiOAuth2App, **xiaomi.registration())
            callback = xiaomi.allow(authorize_url, user="lei")

    It serves from :meth:`start` to :meth:`stop`, or within a ``with`` block, in threads of its
    own. A stopped one can be started again, with the same port and all that it knew.

    :param like: how it behaves: as the ``"live"`` service, or as Xiaomi's ``"documents"`` say.
    :param host: where to listen; loopback only, unless `insecure_expose`.
    :param port: 0 for a free one.
    :param client_id: the one app's AppID, a decimal number.
    :param client_secret: its AppSecret.
    :param redirect_uris: its callbacks, several separated by ``;``. The default admits any port
        and path on localhost and 127.0.0.1; anything else follows Xiaomi's rule, port included.
    :param scopes: those granted to the app; all by default.
    :param users: accounts by sign-in name in place of the built-in ones.
    :param require_mac: refuse API calls that are not signed: ``signatures="required"``.
    :param clock: gives the time, in seconds since the epoch, by which codes and tokens expire.
    :param insecure_expose: allow a `host` that other machines reach. Whoever reaches the sandbox
        can sign in as anybody.
    :param options: single ways to behave, in place of those of `like`: see
        :class:`~authlib_xiaomi.sandbox.modes.Options`.
    :raises TypeError: where a value has the wrong type, or an option does not exist.
    :raises ValueError: where a value is not valid.
    """

    def __init__(
        self,
        *,
        like: str = "live",
        host: str = "127.0.0.1",
        port: int = 0,
        client_id: str | int = DEFAULT_CLIENT_ID,
        client_secret: str = DEFAULT_CLIENT_SECRET,
        redirect_uris: str = DEFAULT_REDIRECT_URIS,
        scopes: ScopeLike | None = None,
        users: Mapping[str, Account] | None = None,
        require_mac: bool = False,
        clock: Callable[[], float] = time.time,
        insecure_expose: bool = False,
        **options: Unpack[Options],
    ) -> None:
        if not callable(clock):
            raise TypeError(f"clock is a function that gives the time, not {clock!r}")
        self._host = check_host(host, insecure_expose)
        self._port = check_port(port)
        check_options(options)
        behaviour = behave(like, options, require_mac)
        self._settings = Settings.of(client_id, client_secret, redirect_uris, scopes, behaviour)
        self._clock = _Clock(clock)
        self._state = State(self._clock, behaviour)
        #: The accounts by sign-in name. What is changed here shows in the next answer.
        self.users = Accounts(self.client_id, built_in() if users is None else users)
        service = Service(self._settings, self._state, self.users, lambda: self.url)
        self._stopping = threading.Event()
        app = create_app(service)
        self._front = Front(app.wsgi_app, self._settings, self._clock, self._stopping)
        self._server: Server | None = None
        self._connections = 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Sandbox {self.url if self._server or self._port else 'not started'}>"

    def start(self) -> Self:
        """Listen, and serve in the background. Does nothing where it already does.

        :raises OSError: where it cannot listen there, as when the port is in use.
        """
        if self._server is None:
            self._stopping.clear()
            self._server = Server(self._front, self._host, self._port)
            self._port = self._server.port
        return self

    def stop(self) -> None:
        """End all connections, delayed answers included. Does nothing where it does not serve."""
        server, self._server = self._server, None
        if server is not None:
            self._stopping.set()
            server.stop()
            self._connections += server.connections

    @property
    def url(self) -> str:
        """Where it is, such as ``"http://127.0.0.1:43211"``; without a slash at the end.

        :raises RuntimeError: before the first start, where the port is a free one to be found.
        """
        if not self._port:
            raise RuntimeError(
                "the sandbox has no port yet: use it in a `with` block, or start() it"
            )
        host = reachable(self._host)
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    @property
    def client_id(self) -> str:
        """The AppID."""
        return self._settings.client_id

    @property
    def client_secret(self) -> str:
        """The AppSecret."""
        return self._settings.client_secret

    @property
    def options(self) -> Options:
        """How it behaves: all options, with their values."""
        return self._settings.options.copy()

    @property
    def connections(self) -> int:
        """How many connections it has accepted so far."""
        return self._connections + (self._server.connections if self._server else 0)

    @property
    def requests(self) -> list[RecordedRequest]:
        """What arrived at Xiaomi's endpoints, oldest first; the newest 10,000.

        Requests that met a fault are among them, the sandbox's own pages are not.
        """
        return self._front.recorder.all()

    def registration(self) -> dict[str, str]:
        """The keyword arguments with which ``oauth.register`` comes here in place of Xiaomi."""
        return {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "authorize_url": self.url + ENDPOINTS["authorize"],
            "access_token_url": self.url + ENDPOINTS["token"],
            "api_base_url": self.url + "/",
        }

    def config(self, name: str = "XIAOMI") -> dict[str, str]:
        """The same as configuration keys, as Authlib's Flask and Starlette clients read them.

        :param name: the name that the application registers, in any case.
        """
        return {f"{name}_{key}".upper(): value for key, value in self.registration().items()}

    def allow(self, authorize_url: str, user: str = "lei") -> str:
        """What a browser would do whose user signs in as `user` and allows what is asked.

        :param authorize_url: where the application sends its user.
        :param user: a sign-in name, a key of :attr:`users`.
        :returns: the URL that the user is sent back to: the callback with ``code`` and ``state``,
            or with ``error``, where Xiaomi tells the application (such as 96007, a scope).
        :raises AuthorizationRefused: where Xiaomi shows the error itself (an unknown app, a
            callback that does not match), or a fault answers.
        :raises LookupError: where there is no such user.
        :raises ValueError: where the URL is none of this sandbox.
        :raises ConnectionResetError: where a fault says so.
        """
        if user not in self.users:
            raise LookupError(f"there is no user {user!r}; there are {', '.join(self.users)}")
        return visit(self._front, self.url, authorize_url, user, True)

    def deny(self, authorize_url: str) -> str:
        """What a browser would do whose user declines.

        :returns: the URL that the user is sent back to: the callback with ``error=96012``,
            ``error_description`` and ``state``.
        :raises AuthorizationRefused: as for :meth:`allow`.
        :raises ValueError: where the URL is none of this sandbox.
        :raises ConnectionResetError: where a fault says so.
        """
        return visit(self._front, self.url, authorize_url, None, False)

    def withdraw(self, user: str) -> None:
        """Let `user` withdraw consent: codes and tokens end (passport token-life-cycle).

        :raises LookupError: where there is no such user.
        """
        if user not in self.users:
            raise LookupError(f"there is no user {user!r}; there are {', '.join(self.users)}")
        self._state.withdraw(user)

    def advance(self, seconds: float | timedelta) -> None:
        """Move the sandbox's clock on, as if that time had passed: codes and tokens expire.

        :param seconds: how far; 3 days end an access token, 3 months a refresh token.
        :raises TypeError: where it is not a number of seconds, nor a ``timedelta``.
        :raises ValueError: where it is below 0.
        """
        passed = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
        if isinstance(passed, bool) or not isinstance(passed, (int, float)):
            raise TypeError(f"seconds is a number or a timedelta, not {passed!r}")
        if not passed >= 0:
            raise ValueError(f"seconds is {passed!r}; time goes on only")
        self._clock.advance(passed)

    def fail(
        self,
        endpoint: str,
        *,
        times: int | None = 1,
        status: int | None = None,
        code: int | None = None,
        delay: float = 0.0,
        reset: bool = False,
        body: bytes | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        after: bool = False,
    ) -> None:
        """Let coming requests fail. Several faults of one endpoint follow one another.

        :param endpoint: ``"authorize"``, ``"token"``, ``"user/profile"``, ``"user/openidV2"``,
            ``"user/phoneAndEmail"`` or ``"user/relation"``.
        :param times: how many requests; ``None`` for all.
        :param status: the HTTP status, with an HTML page unless `code` or `body` says otherwise.
        :param code: Xiaomi's error number, in the form that the endpoint gives it.
        :param delay: seconds before the answer; the request's own, if nothing else is given.
        :param reset: reset the connection in place of answering.
        :param body: what to answer.
        :param content_type: by default that of the answer in question.
        :param headers: beside the answer's own; a ``Content-Length`` that is not the body's
            makes a truncated answer.
        :param after: process the request first, so that only its answer is lost: a code or a
            refresh token is spent. Otherwise the request is not processed, unless delayed only.
        :raises TypeError: where a value has the wrong type.
        :raises ValueError: where a value makes no sense.
        """
        fault = Fault(
            status=status,
            code=code,
            delay=delay,
            reset=reset,
            body=body,
            content_type=content_type,
            headers=dict(headers or {}),
            after=after,
        )
        self._front.faults.add(endpoint, fault, times)

    def clear(self) -> None:
        """Forget the faults that are waiting and the requests that arrived; nothing else."""
        self._front.faults.clear()
        self._front.recorder.clear()

    def drop_connections(self) -> None:
        """Close the connections that clients keep, as Xiaomi does after a while."""
        if self._server is not None:
            self._server.drop_connections()
