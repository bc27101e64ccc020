# app.py: sign in with Xiaomi, on Django
import logging
import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import path
from django.views.decorators.http import require_POST

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    SECRET_KEY=os.environ["DJANGO_SECRET_KEY"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",  # needs no database
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)

from authlib_xiaomi import XiaomiOAuthError  # noqa: E402
from authlib_xiaomi.django_client import OAuth  # noqa: E402

oauth = OAuth()
oauth.register("xiaomi")  # with XIAOMI_CLIENT_ID and XIAOMI_CLIENT_SECRET of the environment

PAGE = """<!doctype html><html lang="en"><title>Sign in with Xiaomi</title>
<p role="alert">{{ message }}</p>
{% if user %}{% if user.picture %}<img src="{{ user.picture }}" alt="" width="90">{% endif %}
<p>Hello, {{ user.name|default:user.sub }}</p>
<form method="post" action="/logout">{% csrf_token %}<button>Sign out</button></form>
{% else %}<p><a href="/login">Sign in with Xiaomi</a></p>{% endif %}"""


def home(request, message="", status=200):
    values = {"message": message, "user": request.session.get("user")}
    return HttpResponse(engines["django"].from_string(PAGE).render(values, request), status=status)


def login(request):
    return oauth.xiaomi.authorize_redirect(request, request.build_absolute_uri("/auth"))


def auth(request):
    try:
        user = oauth.xiaomi.authorize_access_token(request)["userinfo"]
    except XiaomiOAuthError as error:
        return sign_in_failed(request, error)
    request.session.flush()
    request.session["user"] = {name: user.get(name) for name in ("sub", "name", "picture")}
    return redirect("/")


@require_POST
def logout(request):
    request.session.flush()
    return redirect("/")


def sign_in_failed(request, error):
    if error.error == "speculative_request":  # a prefetch by the browser
        return HttpResponse(status=204)
    if error.step == "callback" and error.error == "access_denied":
        return home(request, "You did not allow access. Nothing was shared.")
    if error.step == "callback" and "user" in request.session:  # a reload, or an old tab
        return redirect("/")
    logging.getLogger(__name__).error("Sign-in failed: %s. %s", error, error.hint)
    return home(request, "The sign-in failed. Please try again.", 400)


urlpatterns = [path("", home), path("login", login), path("auth", auth), path("logout", logout)]
app = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
