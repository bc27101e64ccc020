"""Values that the sandbox does not take, said in the user's language."""

from __future__ import annotations

from .._tools.translations import Language, translations

__all__ = ["InvalidValue"]


class InvalidValue(ValueError):  # noqa: N818  # a ValueError, as the name says
    """A value that is not valid. Its message is in English; :meth:`words` has others.

    :param key: of the text.
    :param values: for the fields of the text.
    """

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(self.words("en"))

    def words(self, language: Language) -> str:
        """The message in that language."""
        return translations(__package__, language)[self.key].format(**self.values)

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.key, self.values)


def _again(kind: type[InvalidValue], key: str, values: dict[str, object]) -> InvalidValue:
    return kind(key, **values)
