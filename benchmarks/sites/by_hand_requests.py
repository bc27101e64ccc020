"""Xiaomi by hand over requests: one session for the whole application."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import requests
from requests.adapters import HTTPAdapter

from . import CLIENT_ID, CLIENT_SECRET, PREFIX, Xiaomi, user_of

__all__ = ["Client"]


class Client:
    """What a careful author writes who has read Xiaomi's documents, and no more."""

    def __init__(self, xiaomi: Xiaomi, callback: str) -> None:
        self._xiaomi = xiaomi
        self._callback = callback
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=100))

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

    def fetch_token(self, code: str) -> dict[str, Any]:
        form = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uri": self._callback,
            "grant_type": "authorization_code",
            "code": code,
        }
        answer = self._session.post(f"{self._xiaomi.account}/oauth2/token", data=form, timeout=10)
        token: dict[str, Any] = json.loads(answer.content.removeprefix(PREFIX))
        if "access_token" not in token:
            raise RuntimeError(f"Xiaomi says {token.get('error_description')}")
        return token

    def fetch_user(self, token: dict[str, Any]) -> dict[str, str]:
        query = {"clientId": CLIENT_ID, "token": token["access_token"]}
        answer = self._session.get(f"{self._xiaomi.api}/user/profile", params=query, timeout=10)
        return user_of(answer.json())
