"""For the reference: docstrings as Markdown, and where they come from when the code runs."""

from __future__ import annotations

import re
from importlib import import_module
from inspect import cleandoc, getdoc, signature
from typing import Any

from griffe import (
    Class,
    Docstring,
    Extension,
    Function,
    Object,
    Parameter,
    ParameterKind,
    Parameters,
)

__all__ = ["Docstrings"]


class Docstrings(Extension):
    """Reads this package's docstrings, which are reStructuredText of the simplest kind."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Called for each module, class, function and attribute once all are loaded."""
        if isinstance(obj, Class) and obj.docstring is None:
            # Such as `__doc__ = SyncXiaomiApp.__doc__`.
            text = getattr(import_module(obj.module.path), obj.name).__doc__
            if text:
                obj.docstring = Docstring(cleandoc(text), parent=obj, parser="sphinx")
        if isinstance(obj, Class) and _takes_anything(obj):
            # It hands all on: the base class's parameters are what is documented.
            obj.del_member("__init__")
        if isinstance(obj, Function):
            _complete(obj)
            _show_values(obj)
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)


def _complete(function: Function) -> None:
    """Give a method what it has when the code runs.

    The synchronous form of another method has the signature of that one; a constructor names the
    options that it takes; a method without a docstring has that of the one which it overrides.
    """
    if not isinstance(function.parent, Class):
        return
    owner = getattr(import_module(function.module.path), function.parent.name)
    method = getattr(owner, function.name, None)
    for decorator in function.decorators:
        source = re.fullmatch(r"synchronous\((.+)\)", str(decorator.value))
        if source:
            written = function.module[source[1]]
            function.parameters, function.returns = written.parameters, written.returns
    if any(str(one.annotation).startswith("Unpack[") for one in function.parameters):
        function.parameters = Parameters(
            *(
                Parameter(
                    one.name,
                    annotation=None if one.annotation is one.empty else str(one.annotation),
                    kind=ParameterKind(one.kind.description),
                    default=None if one.default is one.empty else repr(one.default),
                )
                for one in signature(method).parameters.values()
            )
        )
    text = getdoc(method)
    if function.docstring is None and text:
        function.docstring = Docstring(text, parent=function, parser="sphinx")


def _show_values(function: Function) -> None:
    """Of defaults that are constants, show what they are."""
    for parameter in function.parameters:
        if re.fullmatch("[A-Z][A-Z_]+", str(parameter.default)):
            module = import_module(function.module.path)
            value = repr(getattr(module, str(parameter.default)))
            if " at 0x" not in value:  # an object without a value to show keeps its name
                parameter.default = value


def _takes_anything(cls: Class) -> bool:
    init = cls.members.get("__init__")
    parameters = init.parameters if isinstance(init, Function) else ()
    return [parameter.name for parameter in parameters] == ["self", "args", "kwargs"]


def as_markdown(text: str) -> str:
    """Roles, code blocks and doctests in Markdown's way."""
    text = re.sub(r":(?:class|meth|mod|attr|func|data):`~?([^`]+)`", r"`\1`", text)
    text = re.sub(r"``([^`]+)``", r"`\1`", text)
    # One backtick is a parameter's name, and what reStructuredText leaves to the reader.
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        bare = line.strip()
        if fence == "pycon" and not bare:
            lines.append("```")
            fence = ""
        elif fence == "python" and bare and not line.startswith("    "):
            lines.append("```")
            lines.append("")
            fence = ""
        if bare == ".. code-block:: python":
            lines.append("```python")
            fence = "python"
            continue
        if not fence and bare.startswith(">>>"):
            lines.append("```pycon")
            fence = "pycon"
        if fence == "python" and not bare and lines[-1] == "```python":
            continue
        lines.append(line.removeprefix("    ") if fence == "python" else line)
    if fence:
        lines.append("```")
    return "\n".join(lines)
