"""Xiaomi's MAC signature (doc 1521, passport mac-signature-verification).

Pure: a token's key and a request in, a header out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

__all__ = ["ALGORITHM", "authorization", "generate_nonce", "is_supported", "signature"]

#: The one ``mac_algorithm`` that Xiaomi supports (doc 1521; live it reads ``HmacSHA1``).
ALGORITHM: Final = "HmacSHA1"


def is_supported(algorithm: object) -> bool:
    """Return whether `algorithm`, a token's ``mac_algorithm``, is Xiaomi's, or is left out."""
    return not algorithm or str(algorithm).lower() == ALGORITHM.lower()


def generate_nonce() -> str:
    """Return a new nonce: a random 64-bit integer and the minutes since the epoch."""
    # 63 bits, as Xiaomi's side is Java: its 64-bit integers have a sign.
    return f"{secrets.randbits(63)}:{int(time.time() // 60)}"


def signature(
    mac_key: str, nonce: str, method: str, host: str, path: str, query: Iterable[tuple[str, str]]
) -> str:
    """Return the signature of a request, in base64.

    :param query: the query's parameters, decoded. They are signed as ``name=value``, sorted by
        name, without the empty ones (passport mac-signature-verification). Values are signed
        as they are: so says the document, and so does Xiaomi's Python SDK; its Java, Android
        and C# SDKs sign them percent-encoded, which differs only for values that need encoding.
    """
    pairs = sorted((name, value) for name, value in query if value)
    signed = "&".join(f"{name}={value}" for name, value in pairs)
    text = "".join(f"{part}\n" for part in (nonce, method.upper(), host, path, signed))
    digest = hmac.new(mac_key.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def authorization(
    access_token: str, mac_key: str, method: str, url: str, nonce: str | None = None
) -> str:
    """Return the ``Authorization`` header for a request (sdk: XMUtils.buildMacRequestHead).

    :param url: the whole URL, with its query.
    :param nonce: a new one by default.
    """
    nonce = nonce or generate_nonce()
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    mac = signature(mac_key, nonce, method, parts.hostname or "", parts.path, query)
    token, mac = quote(access_token, safe=""), quote(mac, safe="")
    return f'MAC access_token="{token}", nonce="{nonce}",mac="{mac}"'
