"""Xiaomi by hand over httpx: one client for the whole application."""

from __future__ import annotations

import importlib
import json
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlencode

from . import CLIENT_ID, CLIENT_SECRET, HTTPX_LIMITS, PREFIX, Xiaomi, user_of

__all__ = ["Client"]

# The one that Authlib prefers.
httpx: Any = importlib.import_module("httpx2" if find_spec("httpx2") else "httpx")


class Client:
    """What a careful author writes who has read Xiaomi's documents, and no more."""

    def __init__(self, xiaomi: Xiaomi, callback: str) -> None:
        self._xiaomi = xiaomi
        self._callback = callback
        self._client = httpx.AsyncClient(timeout=10, limits=httpx.Limits(**HTTPX_LIMITS))

    def authorization_url(self, state: str) -> str:
        query = {
            "client_id": CLIENT_ID,
            "redirect_uri": self._callback,
            "response_type": "code",
            "scope": "1",
            "skip_confirm": "false",
            "state": state,
        }
        return f"{self._xiaomi.account}/oauth2/authorize?{urlencode(query)}"

    async def fetch_token(self, code: str) -> dict[str, Any]:
        form = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uri": self._callback,
            "grant_type": "authorization_code",
            "code": code,
        }
        answer = await self._client.post(f"{self._xiaomi.account}/oauth2/token", data=form)
        token: dict[str, Any] = json.loads(answer.content.removeprefix(PREFIX))
        if "access_token" not in token:
            raise RuntimeError(f"Xiaomi says {token.get('error_description')}")
        return token

    async def fetch_user(self, token: dict[str, Any]) -> dict[str, str]:
        query = {"clientId": CLIENT_ID, "token": token["access_token"]}
        answer = await self._client.get(f"{self._xiaomi.api}/user/profile", params=query)
        return user_of(answer.json())
