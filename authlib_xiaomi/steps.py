"""One course of action for threads and for coroutines.

Where the order of several calls is decided by what came of the ones before, the decisions are a
generator. It yields what is to be called next, and is given the result, or the error.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

__all__ = ["Steps", "adrive", "drive"]

T = TypeVar("T")
Steps = Generator[Callable[[], Any], Any, T]


def drive(steps: Steps[T]) -> T:
    """Call what `steps` yield, one after the other, and give back what came of it."""
    value, error = None, None
    while True:
        try:
            call = steps.send(value) if error is None else steps.throw(error)
        except StopIteration as end:
            result: T = end.value
            break
        value, error = None, None
        try:
            value = call()
        except Exception as failure:  # noqa: BLE001  # the steps decide
            error = failure
    return result


async def adrive(steps: Steps[T]) -> T:
    """As :func:`drive`, awaiting what the calls return."""
    value, error = None, None
    while True:
        try:
            call = steps.send(value) if error is None else steps.throw(error)
        except StopIteration as end:
            result: T = end.value
            break
        value, error = None, None
        try:
            value = await call()
        except Exception as failure:  # noqa: BLE001  # the steps decide
            error = failure
    return result
