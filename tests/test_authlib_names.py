"""The private names of other libraries that the package leans on: all are there, in one module."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import authlib
import pytest

import authlib_xiaomi
from authlib_xiaomi._authlib import LEANED_ON

PACKAGE = Path(authlib_xiaomi.__file__).parent
SOURCES = {
    file.stem: ast.parse(file.read_text(encoding="utf-8"))
    for file in [*PACKAGE.glob("*.py"), *PACKAGE.glob("_core/*.py")]
}

#: Names of Authlib's that other libraries have too: by the name alone they are not told apart.
COMMON = {"cache", "hooks", "update_token"}
#: Where another module than ``_authlib`` may use one: as a method that stands before Authlib's
#: own, or on what ``_authlib`` has given.
ELSEWHERE = {
    "_registry": {"generate_client_kwargs"},
    "_app_calls": {"set_state_data", "get_state_data", "clear_state_data"},
}
#: Names of urllib3's that its documentation does not promise.
URLLIB3 = {"ConnectionCls"}


def complaint(name: str, reason: str) -> str | None:
    """What is to be said of a name that has moved; ``None`` where it is where it was."""
    module, _, expression = name.partition(":")
    try:
        eval(expression, vars(importlib.import_module(module)).copy())
    except (ImportError, AttributeError, NameError, TypeError) as error:
        return f"Authlib {authlib.__version__} has moved {name} ({error}); needed: {reason}"
    return None


def attributes(module: ast.Module) -> Iterator[str]:
    """The names of attributes that a module uses, and of the methods that it defines."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute):
            yield node.attr
        if isinstance(node, ast.ClassDef):
            yield from (n.name for n in node.body if isinstance(n, ast.FunctionDef))


def own_names(module: ast.Module) -> Iterator[str]:
    """The names that a module gives to something of its own."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("__setattr__"):
            yield ast.literal_eval(node.args[1])


@pytest.mark.parametrize(("name", "reason"), LEANED_ON)
def test_a_name_of_authlibs_is_where_it_was(name: str, reason: str) -> None:
    assert complaint(name, reason) is None


@pytest.mark.parametrize(
    "name",
    [
        "authlib.no_such_module:OAuth2Client",
        "authlib.oauth2.client:NoSuchClass",
        "authlib.oauth2.client:OAuth2Client.no_such_name",
        "authlib.oauth2.client:OAuth2Client.client_auth(no_such_argument=1)",
    ],
)
def test_a_name_that_has_moved_is_named_with_its_reason(name: str) -> None:
    said = complaint(name, "an example")
    assert said is not None
    assert name in said
    assert "an example" in said
    assert authlib.__version__ in said


def test_each_name_is_listed_once_and_has_a_reason() -> None:
    names = [name for name, _ in LEANED_ON]
    assert len(set(names)) == len(names)
    assert all(reason for _, reason in LEANED_ON)


def test_no_other_module_uses_these_names() -> None:
    leaned_on = {name.rpartition(".")[2].rpartition(":")[2] for name, _ in LEANED_ON} - COMMON
    for module, source in SOURCES.items():
        used = set(attributes(source)) & leaned_on
        if module != "_authlib":
            assert used <= ELSEWHERE.get(module, set()), f"{module} uses {used}"


def test_what_is_private_is_the_packages_own_everywhere_else() -> None:
    own = {name for source in SOURCES.values() for name in own_names(source)}
    for module, source in SOURCES.items():
        private = {n for n in attributes(source) if n.startswith("_") and not n.endswith("__")}
        if module != "_authlib":
            assert private <= own, f"{module} uses {private - own}"


@pytest.mark.parametrize("name", sorted(URLLIB3))
def test_one_module_uses_the_undocumented_names_of_urllib3(name: str) -> None:
    users = {module for module, source in SOURCES.items() if name in set(attributes(source))}
    assert users == {"_connections"}
