"""What the sandbox remembers, and forgets."""

from __future__ import annotations

import pytest

from authlib_xiaomi.sandbox.refusal import Refusal
from authlib_xiaomi.sandbox.state import Grant, State


@pytest.fixture
def state() -> State:
    return State(lambda: 0.0, code_expires_in=300, token_expires_in=60, mac=True)


def test_of_many_nonces_each_is_taken_once(state: State) -> None:
    for number in range(2500):
        state.use_nonce(f"{number}:100", 100, 100)
    for number in range(2500):
        with pytest.raises(Refusal, match="nonce has been used"):
            state.use_nonce(f"{number}:100", 100, 100)


def test_nonces_that_are_out_of_reach_take_no_memory(state: State) -> None:
    for minutes in range(20_000):
        state.use_nonce(f"1:{minutes}", minutes, minutes)
    assert len(state._nonces) < 1100


def test_codes_that_have_expired_take_no_memory() -> None:
    ticks = iter(range(0, 10**9, 30))
    state = State(lambda: next(ticks), code_expires_in=300, token_expires_in=60, mac=True)
    for _ in range(1000):
        state.issue_code(Grant("lei", (1,), "http://localhost/"))
    assert len(state._codes) <= 11
