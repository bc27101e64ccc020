"""What is Django's alone."""

from __future__ import annotations

from authlib.integrations.django_client import token_update

from authlib_xiaomi.sandbox import Sandbox

from .web import DjangoSite


def test_a_refreshed_token_is_announced_by_djangos_signal(xiaomi: Sandbox) -> None:
    heard = []

    def listener(**what: object) -> None:
        heard.append((what["name"], what["token"], what["refresh_token"]))

    with DjangoSite() as site:
        old = site.connect(xiaomi).sign_in(xiaomi)
        token_update.connect(listener)
        try:
            new = site.do("refresh_token", token=old)
        finally:
            token_update.disconnect(listener)
    assert heard == [("xiaomi", new, old["refresh_token"])]
