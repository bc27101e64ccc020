"""English and Chinese."""

from __future__ import annotations

import datetime

import pytest

from demo_flask.texts import moment, scope_words, time_left

from .visitors import User


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"), ("zh-TW", "zh-CN"), ("fr,en;q=0.5", "en"), ("", "en")],
)
def test_the_browser_chooses_first(user: User, accepted: str, lang: str) -> None:
    page = user.client.get("/", headers={"Accept-Language": accepted}).text

    assert f'<html lang="{lang}">' in page


def test_the_users_choice_is_remembered_through_sign_in_and_out(user: User) -> None:
    english = {"Accept-Language": "en"}
    assert user.client.get("/language/zh?next=/account?x=1").location == "/account?x=1"

    user.sign_in()
    assert "调用接口" in user.client.get("/account", headers=english).text
    user.post("/sign-out")
    assert "使用<strong>小米</strong>帐号登录" in user.client.get("/", headers=english).text

    user.client.get("/language/en")
    assert (
        "Sign in with <strong>Xiaomi</strong>"
        in user.client.get("/", headers={"Accept-Language": "zh"}).text
    )


def test_scopes_are_in_words(user: User) -> None:
    user.sign_in()

    assert "用户的个人资料" in user.client.get("/account", headers={"Accept-Language": "zh"}).text
    assert scope_words("1 777", "en") == [("1", "The user's profile"), ("777", "Scope 777")]
    assert scope_words("777", "zh") == [("777", "权限 777")]


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (-5, "expired", "已过期"),
        (20, "in less than a minute", "不到一分钟"),
        (60, "in 1 minute", "还有 1 分钟"),
        (3599, "in 1 hour", "还有 1 小时"),
        (7200, "in 2 hours", "还有 2 小时"),
        (7775990, "in 90 days", "还有 90 天"),
    ],
)
def test_time_left_is_readable(seconds: float, english: str, chinese: str) -> None:
    assert time_left(seconds, "en") == english
    assert time_left(seconds, "zh") == chinese


def test_a_moment_is_readable() -> None:
    when = datetime.datetime(2026, 2, 3, 4, 5, tzinfo=datetime.timezone.utc).timestamp()

    assert moment(when, "en") == "3 February 2026, 04:05 UTC"
    assert moment(when, "zh") == "2026年2月3日 04:05 UTC"
