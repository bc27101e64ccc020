"""One course of action for threads and for coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from authlib_xiaomi.steps import Steps, adrive, drive


def run(steps: Steps[Any]) -> Any:
    return drive(steps)


def arun(steps: Steps[Any]) -> Any:
    return asyncio.run(adrive(steps))


def waiting(value: Any) -> Callable[[], Any]:
    def call() -> Any:
        if isinstance(value, BaseException):
            raise value
        return value

    return call


def awaiting(value: Any) -> Callable[[], Any]:
    async def call() -> Any:
        return waiting(value)()

    return call


BOTH = pytest.mark.parametrize(
    ("drives", "giving"), [(run, waiting), (arun, awaiting)], ids=["sync", "async"]
)


@BOTH
def test_each_step_is_given_what_came_of_it(drives: Any, giving: Any) -> None:
    def steps() -> Steps[list[int]]:
        first = yield giving(1)
        second = yield giving(first + 1)
        return [first, second]

    assert drives(steps()) == [1, 2]


@BOTH
def test_steps_may_do_without_a_call(drives: Any, giving: Any) -> None:
    def steps() -> Steps[str]:
        return "done"
        yield

    assert drives(steps()) == "done"


@BOTH
def test_a_failed_step_is_told(drives: Any, giving: Any) -> None:
    def steps() -> Steps[str]:
        try:
            yield giving(KeyError("lost"))
        except KeyError:
            return (yield giving("found"))

    assert drives(steps()) == "found"


@BOTH
def test_what_the_steps_do_not_catch_is_raised(drives: Any, giving: Any) -> None:
    def steps() -> Steps[None]:
        yield giving(KeyError("lost"))

    with pytest.raises(KeyError, match="lost"):
        drives(steps())


class Interrupt(BaseException):
    """As KeyboardInterrupt, which asyncio would make more of."""


@BOTH
def test_an_interrupt_is_nothing_for_the_steps_to_catch(drives: Any, giving: Any) -> None:
    def steps() -> Steps[str]:
        try:
            yield giving(Interrupt())
        except Exception:  # any
            return "caught"
        return "done"

    with pytest.raises(Interrupt):
        drives(steps())
