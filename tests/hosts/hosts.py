"""The hosts: how one signs in there, and what shows who is signed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests

    from .application import Browser


@dataclass(frozen=True)
class Host:
    """A how-to whose application is run.

    All callables get a browser that is at the application.
    """

    page: str
    #: Starts a sign-in: the response that leads to Xiaomi.
    start: Callable[[Browser], requests.Response]
    #: The callback's path.
    callback: str
    #: The application's own number or name of who is signed in; ``None`` where nobody is.
    account: Callable[[Browser], str | None]
    #: Signs out.
    sign_out: Callable[[Browser], object]
    #: Makes an account with a password for the given e-mail address, and signs in to it; where the
    #: how-to shows how to link such an account.
    register: Callable[[Browser, str], object] | None = None
    #: Starts linking Xiaomi to the account that is signed in.
    link: Callable[[Browser], requests.Response] | None = None

    def __str__(self) -> str:
        return self.page.rpartition("/")[2].removesuffix(".md")


def number_on(path: str) -> Callable[[Browser], str | None]:
    """The account's number, which the page at `path` shows to who is signed in."""

    def account(browser: Browser) -> str | None:
        found = re.search(r"Your account has the number (\w+)", browser.get(path).text)
        return found[1] if found else None

    return account


def id_on(path: str) -> Callable[[Browser], str | None]:
    """The id at Xiaomi, which the page at `path` shows where the application has no accounts."""

    def account(browser: Browser) -> str | None:
        found = re.search(r"\((union_\w+)\)", browser.get(path).text)
        return found[1] if found else None

    return account


PASSWORD = "correct horse battery staple"


def register_with_django(browser: Browser, email: str) -> None:
    new = {"username": email, "password1": PASSWORD, "password2": PASSWORD}
    assert browser.submit("/register", "/register", **new).ok
    assert browser.submit("/login", "/login", username=email, password=PASSWORD).ok


def register_with_rest_framework(browser: Browser, email: str) -> None:
    for path in ("/api/register", "/api/login"):
        assert browser.post_json(path, username=email, password=PASSWORD).ok


def register_with_fastapi_users(browser: Browser, email: str) -> None:
    assert browser.post_json("/auth/register", email=email, password=PASSWORD).ok
    assert browser.post("/auth/cookie/login", username=email, password=PASSWORD).ok


HOSTS = [
    Host(
        "docs/how-to/flask-login.md",
        start=lambda browser: browser.post("/xiaomi"),
        callback="/xiaomi/callback",
        account=number_on("/"),
        sign_out=lambda browser: browser.post("/logout"),
        register=lambda browser, email: browser.post("/register", email=email, password=PASSWORD),
        link=lambda browser: browser.post("/xiaomi"),
    ),
    Host(
        "docs/how-to/flask-security.md",
        start=lambda browser: browser.post("/login/oauthstart/xiaomi"),
        callback="/login/oauthresponse/xiaomi",
        account=number_on("/"),
        sign_out=lambda browser: browser.post("/logout"),
        register=lambda browser, email: browser.submit(
            "/register", "/register", email=email, password=PASSWORD, password_confirm=PASSWORD
        ),
        link=lambda browser: browser.post("/link"),
    ),
    Host(
        "docs/how-to/django-users.md",
        start=lambda browser: browser.submit("/login", "/xiaomi"),
        callback="/xiaomi/callback",
        account=number_on("/"),
        sign_out=lambda browser: browser.submit("/", "/logout"),
        register=register_with_django,
        link=lambda browser: browser.submit("/", "/xiaomi"),
    ),
    Host(
        "docs/how-to/django-rest-framework.md",
        start=lambda browser: browser.post("/api/xiaomi"),
        callback="/api/xiaomi/callback",
        account=lambda browser: browser.json("/api/me").get("id"),
        sign_out=lambda browser: browser.post_json("/api/logout"),
        register=register_with_rest_framework,
        link=lambda browser: browser.post_json("/api/xiaomi"),
    ),
    Host(
        "docs/how-to/flask-appbuilder.md",
        start=lambda browser: browser.get("/login/xiaomi"),
        callback="/oauth-authorized/xiaomi",
        account=number_on("/"),
        sign_out=lambda browser: browser.get("/logout/"),
    ),
    Host(
        "docs/how-to/quart.md",
        start=lambda browser: browser.get("/login"),
        callback="/callback",
        account=id_on("/"),
        sign_out=lambda browser: browser.post("/logout"),
    ),
    Host(
        "docs/how-to/httpx-oauth.md",
        start=lambda browser: browser.get("/login"),
        callback="/callback",
        account=id_on("/"),
        sign_out=lambda browser: browser.post("/logout"),
    ),
    Host(
        "docs/how-to/fastapi-users.md",
        start=lambda browser: browser.get("/auth/xiaomi/authorize"),
        callback="/auth/xiaomi/callback",
        account=lambda browser: browser.json("/me").get("id"),
        sign_out=lambda browser: browser.post("/auth/cookie/logout"),
        register=register_with_fastapi_users,
        link=lambda browser: browser.get("/auth/associate/xiaomi/authorize"),
    ),
    Host(
        "docs/how-to/litestar.md",
        start=lambda browser: browser.get("/login"),
        callback="/callback",
        account=id_on("/"),
        sign_out=lambda browser: browser.post("/logout"),
    ),
    Host(
        "docs/how-to/nicegui.md",
        start=lambda browser: browser.get("/login"),
        callback="/callback",
        account=id_on("/"),
        sign_out=lambda browser: browser.post("/logout"),
    ),
    Host(
        "docs/how-to/sqladmin.md",
        start=lambda browser: browser.get("/admin/"),
        callback="/callback",
        account=id_on("/"),
        sign_out=lambda browser: browser.get("/admin/logout"),
    ),
    Host(
        "docs/how-to/chainlit.md",
        start=lambda browser: browser.get("/auth/oauth/xiaomi"),
        callback="/auth/oauth/xiaomi/callback",
        account=lambda browser: browser.json("/user").get("identifier"),
        sign_out=lambda browser: browser.post("/logout"),
    ),
    Host(
        "docs/how-to/superset.md",
        start=lambda browser: browser.get("/login/xiaomi"),
        callback="/oauth-authorized/xiaomi",
        account=lambda browser: browser.json("/api/v1/me/").get("result", {}).get("id"),
        sign_out=lambda browser: browser.get("/logout/"),
    ),
    Host(
        "docs/how-to/airflow.md",
        start=lambda browser: browser.get("/auth/login/xiaomi"),
        callback="/auth/oauth-authorized/xiaomi",
        account=lambda browser: browser.json("/ui/auth/me").get("id"),
        sign_out=lambda browser: browser.get("/auth/logout"),
    ),
]

#: The pages whose blocks are run here, and not by ``tests/docs``.
PAGES = {host.page for host in HOSTS}
