"""The options of registrations and clients: one table says what each is and how it is checked."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple, get_args

from ..provider import (
    ACCESS_TOKEN_URL,
    ANSWER_FACTOR,
    API_BASE_URL,
    AUTHORIZE_URL,
    CONNECT_TIMEOUT,
    MAX_CONNECTIONS,
    POOL_TIMEOUT,
    SKIP_CONFIRM,
    TIMEOUT,
    Subject,
)
from ..scopes import format_scope
from .credentials import Signing
from .failures import RetryPolicy
from .urls import check_endpoint, check_redirect_uri


@dataclass(frozen=True)
class Options:
    """The options of a registration or client, parsed and checked once."""

    scope: str = "1"
    redirect_uri: str | None = None
    skip_confirm: bool = SKIP_CONFIRM
    subject: Subject = "unionId"
    mac: Signing = "auto"
    authorize_url: str = AUTHORIZE_URL
    access_token_url: str = ACCESS_TOKEN_URL
    api_base_url: str = API_BASE_URL
    #: As the application gave it; ``None`` for no limit.
    timeout: Any = (CONNECT_TIMEOUT, TIMEOUT)
    pool_timeout: float = POOL_TIMEOUT
    max_connections: int = MAX_CONNECTIONS
    max_response_size: int = 1 << 20
    max_api_response_size: int = 32 << 20
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    token_endpoint_auth_method: Any = "client_secret_post"

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Options:
        """The options in `given`; ``None`` stands for the default. Raises ValueError for a value
        that is not valid, by name."""
        given = {name: v for name, v in given.items() if v is not None or name == "timeout"}
        values = {
            option.field or name: option.parse(name, given[name])
            for name, option in OPTIONS.items()
            if name in given and (option.field or name) in cls.__dataclass_fields__
        }
        return cls(**values)

    @property
    def trusted_urls(self) -> tuple[str, str]:
        """The URLs of the hosts that get secrets. Redirects from them are not followed."""
        return (self.access_token_url, self.api_base_url)

    @property
    def time_limit(self) -> float:
        """Seconds within which a refresh ends: a refresh makes two requests at most."""
        return 2 * ANSWER_FACTOR * (self.seconds()[1] or 100.0)

    def seconds(self) -> tuple[float | None, float | None]:
        """The time limits for connecting and for an answer; ``None`` for no limit, or for one that
        only the HTTP library knows."""
        if self.timeout is None or isinstance(self.timeout, (int, float)):
            return self.timeout, self.timeout
        if isinstance(self.timeout, tuple):
            return self.timeout[0], self.timeout[1]
        return getattr(self.timeout, "connect", None), getattr(self.timeout, "read", None)


class Option(NamedTuple):
    """An option: a row of :data:`OPTIONS`."""

    kind: str
    default: str
    meaning: str
    #: Given its name and value, checks the value; ``None`` for hooks, which ``hooks`` checks.
    parse: Any = None
    #: Its field in :class:`Options`, where that has another name.
    field: str | None = None
    #: Whether the configuration and the environment may hold it, such as XIAOMI_CLIENT_ID.
    in_settings: bool = False
    #: Whether the ``client_kwargs`` of a registration may hold it.
    in_client_kwargs: bool = True


def parse_client_id(name: str, value: object) -> str | None:
    """An AppID as a string, without white space around it; ``None`` where it is empty. Raises
    ValueError for an invalid one: with quotes or letters, or a float, which cannot hold AppIDs,
    since they exceed 2**53."""
    text = value.strip() if isinstance(value, str) else value
    if text is None or text == "":
        return None
    if isinstance(text, int) and not isinstance(text, bool) and text > 0:
        return str(text)
    if isinstance(text, str) and re.fullmatch(r"[0-9]{1,20}", text):
        return text
    raise ValueError(
        f"{name} {_fault(text)}: give Xiaomi's AppID, a decimal number, as str or int. It is in "
        "the application's details in Xiaomi's console."
    )


def parse_client_secret(name: str, value: object) -> str | None:
    """An AppSecret as a string, without white space around it; ``None`` where it is empty. Raises
    ValueError for an invalid one. The message does not show it."""
    if value is None or isinstance(value, str):
        text = value.strip() if value else ""
        if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
            raise ValueError(f"{name} has quotes around it; write the AppSecret without them")
        return text or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"{name} must be Xiaomi's AppSecret as str, not a {type(value).__name__}")


def _fault(value: object) -> str:
    text = str(value)
    if isinstance(value, bool) or not isinstance(value, (str, float, int)):
        return f"cannot be a {type(value).__name__}"
    if isinstance(value, float) or re.fullmatch(r"[0-9]+\.[0-9]*|[0-9.]+[eE][+-]?[0-9]+", text):
        return "cannot be a float, which does not hold an AppID exactly"
    if text[0] in "\"'":
        return "has quotes around it"
    if re.search(r"\s", text):
        return "has white space in it"
    return f"cannot be {value!r:.40}, which has other characters than digits"


def parse_flag(name: str, value: object) -> bool:
    """A boolean option, also from the strings of configuration files. Raises ValueError for
    anything else."""
    text = str(value).strip().lower() if isinstance(value, (bool, str)) else ""
    if text in ("true", "false", "1", "0"):
        return text in ("true", "1")
    raise ValueError(f"{name} must be True or False, not {value!r}")


def _parse_subject(name: str, value: object) -> str:
    if value in get_args(Subject):
        return str(value)
    choices = ", ".join(map(repr, get_args(Subject)))
    raise ValueError(f"{name} {value!r} is not one of Xiaomi's ids; choose one of {choices}")


def _parse_mac(name: str, value: object) -> Signing:
    if isinstance(value, str) and value.strip().lower() == "auto":
        return "auto"
    with suppress(ValueError):
        return parse_flag(name, value)
    raise ValueError(f'{name} must be True or False or "auto", not {value!r}')


def _parse_timeout(name: str, value: Any) -> Any:
    for part in value if isinstance(value, tuple) else (value,):
        is_wrong = isinstance(part, (str, bytes, bool, list, dict))
        if is_wrong or (isinstance(part, (int, float)) and not 0 < part < math.inf):
            raise ValueError(
                f"{name} must be a number of seconds above 0, or two in a tuple (to connect, for "
                f"an answer), not {value!r}"
            )
    return value


def _number(what: str, kinds: Any = (int, float), least: float = -math.inf) -> Callable[..., Any]:
    def parse(name: str, value: Any) -> Any:
        is_number = isinstance(value, kinds) and not isinstance(value, bool)
        if is_number and value >= least and abs(value) < math.inf:
            return value
        raise ValueError(f"{name} must be {what}, not {value!r}")

    return parse


_parse_wait = _number("a number of seconds, 0 or above", least=0)
_parse_count = _number("a whole number above 0", int, least=1)


def _parse_backoff(name: str, value: Any) -> RetryPolicy:
    waits = value if isinstance(value, (tuple, list)) else (value, value)
    return RetryPolicy(backoff=tuple(_parse_wait(name, wait) for wait in waits))


def _parse_auth_method(name: str, value: Any) -> Any:
    if value in ("client_secret_basic", "client_secret_jwt", "private_key_jwt"):
        raise ValueError(
            f"{name}={value!r} cannot work: Xiaomi looks for client_id and client_secret in the "
            "form (doc 1708). Leave the option out."
        )
    return value


_endpoint = partial(Option, "a URL", "Xiaomi's", parse=check_endpoint)
#: Xiaomi's options of clients and of ``register``.
# fmt: off
OPTIONS: Final[dict[str, Option]] = {
    "client_id": Option("str or int", "required", "the AppID", parse_client_id,
                        in_settings=True, in_client_kwargs=False),
    "client_secret": Option("str", "required", "the AppSecret", parse_client_secret,
                            in_settings=True, in_client_kwargs=False),
    "scope": Option("str, int, Scope, or several of them", '"1"', "what to ask for",
                    lambda _, value: format_scope(value), in_settings=True),
    "redirect_uri": Option("a URL", "None", "the callback, where authorize_redirect is given none, "
                           "and for refreshes", lambda _, value: check_redirect_uri(value),
                           in_settings=True),
    "skip_confirm": Option("bool", "False", "whether a user who has allowed the application before "
                           "is not asked again; always sent", parse_flag, in_settings=True),
    "subject": Option('"unionId", "openId" or "userId"', '"unionId"', "which of Xiaomi's ids "
                      "becomes sub: one user across all apps of one developer, one user in one "
                      "app, or what apps from before 2018-06-01 get", _parse_subject,
                      in_settings=True),
    "mac": Option('"auto", True or False', '"auto"', "whether API calls are signed: where Xiaomi "
                  "refuses an unsigned one, always, never", _parse_mac),
    "timeout": Option("seconds, or the HTTP library's own form", f"{CONNECT_TIMEOUT:g} s to "
                      f"connect, {TIMEOUT:g} s for an answer", "how long to wait for Xiaomi; a "
                      f"whole answer may take {ANSWER_FACTOR} times as long", _parse_timeout),
    "default_timeout": Option("seconds", "None", "Authlib's name for timeout", _parse_timeout,
                              "timeout"),
    "leeway": Option("seconds", "60", "how long before its end a token is refreshed",
                     _number("a number of seconds")),
    "max_connections": Option("int", str(MAX_CONNECTIONS), "connections to one host at most",
                              _parse_count),
    "pool_timeout": Option("seconds", f"{POOL_TIMEOUT:g}", "how long to wait for a free connection",
                           _parse_wait),
    "max_response_size": Option("bytes", "1 MiB", "the largest answer about tokens and users",
                                _parse_count),
    "max_api_response_size": Option("bytes", "32 MiB", "the largest answer to a request of the "
                                    "application's", _parse_count),
    "retry_backoff": Option("a tuple of seconds", "(0.1, 0.4)", "how long to wait before each "
                            "repetition of a GET; () for none", _parse_backoff, "retry"),
    "authorize_url": _endpoint("where the browser is sent", in_settings=True),
    "access_token_url": _endpoint("where codes are exchanged", in_settings=True),
    "api_base_url": _endpoint("the root of the open API", in_settings=True),
    "authorization_endpoint": _endpoint("the same as authorize_url", field="authorize_url"),
    "token_endpoint": _endpoint("the same as access_token_url", field="access_token_url"),
    "token_endpoint_auth_method": Option("str or function", '"client_secret_post"', "how AppID and "
                                         "AppSecret are sent: as Xiaomi wants it, or by a method "
                                         "of yours", _parse_auth_method),
    "fetch_token": Option("function", "None", "gives the user's stored token",
                          in_client_kwargs=False),
    "update_token": Option("function", "None", "stores a refreshed token",
                           in_client_kwargs=False),
    "refresh_lock": Option("function of a key", "None", "returns a lock that all processes share, "
                           "as a context manager; needs fetch_token"),
}
# fmt: on

#: Other names of options, which Authlib and its clients take as well.
ALIASES: Final = {name: option.field for name, option in OPTIONS.items() if option.field in OPTIONS}


def describe_options(names: Iterable[str] = OPTIONS) -> str:
    """These options as the fields of a docstring."""
    return "\n".join(
        f"    :param {name}: {row.meaning} ({row.kind}; default {row.default})."
        for name, row in ((name, OPTIONS[name]) for name in names)
    )
