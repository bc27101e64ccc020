"""One way to drive an application, whatever its framework, so that a test runs on each.

A :class:`Site` is an application with a login page, a callback page, and a page where a test may
use the client as it likes. Whatever the page raises is raised to the test.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import EllipsisType
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, urlsplit

import authlib.integrations.django_client
import authlib.integrations.flask_client
import authlib.integrations.starlette_client
import django
import flask
import werkzeug
from anyio.from_thread import start_blocking_portal
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.config import Config
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from authlib_xiaomi import django_client, flask_client, starlette_client
from authlib_xiaomi.httpx_client import httpx
from authlib_xiaomi.sandbox import Sandbox

from ..tls import TRUSTED

#: Where the callback page is.
CALLBACK = "http://localhost/auth"

#: For ``retry_backoff``: repeat as often as by default, without waiting.
AT_ONCE = (0.0, 0.0)

#: In the arguments of :meth:`Site.do`: the framework's request.
REQUEST = object()

_SECRET_KEY = "a key for the tests' session cookies"


def query_of(url: str) -> dict[str, str]:
    """The parameters in a URL, each of which must be there once."""
    found = parse_qs(urlsplit(url).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in found.values()), url
    return {name: values[0] for name, values in found.items()}


class MemoryCache:
    """What Authlib calls a cache: for states that are not to be in the session."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        return self.kept.get(key)

    def set(self, key: str, value: Any, expires: int | None = None) -> None:
        self.kept[key] = value

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)


class AsyncMemoryCache:
    def __init__(self, cache: MemoryCache) -> None:
        self._cache = cache

    async def get(self, key: str) -> Any:
        return self._cache.get(key)

    async def set(self, key: str, value: Any, expires: int | None = None) -> None:
        self._cache.set(key, value, expires)

    async def delete(self, key: str) -> None:
        self._cache.delete(key)


Job = Callable[[Any, Any, Any], Any]


class Site:
    """An application with one ``OAuth`` and one browser.

    :param config: the framework's configuration of the registration ``xiaomi``, by option.
    :param cache: for ``OAuth(cache=…)``.
    :param hooks: ``fetch_token`` and ``update_token`` of ``OAuth()``.
    """

    framework: ClassVar[str]
    app_class: ClassVar[type]
    is_async: ClassVar[bool] = False
    takes_request: ClassVar[bool] = True

    def __init__(
        self,
        config: Mapping[str, Any] | None = None,
        *,
        cache: MemoryCache | None = None,
        **hooks: Callable[..., Any],
    ) -> None:
        self._stack = ExitStack()
        self._job: tuple[str, Job] | None = None
        self._registered: list[Any] = []
        self.oauth: Any = None
        #: The registration that is meant where none is named.
        self.default = "xiaomi"
        hooks = {name: self.function(hook) for name, hook in hooks.items()}
        self._start(dict(config or {}), cache, hooks)

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What a framework's site says.

    def _start(
        self, config: dict[str, Any], cache: MemoryCache | None, hooks: dict[str, Any]
    ) -> None:
        raise NotImplementedError

    def forget(self) -> None:
        """Be visited by a new browser."""
        raise NotImplementedError

    def _fetch(self, method: str, url: str, form: dict[str, str]) -> tuple[int, str | None]:
        """What a browser does; the status and the ``Location``."""
        raise NotImplementedError

    def _own_callback(self, request: Any) -> Any:
        """The callback page's URL, as applications of this framework say it."""
        raise NotImplementedError

    def close(self) -> None:
        for client in self._registered:
            client.close()
        self._stack.close()

    # What a test uses.

    def function(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, as this framework's callbacks are: without ``await``, or with it."""
        return call

    def register(self, name: str = "xiaomi", **options: Any) -> Any:
        client = self.oauth.register(name, client_cls=self.app_class, **options)
        self._registered.append(client)
        return client

    def connect(self, xiaomi: Sandbox, name: str = "xiaomi", **options: Any) -> Site:
        """Register `xiaomi`, with no wait before what is repeated."""
        self.register(name, **{**xiaomi.registration(), "retry_backoff": AT_ONCE, **options})
        return self

    def login(
        self,
        redirect_uri: str | EllipsisType | None = ...,
        *,
        name: str | None = None,
        **kwargs: Any,
    ) -> str:
        """Where the login page sends the browser.

        :param redirect_uri: by default as the framework's applications say it; ``None`` for none.
        """

        def job(app: Any, request: Any, session: Any) -> Any:
            uri = self._own_callback(request) if redirect_uri is ... else redirect_uri
            arguments = [] if uri is None else [uri]
            return app.authorize_redirect(*self._request_argument(request), *arguments, **kwargs)

        _, location = self._visit("GET", "/login", {}, name, job)
        assert location is not None
        return location

    def callback(
        self, url: str, *, method: str = "GET", name: str | None = None, **kwargs: Any
    ) -> Any:
        """The token that the callback page gets when the browser comes to `url`.

        :param method: with POST the parameters are a form.
        """

        def job(app: Any, request: Any, session: Any) -> Any:
            return app.authorize_access_token(*self._request_argument(request), **kwargs)

        parts = urlsplit(url)
        form = dict(parse_qsl(parts.query)) if method == "POST" else {}
        target = parts.path if method == "POST" else f"{parts.path}?{parts.query}"
        self._visit(method, target, form, name, job)
        return self.result

    def sign_in(self, xiaomi: Sandbox, user: str = "lei", **kwargs: Any) -> Any:
        """The token of `user`, who allows what is asked."""
        return self.callback(xiaomi.allow(self.login(), user=user), **kwargs)

    def do(self, method: str, *args: Any, name: str | None = None, **kwargs: Any) -> Any:
        """What a method of the client returns, called in a page."""

        def job(app: Any, request: Any, session: Any) -> Any:
            def own(value: Any) -> Any:
                return request if value is REQUEST else value

            return getattr(app, method)(
                *map(own, args), **{key: own(value) for key, value in kwargs.items()}
            )

        self._visit("GET", "/do", {}, name, job)
        return self.result

    @property
    def request_arguments(self) -> list[Any]:
        """The first arguments of the client's methods that are about a request."""
        return self._request_argument(REQUEST)

    @property
    def session(self) -> dict[str, Any]:
        """What the browser's session holds."""

        def job(app: Any, request: Any, session: Any) -> Any:
            return dict(session.items())

        self._visit("GET", "/do", {}, None, job)
        return self.result

    @property
    def cookie(self) -> str:
        """The session, as the browser holds it; empty where there is none."""
        raise NotImplementedError

    # What the pages do.

    def _visit(
        self, method: str, url: str, form: dict[str, str], name: str | None, job: Job
    ) -> tuple[int, str | None]:
        self._job, self.result, self.error = (name or self.default, job), None, None
        answer = self._fetch(method, url, form)
        if self.error is not None:
            raise self.error
        return answer

    def _request_argument(self, request: Any) -> list[Any]:
        return [request] if self.takes_request else []

    def _serve(self, request: Any, session: Any) -> Any:
        name, job = self._job
        try:
            self.result = job(getattr(self.oauth, name), request, session)
            self._remember(session)
        except Exception as error:  # for the test
            self.error = error
        return self.result

    async def _aserve(self, request: Any, session: Any) -> Any:
        name, job = self._job
        try:
            result = job(getattr(self.oauth, name), request, session)
            self.result = await result if inspect.isawaitable(result) else result
            self._remember(session)
        except Exception as error:  # for the test
            self.error = error
        return self.result

    def _remember(self, session: Any) -> None:
        # As applications do; so what is put there must be fit for a session.
        if isinstance(self.result, dict) and "userinfo" in self.result:
            session["user"] = self.result["userinfo"]


class FlaskSite(Site):
    framework = "flask"
    app_class = flask_client.XiaomiOAuth2App
    takes_request = False

    def _start(
        self, config: dict[str, Any], cache: MemoryCache | None, hooks: dict[str, Any]
    ) -> None:
        self.app = flask.Flask(__name__)
        self.app.secret_key = _SECRET_KEY
        self.app.config.update({f"XIAOMI_{key}".upper(): value for key, value in config.items()})
        self.oauth = authlib.integrations.flask_client.OAuth(self.app, cache=cache, **hooks)
        for name in ("login", "auth", "do"):
            methods = ["GET", "POST"]
            self.app.add_url_rule(f"/{name}", endpoint=name, view_func=self._page, methods=methods)
        self.forget()

    def forget(self) -> None:
        self._browser = self.app.test_client()

    def _page(self) -> Any:
        answer = self._serve(None, flask.session)
        return answer if isinstance(answer, werkzeug.Response) else "done"

    def _fetch(self, method: str, url: str, form: dict[str, str]) -> tuple[int, str | None]:
        response = self._browser.open(url, method=method, data=form)
        return response.status_code, response.headers.get("Location")

    @property
    def cookie(self) -> str:
        kept = self._browser.get_cookie("session")
        return kept.value if kept else ""

    def _own_callback(self, request: Any) -> Any:
        return flask.url_for("auth", _external=True)


class StarletteSite(Site):
    framework = "starlette"
    app_class = starlette_client.XiaomiOAuth2App
    is_async = True

    def _start(
        self, config: dict[str, Any], cache: MemoryCache | None, hooks: dict[str, Any]
    ) -> None:
        environ = {f"XIAOMI_{key}".upper(): value for key, value in config.items()}
        self.oauth = authlib.integrations.starlette_client.OAuth(
            Config(environ=environ), cache=AsyncMemoryCache(cache) if cache else None, **hooks
        )
        self.app = self._application()
        self.app.add_middleware(SessionMiddleware, secret_key=_SECRET_KEY)
        self._portal = self._stack.enter_context(start_blocking_portal())
        self._browser = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://localhost"
        )

    def forget(self) -> None:
        self._browser.cookies.clear()

    def connect(self, xiaomi: Sandbox, name: str = "xiaomi", **options: Any) -> Site:
        kwargs = {"verify": TRUSTED, **options.pop("client_kwargs", {})}
        return super().connect(xiaomi, name, client_kwargs=kwargs, **options)

    def _application(self) -> Any:
        names = ("login", "auth", "do")
        return Starlette(
            routes=[
                Route(f"/{name}", self._page, name=name, methods=["GET", "POST"]) for name in names
            ]
        )

    async def _page(self, request: Request) -> Any:
        answer = await self._aserve(request, request.session)
        is_response = hasattr(answer, "raw_headers")
        return answer if is_response else PlainTextResponse("done")

    def _fetch(self, method: str, url: str, form: dict[str, str]) -> tuple[int, str | None]:
        async def fetch() -> Any:
            return await self._browser.request(method, url, data=form)

        response = self._portal.call(fetch)
        return response.status_code, response.headers.get("Location")

    @property
    def cookie(self) -> str:
        return str(self._browser.cookies.get("session", ""))

    def _own_callback(self, request: Any) -> Any:
        return request.url_for("auth")

    def function(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            return call(*args, **kwargs)

        return awaited

    def close(self) -> None:
        for client in self._registered:
            self._portal.call(client.aclose)
        self._portal.call(self._browser.aclose)
        self._stack.close()


class FastAPISite(StarletteSite):
    framework = "fastapi"

    def _application(self) -> Any:
        app = FastAPI()
        for name in ("login", "auth", "do"):
            app.add_api_route(
                f"/{name}", self._page, name=name, methods=["GET", "POST"], response_model=None
            )
        return app


class DjangoSite(Site):
    framework = "django"
    app_class = django_client.XiaomiOAuth2App

    def _start(
        self, config: dict[str, Any], cache: MemoryCache | None, hooks: dict[str, Any]
    ) -> None:
        configure_django()
        changed = override_settings(
            ALLOWED_HOSTS=["localhost"],
            AUTHLIB_OAUTH_CLIENTS={"xiaomi": config} if config else {},
            MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
            ROOT_URLCONF=__name__,
            SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        )
        self._stack.enter_context(changed)
        self.oauth = authlib.integrations.django_client.OAuth(cache=cache, **hooks)
        self.forget()

    def forget(self) -> None:
        self._browser = Client(SERVER_NAME="localhost", **{"tests.site": self})

    def _fetch(self, method: str, url: str, form: dict[str, str]) -> tuple[int, str | None]:
        if method == "POST":
            response = self._browser.post(url, form)
        else:
            response = self._browser.generic(method, url)
        return response.status_code, response.headers.get("Location")

    @property
    def cookie(self) -> str:
        kept = self._browser.cookies.get("sessionid")
        return kept.value if kept else ""

    def _own_callback(self, request: Any) -> Any:
        return request.build_absolute_uri(reverse("auth"))


def _django_page(request: HttpRequest) -> HttpResponse:
    answer = request.META["tests.site"]._serve(request, request.session)
    return answer if isinstance(answer, HttpResponse) else HttpResponse("done")


#: Django's: the pages.
urlpatterns = [path(name, _django_page, name=name) for name in ("login", "auth", "do")]


def configure_django() -> None:
    """What Django wants before anything of it is used, whoever may have told it already."""
    if not settings.configured:
        settings.configure()
    settings.SECRET_KEY = _SECRET_KEY
    django.setup()


#: FastAPI is Starlette in all that concerns a client, and so takes part in the sign-in alone.
SITES: list[type[Site]] = [FlaskSite, StarletteSite, DjangoSite]
