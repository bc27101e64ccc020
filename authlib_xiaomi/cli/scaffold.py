"""``new``: the smallest whole application for a framework, written into a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

__all__ = ["FRAMEWORKS", "Framework", "Occupied", "write"]

#: The files of each application; they are this package's data.
_FILES: Final = ("app.py", ".env.example")


@dataclass(frozen=True)
class Framework:
    """How an application is installed and started.

    :param install: what pip installs.
    :param run: what the sandbox runs.
    :param run_with_env: what serves users of Xiaomi, with the settings of ``.env``.
    :param callback: under the address that these print.
    """

    install: str
    run: str
    run_with_env: str
    callback: str = "http://127.0.0.1:8000/auth"

    @property
    def commands(self) -> Mapping[str, str]:
        """The commands by what they are for."""
        return {
            "install": f"pip install {self.install}",
            "sandbox": f"authlib-xiaomi sandbox -- {self.run}",
            "xiaomi": self.run_with_env,
        }


FRAMEWORKS: Final[Mapping[str, Framework]] = {
    "flask": Framework(
        "'authlib-xiaomi[flask,sandbox,cli]'",
        "flask run",
        "flask run",
        "http://127.0.0.1:5000/auth",
    ),
    "fastapi": Framework(
        "'authlib-xiaomi[starlette,sandbox,cli]' fastapi uvicorn",
        "uvicorn app:app",
        "uvicorn app:app --env-file .env",
    ),
    "django": Framework(
        "'authlib-xiaomi[django,sandbox,cli]'",
        "python app.py runserver",
        "dotenv run -- python app.py runserver",
    ),
}


class Occupied(Exception):  # noqa: N818  # it says what a place is
    """There is a file already; the message is its name."""


def write(framework: str, folder: Path) -> list[Path]:
    """Write the application for one of :data:`FRAMEWORKS` into `folder`, made where it is missing.

    :returns: the files that were written.
    :raises Occupied: where one of the files is there; nothing is written then.
    :raises OSError: where a file cannot be written.
    """
    paths = [folder / name for name in _FILES]
    for path in paths:
        if path.exists() or path.is_symlink():
            raise Occupied(str(path))
    source = files(__package__) / "new" / framework
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        with path.open("x", encoding="utf-8") as file:  # never over another
            file.write((source / path.name).read_text(encoding="utf-8"))
    return paths
