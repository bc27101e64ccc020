"""One refresh token for each device: ``device_id`` goes along from the login to each refresh."""

from __future__ import annotations

from typing import Any

import pytest

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.sandbox import Sandbox

from ..conftest import NewXiaomi
from .web import Site, query_of


@pytest.fixture
def strict(new_xiaomi: NewXiaomi) -> Sandbox:
    """A Xiaomi that keeps one refresh token for each user and device, and looks at the device."""
    return new_xiaomi(one_refresh_token=True, require_device_id=True)


def sign_in(site: Site, xiaomi: Sandbox, **params: Any) -> Any:
    return site.callback(xiaomi.allow(site.login(**params)))


def refreshed(site: Site, token: Any) -> Any:
    return site.do("refresh_token", token=dict(token))


def forms(xiaomi: Sandbox) -> list[dict[str, str]]:
    return [request.form for request in xiaomi.requests if request.endpoint == "token"]


def test_it_goes_along_with_the_code_and_with_each_refresh(site: Site, strict: Sandbox) -> None:
    site.connect(strict)
    url = site.login(device_id="tablet/1 é")
    assert query_of(url)["device_id"] == "tablet/1 é"
    token = site.callback(strict.allow(url))
    assert token["device_id"] == "tablet/1 é"
    again = refreshed(site, refreshed(site, token))
    assert again["device_id"] == "tablet/1 é"
    assert [form["device_id"] for form in forms(strict)] == ["tablet/1 é"] * 3


def test_two_devices_of_a_user_keep_their_refresh_tokens(site: Site, strict: Sandbox) -> None:
    site.connect(strict)
    tokens = [sign_in(site, strict, device_id=name) for name in ("phone", "tablet")]
    assert [refreshed(site, token)["device_id"] for token in tokens] == ["phone", "tablet"]


def test_without_it_a_second_sign_in_ends_the_first_refresh_token(
    site: Site, strict: Sandbox
) -> None:
    site.connect(strict)
    first, second = sign_in(site, strict), sign_in(site, strict)
    assert "device_id" not in first
    assert refreshed(site, second)["access_token"]
    with pytest.raises(XiaomiOAuthError) as caught:
        refreshed(site, first)
    assert caught.value.code == 96009
    assert "a second sign-in of the same user ends the first" in caught.value.hint


def test_each_of_two_sign_ins_under_way_has_its_own(site: Site, strict: Sandbox) -> None:
    site.connect(strict)
    one, other = site.login(device_id="one"), site.login()
    assert "device_id" not in site.callback(strict.allow(other))
    assert site.callback(strict.allow(one))["device_id"] == "one"
