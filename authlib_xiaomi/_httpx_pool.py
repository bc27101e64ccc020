"""The connections of an httpx client: one set for each event loop and process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.request import getproxies

import anyio

from ._async_runtime import LoopLocal
from ._authlib import httpx_module
from ._core.options import Options
from ._core.runtime import reset_after_fork
from .provider import MAX_IDLE
from .redaction import silenced

if TYPE_CHECKING:
    import httpx2 as httpx
else:
    httpx = httpx_module()

#: The options of httpx that concern the connections.
WIRE_OPTIONS: Final = (
    "verify", "cert", "http1", "http2", "proxy", "mounts", "limits", "transport", "trust_env",
)  # fmt: skip


class Opened(NamedTuple):
    """The connections to one host in one event loop."""

    #: A transport; or a client, where httpx must find out which proxy to use.
    wire: Any
    #: One for each connection. httpcore has a queue for them, but a long one is slow.
    slots: anyio.Semaphore
    #: Whether it is httpx' own transport, without a proxy.
    is_direct: bool

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; the body of the response is still to be read."""
        if isinstance(self.wire, httpx.AsyncClient):
            with silenced(httpx.__name__):  # the client above it logs the request
                return await self.wire.send(request, stream=True, follow_redirects=False)
        response: httpx.Response = await self.wire.handle_async_request(request)
        return response


class Pool:
    """The connections of a client, by event loop, process and host."""

    def __init__(self, options: Options, wire: Mapping[str, Any]) -> None:
        self._options = options
        self._wire = dict(wire)
        self._local: LoopLocal[dict[bytes, Opened]] = LoopLocal()
        reset_after_fork(self)

    def reset_after_fork(self) -> None:
        """Read the certificates again: the environment may name others now. The connections need
        nothing: a LoopLocal has a value of its own for each process."""
        vars(self).pop("_tls", None)

    def opened(self, host: bytes) -> Opened:
        """The connections to `host` in this event loop, made at the first use. Each host has its
        own, since httpcore looks at all connections of a transport for each request.

        :param host: with its port; empty for all that are not Xiaomi's.
        """
        hosts = self._local.get()
        if hosts is None:
            hosts = {}
            self._local.set(hosts, partial(_close, hosts))
        if host not in hosts:
            own = self._wire.get("transport") or self._wire.get("mounts")
            # What is the application's own serves all, and is closed once.
            shared = [opened.wire for opened in hosts.values()] if own else []
            wire = shared[0] if shared else self._open()
            direct = isinstance(wire, httpx.AsyncHTTPTransport) and not own
            slots = anyio.Semaphore(self._options.max_connections)
            hosts[host] = Opened(wire, slots, is_direct=direct)
        return hosts[host]

    def _open(self) -> Any:
        own, proxy = self._wire.get("transport"), self._wire.get("proxy")
        if own and not proxy and not self._wire.get("mounts"):
            return own
        limits = httpx.Limits(
            max_connections=self._options.max_connections,
            max_keepalive_connections=self._options.max_connections,
            keepalive_expiry=MAX_IDLE,
        )
        given = {"limits": limits, **self._wire, "verify": self._tls, "cert": None}
        proxies = getproxies() if given.get("trust_env", True) else {}
        if proxies or proxy or given.get("mounts"):
            # Users share the connections; they must not share cookies.
            cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
            return httpx.AsyncClient(**{**given, "cookies": cookies})
        for name in ("proxy", "mounts", "transport"):
            given.pop(name, None)
        return httpx.AsyncHTTPTransport(**given)

    @cached_property
    def _tls(self) -> Any:
        """The certificates to trust. They are read once: that takes longer than a sign-in."""
        names = ("verify", "cert", "trust_env")
        given = {name: value for name, value in self._wire.items() if name in names}
        return httpx.create_ssl_context(**given)

    async def aclose(self) -> None:
        """End the connections of this event loop; the next request opens a new one."""
        await self._local.aclose()


async def _close(hosts: dict[bytes, Opened]) -> None:
    for wire in {opened.wire for opened in hosts.values()}:
        await wire.aclose()
