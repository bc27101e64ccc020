"""What the sandbox remembers, and forgets."""

from __future__ import annotations

from contextlib import suppress

import pytest

from authlib_xiaomi.sandbox.modes import mode
from authlib_xiaomi.sandbox.refusal import Refusal
from authlib_xiaomi.sandbox.state import Grant, State


@pytest.fixture
def state() -> State:
    return State(lambda: 0.0, mode("live"))


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
    state = State(lambda: next(ticks), mode("live"))
    for _ in range(1000):
        state.issue_code(Grant("lei", (1,), "http://localhost/"))
    assert len(state._codes) <= 11


def test_a_token_shows_none_of_its_secrets(state: State) -> None:
    code = state.issue_code(Grant("lei", (1,), "http://localhost/"))
    token = state.redeem_code(code, "http://localhost/")
    assert token.mac_key is not None
    for secret in (token.access_token, token.refresh_token, token.mac_key):
        assert secret not in repr(token)


@pytest.mark.parametrize("like", ["live", "documents"])
def test_tokens_that_have_ended_take_no_memory(like: str) -> None:
    days = iter(range(0, 10**12, 86400))
    state = State(lambda: next(days), mode(like))
    for number in range(12_000):
        code = state.issue_code(Grant(f"user {number}", (1,), "http://localhost/"))
        with suppress(Refusal):
            state.redeem_code(code, "http://localhost/")
    lives = mode(like)["refresh_token_expires_in"] // 86400
    assert len(state._by_access) <= 91
    assert len(state._by_refresh) <= lives + 1
    assert len(state._newest) <= lives + 1
    assert len(state._reasons) <= 10_000
