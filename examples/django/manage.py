"""Sign in with Xiaomi on Django, and call Xiaomi's API with a token that is kept in the session.

In the environment: ``XIAOMI_CLIENT_ID`` and ``XIAOMI_CLIENT_SECRET``, Xiaomi's AppID and AppSecret;
``DJANGO_SECRET_KEY``; ``SESSIONS``, a folder for the sessions.
"""

import logging
import os
import sys
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import path, reverse
from django.views.decorators.http import require_POST

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    SECRET_KEY=os.environ["DJANGO_SECRET_KEY"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    # On the server: a token does not belong into a cookie.
    SESSION_ENGINE="django.contrib.sessions.backends.file",
    SESSION_FILE_PATH=os.environ.get("SESSIONS"),
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)

from authlib_xiaomi import XiaomiOAuthError  # noqa: E402
from authlib_xiaomi.django_client import OAuth  # noqa: E402

logger = logging.getLogger(__name__)


def load_token(request: HttpRequest) -> Any:
    return request.session.get("token")


def save_token(
    token: Mapping[str, Any],
    refresh_token: str | None = None,
    access_token: str | None = None,
    request: HttpRequest | None = None,
) -> None:
    """After a refresh."""
    if request is not None:
        request.session["token"] = dict(token)
        request.session.save()  # now: the view may still fail, and the old token is spent


oauth = OAuth()
oauth.register("xiaomi", fetch_token=load_token, update_token=save_token)

# Django's templates escape what they show: a name is free text. It can be missing, too.
PAGE = """<!doctype html><html lang="en"><title>Sign in with Xiaomi</title>
<p role="alert">{{ message }}</p>
{% if user %}<p>Hello, {{ user.name|default:user.sub }}</p>
<p><a href="/profile">Your profile at Xiaomi</a></p>
<form method="post" action="/logout">{% csrf_token %}<button>Sign out</button></form>
{% else %}<p><a href="/login">Sign in with Xiaomi</a></p>{% endif %}</html>"""


def home(request: HttpRequest, message: str = "", status: int = 200) -> HttpResponse:
    values = {"message": message, "user": request.session.get("user")}
    return HttpResponse(engines["django"].from_string(PAGE).render(values, request), status=status)


def login(request: HttpRequest) -> HttpResponse:
    return oauth.xiaomi.authorize_redirect(request, request.build_absolute_uri(reverse("auth")))


def auth(request: HttpRequest) -> HttpResponse:
    try:
        token = oauth.xiaomi.authorize_access_token(request)
    except XiaomiOAuthError as error:
        return failed(request, error)
    user = token.pop("userinfo")
    request.session.flush()
    request.session["user"] = {"sub": user["sub"], "name": user.get("name")}
    request.session["token"] = dict(token)
    return redirect("/")


def profile(request: HttpRequest) -> HttpResponse:
    if "user" not in request.session:
        return redirect("/")
    try:
        return JsonResponse(oauth.xiaomi.get("user/profile", request=request).json())
    except XiaomiOAuthError as error:
        return failed(request, error)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return redirect("/")


def failed(request: HttpRequest, error: XiaomiOAuthError) -> HttpResponse:
    if error.error == "speculative_request":  # a prefetch by the browser
        return HttpResponse(status=204)
    if error.step == "callback" and error.error == "access_denied":
        return home(request, "You did not allow access. Nothing was shared.")
    if error.step == "callback" and "user" in request.session:  # a reload, or an old tab
        return redirect("/")
    logger.error("Sign-in failed: %s. %s", error, error.hint)
    return home(request, "That did not work. Please try again.", 400)


urlpatterns = [
    path("", home),
    path("login", login),
    path("auth", auth, name="auth"),
    path("profile", profile),
    path("logout", logout),
]

#: For gunicorn and the like: ``gunicorn manage:application``.
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
