"""Anything that a browser may bring to the callback."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from authlib.integrations.base_client import MismatchingStateError
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from authlib_xiaomi import XiaomiOAuthError
from authlib_xiaomi.flask_client import OAuth
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
        oauth.register("xiaomi", **sandbox.registration())
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
    xiaomi = app.extensions["xiaomi"]
    with app.test_request_context("/auth", **arguments):
        xiaomi.authorize_redirect("http://localhost:5000/auth", state=STATE)
        first = dict(reversed(params))
        with pytest.raises(XiaomiOAuthError) as caught:
            xiaomi.authorize_access_token()
        assert len(str(caught.value).splitlines()) == 1
        if first.get("state") == STATE:
            assert not isinstance(caught.value, MismatchingStateError)
            with pytest.raises(MismatchingStateError, match="used already"):
                xiaomi.authorize_access_token()
        else:
            assert isinstance(caught.value, MismatchingStateError)
            forged = first.get("error_description", "")
            assert len(forged) < 8 or forged not in str(caught.value)
