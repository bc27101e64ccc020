"""Scopes: what an application may write, and what goes out."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authlib_xiaomi import Scope
from authlib_xiaomi.scopes import format_scope, granted_scopes

from .settings import patient

TABLE = [
    (1, "user/profile"),
    (2, "user/relation"),
    (3, "user/openidV2"),
    (4, "user/phoneAndEmail"),
    (6, "user/phoneAndEmail"),
    (1000, "Mi Router"),
    (1001, "Mi Router"),
    (2000, "Mi Cloud"),
    (2001, "Mi Cloud"),
    (2002, "Mi Cloud"),
    (6000, "Mi Home"),
    (6002, "Mi Home"),
    (6003, "Mi Home"),
    (6004, "Mi Home"),
    (7000, "Mi Cloud"),
    (11000, "Mi Cloud"),
    (12001, "Mi Cloud"),
    (12005, "Health"),
    (13002, "Mi Cloud"),
    (16000, "app/get_pass"),
    (20000, "XiaoAI"),
    (40000, "internal use"),
    *((number, "Health") for number in range(200001, 200020)),
]


@pytest.mark.parametrize(("number", "api"), TABLE)
def test_each_scope_of_xiaomis_table_has_its_api(number: int, api: str) -> None:
    assert Scope(number).api == api


def test_there_are_no_scopes_but_those_of_the_table() -> None:
    assert [scope.value for scope in Scope] == [number for number, _ in TABLE]


@pytest.mark.parametrize("scope", Scope)
def test_each_scope_says_what_it_grants(scope: Scope) -> None:
    assert scope.description.isascii()


def test_descriptions_tell_the_scopes_apart() -> None:
    # But for the health services of 2026, of which the document gives the numbers alone.
    described = [scope.description for scope in Scope if scope < 200001]
    assert len(set(described)) == len(described)


def test_the_scopes_that_only_older_documents_have_are_marked() -> None:
    assert {int(scope) for scope in Scope if not scope.listed} == {2, 4, 6, 2000, 13002}


def test_the_health_services_want_a_parameter_and_no_other_scope_does() -> None:
    wanted = {int(scope): scope.parameter for scope in Scope if scope.parameter}
    assert wanted == dict.fromkeys(range(200001, 200020), "scope_provider=healthkit")


def test_a_scope_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(Scope.OPEN_ID)) is Scope.OPEN_ID


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (1, "1"),
        ("1", "1"),
        (Scope.PROFILE, "1"),
        ("1 3", "1 3"),
        ("  1   3\n", "1 3"),
        ([1, 3], "1 3"),
        ((1, 3), "1 3"),
        (["1", "3"], "1 3"),
        (["1 3", 6000], "1 3 6000"),
        ([Scope.PROFILE, "3 6000", 4], "1 3 6000 4"),
        ([Scope.PROFILE, Scope.OPEN_ID], "1 3"),
        ({Scope.OPEN_ID}, "3"),
        ((number for number in (1, 3)), "1 3"),
        ({1: "profile", 3: "open id"}.keys(), "1 3"),
        ("3 1", "3 1"),
        ("1 1 3 1", "1 3"),
        ([1, "1", Scope.PROFILE], "1"),
        ("01", "1"),
        (99999, "99999"),
        ("123456 7", "123456 7"),
        ("1 openid", "1 openid"),
        ("openid 1", "openid 1"),
        ("1 openid 3", "1 openid 3"),
        ("openid openid 1", "openid 1"),
        (["openid", 1], "openid 1"),
        ([Scope.PROFILE, "openid", "3 openid"], "1 openid 3"),
    ],
)
def test_a_scope_goes_out_as_numbers_and_openid_with_a_space(scope: Any, expected: str) -> None:
    assert format_scope(scope) == expected


@pytest.mark.parametrize(
    ("scope", "meant"),
    [
        ("profile", '"1" (Scope.PROFILE)'),
        ("PROFILE", '"1" (Scope.PROFILE)'),
        ("openid", '"1 openid"'),
        (["openid"], '"3" (Scope.OPEN_ID)'),
        ("openid profile email", '"1" (Scope.PROFILE)'),
        ("1 OpenID", '"3" (Scope.OPEN_ID)'),
        ("1,openid", '"1 3"'),
        ("1 email", '"6" (Scope.EMAIL)'),
        ("phone", '"4" (Scope.PHONE)'),
        ("friends", '"2" (Scope.FRIENDS)'),
        ("user:email", '"6" (Scope.EMAIL)'),
        ("mi_home", '"6000" (Scope.MI_HOME)'),
        ("user/profile", '"1" (Scope.PROFILE)'),
        ("user/openidv2", '"3" (Scope.OPEN_ID)'),
        ("1,3", '"1 3"'),
        ("1;3", '"1 3"'),
        ("1+3", '"1 3"'),
        ("1|3", '"1 3"'),
        (["1", "3,4"], '"3 4"'),
        ("1, 3", '"1 3"'),
        ("read", '"1 3"'),
        ("-1", '"1 3"'),
        ("+1", '"1 3"'),
        ("0", '"1 3"'),
        ("1.0", '"1 3"'),
        ("１", '"1 3"'),
        ("9" * 19, '"1 3"'),
        (0, '"1 3"'),
        (-1, '"1 3"'),
        (True, '"1 3"'),
        ([True], '"1 3"'),
        (1.0, '"1 3"'),
        ([1.0], '"1 3"'),
        ([[1, 3]], '"1 3"'),
        ([None], '"1 3"'),
        (None, '"1 3"'),
        (object(), '"1 3"'),
        ("", '"1 3"'),
        ("  ", '"1 3"'),
        ([], '"1 3"'),
        ([""], '"1 3"'),
        (b"1 3", '"1 3"'),
        ({"scope": "1"}, '"1 3"'),
    ],
)
def test_what_is_no_scope_is_refused_with_what_was_likely_meant(scope: Any, meant: str) -> None:
    with pytest.raises(ValueError, match="scope") as caught:
        format_scope(scope)
    assert meant in str(caught.value)


def test_the_refusal_quotes_the_word_that_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"'profile' is not a Xiaomi scope.*positive numbers"):
        format_scope("1 profile 3")


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("1 3", {1, 3}),
        (" 1  3 ", {1, 3}),
        ("1,3", {1, 3}),
        ("1+3", {1, 3}),
        ("[1, 3]", {1, 3}),
        ("1 openid", {1}),
        ("openid", {1, 6000}),
        ([1, 3], {1, 3}),
        (["1", "3 4"], {1, 3, 4}),
        (1, {1}),
        (None, {1, 6000}),
        ("", {1, 6000}),
        ([], {1, 6000}),
        ("all", {1, 6000}),
        (True, {1, 6000}),
        ([True, None, {}], {1, 6000}),
        ({"scope": 1}, {1, 6000}),
        (1.5, {1, 6000}),
        ("9" * 5000, {1, 6000}),
    ],
)
def test_the_scopes_of_an_answer_are_read_leniently(scope: Any, expected: set[int]) -> None:
    assert granted_scopes(scope, "1 6000") == expected


@patient
@given(st.lists(st.integers(min_value=1, max_value=10**18 - 1), min_size=1, unique=True))
def test_any_positive_numbers_pass_in_their_order(numbers: list[int]) -> None:
    assert format_scope(numbers) == " ".join(map(str, numbers))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@patient
@given(json_values)
def test_anything_in_place_of_a_scope_is_numbers_or_a_value_error(scope: Any) -> None:
    try:
        text = format_scope(scope)
    except ValueError:
        return
    words = set(text.split()) - {"openid"}
    assert words
    assert all(word.isascii() and word.isdigit() for word in words)
    assert format_scope(text) == text


@patient
@given(json_values)
def test_anything_in_place_of_an_answers_scope_gives_numbers(scope: Any) -> None:
    assert all(number >= 0 for number in granted_scopes(scope, 1))


@pytest.mark.parametrize("scope", [Scope.PROFILE, Scope.HEALTHKIT_1])
def test_a_scope_is_written_as_its_number(scope: Scope) -> None:
    assert f"{scope}" == str(scope) == str(int(scope))


def test_granted_scopes_may_be_members() -> None:
    assert granted_scopes([Scope.PROFILE, Scope.PHONE], "1") == {1, 4}
