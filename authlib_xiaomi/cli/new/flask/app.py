# app.py: sign in with Xiaomi, on Flask
import os

from flask import Flask, redirect, render_template_string, session, url_for

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.flask_client import OAuth

app = Flask(__name__)
app.secret_key = os.environ["FLASK_SECRET_KEY"]
oauth = OAuth(app)
oauth.register("xiaomi")  # with XIAOMI_CLIENT_ID and XIAOMI_CLIENT_SECRET of the environment

PAGE = """<!doctype html><html lang="en"><title>Sign in with Xiaomi</title>
<p role="alert">{{ message }}</p>
{% if user %}{% if user.picture %}<img src="{{ user.picture }}" alt="" width="90">{% endif %}
<p>Hello, {{ user.name or user.sub }}</p>
<form method="post" action="/logout"><button>Sign out</button></form>
{% else %}<p><a href="/login">Sign in with Xiaomi</a></p>{% endif %}"""


@app.get("/")
def home(message="", status=200):
    return render_template_string(PAGE, message=message, user=session.get("user")), status


@app.get("/login")
def login():
    return oauth.xiaomi.authorize_redirect(url_for("auth", _external=True))


@app.get("/auth")
def auth():
    user = oauth.xiaomi.authorize_access_token()["userinfo"]
    session.clear()
    session["user"] = {name: user.get(name) for name in ("sub", "name", "picture")}
    return redirect("/")


@app.post("/logout")
def logout():
    session.clear()
    return redirect("/")


@app.errorhandler(XiaomiOAuthError)
def sign_in_failed(error):
    if error.error == "speculative_request":  # a prefetch by the browser
        return "", 204
    if error.step == "callback" and error.error == "access_denied":
        return home("You did not allow access. Nothing was shared.")
    if error.step == "callback" and "user" in session:  # a reload, or an old tab
        return redirect("/")
    app.logger.error("Sign-in failed: %s. %s", error, error.hint)
    return home("The sign-in failed. Please try again.", 400)
