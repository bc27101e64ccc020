"""Sign in with Xiaomi on Django: the least that is a whole application.

In the environment: ``XIAOMI_CLIENT_ID`` and ``XIAOMI_CLIENT_SECRET``, Xiaomi's AppID and AppSecret.
``XIAOMI_AUTHORIZE_URL``, ``XIAOMI_ACCESS_TOKEN_URL`` and ``XIAOMI_API_BASE_URL`` lead to a sandbox.
"""

import logging
import os
import secrets
import sys

from django.conf import settings

_XIAOMI = ("client_id", "client_secret", "authorize_url", "access_token_url", "api_base_url")

settings.configure(
    DEBUG=os.environ.get("DEBUG") == "1",
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    # Set SECRET_KEY, the same for all workers, or a restart signs everybody out.
    SECRET_KEY=os.environ.get("SECRET_KEY") or secrets.token_hex(32),
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        f"{__name__}.SignInFailed",
    ],
    # In the cookie: a whole application, and no database.
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    SESSION_COOKIE_NAME="django_example",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    AUTHLIB_OAUTH_CLIENTS={
        "xiaomi": {
            option: os.environ[f"XIAOMI_{option.upper()}"]
            for option in _XIAOMI
            if f"XIAOMI_{option.upper()}" in os.environ
        }
    },
)

# What follows wants the settings.
from authlib.integrations.django_client import OAuth, OAuthError  # noqa: E402
from django.core.management import execute_from_command_line  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import redirect  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path, reverse  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402

from authlib_xiaomi import ErrorCode, XiaomiOAuthError  # noqa: E402
from authlib_xiaomi.django_client import XiaomiOAuth2App  # noqa: E402

oauth = OAuth()
oauth.register("xiaomi", client_cls=XiaomiOAuth2App)

# Django's templates escape what they show: a name is free text. It can be missing, too.
PAGE = """<!doctype html><html lang="en"><title>Sign in with Xiaomi</title>
{% if failed %}<p>That did not work. <a href="/login">Once more?</a></p>
{% elif user %}<p>Hello, {{ user.name|default:user.sub }}</p>
<form method="post" action="/logout">{% csrf_token %}<button>Sign out</button></form>
{% else %}<p><a href="/login">Sign in with Xiaomi</a></p>{% endif %}</html>"""


def page(request: HttpRequest, status: int = 200, **context: object) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(PAGE).render(context, request), status=status)


def home(request: HttpRequest) -> HttpResponse:
    return page(request, user=request.session.get("user"))


def login(request: HttpRequest) -> HttpResponse:
    return oauth.xiaomi.authorize_redirect(request, request.build_absolute_uri(reverse("auth")))


def auth(request: HttpRequest) -> HttpResponse:
    token = oauth.xiaomi.authorize_access_token(request)
    user = token["userinfo"]
    # A new session, and in it no more than is shown: it is a cookie, which holds 4 KB.
    request.session.flush()
    request.session["user"] = {"sub": user["sub"], "name": user.get("name")}
    return redirect("/")


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return redirect("/")


class SignInFailed:
    """Middleware: what to show when Xiaomi, or the way there, says no."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OAuthError):
            return None
        if isinstance(error, XiaomiOAuthError):
            if error.code == ErrorCode.OA_ACCESS_DENIED:  # the user declined
                return redirect("/")
            logging.getLogger("django").warning("Sign-in failed: %s. %s", error, error.hint)
        return page(request, status=400, failed=True)


urlpatterns = [
    path("", home),
    path("login", login),
    path("auth", auth, name="auth"),
    path("logout", logout),
]

#: For gunicorn and the like: ``gunicorn manage:application``.
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
