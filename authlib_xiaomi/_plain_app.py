"""The asynchronous app for where Authlib has no integration: Quart, httpx-oauth."""

from __future__ import annotations

from typing import Any

from authlib.integrations.base_client import BaseApp, FrameworkIntegration

from ._app_calls import AsyncXiaomiApp
from ._authlib import AsyncOAuth2Mixin
from .httpx_client import AsyncXiaomiOAuth2Client

__all__ = ["PlainIntegration", "PlainXiaomiApp"]


class PlainIntegration(FrameworkIntegration):
    """A framework without configuration and signals of its own."""

    @staticmethod
    def load_config(oauth: Any, name: str, params: tuple[str, ...]) -> dict[str, Any]:
        """Nothing: the registry reads Xiaomi's options itself."""
        return {}

    def update_token(self, *args: Any, **kwargs: Any) -> None:
        """Tell nobody."""


class PlainXiaomiApp(AsyncXiaomiApp, AsyncOAuth2Mixin, BaseApp):
    """A registration of Xiaomi over the base of Authlib's asynchronous apps."""

    client_cls: Any = AsyncXiaomiOAuth2Client
