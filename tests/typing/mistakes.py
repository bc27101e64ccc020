"""Mistakes in a user's program, which type checkers must find. Checked by test_typing.py."""

from __future__ import annotations

from authlib_xiaomi.django_client import XiaomiOAuth2App as DjangoApp
from authlib_xiaomi.flask_client import XiaomiOAuth2App
from authlib_xiaomi.httpx_client import AsyncXiaomiOAuth2Client
from authlib_xiaomi.requests_client import XiaomiOAuth2Session
from authlib_xiaomi.sandbox import Sandbox

SECRET = "s"

# No mistakes
XiaomiOAuth2Session("1", SECRET, subject="openId", mac="auto", timeout=(3.05, 27))
AsyncXiaomiOAuth2Client("1", SECRET, mac=True, timeout=5, http2=True, retry_backoff=(0, 0))
XiaomiOAuth2App(None, "xiaomi", scope=[1, "3"], client_kwargs={"timeout": 5})
Sandbox(like="documents", signatures="required")

# Mistakes, each in a line
XiaomiOAuth2Session("1", SECRET, skip_confrim=True)  # error: misspelt
XiaomiOAuth2Session("1", SECRET, subject="unionid")  # error: not one of Xiaomi's ids
XiaomiOAuth2Session("1", SECRET, proxy="http://127.0.0.1")  # error: an option of httpx
XiaomiOAuth2Session("1", SECRET, redirect_uri=5)  # error: not a text
AsyncXiaomiOAuth2Client("1", SECRET, skip_confrim=True)  # error: misspelt
AsyncXiaomiOAuth2Client("1", SECRET, proxies={})  # error: an option of requests
AsyncXiaomiOAuth2Client("1", SECRET, leeway="60")  # error: not a number
XiaomiOAuth2App(None, "xiaomi", skip_confrim=True)  # error: misspelt
XiaomiOAuth2App(None, "xiaomi", retry_backoff="0")  # error: not numbers
DjangoApp(None, "xiaomi", max_connections="5")  # error: not a number
Sandbox(require_mac="yes")  # error: neither True nor False
Sandbox(signatures="never")  # error: not one of the choices
