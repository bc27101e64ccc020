"""What programs talk to: the token endpoint and the open API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request

from .answers import CONTENT_TYPE, api_body, api_error, has_prefix, token_body, token_error
from .faults import AUTH_TOKEN, ENDPOINTS
from .open_api import APIS, api_answer, status_for
from .outcome import note
from .refusal import Refusal
from .service import SERVICE, Service
from .settings import Settings
from .signatures import ApiRequest
from .token_endpoint import MethodRefused, token_answer

__all__ = ["endpoints", "refuse_api", "refuse_token", "service_page"]

_NO_STORE: Final = {"Cache-Control": "no-store"}


def endpoints() -> Blueprint:
    """The endpoints."""
    blueprint = Blueprint("endpoints", __name__)
    for path in (ENDPOINTS["token"], AUTH_TOKEN):
        blueprint.add_url_rule(path, view_func=_token, methods=["GET", "POST"])
    for name in APIS:
        blueprint.add_url_rule(
            ENDPOINTS[name], endpoint=name, view_func=_call, defaults={"api": name}
        )
    return blueprint


def _token() -> Response:
    service: Service = request.environ[SERVICE]
    settings = service.settings
    if request.path == AUTH_TOKEN and not settings.options["auth_token_endpoint"]:
        abort(404)
    fields = request.form if request.method == "POST" else request.args
    try:
        answer, why = token_answer(fields, request.method, settings, service.state, service.users)
    except Refusal as refusal:
        return refuse_token(request.environ, refusal, settings)
    except MethodRefused as refused:
        note(request.environ, refused.why)
        return service_page(refused.status)
    note(request.environ, why)
    body = token_body(answer, _prefix(request.path, request.method, settings), settings)
    return Response(body, 200, _NO_STORE, content_type=settings.options["content_type"])


def _call(api: str) -> Response:
    service: Service = request.environ[SERVICE]
    settings = service.settings
    host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    authorization = request.headers.get("Authorization", "")
    query = request.query_string.decode("latin-1")
    asked = ApiRequest(request.method, host, request.path, query, authorization)
    try:
        data, why = api_answer(api, asked, settings, service.state, service.users, service.url())
    except Refusal as refusal:
        return refuse_api(request.environ, refusal, settings)
    note(request.environ, why)
    return Response(api_body(api, data, settings), 200, _NO_STORE, content_type=CONTENT_TYPE)


def refuse_token(environ: Mapping[str, Any], refusal: Refusal, settings: Settings) -> Response:
    """The token endpoint's answer to a request that it refuses."""
    note(environ, refusal.why, refusal.code)
    prefix = _prefix(environ["PATH_INFO"], environ["REQUEST_METHOD"], settings)
    body, options = token_error(refusal, prefix, settings), settings.options
    content_type = options["content_type"]
    return Response(body, options["error_status"], _NO_STORE, content_type=content_type)


def refuse_api(environ: Mapping[str, Any], refusal: Refusal, settings: Settings) -> Response:
    """The open API's answer to a call that it refuses."""
    note(environ, refusal.why, refusal.code)
    status = status_for(refusal.code, settings)
    return Response(api_error(refusal, settings), status, _NO_STORE, content_type=CONTENT_TYPE)


def service_page(status: int) -> Response:
    """What stands between a service and its clients: it answers in HTML."""
    page = f"<html><body><h1>Xiaomi sandbox: HTTP status {status}</h1></body></html>\n"
    return Response(page, status, content_type="text/html;charset=UTF-8")


def _prefix(path: str, method: str, settings: Settings) -> bool:
    return path != AUTH_TOKEN and has_prefix(method, settings)
