"""The sandbox's switches for programs: JSON over HTTP, with the control token."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from .._tools.translations import Language
from .faults import Fault
from .inspection import recent, waiting
from .invalid import InvalidValue
from .outcome import note
from .pages import each_request, page_language
from .refusal import because
from .service import SERVICE, Service

__all__ = ["Control"]

#: Requests that are listed.
_MOST: Final = 1000


class Control:
    """The switches, for the request that is being answered."""

    def __init__(self) -> None:
        self._service: Service = request.environ[SERVICE]

    @classmethod
    def blueprint(cls) -> Blueprint:
        """The switches, for the application."""
        blueprint = Blueprint("control", __name__)
        rules = {
            "faults": ("faults", "GET"),
            "fail": ("faults", "POST"),
            "forget_faults": ("faults", "DELETE"),
            "requests": ("requests", "GET"),
            "forget_requests": ("requests", "DELETE"),
            "advance": ("clock", "POST"),
            "withdraw": ("withdraw", "POST"),
        }
        for name, (path, method) in rules.items():
            view = each_request(cls, name)
            blueprint.add_url_rule(f"/sandbox/api/{path}", name, view, methods=[method])
        blueprint.before_request(each_request(cls, "authenticate"))
        for kind in (ValueError, TypeError):
            blueprint.register_error_handler(kind, each_request(cls, "invalid"))
        return blueprint

    def authenticate(self) -> Response | None:
        """Refuse who does not bring the token."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        own = self._service.control_token.encode()
        if kind.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), own):
            return None
        note(request.environ, because("why_control_token"))
        text = "send the control token: Authorization: Bearer TOKEN"
        return _json({"error": text}, 401, {"WWW-Authenticate": "Bearer"})

    def faults(self) -> dict[str, object]:
        note(request.environ, because("why_listed"))
        return self._waiting()

    def fail(self) -> dict[str, object]:
        fields = _fields()
        endpoint, times = fields.pop("endpoint", ""), fields.pop("times", 1)
        unknown = fields.keys() - Fault.__dataclass_fields__.keys()
        if unknown:
            raise InvalidValue("invalid_field", name=min(unknown)[:60])
        if isinstance(fields.get("body"), str):
            fields["body"] = fields["body"].encode()
        if not isinstance(fields.get("headers", {}), dict):
            raise InvalidValue("invalid_headers")
        fault = Fault(**fields)
        self._service.faults.add(str(endpoint), fault, times)
        note(request.environ, because("why_to_fail", endpoint=endpoint, fault=fault))
        return self._waiting()

    def forget_faults(self) -> dict[str, object]:
        self._service.faults.clear()
        note(request.environ, because("why_faults_forgotten"))
        return self._waiting()

    def requests(self) -> dict[str, object]:
        note(request.environ, because("why_listed"))
        return {"requests": recent(self._service.recorder.all(), _MOST, _language())}

    def forget_requests(self) -> dict[str, object]:
        self._service.recorder.clear()
        note(request.environ, because("why_requests_forgotten"))
        return {"requests": []}

    def advance(self) -> dict[str, object]:
        self._service.clock.advance(_fields().get("seconds", -1))
        note(request.environ, because("why_clock", days=self._service.clock.days))
        return {"now": self._service.clock()}

    def withdraw(self) -> dict[str, object]:
        user = _fields().get("user")
        if user not in self._service.users:
            raise InvalidValue("invalid_user", users=", ".join(self._service.users))
        self._service.state.withdraw(str(user))
        note(request.environ, because("why_consent_withdrawn", user=user))
        return {"withdrawn": user}

    def _waiting(self) -> dict[str, object]:
        return {"faults": waiting(self._service.faults.waiting(), _language())}

    def invalid(self, error: Exception) -> Response:
        text = error.words(_language()) if isinstance(error, InvalidValue) else str(error)
        note(request.environ, because("why_invalid"))
        return _json({"error": text}, 400)


def _language() -> Language:
    return page_language("", request.accept_languages)


def _fields() -> dict[str, Any]:
    """The JSON object in the request's body.

    :raises ValueError: where there is none.
    """
    fields = request.get_json(silent=True)
    if not isinstance(fields, dict):
        raise InvalidValue("invalid_json")
    return fields


def _json(
    fields: Mapping[str, object], status: int, headers: Mapping[str, str] | None = None
) -> Response:
    response = jsonify(fields)
    response.status_code = status
    response.headers.extend(headers or {})
    return response
