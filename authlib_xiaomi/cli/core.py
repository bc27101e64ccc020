"""What the command line uses of the package's core, in one place."""

from .._core.responses import parse_token
from .._core.urls import check_redirect_uri, same_origin
from ..redaction import guard_loggers, redact, redacting

__all__ = [
    "check_redirect_uri",
    "guard_loggers",
    "parse_token",
    "redact",
    "redacting",
    "same_origin",
]
