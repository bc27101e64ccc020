"""For which host names the sandbox answers. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

__all__ = ["is_loopback", "is_own_host"]


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address, is this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_own_host(header: str, exposed: bool) -> bool:
    """Whether a request with that ``Host`` header may be meant for the sandbox.

    A page elsewhere can let its own name point to this machine (DNS rebinding), and a browser
    then lets it read the sandbox's pages; but its requests carry that name.

    :param exposed: take addresses, and names that are of a private network alone, too (without a
        dot, such as a container's; ``.internal``, ``.local``): no such page can have them.
    """
    try:
        host = urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return False
    if is_loopback(host) or host.endswith(".localhost"):
        return True
    private = bool(host) and ("." not in host or host.endswith((".internal", ".local")))
    return exposed and (_is_address(host) or private)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
