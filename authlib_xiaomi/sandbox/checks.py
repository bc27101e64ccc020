"""Is an option's value one that the option can have? Pure."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from .modes import TYPES, Options, choices

__all__ = ["check_options"]


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
            kind = ValueError if isinstance(value, str) else TypeError
            raise kind(f"{name} is {' or '.join(map(repr, choices(name)))}, not {value!r}")
    elif expected is bool:
        if not isinstance(value, bool):
            raise TypeError(f"{name} is True or False, not {value!r}")
    elif expected is int:
        _check_number(name, value)
    elif expected is str:
        if not isinstance(value, str):
            raise TypeError(f"{name} is a string, not {type(value).__name__}")
        if not (value.isascii() and value.isprintable() and value.strip()):
            raise ValueError(f"{name} is {value!r}; it must be printable ASCII, and not empty")
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
        raise ValueError(f"{name} is {value}; it must be from 200 to 599")
    if value <= 0:
        least = "a second or more" if unit == "seconds" else "positive"
        raise ValueError(f"{name} is {value}; it must be {least}")


def _check_texts(name: str, value: object) -> None:
    if not isinstance(value, Mapping) or not all(
        isinstance(number, int) and not isinstance(number, bool) and isinstance(text, str)
        for number, text in value.items()
    ):
        raise TypeError(f"{name} maps error numbers to texts, such as {{96013: 'invalid code'}}")
    for number, text in value.items():
        if not (text.strip() and text.isprintable()):
            raise ValueError(f"{name}: the text of {number} must be printable, and not empty")
