"""What the command line takes of the package beside the facts about Xiaomi, in one place."""

from ..provider import same_origin
from ..redaction import guard_loggers, redact
from ..redaction import hidden as redacting
from ..redirect_uri import check_redirect_uri
from ..responses import token_from as parse_token

__all__ = [
    "check_redirect_uri",
    "guard_loggers",
    "parse_token",
    "redact",
    "redacting",
    "same_origin",
]
