"""An application as the sandbox sees it: plain HTTP, none of the package's clients."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from authlib_xiaomi.mac import authorization
from authlib_xiaomi.sandbox import Sandbox

CALLBACK = "http://localhost:5000/auth"


class Application:
    """A client of one sandbox, with one kept connection. ``None`` leaves a parameter out."""

    def __init__(self, xiaomi: Sandbox) -> None:
        self.xiaomi = xiaomi
        self.http = requests.Session()
        self.http.trust_env = False

    def authorize_url(self, **changes: str | None) -> str:
        fields: dict[str, str | None] = {
            "client_id": self.xiaomi.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "1 3",
            "state": "s-1",
            "skip_confirm": "false",
        }
        return f"{self.xiaomi.url}/oauth2/authorize?{urlencode(given(fields | changes))}"

    def code(self, user: str = "lei", **changes: str | None) -> str:
        return query(self.xiaomi.allow(self.authorize_url(**changes), user))["code"]

    def code_form(self, code: str, /, **changes: str | None) -> dict[str, str]:
        form: dict[str, str | None] = {
            "client_id": self.xiaomi.client_id,
            "client_secret": self.xiaomi.client_secret,
            "redirect_uri": CALLBACK,
            "grant_type": "authorization_code",
            "code": code,
        }
        return given(form | changes)

    def refresh_form(self, refresh_token: str, /, **changes: str | None) -> dict[str, str]:
        return self.code_form(
            "", grant_type="refresh_token", code=None, refresh_token=refresh_token
        ) | given(changes)

    def post(self, form: dict[str, str]) -> requests.Response:
        return self.http.post(f"{self.xiaomi.url}/oauth2/token", data=form, allow_redirects=False)

    def redeem(self, code: str, /, **changes: str | None) -> dict[str, Any]:
        return body(self.post(self.code_form(code, **changes)))

    def refresh(self, refresh_token: str, /, **changes: str | None) -> dict[str, Any]:
        form = self.refresh_form(refresh_token)
        return body(self.post(given({**form, **changes})))

    def token(self, user: str = "lei", **changes: str | None) -> dict[str, Any]:
        return self.redeem(self.code(user, **changes))

    def api_url(self, api: str, access_token: str | None, /, **changes: str | None) -> str:
        fields = {"clientId": self.xiaomi.client_id, "token": access_token}
        return f"{self.xiaomi.url}/{api}?{urlencode(given({**fields, **changes}))}"

    def call(
        self, api: str, token: dict[str, Any], header: str | None = None, /, **changes: str | None
    ) -> requests.Response:
        url = self.api_url(api, token["access_token"], **changes)
        return self.http.get(url, headers={"Authorization": header} if header else {})

    def call_signed(
        self, api: str, token: dict[str, Any], nonce: str | None = None
    ) -> requests.Response:
        url = self.api_url(api, token["access_token"])
        header = authorization(token["access_token"], token["mac_key"], "GET", url, nonce)
        return self.http.get(url, headers={"Authorization": header})

    def data(self, api: str, token: dict[str, Any]) -> dict[str, Any]:
        answer = self.call(api, token).json()
        assert (answer["result"], answer["code"]) == ("ok", 0)
        return dict(answer["data"])


class Browser:
    """A browser without JavaScript: it fills in forms, and stops at the application's door."""

    def __init__(self) -> None:
        self.http = requests.Session()
        self.http.trust_env = False
        self.page = ""
        self.url = ""
        self.status = 0
        #: Where the application was sent to, if it was.
        self.callback: str | None = None
        self.response = requests.Response()

    def open(self, url: str, **headers: str) -> Browser:
        return self._take(self.http.get(url, headers=headers, allow_redirects=False))

    def press(self, name: str, value: str, **changes: str) -> Browser:
        action = re.search(r'<form method="post" action="([^"]*)"', self.page)
        token = re.search(r'name="token" value="([^"]*)"', self.page)
        assert action
        assert token
        url = self._absolute(action[1].replace("&amp;", "&"))
        form = {"token": token[1], name: value} | changes
        return self._take(self.http.post(url, data=form, allow_redirects=False))

    def follow(self, path: str) -> Browser:
        link = re.search(rf'href="({re.escape(path)}[^"]*)"', self.page)
        assert link
        return self.open(self._absolute(link[1].replace("&amp;", "&")))

    def _take(self, response: requests.Response) -> Browser:
        self.response, self.page, self.url = response, response.text, response.url
        self.status, self.callback = response.status_code, None
        location = response.headers.get("Location")
        if location is None:
            return self
        if location.startswith("/"):
            return self.open(self._absolute(location))
        self.callback = location
        return self

    def _absolute(self, path: str) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{path}"


def given(fields: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


def query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def body(response: requests.Response) -> dict[str, Any]:
    return dict(json.loads(response.text.removeprefix("&&&START&&&")))
