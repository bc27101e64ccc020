"""The bytes of Xiaomi's answers, quirks included. Pure."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Final

from ..provider import OPENID
from .refusal import Refusal
from .settings import Settings

__all__ = ["CONTENT_TYPE", "api_body", "api_error", "has_prefix", "token_body", "token_error"]

#: Of the open API's answers.
CONTENT_TYPE: Final = "application/json;charset=UTF-8"
_PREFIX: Final = "&&&START&&&"


def has_prefix(method: str, settings: Settings) -> bool:
    """Whether the token endpoint's answer to a request by `method` has the prefix."""
    on = settings.options["prefix_on"]
    return settings.options["prefix"] and on in ("both", "post" if method == "POST" else "get")


def token_body(fields: Mapping[str, object], prefix: bool, settings: Settings) -> bytes:
    """The token endpoint's answer (doc 1708)."""
    stray_spaces = settings.options["stray_spaces"]
    if stray_spaces:
        # As in the documents' own examples: after the prefix, in names, in values.
        fields = {
            f"{name} " if name in ("token_type", "mac_key") else name: (
                f" {value}" if name == "mac_algorithm" else value
            )
            for name, value in fields.items()
        }
    start = (_PREFIX + " " if stray_spaces else _PREFIX) if prefix else ""
    return (start + _json(fields, settings)).encode()


def token_error(refusal: Refusal, prefix: bool, settings: Settings) -> bytes:
    """The token endpoint's answer to what it refuses (doc 1708)."""
    fields = {"error": refusal.code, "error_description": settings.text(refusal)}
    return token_body(fields, prefix, settings)


def api_body(api: str, data: Mapping[str, object], settings: Settings) -> bytes:
    """The open API's answer to a call of `api` (doc 1517)."""
    fields: dict[str, object] = {"result": settings.options["api_result"], "code": 0}
    if fields["result"] == "missing":
        del fields["result"]
    if not settings.options["api_code"]:
        del fields["code"]
    # passport open-api prints another text for this one.
    fields["description"] = "success" if api == OPENID else "no error"
    return _api(settings, **fields, data=data)


def api_error(refusal: Refusal, settings: Settings) -> bytes:
    """The open API's answer to what it refuses (passport open-api)."""
    text = settings.text(refusal)
    return _api(settings, result="error", code=refusal.code, description=text)


def _api(settings: Settings, **fields: object) -> bytes:
    fields["traceId"] = secrets.token_hex(16)
    # The SDKs expect the prefix here too, the live service is read without [logto].
    prefix = _PREFIX if settings.options["api_prefix"] else ""
    return (prefix + _json(fields, settings)).encode()


def _json(fields: Mapping[str, object], settings: Settings) -> str:
    if settings.options["strings_for_numbers"]:
        fields = _as_strings(fields)
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _as_strings(fields: Mapping[str, object]) -> dict[str, object]:
    return {
        name: _as_strings(value)
        if isinstance(value, Mapping)
        else str(value)
        if isinstance(value, int)
        else value
        for name, value in fields.items()
    }
