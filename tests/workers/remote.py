"""The test's sandbox, as its child processes see it: over HTTP, through the plainest client."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen


class RemoteXiaomi:
    """What of a ``Sandbox`` a sign-in needs, by way of tests.workers.door."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._door = config.pop("door")
        self._config = config

    def __enter__(self) -> RemoteXiaomi:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass

    def registration(self) -> dict[str, str]:
        return {name: value for name, value in self._config.items() if name != "url"}

    @property
    def connections(self) -> int:
        return int(self._ask("connections"))

    def allow(self, url: str, user: str = "lei") -> str:
        return str(self._ask("allow", url, user))

    def code(self, url: str) -> str:
        return parse_qs(urlsplit(self.allow(url)).query)["code"][0]

    def _ask(self, *words: str) -> Any:
        with urlopen(self._door, data=json.dumps(words).encode()) as answer:
            return json.load(answer)
