"""Compliance hooks in the forms that people write for Authlib: each adds a field to the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Hook = Callable[[Any], Any]

FIELD = "added_by_a_hook"


def _with_field(response: Any) -> dict[str, Any]:
    return {**response.json(), FIELD: "yes"}


def replace_json(response: Any) -> Any:
    """Another ``json`` for the same response."""
    fields = _with_field(response)
    response.json = lambda: fields
    return response


def set_content(response: Any) -> Any:
    """Another body for the same response."""
    response._content = json.dumps(_with_field(response)).encode()
    return response


def another_response(response: Any) -> Any:
    """Another response of the same library."""
    body, made = json.dumps(_with_field(response)).encode(), type(response).__new__(type(response))
    if type(response).__module__.startswith("requests"):
        made.__init__()
        made.status_code, made._content = 200, body
    else:
        made.__init__(200, content=body)
    return made


class _Fields:
    status_code = 200

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def json(self) -> dict[str, Any]:
        return self._fields


def something_like_a_response(response: Any) -> Any:
    """An object that has a status and ``json()``, and nothing else."""
    return _Fields(_with_field(response))


HOOKS: list[Hook] = [replace_json, set_content, another_response, something_like_a_response]
