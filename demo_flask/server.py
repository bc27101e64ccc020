"""Serving the application on this machine, without secrets in the log."""

from __future__ import annotations

import socket

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

__all__ = ["address", "listen", "serve"]


class _RequestHandler(WSGIRequestHandler):
    """Logs requests without their query: the callback's is the code."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        path = getattr(self, "path", "-").partition("?")[0]
        # Percent signs are taken for a format, control characters for the terminal's.
        shown = "".join(c if c.isprintable() else "?" for c in f"{self.command} {path}")
        self.log("info", "%s %s", shown, str(int(code)))

    def log_error(self, format: str, *args: object) -> None:  # noqa: A002
        # The arguments may quote the request line.
        self.log("error", "a request could not be answered")


def listen(host: str, port: int) -> socket.socket:
    """Take the port, or find out that it is taken, before anything is started.

    :raises OSError: where it cannot be had.
    """
    family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(where[:2], family=family, backlog=128)


def address(host: str, listener: socket.socket) -> str:
    """The URL to open, for a `host` that was listened on."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    port = listener.getsockname()[1]
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def serve(app: Flask, listener: socket.socket) -> BaseWSGIServer:
    """A server for `app`, to be run with ``serve_forever``.

    werkzeug's: good for a demo; in production put the application behind gunicorn or the like.
    """
    host, port = listener.getsockname()[:2]
    return make_server(
        host, port, app, threaded=True, request_handler=_RequestHandler, fd=listener.fileno()
    )
