"""The connections of an httpx client: one set for each event loop and process."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.request import getproxies

import anyio

from ._async_runtime import LoopLocal
from ._authlib import httpx_module
from ._core.options import Options
from .provider import MAX_IDLE

if TYPE_CHECKING:
    import httpx2 as httpx
else:
    httpx = httpx_module()

#: The options that have to do with the connections, and not with a single client.
WIRE_OPTIONS: Final = (
    "verify", "cert", "http1", "http2", "proxy", "mounts", "limits", "transport", "trust_env",
)  # fmt: skip
_PROXY_OPTIONS: Final = ("proxy", "mounts", "transport")


class _Opened(NamedTuple):
    """What is open in one event loop."""

    #: A transport, or where proxies are to be found the way that httpx finds them, a client.
    wire: Any
    #: One for each connection: httpcore's own queue costs more the longer it is.
    slots: anyio.Semaphore


class Pool:
    """The connections. They belong to an event loop, and to a process."""

    def __init__(self, options: Options, wire: Mapping[str, Any]) -> None:
        self._options = options
        self._wire = dict(wire)
        self._local: LoopLocal[_Opened] = LoopLocal()

    @property
    def opened(self) -> _Opened:
        """What sends in this event loop, made at the first use."""
        opened = self._local.get()
        if opened is None:
            opened = _Opened(self._open(), anyio.Semaphore(self._options.max_connections))
            self._local.set(opened, opened.wire.aclose)
        return opened

    def _open(self) -> Any:
        limits = httpx.Limits(
            max_connections=self._options.max_connections,
            max_keepalive_connections=self._options.max_connections,
            keepalive_expiry=MAX_IDLE,
        )
        given = {"limits": limits, **self._wire}
        proxies = given.get("trust_env", True) and getproxies()
        if proxies or given.get("proxy") or given.get("mounts"):
            # Users share the connections, and must not share cookies.
            cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
            return httpx.AsyncClient(**{**given, "cookies": cookies})
        if given.get("transport"):
            return given["transport"]
        rest = {name: value for name, value in given.items() if name not in _PROXY_OPTIONS}
        return httpx.AsyncHTTPTransport(**rest)

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; the body of the response is still to be read."""
        wire = self.opened.wire
        if isinstance(wire, httpx.AsyncClient):
            return await wire.send(request, stream=True, follow_redirects=False)
        response: httpx.Response = await wire.handle_async_request(request)
        return response

    async def aclose(self) -> None:
        """End the connections of this event loop; the next request opens a new one."""
        await self._local.aclose()
