"""``sandbox fail``: let the next request to a sandbox that runs elsewhere fail."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from . import token_file
from .arguments import Say

__all__ = ["DEFAULT_URL", "RemoteError", "fail", "in_words"]

DEFAULT_URL: Final = "http://127.0.0.1:9009"
#: Seconds.
_TIMEOUT: Final = 10.0


class RemoteError(Exception):
    """What the user is told where a sandbox cannot be told to fail."""


def fail(
    endpoint: str | None,
    given: Mapping[str, Any],
    say: Say,
    environ: Mapping[str, str] = os.environ,
) -> list[dict[str, Any]]:
    """Ask for a fault, or let all be forgotten.

    :param given: the options of the command line, by keyword.
    :returns: the faults that wait now.
    :raises RemoteError: where the sandbox is not there, or refuses.
    """
    url = _url(given.get("url", DEFAULT_URL), say)
    if endpoint is None and not given.get("clear"):
        raise RemoteError(say("remote_what"))
    token = given.get("control_token") or environ.get("XIAOMI_SANDBOX_TOKEN")
    token = token or token_file.read(url.port or 80, environ)
    if not token:
        others = say("comma").join(f"--url http://127.0.0.1:{p}" for p in token_file.ports(environ))
        key = "remote_elsewhere" if others else "remote_no_token"
        raise RemoteError(say(key, url=url.geturl(), others=others))
    language = say("language_tag")
    faults = None
    if given.get("clear"):
        faults = _send(url, "DELETE", None, token, language, say)
    if endpoint is not None:
        faults = _send(url, "POST", _fault(endpoint, given), token, language, say)
    return list(faults["faults"]) if faults else []


def in_words(faults: Sequence[Mapping[str, Any]], say: Say) -> list[str]:
    """Lines that say which faults wait."""
    return [
        say("remote_waiting", endpoint=one["endpoint"], what=one["what"], often=one["how_often"])
        for one in faults
    ] or [say("remote_nothing")]


def _fault(endpoint: str, given: Mapping[str, Any]) -> dict[str, Any]:
    names = ("status", "code", "delay", "reset", "body", "content_type", "after", "times")
    fault = {name: given[name] for name in names if name in given}
    if "header" in given:
        fault["headers"] = dict(given["header"])
    if given.get("always"):
        fault["times"] = None
    return {"endpoint": endpoint, **fault}


def _send(
    url: SplitResult, method: str, fields: object, token: str, language: str, say: Say
) -> Any:
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept-Language": language,
        "Content-Type": "application/json",
    }
    body = None if fields is None else json.dumps(fields)
    # http.client knows of no proxies: the token stays on this machine.
    connection = HTTPConnection(url.hostname or "", url.port, timeout=_TIMEOUT)
    try:
        connection.request(method, "/sandbox/api/faults", body, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, HTTPException, ValueError) as error:
        raise RemoteError(say("remote_not_there", url=url.geturl())) from error
    finally:
        connection.close()
    if response.status == 401:
        raise RemoteError(say("remote_wrong_token", url=url.geturl()))
    if response.status != 200:
        raise RemoteError(str(answer.get("error", response.status)))
    return answer


def _url(text: str, say: Say) -> SplitResult:
    try:
        url = urlsplit(text)
        right = url.scheme == "http" and bool(url.hostname) and url.port != 0
    except ValueError:
        right = False
    if not right:
        raise RemoteError(say("remote_url", value=text[:80]))
    return url
