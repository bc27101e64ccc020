"""What to do about a finding, as a line to copy. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from .checks import QUOTES, is_absolute
from .findings import Finding

__all__ = ["Known", "with_remedy"]

#: What stands for a value that only the user knows.
_APP_ID = "YOUR_APPID"
_APP_SECRET = "YOUR_APPSECRET"


@dataclass(frozen=True)
class Known:
    """What the doctor knows of the application.

    :param prefix: what the variables' names begin with.
    :param code: the number in the live check's answer.
    :param elsewhere: where the application goes in place of Xiaomi.
    :param port: where it is served during development.
    """

    prefix: str
    client_id: str = ""
    redirect_uri: str = ""
    code: int | None = None
    elsewhere: str = ""
    port: int = 5000


def with_remedy(finding: Finding, known: Known) -> Finding:
    """`finding`, with a line to copy where there is one."""
    if finding.status == "ok" or finding.left_out or finding.remedy:
        return finding
    make = _REMEDIES.get(finding.check)
    return replace(finding, remedy=make(known)) if make else finding


def _client_id(known: Known) -> str:
    text = known.client_id.strip().strip(QUOTES).strip()
    mended = text != known.client_id and re.fullmatch("[0-9]{15,19}", text)
    return f"{known.prefix}_CLIENT_ID={text if mended else _APP_ID}"


def _client_secret(known: Known) -> str:
    return f"{known.prefix}_CLIENT_SECRET='{_APP_SECRET}'"


def _redirect_uri(known: Known) -> str:
    text = known.redirect_uri.strip().strip(QUOTES).strip().partition("#")[0]
    if not is_absolute(text) or urlsplit(text).scheme not in ("http", "https"):
        text = f"http://127.0.0.1:{known.port}/auth"
    return f"{known.prefix}_REDIRECT_URI={text}"


def _live(known: Known) -> str:
    if known.elsewhere:
        return f"authlib-xiaomi doctor --base-url {known.elsewhere}"
    return f"authlib-xiaomi explain {known.code}" if known.code else "authlib-xiaomi doctor"


_REMEDIES = {
    "client_id": _client_id,
    "client_secret": _client_secret,
    "redirect_uri": _redirect_uri,
    "registered": lambda known: known.redirect_uri,
    "clock": lambda known: "sudo timedatectl set-ntp true",
    "account_host": lambda known: "curl -sSI https://account.xiaomi.com/",
    "api_host": lambda known: "curl -sSI https://open.account.xiaomi.com/",
    "live": _live,
}
