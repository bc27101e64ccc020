"""The commands and their options, as data: what click is built of, and the help without it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from ..sandbox.faults import ENDPOINTS
from .scaffold import FRAMEWORKS

__all__ = [
    "COMMANDS",
    "GENERAL",
    "HELP",
    "LANG",
    "PROGRAM",
    "SHELLS",
    "VERSION",
    "Command",
    "Option",
]

PROGRAM: Final = "authlib-xiaomi"
#: The shells that completion is there for.
SHELLS: Final = ("bash", "zsh", "fish")


@dataclass(frozen=True)
class Option:
    """An option.

    :param metavar: what its value is called; empty for a switch.
    :param short: a short form, such as ``-h``.
    """

    name: str
    metavar: str = ""
    default: str | None = None
    short: str = ""

    @property
    def forms(self) -> tuple[str, ...]:
        """As it is written on a command line."""
        long = f"--{self.name}"
        return (self.short, long) if self.short else (long,)

    @property
    def text(self) -> str:
        """The key of its help."""
        return f"option_{self.name.replace('-', '_')}"


LANG: Final = Option("lang", "en|zh")
HELP: Final = Option("help", short="-h")
VERSION: Final = Option("version", short="-V")
_JSON: Final = Option("json")
#: Of the program itself.
GENERAL: Final = (LANG, VERSION, HELP)

_SETTINGS: Final = (
    Option("client-id", "APPID"),
    Option("redirect-uri", "URL"),
    Option("scope", "SCOPES"),
    Option("env-file", "FILE"),
    Option("django-settings", "MODULE"),
    Option("prefix", "NAME", "XIAOMI"),
    Option("base-url", "URL"),
)


@dataclass(frozen=True)
class Command:
    """A command.

    :param options: without those that every command has.
    :param paragraphs: how many paragraphs its help has, beside the first line.
    :param arguments: what follows the options; empty where it takes none.
    :param choices: the words that each of these may be, where they are known.
    :param extra: the extra without which it does not run.
    """

    options: tuple[Option, ...] = ()
    paragraphs: int = 0
    arguments: str = ""
    choices: tuple[Collection[str], ...] = ()
    extra: str = "cli"

    @property
    def all_options(self) -> tuple[Option, ...]:
        """Those that every command has among them."""
        return (*self.options, LANG, HELP)


COMMANDS: Final[Mapping[str, Command]] = {
    "doctor": Command(
        (
            *_SETTINGS,
            Option("registered", "URLS"),
            Option("granted", "SCOPES"),
            Option("offline"),
            _JSON,
        ),
        paragraphs=4,
    ),
    "probe": Command(
        (
            Option("sign-in"),
            Option("twice"),
            Option("no-browser"),
            Option("paste"),
            *_SETTINGS,
            Option("pause", "SECONDS"),
            Option("timeout", "SECONDS", "10"),
            _JSON,
            Option("out", "FILE"),
        ),
        paragraphs=5,
    ),
    "explain": Command((_JSON,), paragraphs=3, arguments="ERROR..."),
    "scopes": Command((_JSON,)),
    "new": Command(
        (_JSON,),
        paragraphs=2,
        arguments=f"{'|'.join(FRAMEWORKS)} [FOLDER]",
        choices=(FRAMEWORKS,),
    ),
    "sandbox": Command(arguments="[-- CMD...]", choices=(("fail",), ENDPOINTS), extra="sandbox"),
    "completion": Command((_JSON,), paragraphs=1, arguments="|".join(SHELLS), choices=(SHELLS,)),
}
