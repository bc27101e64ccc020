"""Where redirects may lead, cookies, headers, pictures."""

from __future__ import annotations

import pytest
from flask import Flask

from authlib_xiaomi.sandbox import Sandbox
from demo_flask.security import local_path
from demo_flask.xiaomi import picture_of

from .visitors import MakeApp, User

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "\x00//evil.example/",
    " //evil.example/",
    "javascript:alert(1)",
    "evil.example",
    "/a\r\nSet-Cookie: x=1",
    "/ /evil.example",
    "/\u2028/evil.example",
    "/" + "x" * 500,
    "",
    None,
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_path_that_may_lead_elsewhere_is_none(target: str | None) -> None:
    assert local_path(target) is None


@pytest.mark.parametrize("target", ["/", "/account", "/a?b=c&d=%2F#e", "/小米"])
def test_a_path_of_this_site_is_one(target: str) -> None:
    assert local_path(target) == target


@pytest.mark.parametrize("target", ["//evil.example/", "/\\evil.example", "https://evil.example"])
@pytest.mark.parametrize("path", ["/language/zh", "/sign-in"])
def test_next_does_not_lead_elsewhere(user: User, path: str, target: str) -> None:
    response = user.client.get(path, query_string={"next": target})
    if path == "/sign-in":
        response = user.client.get(user.xiaomi.allow(response.location))

    assert response.location in ("/", "/account")


def test_a_next_of_an_abandoned_sign_in_is_forgotten(user: User) -> None:
    user.client.get("/sign-in?next=/language/zh")

    assert user.sign_in().location == "/account"


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(user: User) -> None:
    cookie = user.client.get("/sign-in").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_secure_under_https(user: User) -> None:
    response = user.client.get("/sign-in", base_url="https://localhost")

    assert "; Secure" in response.headers["Set-Cookie"]


def test_a_proxy_says_that_it_is_https(make_app: MakeApp) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "demo.example"}
    trusting, plain = make_app(TRUSTED_PROXIES=1), make_app()

    told = trusting.test_client().get("/sign-in", headers=headers)
    untold = plain.test_client().get("/sign-in", headers=headers)

    assert "; Secure" in told.headers["Set-Cookie"]
    assert "redirect_uri=https%3A%2F%2Fdemo.example%2Fsign-in%2Fcallback" in told.location
    assert "demo.example" not in untold.location


def test_forms_work_under_https(make_app: MakeApp) -> None:
    base = "https://localhost"
    with Sandbox(redirect_uris=base) as xiaomi:
        client = make_app(**xiaomi.config()).test_client()
        client.get(xiaomi.allow(client.get("/sign-in", base_url=base).location))
        page = client.get("/account", base_url=base).text
        form = {"csrf_token": page.partition('csrf_token" value="')[2].partition('"')[0]}

        refused = client.post("/sign-out", base_url=base, data=form)
        taken = client.post("/sign-out", base_url=base, data=form, headers={"Referer": base})

    assert (refused.status_code, taken.status_code) == (400, 303)


@pytest.mark.parametrize(
    "path", ["/", "/account", "/sign-in", "/nope", "/static/demo.css", "/static/copy.js"]
)
def test_every_answer_has_the_headers(user: User, path: str) -> None:
    with user.client.get(path) as response:
        headers = response.headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert user.xiaomi.url in policy
    assert "https://*.mi-img.com" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_pages_are_not_kept_but_the_style_sheet_may_be(user: User) -> None:
    assert user.client.get("/").headers["Cache-Control"] == "no-store"
    with user.client.get("/static/demo.css") as response:
        assert response.headers["Cache-Control"] != "no-store"


def test_with_the_real_xiaomi_the_policy_has_its_hosts_alone(make_app: MakeApp) -> None:
    policy = (
        make_app(XIAOMI_AUTHORIZE_URL=None)
        .test_client()
        .get("/")
        .headers["Content-Security-Policy"]
    )

    assert "img-src 'self' https://*.mi-img.com https://*.xiaomi.com;" in policy


@pytest.mark.parametrize(
    ("picture", "shown"),
    [
        ("https://s1.mi-img.com/a/b_320.jpg", "https://s1.mi-img.com/a/b_320.jpg"),
        (
            "http://cdn.cnbj1.fds.api.mi-img.com/user-avatar/a.jpg?x=1",
            "https://cdn.cnbj1.fds.api.mi-img.com/user-avatar/a.jpg?x=1",
        ),
        ("https://mi-img.com.evil.example/a.jpg", None),
        ("https://evilmi-img.com/a.jpg", None),
        ("https://s1.mi-img.com:8443/a.jpg", None),
        ("https://user@s1.mi-img.com/a.jpg", "https://s1.mi-img.com/a.jpg"),
        ("http://127.0.0.1:1/a.jpg", None),
        ("https://[/", None),
        ("https://s1.mi-img.com:x/", None),
        ("", None),
    ],
)
def test_a_picture_is_shown_from_xiaomis_hosts_alone(
    app: Flask, picture: str, shown: str | None
) -> None:
    with app.app_context():
        assert picture_of({"picture": picture}) == shown


def test_the_sandbox_draws_pictures_too(app: Flask, xiaomi_sandbox: Sandbox) -> None:
    with app.app_context():
        url = f"{xiaomi_sandbox.url}/pictures/lei.svg"
        assert picture_of({"picture": url}) == url
        assert picture_of({"picture": f"{xiaomi_sandbox.url}0/a.svg"}) is None
