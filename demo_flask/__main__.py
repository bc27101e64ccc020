"""``python -m demo_flask``: the demo, with the real Xiaomi or with a sandbox."""

from __future__ import annotations

import argparse
import ipaddress
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from dotenv import dotenv_values

from authlib_xiaomi.sandbox import Sandbox

from . import create_app
from .configuration import ConfigurationError, from_environment
from .database import dispose
from .server import address, listen, serve
from .sign_in import CALLBACK

__all__ = ["main"]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, without the usage."""
        self.exit(2, f"error: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Serve the demo until Ctrl-C or SIGTERM. For the main thread.

    :param argv: the arguments; the process's own by default.
    :returns: the exit status: 0, or 2 where it cannot begin.
    :raises SystemExit: from argparse, with status 2 for unknown arguments and 0 after ``--help``.
    """
    options = _parser().parse_args(argv)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        with ExitStack() as ending:
            _run(options, ending)
    except ConfigurationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


def _run(options: argparse.Namespace, ending: ExitStack) -> None:
    config = from_environment(_environment())
    simulated = "XIAOMI_CLIENT_ID" not in config
    if simulated and not _is_loopback(options.host):
        raise ConfigurationError(
            f"--host {options.host} is for other machines too, and the sandbox for this one alone: "
            "set XIAOMI_CLIENT_ID and XIAOMI_CLIENT_SECRET, or leave the host out"
        )
    try:
        listener = ending.enter_context(listen(options.host, options.port))
    except (OSError, OverflowError, UnicodeError) as error:
        # socket.create_server adds the address in parentheses.
        reason = str(getattr(error, "strerror", None) or error).partition(" (")[0]
        raise ConfigurationError(
            f"cannot listen on {options.host} port {options.port}: {reason}; try another --port"
        ) from error
    url = address(options.host, listener)
    if simulated:
        xiaomi = ending.enter_context(_sandbox(options.host, url))
        folder = ending.enter_context(tempfile.TemporaryDirectory())
        # As long as the sandbox, which knows no token of an earlier one.
        config |= {"DATABASE": str(Path(folder) / "demo.sqlite3"), **xiaomi.config()}
        config.pop("XIAOMI_REDIRECT_URI", None)
    app = create_app(config, options.instance)
    ending.callback(dispose, app)
    server = serve(app, listener)
    ending.callback(server.server_close)
    if simulated:
        print(f"No XIAOMI_CLIENT_ID: using the sandbox in place of Xiaomi, at {xiaomi.url}")
    else:
        callback = config.get("XIAOMI_REDIRECT_URI")
        print(f"Callback URL to enter in Xiaomi's console: {callback or url + CALLBACK}")
        if config.get("TRUSTED_PROXIES") and not callback:
            print("Behind a proxy, put the proxy's address before the path.")
    print(f"Open {url}/ in a browser; press Ctrl-C here to stop.", flush=True)
    server.serve_forever()


def _environment() -> Mapping[str, str]:
    """The environment, and ``.env`` of this folder for what is not in it."""
    try:
        kept = dotenv_values(".env")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigurationError(f"cannot read .env: {reason}") from error
    return {**{name: value or "" for name, value in kept.items()}, **os.environ}


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _sandbox(host: str, url: str) -> Sandbox:
    # The sandbox takes these two with any port.
    return Sandbox() if host in ("localhost", "127.0.0.1") else Sandbox(redirect_uris=url)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 0 to 65535")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "python -m demo_flask",
        description="Sign in with Xiaomi: a demo. Set XIAOMI_CLIENT_ID and XIAOMI_CLIENT_SECRET, "
        "in the environment or in .env, to use the real Xiaomi; without them it starts the "
        "sandbox, a local mock of Xiaomi. All other XIAOMI_* settings are read as well.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; default: 127.0.0.1")
    parser.add_argument("--port", type=_port, default=8000, help="default: 8000; 0 for a free one")
    parser.add_argument(
        "--instance", help="the folder for the database and the secret key; default: instance/"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
