"""Which server the application goes to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ..provider import ACCESS_TOKEN_URL
from .checks import is_absolute, is_loopback
from .configuration import Settings
from .core import same_origin

__all__ = ["Place", "place_of"]


@dataclass(frozen=True)
class Place:
    """Where to ask.

    :param base_url: the server in place of Xiaomi's, without a slash at its end; ``None`` for
        Xiaomi's own.
    :param setting: the variable that leads there, if it is not asked for.
    :param elsewhere: where the application goes and AppSecret is not sent unasked; or ``None``.
    """

    base_url: str | None
    setting: str = ""
    elsewhere: str | None = None

    @property
    def in_the_clear(self) -> bool:
        """Whether there is no TLS; then it is this machine."""
        return (self.base_url or "").startswith("http:")


def place_of(settings: Settings, base_url: str | None) -> Place:
    """Where the application of these settings goes.

    :param base_url: what the command line says, checked.
    """
    url = settings.get("ACCESS_TOKEN_URL").text
    if base_url or not url:
        return Place(base_url)
    name = settings.name("ACCESS_TOKEN_URL")
    # A path by itself would not be a URL to the application either.
    if not is_absolute(url):
        return Place(None, name, url)
    if same_origin(url, ACCESS_TOKEN_URL):
        return Place(None)
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    return Place(root, name) if is_loopback(parts.hostname) else Place(None, name, root)
