"""Requests, answers and faults as they are shown: without secrets, tokens and codes. Pure."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from .._tools.layout import one_line
from .._tools.translations import Language, translations
from .faults import Fault, Waiting
from .outcome import words
from .recorder import RecordedRequest

__all__ = ["PRESETS", "recent", "shown_answer", "shown_parameters", "waiting"]

#: Parameters whose value is shown. Of all others only the length is.
_PLAIN: Final = frozenset(
    {
        "client_id",
        "clientId",
        "redirect_uri",
        "response_type",
        "scope",
        "skip_confirm",
        "grant_type",
        "token_type",
        "device_id",
        "scope_provider",
        "_locale",
    }
)
#: Fields of an answer whose value is not shown.
_SECRET: Final = frozenset(["access_token", "refresh_token", "mac_key", "id_token"])
_PREFIX: Final = "&&&START&&&"

#: The faults that the page offers, by the key of their text.
PRESETS: Final[Mapping[str, Fault]] = {
    "preset_fail": Fault(status=503),
    "preset_hang": Fault(delay=60.0),
    "preset_reset": Fault(reset=True),
    "preset_lost": Fault(reset=True, after=True),
    "preset_token_expired": Fault(code=96008),
    "preset_refresh_expired": Fault(code=96009),
    "preset_code_expired": Fault(code=96013),
    "preset_denied": Fault(code=96012),
    "preset_html": Fault(
        body=b"<html><body><h1>Welcome</h1></body></html>\n", content_type="text/html"
    ),
    "preset_other_json": Fault(body=b'{"hello":"world"}'),
    "preset_truncated": Fault(body=b'&&&START&&&{"acc', headers={"Content-Length": "400"}),
}


def shown_parameters(record: RecordedRequest, language: Language) -> list[tuple[str, str]]:
    """The parameters of a request, in their order."""
    hidden = translations(__package__, language)["hidden"]
    shown = []
    for name, value in [*record.args.items(), *record.form.items()]:
        # What stands in place of an AppID may be the AppSecret.
        is_id = name.lower().replace("_", "") == "clientid"
        plain = name in _PLAIN and (value.isdigit() or not is_id)
        text = one_line(value)[:300] if plain else hidden.format(length=len(value))
        shown.append((one_line(name)[:60], text))
    return shown


def shown_answer(record: RecordedRequest, language: Language) -> str:
    """The answer of a request, where it is JSON; empty where it is not."""
    hidden = translations(__package__, language)["hidden"]
    prefixed = record.answer.startswith(_PREFIX)
    try:
        fields = json.loads(record.answer.removeprefix(_PREFIX))
    except ValueError:
        return ""
    text = json.dumps(_without_secrets(fields, hidden), ensure_ascii=False, indent=1)
    return f"{_PREFIX}{text}" if prefixed else text


def _without_secrets(value: Any, hidden: str) -> Any:
    if isinstance(value, list):
        return [_without_secrets(item, hidden) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: hidden.format(length=len(str(item)))
        if name.strip() in _SECRET
        else _without_secrets(item, hidden)
        for name, item in value.items()
    }


def recent(
    records: list[RecordedRequest], most: int, language: Language
) -> list[dict[str, object]]:
    """The newest requests, newest first, for the page and for programs."""
    return [
        {
            "time": time.strftime("%H:%M:%S", time.localtime(record.time)),
            "endpoint": record.endpoint,
            "method": record.method,
            "path": record.path,
            "status": record.status,
            "error": record.error,
            "why": words(record.reason, language),
            "parameters": shown_parameters(record, language),
            "answer": shown_answer(record, language),
        }
        for record in reversed(records[-most:])
    ]


def waiting(faults: list[Waiting], language: Language) -> list[dict[str, object]]:
    """The faults that wait for requests, for the page and for programs."""
    texts = translations(__package__, language)
    return [
        {
            "endpoint": one.endpoint,
            "times": one.times,
            "what": one.fault.words(language),
            "how_often": texts["always"]
            if one.times is None
            else texts["times"].format(number=one.times),
        }
        for one in faults
    ]
