"""Where a sandbox listens."""

from __future__ import annotations

import threading

from .server import WSGI, Server, reachable

__all__ = ["Serving"]


class Serving:
    """A server that is started and stopped, and keeps its port.

    :param stopping: set while it is stopped, so that delayed answers end.
    """

    def __init__(self, application: WSGI, host: str, port: int, stopping: threading.Event) -> None:
        self._application = application
        self._host = host
        self._port = port
        self._stopping = stopping
        self._server: Server | None = None
        self._connections = 0

    def __repr__(self) -> str:
        return self.url if self._port else "not started"

    @property
    def url(self) -> str:
        """Where it is.

        :raises RuntimeError: before the first start, where the port is a free one to be found.
        """
        if not self._port:
            raise RuntimeError(
                "the sandbox has no port yet: use it in a `with` block, or start() it"
            )
        host = reachable(self._host)
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    @property
    def connections(self) -> int:
        """How many connections it has accepted so far."""
        return self._connections + (self._server.connections if self._server else 0)

    def start(self) -> None:
        """Listen, where it does not yet.

        :raises OSError: where it cannot listen there.
        """
        if self._server is None:
            self._stopping.clear()
            self._server = Server(self._application, self._host, self._port)
            self._port = self._server.port

    def stop(self) -> None:
        """End all connections, and listen no more."""
        server, self._server = self._server, None
        if server is not None:
            self._stopping.set()
            server.stop()
            self._connections += server.connections

    def drop_connections(self) -> None:
        """End all connections, and go on listening."""
        if self._server is not None:
            self._server.drop_connections()
