"""The application's mark: a picture that its user sees on the sandbox's pages."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Final

from .invalid import InvalidValue

__all__ = ["Mark", "read_mark"]

_TYPES: Final = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
}
#: Bytes.
_LARGEST: Final = 1 << 20


@dataclasses.dataclass(frozen=True)
class Mark:
    """A picture."""

    content: bytes = dataclasses.field(repr=False)
    content_type: str


def read_mark(path: str | os.PathLike[str] | None) -> Mark | None:
    """The picture in a file.

    :raises TypeError: where `path` is not the name of a file.
    :raises ValueError: where it cannot be read, is not a picture by its name, or is over 1 MiB.
    """
    if path is None:
        return None
    file = Path(path)
    content_type = _TYPES.get(file.suffix.lower())
    if content_type is None:
        raise InvalidValue("invalid_mark", value=str(path), kinds=" ".join(_TYPES))
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidValue("invalid_mark_file", value=str(path), reason=reason) from error
    if len(content) > _LARGEST:
        raise InvalidValue("invalid_mark_size", value=str(path))
    return Mark(content, content_type)
