"""``python -m authlib_xiaomi.sandbox``: a sandbox by itself, for applications under development."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from .callbacks import DEFAULT_REDIRECT_URIS
from .configuration import instructions
from .sandbox import Sandbox
from .settings import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET

__all__ = ["main"]

_PROGRAM = "python -m authlib_xiaomi.sandbox"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, without the usage."""
        self.exit(2, f"error: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Serve a sandbox until Ctrl-C or SIGTERM. For the main thread.

    :param argv: the arguments; the process's own by default.
    :returns: the exit status: 0, or 2 where an argument makes no sense or the port is in use.
    :raises SystemExit: from argparse, with status 2 for unknown arguments and 0 after ``--help``.
    """
    options = _parser().parse_args(argv)
    try:
        xiaomi = Sandbox(
            host=options.host,
            port=options.port,
            client_id=options.client_id,
            client_secret=options.client_secret,
            redirect_uris=options.redirect_uris,
            scopes=options.scopes,
            require_mac=options.require_mac,
            insecure_expose=options.insecure_expose,
        )
    except ValueError as error:
        return _fail(str(error).replace("insecure_expose", "--insecure-expose"))
    before = {n: signal.signal(n, _interrupt) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        with xiaomi:
            print(instructions(xiaomi.url, xiaomi.registration(), xiaomi.users), flush=True)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        where = f"{options.host}:{options.port}"
        # socket.create_server adds the address in parentheses.
        reason = str(error.strerror).partition(" (")[0]
        return _fail(f"cannot listen on {where}: {reason}")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(_PROGRAM, description="A local stand-in for Xiaomi's sign-in.")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen: loopback only")
    parser.add_argument("--port", type=int, default=9009, help="default: 9009; 0 for a free one")
    parser.add_argument("--client-id", default=DEFAULT_CLIENT_ID, help="the app's AppID")
    parser.add_argument(
        "--client-secret", default=DEFAULT_CLIENT_SECRET, help="the app's AppSecret"
    )
    parser.add_argument(
        "--redirect-uris",
        default=DEFAULT_REDIRECT_URIS,
        help="the app's callbacks, separated by ';'; by default any on localhost and 127.0.0.1",
    )
    parser.add_argument("--scopes", help='granted to the app, such as "1 3"; all by default')
    parser.add_argument(
        "--require-mac", action="store_true", help="refuse API calls that are not signed"
    )
    parser.add_argument(
        "--insecure-expose",
        action="store_true",
        help="allow a host that other machines reach; they can sign in as anybody",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
