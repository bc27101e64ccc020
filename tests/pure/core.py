"""The pure functions that are tested by themselves: bytes in, values out.

Version 2 keeps them under these names; before, they stand elsewhere.
"""

from __future__ import annotations

try:
    from authlib_xiaomi._core.responses import (
        nonce_was_used,
        parse_api_data,
        parse_token,
        strip_prefix,
    )
    from authlib_xiaomi._core.userinfo import build_userinfo
    from authlib_xiaomi._tools.redirect_uri import mismatch, registered_uris
except ModuleNotFoundError:
    from authlib_xiaomi.redirect_uri import mismatch, registered_uris
    from authlib_xiaomi.responses import api_data as parse_api_data
    from authlib_xiaomi.responses import nonce_was_used, strip_prefix
    from authlib_xiaomi.responses import token_from as parse_token
    from authlib_xiaomi.userinfo import build_userinfo

__all__ = [
    "build_userinfo",
    "mismatch",
    "nonce_was_used",
    "parse_api_data",
    "parse_token",
    "registered_uris",
    "strip_prefix",
]
