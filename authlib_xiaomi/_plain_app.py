"""The asynchronous app for what Authlib has no integration for: Quart and httpx-oauth."""

from __future__ import annotations

from typing import Any

from authlib.integrations.base_client import BaseApp, FrameworkIntegration

from ._app_calls import AsyncXiaomiApp
from ._authlib import AsyncOAuth2Mixin
from .httpx_client import AsyncXiaomiOAuth2Client


class PlainIntegration(FrameworkIntegration):
    """A framework without configuration and signals of its own."""

    @staticmethod
    def load_config(oauth: Any, name: str, params: tuple[str, ...]) -> dict[str, Any]:
        """Return no options: the registry reads Xiaomi's itself."""
        return {}

    def update_token(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: there is no signal to send."""


class PlainXiaomiApp(AsyncXiaomiApp, AsyncOAuth2Mixin, BaseApp):
    """A registration of Xiaomi over the base of Authlib's asynchronous apps."""

    client_cls: Any = AsyncXiaomiOAuth2Client
