"""An adapter of requests that outlives the sessions that it is mounted on."""

from __future__ import annotations

from requests.adapters import HTTPAdapter

__all__ = ["KeptAdapter"]


class KeptAdapter(HTTPAdapter):
    """Authlib makes a session for each call, and each session closes its adapters."""

    def __init__(self) -> None:
        super().__init__(pool_maxsize=100)

    def close(self) -> None:
        pass
