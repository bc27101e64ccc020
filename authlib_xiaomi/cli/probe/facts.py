"""What a report may say of an answer: names, types, lengths, statuses, Xiaomi's error texts. Pure.

A value of an answer gets into a report in one way only: through :class:`Redactor`, or as one of
the few words that this module lists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final

from ..._tools.layout import one_line
from ..asking import Answer
from ..core import redact, redacting

__all__ = ["Redactor", "Reply", "Seen", "describe", "no_reply", "read", "seconds", "types", "word"]

#: What was seen of one point, as it stands in a report.
Seen = dict[str, Any]

_PREFIX: Final = b"&&&START&&&"
#: What a report holds in place of a value.
_HIDDEN: Final = "[…]"
#: Characters; Xiaomi's texts are a few words.
_LONGEST: Final = 120
#: What may be part of somebody's data, whether it was seen before or not: URLs and e-mail
#: addresses, long numbers, and long words that are not of lower-case letters alone.
_SUSPECT: Final = re.compile(
    r"\w+://\S+ | [^\s@]+@[^\s@]+ | [0-9]{7,} | (?=[\w+/=.~%-]*[0-9A-Z])[\w+/=.~%-]{20,}",
    re.VERBOSE,
)
#: The fields whose length is of use, as they are kept in columns of a database.
_MEASURED: Final = frozenset((
    "access_token", "refresh_token", "mac_key", "code", "state", "id_token",
    "openId", "openid", "open_id", "unionId", "union_id", "userId", "user_id",
))  # fmt: skip
#: Words that answers have and that are nobody's data.
_WORDS: Final = frozenset(("mac", "bearer", "Bearer", "HmacSHA1", "HmacSha1", "ok", "OK", "error"))


class Redactor:
    """Takes out of texts every value that it has learned, and what looks like one."""

    def __init__(self, *values: str) -> None:
        self._values = set(values)

    def learn(self, value: object) -> None:
        """Remember all texts in `value`, which may be nested, as values to take out."""
        if isinstance(value, Mapping):
            for item in value.values():
                self.learn(item)
        elif isinstance(value, list):
            for item in value:
                self.learn(item)
        elif isinstance(value, (str, int)) and not isinstance(value, bool):
            text = str(value).strip()
            if len(text) > 1 and text not in _WORDS:
                self._values.add(text)

    def hiding(self) -> AbstractContextManager[None]:
        """Within this context no log has the values."""
        return redacting(*self._values)

    def clean(self, text: str) -> str:
        """`text` in one short line, without values."""
        with self.hiding():
            text = redact(text)
        text = one_line(_SUSPECT.sub(_HIDDEN, text))
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


@dataclass(frozen=True)
class Reply:
    """An answer: what may be said of it, and what it holds, which may not.

    :param body: the JSON object, names and texts without white space around; or ``None``.
    :param failure: why there is no answer, one of the words of ``Unreachable``.
    """

    seen: Seen
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    failure: str | None = None

    @property
    def error(self) -> object:
        """Xiaomi's error number, or a word in its place; ``None`` where there is none."""
        return self.seen.get("error")

    @property
    def brief(self) -> Seen:
        """The same with the number of fields alone, where the fields are of no interest."""
        if "fields" not in self.seen:
            return self.seen
        return {**self.seen, "fields": len(self.seen["fields"])}

    @property
    def data(self) -> Mapping[str, Any]:
        """The ``data`` of an answer of the open API; empty where there is none."""
        data = (self.body or {}).get("data")
        return data if isinstance(data, dict) else {}


def no_reply(kind: str) -> Reply:
    """The reply of a server that did not answer."""
    return Reply({"no_answer": kind}, failure=kind)


def read(answer: Answer, redactor: Redactor) -> Reply:
    """What `answer` says."""
    seen: Seen = {"status": answer.status}
    if "Content-Type" in answer.headers:
        seen["content_type"] = _content_type(answer.headers["Content-Type"], redactor)
    text, prefix = _without_prefix(answer.body)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        seen["body"] = "not a JSON object" if answer.body.strip() else "empty"
        return Reply(seen)
    seen["prefix"] = prefix
    plain = {name.strip(): _stripped(value) for name, value in body.items()}
    _read_error(plain, seen, redactor)
    if "access_token" in plain:
        redactor.learn({n: v for n, v in plain.items() if n not in ("scope", "expires_in")})
        seen["fields"] = types(body, redactor)
    else:
        data = plain.get("data")
        if isinstance(data, dict):
            redactor.learn(data)
            seen["fields"] = types(data, redactor)
    return Reply(seen, plain)


def describe(name: str, value: object) -> str:
    """The type of one field, and the length where it is of use."""
    if isinstance(value, str):
        if not value:
            return "empty text"
        kind = "text of digits" if value.isascii() and value.isdigit() else "text"
    elif isinstance(value, bool) or value is None:
        return json.dumps(value)
    elif isinstance(value, (int, float)):
        kind = "number"
    else:
        return "list" if isinstance(value, list) else "object"
    return f"{kind}, {len(str(value))} characters" if name.strip() in _MEASURED else kind


def types(fields: Mapping[str, object], redactor: Redactor) -> dict[str, str]:
    """The fields' names as they came, with stray spaces, and their types."""
    return {redactor.clean(name): describe(name, value) for name, value in fields.items()}


def word(value: object) -> str:
    """`value` where it is one of the words that answers are known to have; else its type."""
    return value if isinstance(value, str) and value in _WORDS else describe("", value)


def seconds(value: object) -> int | None:
    """A lifetime, in whatever form; ``None`` where it is no number of at most nine digits."""
    text = str(value).strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def _read_error(body: Mapping[str, Any], seen: Seen, redactor: Redactor) -> None:
    error, text = body.get("error"), body.get("error_description")
    if error is None and ("code" in body or "result" in body):
        error, text = body.get("code"), body.get("description")
        if "result" in body:
            seen["result"] = word(body["result"])
    number = str(error).strip()
    if re.fullmatch(r"[0-9]{1,6}", number):
        # 0 is no error.
        seen |= {"error": int(number)} if int(number) else {"code": 0}
        if isinstance(error, str):
            seen["number_as_text"] = True
    elif isinstance(error, str) and re.fullmatch(r"[A-Za-z_]{3,40}", number):
        seen["error"] = redactor.clean(number)
    elif error is not None:
        seen["error"] = describe("", error)
    if isinstance(text, str) and text.strip():
        seen["text"] = redactor.clean(text)


def _content_type(text: str, redactor: Redactor) -> str:
    match = re.match(r"[\w.+-]+/[\w.+-]+(?:\s*;\s*charset=[\w-]+)?", text, re.ASCII)
    return redactor.clean(match[0]) if match else "malformed"


def _without_prefix(body: bytes) -> tuple[str, str]:
    """The text after Xiaomi's prefix, and which prefix there is."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    rest = start.removeprefix(_PREFIX)
    kind = "no" if rest == start else "with a space" if rest[:1].isspace() else "yes"
    return rest.decode("utf-8", "replace"), kind


def _stripped(value: object) -> object:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return {str(name).strip(): _stripped(item) for name, item in value.items()}
    return value
