"""The options with which the sandbox behaves as a report of ``authlib-xiaomi probe`` says. Pure,
but for the reading of the file.

What a report does not show is left out, and stays as in the live mode.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from ..errors import ErrorCode
from .checks import check_options
from .invalid import InvalidValue
from .modes import Options, choices
from .refusal import text_for

__all__ = ["options_from", "read_report", "resolve"]


def resolve(like: str | os.PathLike[str], options: Options) -> tuple[str, Options]:
    """The mode, and the options beside it, where `like` may be the name of a report's file.

    :param options: those that win over the report's.
    :raises ValueError: where the file cannot be read, or is not a report.
    """
    if isinstance(like, os.PathLike) or (isinstance(like, str) and like.endswith(".json")):
        return "live", {**read_report(like), **options}
    return like, options


def read_report(file: str | os.PathLike[str]) -> Options:
    """The options that the report in `file` tells of.

    :raises ValueError: where the file cannot be read, or is not a report.
    """
    try:
        report = json.loads(Path(file).read_text(encoding="utf-8"))
        return options_from(report)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidValue("invalid_report_file", value=str(file), reason=reason) from error
    except (ValueError, RecursionError, AttributeError, LookupError, TypeError) as error:
        # Whatever a file may hold that no probe has written.
        raise InvalidValue("invalid_report", value=str(file)) from error


def options_from(report: Mapping[str, Any]) -> Options:
    """The options that a report tells of.

    :param report: what ``probe --json`` prints, parsed.
    :raises LookupError: where it is not a report; or TypeError, AttributeError.
    """
    if not isinstance(report["points"], list):
        raise TypeError("points")
    seen = _Points(
        (str(point["id"]), point["seen"])
        for point in report["points"]
        if point["seen"] is not None and _answered(point["seen"])
    )
    found: dict[str, object] = {}
    for part in _PARTS:
        found |= part(seen)
    return cast("Options", {name: value for name, value in found.items() if _fits(name, value)})


def _fits(name: str, value: object) -> bool:
    """Whether the sandbox can behave so."""
    try:
        check_options(cast("Options", {name: value}))
    except (TypeError, ValueError):
        return False
    return True


def _answered(seen: Mapping[str, Any]) -> bool:
    status = seen.get("status", 0)
    return "no_answer" not in seen and status < 500 and status != 429


class _Points(dict[str, Mapping[str, Any]]):
    """What was seen, by a point's id; nothing where a point was not tried."""

    def __missing__(self, point: str) -> Mapping[str, Any]:
        return {}

    def refused(self, point: str) -> bool | None:
        """Whether the request was refused; ``None`` where it was not made."""
        seen = self[point]
        if not seen:
            return None
        return bool(seen["refused"]) if "refused" in seen else "error" in seen

    def passed(self, point: str) -> bool | None:
        """Whether the request was taken; ``None`` where it was not made."""
        refused = self.refused(point)
        return None if refused is None else not refused


def _of_authorize(seen: _Points) -> dict[str, object]:
    forms = [form for form in seen["skip-confirm-forms"].values() if isinstance(form, Mapping)]
    granted = {"the profile": "profile", "others": "all"}.get(
        seen["token-scope"].get("granted", "")
    )
    declined = seen["declined"]
    error = declined.get("error")
    words = {"access_denied": "word", "OA_ACCESS_DENIED": "name"}
    return {
        "lenient_skip_confirm": not any(f.get("refused") for f in forms) if forms else None,
        "default_scope": granted if seen["token-scope"].get("asked") == "for none" else None,
        "openid": seen.passed("scope-openid"),
        "ignore_scope_words": seen.passed("scope-word"),
        "https_for_http": seen.passed("callback-https"),
        "non_ascii_query": seen.passed("callback-not-ascii"),
        "declined": "number" if error == ErrorCode.OA_ACCESS_DENIED else words.get(str(error)),
        "declined_description": "text" in declined if declined else None,
        "declined_state": declined.get("state"),
    }


def _of_token_endpoint(seen: _Points) -> dict[str, object]:
    statuses, prefixes = seen["token-error-status"], seen["token-prefix"]
    has = {method: any(kind != "no" for kind in kinds) for method, kinds in prefixes.items()}
    only = next((method for method in has if has[method]), None)
    spaced = any("with a space" in kinds for kinds in prefixes.values())
    return {
        "error_status": next((some[0] for some in statuses.values() if some), None),
        "content_type": seen["wrong-code"].get("content_type"),
        "grant_type_code": seen["wrong-grant-type"].get("error"),
        "prefix": any(has.values()) if has else None,
        "prefix_on": None if only is None else "both" if all(has.values()) else only,
        "auth_token_endpoint": "error" in seen["plain-token"] if seen["plain-token"] else None,
        "stray_spaces": spaced or any(n != n.strip() for n in seen["token"].get("fields", ())),
        "strings_for_numbers": any("number_as_text" in what for what in seen.values()),
    }


def _of_tokens(seen: _Points) -> dict[str, object]:
    token, kind, profile = seen["token"], seen["token-mac"], seen["profile-fields"]
    fields, of_profile = token.get("fields", {}), profile.get("fields", {})
    old_app = "userId" in of_profile
    found: dict[str, object] = {
        "token_expires_in": seen["token-lifetime"].get("seconds"),
        "mac": kind.get("mac_key"),
        "mac_algorithm": kind.get("mac_algorithm") if kind.get("mac_key") else None,
        "id_token": "id_token" in fields if fields else None,
        "code_once": seen.refused("code-again"),
    }
    if profile:
        both = not old_app or "unionId" in of_profile
        found["old_app"] = old_app
        found["old_app_union_id"] = both if old_app else None
        found["union_id"] = "union_id" in fields if both else None
    return found


def _of_refresh(seen: _Points) -> dict[str, object]:
    refresh = seen["refresh"] or seen["wrong-refresh-token"]
    refused = str(refresh.get("error", refresh.get("status")))
    changes = {"new": True, "same": False}
    return {
        "refresh_post": (refused if refused in choices("refresh_post") else "taken")
        if refresh
        else None,
        "refresh_needs_redirect_uri": seen.refused("refresh-without-redirect-uri"),
        "refresh_token_once": seen.refused("refresh-token-again"),
        "refresh_ends_access_token": seen.refused("old-access-token"),
        "refresh_changes_mac_key": changes.get(seen["refresh-changes"].get("mac_key", "")),
        "one_refresh_token": seen.refused("second-sign-in-refresh-token"),
    }


def _of_api(seen: _Points) -> dict[str, object]:
    unsigned, signed = seen.passed("profile"), seen.passed("profile-signed")
    profile = seen["profile"] if unsigned else seen["profile-signed"]
    found: dict[str, object] = {
        "open_id_key": seen["open-id"].get("key"),
        "friends": {
            "numbers and commas": "ids",
            "empty text": "ids",
            "list": "profiles",
        }.get(seen["friends"].get("friends", "")),
        "missing_scope_code": seen["missing-scope"].get("error"),
        "api_prefix": seen["wrong-access-token"].get("prefix", "no") != "no",
    }
    if signed is not None:
        found["signatures"] = {
            (True, True): "optional",
            (False, True): "required",
            (True, False): "refused",
        }.get((bool(unsigned), signed))
    if signed:
        decoded, encoded = seen.passed("signed-decoded"), seen.passed("signed-encoded")
        found["signed_values"] = {
            (True, True): "any",
            (True, False): "decoded",
            (False, True): "encoded",
        }.get((bool(decoded), bool(encoded)))
        found["encoded_nonce"] = seen.passed("nonce-encoded")
    if unsigned or signed:
        found["api_result"] = profile.get("result", "missing")
        found["api_code"] = "code" in profile
    for what in seen.values():
        if what.get("result") == "error" and what.get("error") == ErrorCode.OA_INVALID_TOKEN:
            found["invalid_token_status"] = what.get("status")
        if what.get("result") == "error" and what.get("error") == ErrorCode.OA_ACCESS_DENIED:
            found["access_denied_status"] = what.get("status")
    return found


def _of_texts(seen: _Points) -> dict[str, object]:
    """Xiaomi's texts, as far as a number has one alone, and not the sandbox's own."""
    texts: dict[int, set[str]] = {}
    for what in seen.values():
        if isinstance(what.get("error"), int) and isinstance(what.get("text"), str):
            texts.setdefault(what["error"], set()).add(what["text"])
    own = {code: text for code, (text, *others) in texts.items() if not others}
    return {"error_texts": {code: text for code, text in own.items() if text != text_for(code)}}


_PARTS: Final = (
    _of_authorize,
    _of_token_endpoint,
    _of_tokens,
    _of_refresh,
    _of_api,
    _of_texts,
)
