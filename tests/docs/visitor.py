"""Somebody's browser: at an application that is served, and at the sandbox that it leads to."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from .processes import LONG


class Visitor:
    """A browser without scripts. It keeps cookies, and follows no redirect by itself."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, url: str, **kwargs: Any) -> requests.Response:
        return self.request("GET", url, **kwargs)

    def post(self, url: str, **form: str) -> requests.Response:
        return self.request("POST", url, data=form)

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """One request, following no redirect."""
        return self._session.request(
            method, urljoin(self.url, url), allow_redirects=False, timeout=LONG, **kwargs
        )

    def submit(self, page: requests.Response, action: str, **fields: str) -> requests.Response:
        """Send the form of `page` whose action is `action`, with `fields` beside hidden ones."""
        form = next(form for form in _Forms(page.text).found if urlsplit(form[0]).path == action)
        return self.request("POST", urljoin(page.url, form[0]), data={**form[1], **fields})

    def login(self) -> str:
        """Where the application's login leads: an address of Xiaomi's."""
        return self.get("/login").headers["Location"]

    def redirect_uri(self) -> str:
        """The callback that the application's login asks for."""
        return parse_qs(urlsplit(self.login()).query)["redirect_uri"][0]

    def callback(self, start: str, user: str = "lei", *, allow: bool = True) -> str:
        """Answer at the sandbox as `user`; the address that it leads back to.

        :param start: where the application sent the browser.
        """
        assert self.get(start).ok
        # Whoever is signed in there already: choose an account.
        page = self.get(urljoin(start, f"/sandbox/sign-in?{urlsplit(start).query}"))
        chosen = self.submit(page, "/sandbox/sign-in", user=user)
        page = self.get(urljoin(start, chosen.headers["Location"]))
        decision = "allow" if allow else "decline"
        return self.submit(page, "/sandbox/consent", decision=decision).headers["Location"]

    def sign_in(self, user: str = "lei") -> requests.Response:
        """Sign in; the callback's answer."""
        return self.get(self.callback(self.login(), user))

    def decline(self) -> requests.Response:
        """Go to Xiaomi, and decline; the callback's answer."""
        return self.get(self.callback(self.login(), allow=False))


class _Forms(HTMLParser):
    """The forms of a page: their actions, and their hidden fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("action", ""), {}))
        elif tag == "input" and given.get("type") == "hidden" and self.found:
            self.found[-1][1][given["name"]] = given.get("value", "")
