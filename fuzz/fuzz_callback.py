"""Anything that a browser may bring to the callback."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from authlib.integrations.base_client import MismatchingStateError, OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, session
from hypothesis import given
from hypothesis import strategies as st

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.flask_client import XiaomiOAuth2App
from authlib_xiaomi.sandbox import Sandbox

STATE = "the-state-of-this-session"
NAMES = st.sampled_from(["code", "state", "error", "error_description", "scope", "x"])
VALUES = st.text(max_size=40) | st.sampled_from([STATE, "96012", "access_denied", "None", ""])


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    with Sandbox() as sandbox:
        app = Flask(__name__)
        app.secret_key = "secret"
        oauth = OAuth(app)
        oauth.register("xiaomi", client_cls=XiaomiOAuth2App, **sandbox.registration())
        app.extensions["xiaomi"] = oauth.xiaomi
        yield app
        oauth.xiaomi.close()


@given(st.lists(st.tuples(NAMES, VALUES), max_size=6), st.booleans())
def test_a_callback_is_an_error_of_authlibs(
    app: Flask, params: list[tuple[str, str]], posted: bool
) -> None:
    text = urlencode(params, errors="surrogatepass")
    arguments = {"data": text, "method": "POST"} if posted else {"query_string": text}
    if posted:
        arguments["content_type"] = "application/x-www-form-urlencoded"
    with app.test_request_context("/auth", **arguments):
        session[f"_state_xiaomi_{STATE}"] = {"data": {"redirect_uri": "http://localhost/"}}
        first = dict(reversed(params))
        with pytest.raises(OAuthError) as caught:
            app.extensions["xiaomi"].authorize_access_token()
        if first.get("state") == STATE:
            assert isinstance(caught.value, XiaomiOAuthError)
            assert f"_state_xiaomi_{STATE}" not in session
        else:
            assert isinstance(caught.value, MismatchingStateError)
            assert str(caught.value) == str(MismatchingStateError())
