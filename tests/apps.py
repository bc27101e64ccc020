"""The package's apps on each framework, driven without the frameworks' own HTTP side."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from authlib_xiaomi.sandbox import Sandbox

# What is imported in functions, the scripts of tests/workers may not need.

T = TypeVar("T")

CALLBACK = "http://localhost:5000/auth"
#: For ``retry_backoff``: repeat as often as by default, without waiting.
AT_ONCE = (0.0, 0.0)
FRAMEWORKS = ("flask", "django", "starlette")


def endpoints(xiaomi: Sandbox) -> dict[str, str]:
    config = xiaomi.registration()
    return {
        "authorization_endpoint": config["authorize_url"],
        "token_endpoint": config["access_token_url"],
        "api_base_url": config["api_base_url"],
    }


def sign_in(xiaomi: Sandbox, user: str = "lei", scope: str = "1 3") -> dict[str, Any]:
    """A token as an application stores it, whose access token has expired."""
    from authlib_xiaomi.requests_client import XiaomiOAuth2Session

    with XiaomiOAuth2Session(
        xiaomi.client_id,
        xiaomi.client_secret,
        redirect_uri=CALLBACK,
        scope=scope,
        **endpoints(xiaomi),
    ) as session:
        url, state = session.create_authorization_url()
        callback = xiaomi.allow(url, user=user)
        token = session.fetch_token(authorization_response=callback, state=state)
    return {**token, "expires_at": int(time.time()) - 1}


def refreshes(xiaomi: Sandbox) -> list[str]:
    """The refresh tokens that arrived, in their order."""
    sent = ({**r.args, **r.form} for r in xiaomi.requests if r.endpoint == "token")
    return [form["refresh_token"] for form in sent if form["grant_type"] == "refresh_token"]


class Store:
    """Where an application keeps its one user's token."""

    def __init__(self, token: dict[str, Any] | None) -> None:
        self.token = token
        self.saved: list[dict[str, Any]] = []
        self.fails = 0

    def load(self, *_: Any) -> dict[str, Any] | None:
        return self.token

    def save(
        self, token: dict[str, Any], refresh_token: Any = None, access_token: Any = None
    ) -> None:
        if self.fails:
            self.fails -= 1
            raise ConnectionResetError("the database is gone")
        self.saved.append(token)
        if self.token is not None and self.token["refresh_token"] == refresh_token:
            self.token = token


class Site:
    """An application on one of the frameworks, driven without its HTTP side."""

    def __init__(self, framework: str, xiaomi: Sandbox, store: Store, **options: Any) -> None:
        self.framework = framework
        options = {**xiaomi.registration(), "retry_backoff": AT_ONCE, **options}
        load, save = store.load, store.save
        if framework == "starlette":
            from .tls import TRUSTED

            kwargs = {"verify": TRUSTED, **options.pop("client_kwargs", {})}
            options["client_kwargs"] = kwargs
            load, save = self._awaited(load), self._awaited(save)
        app_class = import_module(f"authlib_xiaomi.{framework}_client").XiaomiOAuth2App
        self.app = self._oauth().register(
            "xiaomi", client_cls=app_class, fetch_token=load, update_token=save, **options
        )
        if framework == "starlette":
            self._loop = asyncio.new_event_loop()

    def _oauth(self) -> Any:
        oauth = import_module(f"authlib.integrations.{self.framework}_client").OAuth
        if self.framework == "flask":
            from flask import Flask

            self._flask = Flask(__name__)
            return oauth(self._flask)
        if self.framework == "django":
            from django.conf import settings

            if not settings.configured:
                settings.configure(SECRET_KEY="secret")
        return oauth()

    @staticmethod
    def _awaited(function: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return call

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of the app as a view would."""
        return self.call_all(method, [(args, kwargs)])[0]

    def call_all(self, method: str, calls: list[tuple[Any, Any]]) -> list[Any]:
        """Make all `calls` at once; what they return, or raise."""
        if self.framework == "starlette":

            async def gather() -> list[Any]:
                function = getattr(self.app, method)
                given = [function(*args, **self._request(method, kwargs)) for args, kwargs in calls]
                return await asyncio.gather(*given, return_exceptions=True)

            results = self.run(gather())
        else:
            together = threading.Barrier(len(calls))

            def one(call: tuple[Any, Any]) -> Any:
                args, kwargs = call
                together.wait()
                try:
                    if self.framework == "django":
                        return getattr(self.app, method)(*args, **self._request(method, kwargs))
                    with self._flask.test_request_context():
                        return getattr(self.app, method)(*args, **kwargs)
                except Exception as error:
                    return error

            with ThreadPoolExecutor(len(calls)) as pool:
                results = list(pool.map(one, calls))
        if len(calls) == 1 and isinstance(results[0], Exception):
            raise results[0]
        return results

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What a coroutine returns, run in the application's event loop."""
        return self._loop.run_until_complete(work)

    @staticmethod
    def _request(method: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        takes_one = method in ("get", "post", "request", "userinfo", "refresh_token")
        return {"request": SimpleNamespace(), **kwargs} if takes_one else kwargs

    def close(self) -> None:
        if self.framework == "starlette":
            self.run(self.app.aclose())
            self.run(self._loop.shutdown_asyncgens())
            self._loop.close()
        else:
            self.app.close()

    def sign_in(self, xiaomi: Sandbox, user: str = "lei", **kwargs: Any) -> dict[str, Any]:
        """What a sign-in asks of Xiaomi: a token for a code, and who the user is."""
        url = self.call("create_authorization_url", CALLBACK, **kwargs)["url"]
        callback = xiaomi.allow(url, user=user)
        code = parse_qs(urlsplit(callback).query)["code"][0]
        token = self.call("fetch_access_token", code=code, redirect_uri=CALLBACK)
        return {**token, "userinfo": self.call("userinfo", token=token)}
