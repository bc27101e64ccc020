"""The test's sandbox, as its child processes see it: over HTTP, through the plainest client."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, build_opener


class RemoteXiaomi:
    """What of a ``Sandbox`` a sign-in needs, by way of ``run_worker``.

    :param config: as ``run_worker`` gives it to a script.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._http = build_opener(ProxyHandler({}))

    def registration(self) -> dict[str, str]:
        return dict(self._config["registration"])

    @property
    def connections(self) -> int:
        return int(self._ask("connections"))

    def allow(self, url: str, user: str = "lei") -> str:
        return str(self._ask("allow", url, user))

    def code(self, url: str) -> str:
        return parse_qs(urlsplit(self.allow(url)).query)["code"][0]

    def _ask(self, *words: str) -> Any:
        with self._http.open(self._config["door"], data=json.dumps(words).encode()) as answer:
            return json.load(answer)
