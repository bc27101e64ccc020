"""How the sandbox checks a call's MAC signature (doc 1521). Pure.

Written on its own, not with :mod:`authlib_xiaomi.mac`: what signs must not be what checks.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import re
import time
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, quote_plus, unquote, unquote_plus

from ..errors import ErrorCode
from .modes import Options
from .refusal import Refusal, because
from .state import State, Token

__all__ = ["ApiRequest", "check_signature"]

_FIELD: Final = re.compile(r'(\w+)="([^"]*)"')
_NONCE: Final = re.compile(r"-?[0-9]{1,20}:([0-9]{1,12})")


@dataclasses.dataclass(frozen=True)
class ApiRequest:
    """A call of the open API, with what its signature covers."""

    method: str
    #: The host that the client asked for, without port.
    host: str
    path: str
    #: As it was sent.
    query: str = dataclasses.field(repr=False)
    #: The ``Authorization`` header, or an empty string.
    authorization: str = dataclasses.field(default="", repr=False)

    def required(self, name: str) -> str:
        """The query parameter `name`.

        :raises Refusal: 96002 where it is missing.
        """
        pairs = parse_qsl(self.query, keep_blank_values=True)
        value = next((v for n, v in pairs if n == name), "")
        if not value:
            why = because("why_missing", name=name)
            raise Refusal(ErrorCode.OA_INVALID_REQUEST, f"{name} is missing", why)
        return value


def check_signature(request: ApiRequest, token: Token, options: Options, state: State) -> None:
    """See that the call may be made as it is, signed or not.

    :raises Refusal: 96012 where a signature is missing, wrong, or not wanted.
    """
    # Any other scheme, such as Bearer, is not looked at.
    if not re.match(r"MAC(\s|$)", request.authorization):
        if options["signatures"] == "required":
            raise _refused("mac is missing", "why_mac_missing")
        return
    if options["signatures"] == "refused":
        raise _refused(None, "why_mac_refused")
    nonce, minutes, mac = _header(request, token, options)
    # A token without a key cannot have been used for a right signature.
    if token.mac_key is None:
        raise _refused("mac is wrong", "why_mac_no_key")
    parts = (nonce, request.method.upper(), request.host, request.path)
    for query in _signed_queries(request.query, options):
        text = "".join(f"{part}\n" for part in (*parts, query))
        digest = hmac.new(token.mac_key.encode(), text.encode(), hashlib.sha1).digest()
        if hmac.compare_digest(base64.b64encode(digest), mac.encode()):
            # The real time, not the sandbox's clock: a client signs by its own, also in a test
            # that has moved the sandbox's to let a token expire.
            state.use_nonce(nonce, minutes, int(time.time() // 60))
            return
    raise _refused("mac is wrong", "why_mac_wrong")


def _header(request: ApiRequest, token: Token, options: Options) -> tuple[str, int, str]:
    """The header's nonce, the minutes in it, and its signature."""
    sent = dict(_FIELD.findall(request.authorization))
    nonce, mac = sent.get("nonce", ""), unquote(sent.get("mac", ""))
    if options["encoded_nonce"]:
        nonce = unquote(nonce)
    parts = _NONCE.fullmatch(nonce)
    if parts is None or unquote(sent.get("access_token", "")) != token.access_token:
        raise _refused("mac is malformed", "why_mac_malformed")
    return nonce, int(parts[1]), mac


def _signed_queries(query: str, options: Options) -> Iterator[str]:
    """The forms in which the query may have been signed."""
    if options["signed_values"] in ("any", "decoded"):
        pairs = parse_qsl(query, keep_blank_values=True)
        yield "&".join(f"{name}={value}" for name, value in sorted(pairs) if value)
    if options["signed_values"] in ("any", "encoded"):
        # Sorted by name alone, so that equal names keep their order; an empty value stays.
        sent = [piece.partition("=") for piece in query.split("&") if piece]
        sent.sort(key=lambda piece: unquote_plus(piece[0]))
        yield "&".join("".join(piece) for piece in sent)
        # Encoded anew for the signature, as Java and C# do it for a form.
        pairs = parse_qsl(query, keep_blank_values=True)
        pairs.sort(key=lambda pair: pair[0])
        yield "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)


def _refused(description: str | None, key: str) -> Refusal:
    return Refusal(ErrorCode.OA_ACCESS_DENIED, description, because(key))
