"""A user's token: how it was stored, when it ends, and what of it is shown."""

from __future__ import annotations

import copy
import json
import pickle
import time
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from authlib.oauth2.rfc6749 import OAuth2Token
from hypothesis import given
from hypothesis import strategies as st

from authlib_xiaomi._core.tokens import XiaomiToken, as_token, epoch_seconds

from .settings import patient

#: 2 January 2030, 03:04:05 UTC.
END = 1893553445


@pytest.mark.parametrize(
    "stored",
    [
        END,
        END + 0.5,
        str(END),
        f" {END}\n",
        f"{END}.75",
        Decimal(END),
        Decimal("1893553445.9"),
        "2030-01-02T03:04:05Z",
        "2030-01-02T03:04:05+00:00",
        "2030-01-02 03:04:05",
        "2030-01-02T04:04:05.250+01:00",
        datetime(2030, 1, 2, 3, 4, 5),  # as a database without zones has it
        datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
        datetime(2030, 1, 2, 11, 4, 5, 999, tzinfo=timezone(timedelta(hours=8))),
    ],
    ids=repr,
)
def test_a_point_in_time_is_read_however_it_was_stored(stored: Any) -> None:
    found = epoch_seconds(stored)
    assert (found, type(found)) == (END, int)
    assert XiaomiToken({"access_token": "a", "expires_at": stored})["expires_at"] == END


@pytest.mark.parametrize(
    "stored",
    [
        None, "", "soon", "1e400", "0x10", "٣", "9" * 5000, "2030-13-01", True, False,
        b"1893553445", [], {}, object(), float("nan"), float("inf"), -float("inf"), 10**11,
        -(10**11), 10**400,
        Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1e400"), Fraction(END),
        date(2030, 1, 2), datetime.min, datetime.max,
    ],
    ids=lambda value: None if type(value) is object else repr(value)[:30],
)  # fmt: skip
def test_what_cannot_be_read_is_of_unknown_age(stored: Any) -> None:
    assert epoch_seconds(stored) is None
    token = XiaomiToken({"access_token": "a", "expires_at": stored})
    assert token == {"access_token": "a"}
    assert not token.is_expired()


@patient
@given(
    st.integers() | st.floats() | st.decimals() | st.text() | st.datetimes()
    | st.datetimes(timezones=st.timezones()) | st.binary() | st.fractions(),
)  # fmt: skip
def test_any_stored_value_is_seconds_or_unknown(value: Any) -> None:
    found = epoch_seconds(value)
    assert found is None or (type(found) is int and abs(found) <= 10**10)


def test_a_token_that_was_issued_just_now_lives_from_now() -> None:
    token = XiaomiToken.issued({"access_token": "a", "expires_in": 100, "expires_at": 5})
    assert abs(token["expires_at"] - time.time() - 100) < 60


def test_a_stored_lifetime_gives_no_token_a_new_life() -> None:
    assert "expires_at" not in XiaomiToken({"access_token": "a", "expires_in": 100})


TOKEN = {
    "access_token": "made-up-access",
    "refresh_token": "made-up-refresh",
    "mac_key": "made-up-key",
    "id_token": "made-up-id-token",
    "scope": "1 3",
    "openId": "o",
    "expires_at": END,
}


@pytest.mark.parametrize("show", [repr, str, "{}".format, lambda token: repr([token])])
def test_a_token_shows_what_is_no_secret(show: Any) -> None:
    shown = show(XiaomiToken(TOKEN))
    assert "made-up" not in shown
    assert "'scope': '1 3'" in shown
    assert str(END) in shown


def test_a_token_is_one_of_authlibs_and_a_dictionary() -> None:
    token = XiaomiToken(TOKEN)
    assert isinstance(token, OAuth2Token)
    assert token == TOKEN
    assert json.loads(json.dumps(token)) == TOKEN


@pytest.mark.parametrize(
    "again",
    [XiaomiToken.copy, copy.copy, copy.deepcopy, lambda token: pickle.loads(pickle.dumps(token))],
)
def test_a_copy_of_a_token_hides_its_secrets_too(again: Any) -> None:
    token = XiaomiToken(TOKEN)
    other = again(token)
    assert type(other) is XiaomiToken
    assert other == token
    other.clear()
    assert token == TOKEN


@pytest.mark.parametrize("nothing", [None, "", "  ", {}])
def test_no_token_is_none(nothing: Any) -> None:
    assert as_token(nothing) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (TOKEN, TOKEN),
        (XiaomiToken(TOKEN), TOKEN),
        (OAuth2Token(TOKEN), TOKEN),
        ("V3_bare", {"access_token": "V3_bare"}),
        (" V3_bare\n", {"access_token": "V3_bare"}),
    ],
)
def test_a_token_may_be_a_mapping_or_an_access_token(given: Any, expected: Any) -> None:
    token = as_token(given)
    assert token is not None
    assert token.reveal() == expected
    assert "made-up" not in repr(token)
    token.reveal().clear()  # it is a copy
    again = as_token(given)
    assert again is not None
    assert again.reveal() == expected


@pytest.mark.parametrize("odd", [5, True, b"V3_x", ["V3_x"], object()])
def test_another_token_is_a_type_error_that_does_not_show_it(odd: Any) -> None:
    with pytest.raises(TypeError, match=f"not an? {type(odd).__name__}") as caught:
        as_token(odd)
    assert "V3_x" not in str(caught.value)
