"""Are the sandbox's keywords valid? Pure."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from difflib import get_close_matches

from .._tools.translations import LANGUAGES, Language
from .hosts import is_loopback
from .invalid import InvalidValue
from .modes import TYPES, Options, choices

__all__ = [
    "check_control_token",
    "check_host",
    "check_language",
    "check_name",
    "check_options",
    "check_port",
]


def check_options(options: Options) -> None:
    """See that each value is one that its option takes.

    :raises TypeError: where an option does not exist, or a value has the wrong type.
    :raises ValueError: where a value is out of range.
    """
    _reject_unknown(options)
    for name, value in options.items():
        _check(name, value)


def _reject_unknown(options: Options) -> None:
    for name in options.keys() - TYPES.keys():
        near = get_close_matches(name, TYPES, n=1, cutoff=0.7)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise TypeError(f"Sandbox got an unexpected keyword argument {name!r}{meant}")


def _check(name: str, value: object) -> None:
    expected = TYPES[name]
    if choices(name):
        if value not in choices(name):
            known = " / ".join(choices(name))
            if not isinstance(value, str):
                raise TypeError(f"{name} is one of {known}, not {value!r}")
            raise InvalidValue("invalid_choice", name=name, choices=known, value=value[:80])
    elif expected is bool:
        if not isinstance(value, bool):
            raise TypeError(f"{name} is True or False, not {value!r}")
    elif expected is int:
        _check_number(name, value)
    elif expected is str:
        if not isinstance(value, str):
            raise TypeError(f"{name} is a string, not {type(value).__name__}")
        if not (value.isascii() and value.isprintable() and value.strip()):
            raise InvalidValue("invalid_text", name=name, value=value)
    else:
        _check_texts(name, value)


def _check_number(name: str, value: object) -> None:
    unit = "seconds" if name.endswith("_expires_in") else "status" if "status" in name else "code"
    called = {
        "seconds": "a whole number of seconds",
        "status": "an HTTP status",
        "code": "one of Xiaomi's error numbers",
    }[unit]
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is {called}, not {value!r}")
    if unit == "status" and not 200 <= value <= 599:
        raise InvalidValue("invalid_status", name=name, value=value)
    if value <= 0:
        raise InvalidValue(f"invalid_{unit}", name=name, value=value)


def _check_texts(name: str, value: object) -> None:
    if not isinstance(value, Mapping) or not all(
        isinstance(number, int) and not isinstance(number, bool) and isinstance(text, str)
        for number, text in value.items()
    ):
        raise TypeError(f"{name} maps error numbers to texts, such as {{96013: 'invalid code'}}")
    for number, text in value.items():
        if not (text.strip() and text.isprintable()):
            raise InvalidValue("invalid_error_text", name=name, number=number)


def check_host(host: str, insecure_expose: bool) -> str:
    """`host`, if the sandbox may listen there.

    Whoever reaches a sandbox can sign in as anybody, so it stays on loopback unless told.

    :raises TypeError: where it is not a string.
    :raises ValueError: where it is not a loopback address and `insecure_expose` is false.
    """
    if not isinstance(host, str):
        raise TypeError(f"host is a string, not {host!r}")
    if not is_loopback(host) and not insecure_expose:
        raise InvalidValue("invalid_host", value=host)
    return host


def check_port(port: int) -> int:
    """`port`, if it is one; 0 stands for a free one.

    :raises TypeError: where it is not a number.
    :raises ValueError: where it is out of range.
    """
    if isinstance(port, bool) or not isinstance(port, int):
        raise TypeError(f"port is a number, not {port!r}")
    if not 0 <= port <= 65535:
        raise InvalidValue("invalid_port", value=port)
    return port


def check_name(name: str) -> str:
    """The application's name.

    :raises TypeError: where it is not a string.
    :raises ValueError: where it is longer than a page can show.
    """
    if not isinstance(name, str):
        raise TypeError(f"name is a string, not {type(name).__name__}")
    if len(name) > 60 or not name.isprintable():
        raise InvalidValue("invalid_name")
    return name.strip()


def check_language(language: str) -> Language:
    """A language that there are texts in.

    :raises ValueError: where there are none.
    """
    if language not in LANGUAGES:
        known = " / ".join(LANGUAGES)
        raise InvalidValue("invalid_choice", name="language", choices=known, value=language)
    return "zh" if language == "zh" else "en"


def check_control_token(token: str | None) -> str:
    """The control token: the one given, or a new one.

    :raises TypeError: where it is neither a string nor ``None``.
    :raises ValueError: where a header could not carry it.
    """
    if token is None:
        return secrets.token_urlsafe(24)
    if not isinstance(token, str):
        raise TypeError(f"control_token is a string, not {type(token).__name__}")
    if not (token.isascii() and token.isprintable() and token and " " not in token):
        raise InvalidValue("invalid_control_token")
    return token
