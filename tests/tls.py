"""The certificates that this machine trusts."""

from __future__ import annotations

import ssl
from typing import Final

#: For ``verify``: httpx takes 30 ms to read them for each registration, for http:// too.
TRUSTED: Final = ssl.create_default_context()
