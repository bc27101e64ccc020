"""What the probe says to its user, and how the user's sign-in comes back to it. On stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Final

import click

from ..texts import Language, Say
from .callback import Listening, browser_is_there, listening, open_browser, parameters, port_of
from .service import Stopped

__all__ = ["Dialogue"]

#: Seconds to wait for a user; no code lives longer (doc 1708).
_PATIENCE: Final = 600.0
#: How often a pasted text may be wrong.
_TRIES: Final = 5


class Dialogue:
    """Sends a user to Xiaomi, and takes the callback.

    :param browser: whether a browser may be opened.
    :param paste: whether the callback is to be pasted, also where a port of this machine could
        take it.
    """

    def __init__(
        self, redirect_uri: str, language: Language, say: Say, *, browser: bool, paste: bool
    ) -> None:
        self._redirect_uri = redirect_uri
        self._language = language
        self._say = say
        self._browser = browser and browser_is_there(os.environ)
        self._place = None if paste else port_of(redirect_uri)

    def tell(self, key: str, **values: object) -> None:
        """Print a text."""
        click.echo(self._say(key, **values), err=True)

    def ask(self, url: str, state: str) -> Mapping[str, str]:
        """The parameters with which Xiaomi sends the user back.

        :param url: where the user begins.
        :param state: the ``state`` in it.
        :raises Stopped: where nobody comes back.
        """
        if self._place is None:
            self._send(url)
            return self._pasted(state)
        pages = {True: self._say("probe_page_taken"), False: self._say("probe_page_other")}
        waiting = Listening(self._redirect_uri, self._language, state, pages)
        try:
            with listening(self._place, waiting):
                self._send(url)
                self.tell("probe_waiting", redirect_uri=self._redirect_uri)
                sent = waiting.wait(_PATIENCE)
        except OSError as error:
            self.tell("probe_port", port=self._place[1], reason=error.strerror)
            self._place = None
            return self.ask(url, state)
        if sent is None:
            raise Stopped("no_callback")
        return sent

    def _send(self, url: str) -> None:
        self.tell("probe_open", url=url)
        if self._browser:
            open_browser(url)

    def _pasted(self, state: str) -> Mapping[str, str]:
        self.tell("probe_paste", redirect_uri=self._redirect_uri)
        for _ in range(_TRIES):
            line = sys.stdin.readline()
            if not line:
                break
            sent = parameters(line, state)
            if sent is not None:
                return sent
            if line.strip():
                self.tell("probe_paste_again")
        raise Stopped("no_callback")
