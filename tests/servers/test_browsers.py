"""Callbacks as browsers send them: ahead of the user, twice, in an old tab."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from .crowd import Crowd
from .servers import Browser, Server

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="gunicorn needs Unix"),
    pytest.mark.parametrize(
        "server", ["gunicorn threads", "django", "uvicorn"], indirect=True, scope="module"
    ),
]

#: How browsers mark a request that no user has asked for: by a method, and by headers.
SPECULATIVE = {
    "head": ("HEAD", {}),
    "prefetch": ("GET", {"Sec-Purpose": "prefetch"}),
    "prerender": ("GET", {"Sec-Purpose": "prefetch;prerender"}),
    "anonymous": ("GET", {"Sec-Purpose": "prefetch;anonymous-client-ip"}),
    "old Chrome": ("GET", {"Purpose": "prefetch"}),
    "old Safari": ("GET", {"Purpose": "prerender"}),
    "Firefox": ("GET", {"X-Moz": "prefetch"}),
}


@pytest.fixture
def browser(server: Server) -> Browser:
    return Browser(server)


def codes(crowd: Crowd) -> int:
    """How many codes were exchanged, or tried."""
    return sum(request.endpoint == "token" for request in crowd.xiaomi.requests)


@pytest.mark.parametrize("kind", SPECULATIVE)
def test_a_speculative_request_spends_nothing_and_the_real_one_signs_in(
    browser: Browser, crowd: Crowd, kind: str
) -> None:
    name = crowd.add()
    sub = crowd.xiaomi.users[name].union_id
    callback = crowd.xiaomi.allow(browser.login(), user=name)
    method, headers = SPECULATIVE[kind]
    for _ in range(2):
        assert browser.open(callback, method, **headers).status == 204
    assert (codes(crowd), browser.user) == (0, None)
    assert browser.open(callback, Sec_Fetch_Dest="document").json["identity"][0] == sub
    assert (codes(crowd), browser.user) == (1, sub)


def test_a_callback_that_is_reloaded_is_refused_and_the_user_stays_signed_in(
    browser: Browser, crowd: Crowd
) -> None:
    name = crowd.add()
    callback = crowd.xiaomi.allow(browser.login(), user=name)
    assert browser.open(callback).status == 200
    assert browser.open(callback).status == 400
    assert (codes(crowd), browser.user) == (1, crowd.xiaomi.users[name].union_id)


def test_a_callback_in_an_old_tab_is_refused_and_the_user_stays_signed_in(
    browser: Browser, crowd: Crowd
) -> None:
    first, second = crowd.add(), crowd.add()
    old = crowd.xiaomi.allow(browser.login(), user=first)
    assert browser.open(crowd.xiaomi.allow(browser.login(), user=second)).status == 200
    assert browser.open(old).status == 400
    assert browser.user == crowd.xiaomi.users[second].union_id


def test_of_a_callback_that_arrives_twice_at_once_one_signs_in_and_one_is_refused(
    browser: Browser, crowd: Crowd
) -> None:
    name = crowd.add()
    callback = crowd.xiaomi.allow(browser.login(), user=name)
    crowd.xiaomi.fail("token", delay=0.1, times=2)  # so that both are on their way
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(browser.open, [callback] * 2))
    assert sorted(answer.status for answer in answers) == [200, 400]
    right = next(answer for answer in answers if answer.status == 200)
    assert right.json["identity"][0] == crowd.xiaomi.users[name].union_id
