"""The sandbox: a local mock of both of Xiaomi's hosts."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, TextIO

from .._tools.translations import Language
from ..scopes import ScopeLike
from . import checks
from .accounts import Account, Accounts, built_in
from .app import create_app
from .callbacks import DEFAULT_REDIRECT_URIS
from .clock import Clock
from .configuration import registration
from .faults import Fault
from .front import Front
from .hosts import is_loopback
from .log import Log
from .mark import read_mark
from .modes import Options, behave
from .recorder import RecordedRequest
from .report import resolve
from .service import Service
from .serving import Serving
from .settings import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Settings
from .visiting import AuthorizationRefused, visit

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

__all__ = ["AuthorizationRefused", "Sandbox"]


class Sandbox:
    """A local mock of Xiaomi: its sign-in pages, token endpoint and open API, on loopback.

    It serves from :meth:`start` to :meth:`stop`, or within a ``with`` block, in threads of its
    own. A stopped one can be started again, with the same port and all that it knew.

    :param like: how it behaves: as the ``"live"`` service, as Xiaomi's ``"documents"`` say, or as
        a report of ``authlib-xiaomi probe`` saw the service, by its file's name (``….json``).
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
    :param name: what its pages call the application; by default its AppID.
    :param mark: the file with the application's picture.
    :param log: where a line for each request is written, such as ``sys.stderr``.
    :param language: of the log, ``"en"`` or ``"zh"``; pages follow the browser.
    :param control_token: what changes over HTTP need; by default a new one.
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
        like: str | os.PathLike[str] = "live",
        host: str = "127.0.0.1",
        port: int = 0,
        client_id: str | int = DEFAULT_CLIENT_ID,
        client_secret: str = DEFAULT_CLIENT_SECRET,
        redirect_uris: str = DEFAULT_REDIRECT_URIS,
        scopes: ScopeLike | None = None,
        users: Mapping[str, Account] | None = None,
        require_mac: bool = False,
        clock: Callable[[], float] = time.time,
        name: str = "",
        mark: str | os.PathLike[str] | None = None,
        log: TextIO | None = None,
        language: Language = "en",
        control_token: str | None = None,
        insecure_expose: bool = False,
        **options: Unpack[Options],
    ) -> None:
        checks.check_options(options)
        behaviour = behave(*resolve(like, options), require_mac)
        self._service = service = Service(
            settings=Settings.of(client_id, client_secret, redirect_uris, scopes, behaviour),
            accounts=built_in() if users is None else users,
            clock=Clock(clock),
            url=lambda: self.url,
            control_token=checks.check_control_token(control_token),
            name=checks.check_name(name),
            mark=read_mark(mark),
            exposed=not is_loopback(checks.check_host(host, insecure_expose)),
        )
        spoken = checks.check_language(language)
        written = None if log is None else Log(log, spoken)
        stopping = threading.Event()
        self._front = Front(create_app().wsgi_app, service, stopping, written)
        self._serving = Serving(self._front, host, checks.check_port(port), stopping)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Sandbox {self._serving!r}>"

    def start(self) -> Self:
        """Listen, and serve in the background. Does nothing where it already does.

        :raises OSError: where it cannot listen there, as when the port is in use.
        """
        self._serving.start()
        return self

    def stop(self) -> None:
        """End all connections, delayed answers included. Does nothing where it does not serve."""
        self._serving.stop()

    @property
    def url(self) -> str:
        """Where it is, such as ``"http://127.0.0.1:43211"``; without a slash at the end.

        :raises RuntimeError: before the first start, where the port is a free one to be found.
        """
        return self._serving.url

    @property
    def client_id(self) -> str:
        """The AppID."""
        return self._service.settings.client_id

    @property
    def client_secret(self) -> str:
        """The AppSecret."""
        return self._service.settings.client_secret

    @property
    def users(self) -> Accounts:
        """The accounts by sign-in name. What is changed here shows in the next answer."""
        return self._service.users

    @property
    def control_token(self) -> str:
        """What changes over HTTP need, in the header ``Authorization: Bearer TOKEN``."""
        return self._service.control_token

    @property
    def options(self) -> Options:
        """How it behaves: all options, with their values."""
        return self._service.settings.options.copy()

    @property
    def connections(self) -> int:
        """How many connections it has accepted so far."""
        return self._serving.connections

    @property
    def requests(self) -> list[RecordedRequest]:
        """What arrived at Xiaomi's endpoints, faults included; oldest first, the newest 10,000."""
        return self._service.recorder.all()

    def registration(self) -> dict[str, str]:
        """The keyword arguments with which ``oauth.register`` comes here in place of Xiaomi."""
        return registration(self.url, self.client_id, self.client_secret)

    def config(self, name: str = "XIAOMI") -> dict[str, str]:
        """The same as configuration keys, as Authlib's Flask and Starlette clients read them.

        :param name: the name that the application registers, in any case.
        """
        return {f"{name}_{key}".upper(): value for key, value in self.registration().items()}

    def allow(self, authorize_url: str, user: str = "lei") -> str:
        """What a browser would do whose user signs in as `user` and allows what is asked.

        :param authorize_url: where the application sends its user.
        :param user: a sign-in name, a key of :attr:`users`.
        :returns: the callback with ``code`` and ``state``, or with ``error`` (such as 96007).
        :raises AuthorizationRefused: where Xiaomi shows the error itself (an unknown app, a
            callback that does not match), or a fault answers.
        :raises LookupError: where there is no such user.
        :raises ValueError: where the URL is not one of this sandbox.
        :raises ConnectionResetError: where a fault says so.
        """
        return visit(self._front, self.url, authorize_url, self._known(user), True)

    def deny(self, authorize_url: str) -> str:
        """What a browser would do whose user declines.

        :returns: the callback with ``error``, ``error_description`` and ``state``.
        :raises AuthorizationRefused: as :meth:`allow` does, and its other errors.
        """
        return visit(self._front, self.url, authorize_url, None, False)

    def withdraw(self, user: str) -> None:
        """Let `user` withdraw consent: codes and tokens end (passport token-life-cycle).

        :raises LookupError: where there is no such user.
        """
        self._service.state.withdraw(self._known(user))

    def advance(self, seconds: float | timedelta) -> None:
        """Move the sandbox's clock on, as if that time had passed: codes and tokens expire.

        :param seconds: how far; 3 days end an access token, 3 months a refresh token.
        :raises TypeError: where it is neither a number nor a ``timedelta``.
        :raises ValueError: where it is below 0.
        """
        self._service.clock.advance(seconds)

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
        :param headers: beside the answer's own; a larger ``Content-Length`` truncates the answer.
        :param after: process the request first, so that only its answer is lost: a code or a
            refresh token is spent. Otherwise the request is not processed, unless delayed only.
        :raises TypeError: where a value has the wrong type.
        :raises ValueError: where a value is not valid.
        """
        fault = Fault(status, code, delay, reset, body, content_type, dict(headers or {}), after)
        self._service.faults.add(endpoint, fault, times)

    def clear(self) -> None:
        """Forget the faults that are waiting and the requests that arrived; nothing else."""
        self._service.faults.clear()
        self._service.recorder.clear()

    def drop_connections(self) -> None:
        """Close the connections that clients keep, as Xiaomi does after a while."""
        self._serving.drop_connections()

    def _known(self, user: str) -> str:
        if user not in self.users:
            raise LookupError(f"there is no user {user!r}; there are {', '.join(self.users)}")
        return user
