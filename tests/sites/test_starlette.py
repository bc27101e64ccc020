"""What is Starlette's alone."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request

from authlib_xiaomi.sandbox import Sandbox
from authlib_xiaomi.starlette_client import OAuth

from ..tls import TRUSTED
from .web import CALLBACK


def test_a_sign_in_needs_neither_method_nor_headers_in_a_requests_scope(xiaomi: Sandbox) -> None:
    app = OAuth().register("xiaomi", client_kwargs={"verify": TRUSTED}, **xiaomi.registration())

    async def sign_in() -> Any:
        begun = Request({"type": "http", "session": {}})
        response = await app.authorize_redirect(begun, CALLBACK)
        callback = await asyncio.to_thread(xiaomi.allow, response.headers["Location"])
        query = urlsplit(callback).query.encode()
        scope = {"type": "http", "path": "/auth", "query_string": query, "session": begun.session}
        try:
            return await app.authorize_access_token(Request(scope))
        finally:
            await app.aclose()

    assert asyncio.run(sign_in())["userinfo"]["name"] == "Lei"
