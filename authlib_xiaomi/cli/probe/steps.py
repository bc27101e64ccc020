"""What the probe asks without a user: requests that Xiaomi refuses, and that change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from ...mac import generate_nonce
from ...provider import PROFILE
from .claims import out_of_order
from .facts import Reply, Seen
from .report import Report
from .service import PLAIN_TOKEN, Service, Stopped, mac_header

__all__ = ["CODE_GRANT", "REFRESH_GRANT", "ask_api", "ask_authorize", "ask_first", "ask_token"]

#: Values that cannot exist, and are well formed all the same.
_NO_CODE: Final = "authlib_xiaomi_probe_no_such_code"
_NO_TOKEN: Final = "authlib_xiaomi_probe_no_such_token"
_NO_SECRET: Final = "authlib_xiaomi_probe_no_such_secret"
_NO_KEY: Final = "authlib_xiaomi_probe_no_such_key"
_ELSEWHERE: Final = "https://authlib-xiaomi-probe.invalid/callback"

CODE_GRANT: Final = {"grant_type": "authorization_code"}
REFRESH_GRANT: Final = {"grant_type": "refresh_token"}

#: By a point's id, how the request differs from a right one.
_TOKEN_ERRORS: Final[dict[str, dict[str, str | None]]] = {
    "wrong-code": {**CODE_GRANT, "code": _NO_CODE},
    "wrong-secret": {**CODE_GRANT, "code": _NO_CODE, "client_secret": _NO_SECRET},
    "wrong-callback": {**CODE_GRANT, "code": _NO_CODE, "redirect_uri": _ELSEWHERE},
    "wrong-grant-type": {"grant_type": "authlib_xiaomi_probe", "code": _NO_CODE},
    "wrong-refresh-token": {**REFRESH_GRANT, "refresh_token": _NO_TOKEN},
}
#: With these, Xiaomi has looked no further than at the application.
_NOT_THE_APP: Final = (96001, 96003, 96005, 96010)


def ask_first(service: Service, report: Report) -> None:
    """Whether this is Xiaomi, and whether it knows the application.

    :raises Stopped: where one of the two is not so.
    """
    reply = service.token(_TOKEN_ERRORS["wrong-code"])
    status = reply.seen["status"]
    if out_of_order(reply.seen):
        report.see("wrong-code", reply.seen)
        raise Stopped("down", status=status)
    if reply.error is None:
        raise Stopped("nonsense", status=status)
    if reply.error in _NOT_THE_APP:
        raise Stopped("refused", code=reply.error)
    report.see("wrong-code", reply.seen)


def ask_token(service: Service, report: Report) -> None:
    """The errors of the token endpoint, by POST and by GET."""
    statuses: dict[str, set[object]] = {"post": set(), "get": set()}
    prefixes: dict[str, set[object]] = {"post": set(), "get": set()}
    for name, changes in _TOKEN_ERRORS.items():
        for method, point in (("POST", name), ("GET", f"{name}-get")):
            if point not in report.seen:
                report.see(point, service.token(changes, method=method).seen)
            seen = report.seen[point]
            if "error" in seen:
                statuses[method.lower()].add(seen["status"])
                prefixes[method.lower()].add(seen["prefix"])
    report.see("token-error-status", _listed(statuses))
    report.see("token-prefix", _listed(prefixes))
    reply = service.token(_TOKEN_ERRORS["wrong-code"], method="GET", path=PLAIN_TOKEN)
    report.see("plain-token", reply.seen)


def ask_api(service: Service, report: Report) -> None:
    """API calls with an access token that does not exist; and the clocks are compared."""
    report.see("wrong-access-token", service.call(PROFILE, _NO_TOKEN).seen)
    mac = mac_header(_NO_TOKEN, _NO_KEY, generate_nonce())
    report.see("wrong-access-token-signed", service.call(PROFILE, _NO_TOKEN, mac).seen)
    if service.clock is not None:
        minutes = abs(service.clock) / 60
        amount = "over 5 minutes" if minutes > 5 else "over 1 minute" if minutes > 1 else "none"
        report.see("clock", {"difference": amount})


def ask_authorize(service: Service, report: Report) -> None:
    """How authorization requests begin; no sign-in comes of them."""
    app = service.app
    scope = app.scope or "1"
    parts = urlsplit(app.redirect_uri)
    below = parts._replace(path=f"{parts.path.rstrip('/')}/authlib-xiaomi-probe", query="probe=1")
    not_ascii = parts._replace(query="probe=小米")
    requests: dict[str, dict[str, str | None]] = {
        "authorize": {},
        "authorize-wrong-callback": {"redirect_uri": _ELSEWHERE},
        "callback-below": {"redirect_uri": below.geturl()},
        "callback-not-ascii": {"redirect_uri": not_ascii.geturl()},
        "callback-https": {"redirect_uri": parts._replace(scheme="https").geturl()},
        "skip-confirm-left-out": {"skip_confirm": None},
        "scope-left-out": {"scope": None},
        "scope-openid": {"scope": scope if "openid" in scope.split() else f"{scope} openid"},
        "scope-word": {"scope": f"{scope} authlib_xiaomi_probe"},
        "extra-parameters": {"device_id": "authlib_xiaomi_probe"},
    }
    if parts.scheme != "http":
        del requests["callback-https"]
    for point, changes in requests.items():
        asked = {"scope": scope, "state": "authlib_xiaomi_probe", **changes}
        report.see(point, service.authorize(**asked).seen)
    forms = {f: service.authorize(scope=scope, skip_confirm=f) for f in ("true", "False", "1")}
    report.see("skip-confirm-forms", _together(forms))


def _together(replies: Mapping[str, Reply]) -> Seen:
    """What was seen of all; of the first, where that is out of order."""
    for reply in replies.values():
        if out_of_order(reply.seen):
            return reply.seen
    return {name: reply.seen for name, reply in replies.items()}


def _listed(values: Mapping[str, set[object]]) -> Seen:
    return {name: sorted(some, key=str) for name, some in values.items()}
