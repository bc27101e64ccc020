"""The bytes of Xiaomi's answers, quirks included. Pure."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Final

from ..provider import OPENID
from .refusal import Refusal
from .settings import Settings

__all__ = ["CONTENT_TYPE", "api_body", "api_error", "token_body", "token_error"]

CONTENT_TYPE: Final = "application/json;charset=UTF-8"
_PREFIX: Final = "&&&START&&&"


def token_body(fields: Mapping[str, object], settings: Settings) -> bytes:
    """The token endpoint's answer (doc 1708)."""
    if settings.stray_spaces:
        # As in the documents' own examples: after the prefix, in names, in values.
        fields = {
            f"{name} " if name in ("token_type", "mac_key") else name: (
                f" {value}" if name == "mac_algorithm" else value
            )
            for name, value in fields.items()
        }
    prefix = _PREFIX if settings.prefix else ""
    space = " " if prefix and settings.stray_spaces else ""
    return (prefix + space + _json(fields, settings)).encode()


def token_error(refusal: Refusal, settings: Settings) -> bytes:
    """The token endpoint's answer to what it refuses; it goes with HTTP 200 (doc 1708)."""
    fields = {"error": refusal.code, "error_description": refusal.description}
    return token_body(fields, settings)


def api_body(api: str, data: Mapping[str, object], settings: Settings) -> bytes:
    """The open API's answer to a call of `api` (doc 1517)."""
    # passport open-api prints another text for this one.
    description = "success" if api == OPENID else "no error"
    return _api(settings, result="ok", code=0, description=description, data=data)


def api_error(refusal: Refusal, settings: Settings) -> bytes:
    """The open API's answer to what it refuses (passport open-api)."""
    return _api(settings, result="error", code=refusal.code, description=refusal.description)


def _api(settings: Settings, **fields: object) -> bytes:
    fields["traceId"] = secrets.token_hex(16)
    # The SDKs expect the prefix here too, the live service is read without [logto].
    prefix = _PREFIX if settings.api_prefix else ""
    return (prefix + _json(fields, settings)).encode()


def _json(fields: Mapping[str, object], settings: Settings) -> str:
    if settings.strings_for_numbers:
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
