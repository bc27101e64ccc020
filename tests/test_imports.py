"""What importing what imports, that modules look downwards only, and how long they are."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import authlib_xiaomi

from .measuring import measured

PACKAGE = Path(authlib_xiaomi.__file__).parent
FRAMEWORKS = {"flask", "werkzeug", "django", "starlette", "fastapi"}
HTTP = {"requests", "urllib3", "httpx", "httpx2", "httpcore", "httpcore2", "anyio", "h11"}

#: All modules, by their names within the package: ``_core.exchange``.
MODULES = {
    ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): file
    for file in PACKAGE.rglob("*.py")
    if file != PACKAGE / "__init__.py"
}
CORE = {name for name in MODULES if name.partition(".")[0] == "_core"}

#: The floors, from the ground up; a module imports its own floor and those below.
FLOORS = [
    {"provider", "scopes", "errors", "mac", "redaction"},
    CORE,
    {
        "_authlib", "_option_types", "_client", "_client_tokens", "_calls",
        "_async_runtime", "_httpx_pool",
        "_own_requests", "_connections", "_requests_wire", "_httpx_wire", "requests_client",
        "httpx_client",
    },
    {
        "_app", "_app_calls", "_registry", "flask_client",
        "django_client", "starlette_client", "_plain_app", "quart_client", "httpx_oauth",
    },
]  # fmt: skip
HOUSE = set(MODULES) & set().union(*FLOORS)
#: Beside the floors, over the facts and what is named here.
BESIDE: dict[str, set[str]] = {
    "_tools": set(),
    "sandbox": {"_tools"},
    "cli": {"_tools", "sandbox", "_core.urls", "_core.responses"},
    "pytest_plugin": {"sandbox"},
    "__main__": {"cli"},
}

#: What a module may import of frameworks and HTTP libraries; the others import none.
OUTSIDE = {
    "_async_runtime": {"anyio"},
    "_requests_wire": {"requests", "urllib3"},
    "_httpx_pool": {"anyio"},
    "_httpx_wire": {"anyio"},  # and which httpx it is, _authlib says
    "requests_client": {"requests", "urllib3"},
    "httpx_client": {"anyio"},
    "flask_client": {"flask"},
    "django_client": {"django"},
    "quart_client": {"werkzeug"},
}

#: Lines of a module and of a function, at most, without tables and the signatures of constructors.
MODULE_LENGTH, FUNCTION_LENGTH = 270, 40


def run(code: str, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
    )
    return done.stdout.strip()


def imported(*modules: str) -> set[str]:
    """The top-level packages that a fresh interpreter has imported, after `modules`."""
    code = f"import sys, {', '.join(modules)}; print(*{{n.partition('.')[0] for n in sys.modules}})"
    return set(run(code).split())


def imports_of(name: str) -> Iterator[str]:
    """The full names of the modules that a module imports; those for type checkers alone not."""

    def visit(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for child in node.orelse:
                yield from visit(child)
            return
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            folder = file.relative_to(PACKAGE.parent).parts[: -node.level] if node.level else ()
            module = ".".join([*folder, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{module}.{alias.name}"
                yield inner if inner.removeprefix("authlib_xiaomi.") in MODULES else module
        for child in ast.iter_child_nodes(node):
            yield from visit(child)

    file = MODULES[name]
    return visit(ast.parse(file.read_text(encoding="utf-8")))


def own_imports(name: str) -> set[str]:
    """The modules of the package that a module imports."""
    found = {one for one in imports_of(name) if one.partition(".")[0] == "authlib_xiaomi"}
    return {one.partition(".")[2] for one in found} - {"", name}


def other_imports(name: str) -> set[str]:
    """The top-level packages of others that a module imports."""
    return {one.partition(".")[0] for one in imports_of(name)} - {"authlib_xiaomi"}


# What importing what imports


@pytest.mark.parametrize(
    "modules",
    [
        ("authlib_xiaomi",),
        ("authlib_xiaomi.pytest_plugin",),
        tuple(f"authlib_xiaomi.{name}" for name in sorted(FLOORS[0] | CORE)),
    ],
    ids=["package", "plugin", "facts-and-core"],
)
def test_the_ground_floors_import_no_framework_and_no_http_library(
    modules: tuple[str, ...],
) -> None:
    assert not imported(*modules) & (FRAMEWORKS | HTTP)


def test_the_package_by_itself_does_not_even_import_authlib() -> None:
    assert "authlib" not in imported("authlib_xiaomi")


def test_the_public_names_are_there_all_the_same() -> None:
    names = "Scope, XiaomiOAuthError, ErrorCode, __version__"
    assert run(f"from authlib_xiaomi import {names}; print(Scope.PROFILE.name)") == "PROFILE"


def test_the_public_names_come_with_a_star() -> None:
    assert run("from authlib_xiaomi import *; print(XiaomiOAuthError('x').error)") == "x"


def test_the_public_names_are_listed_before_they_are_imported() -> None:
    code = "import authlib_xiaomi; print(*dir(authlib_xiaomi))"
    listed = set(run(code, measured()).split())
    assert set(authlib_xiaomi.__all__) <= listed


def test_the_version_is_a_version() -> None:
    assert all(part.isdigit() for part in authlib_xiaomi.__version__.split("."))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'authlib_xiaomi' has no attribute 'Scopes'"):
        authlib_xiaomi.Scopes  # noqa: B018


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("requests_client", FRAMEWORKS | {"httpx", "httpx2"}),
        ("httpx_client", FRAMEWORKS | {"requests"}),
        ("flask_client", {"django", "starlette", "httpx", "httpx2"}),
        ("django_client", {"flask", "starlette", "httpx", "httpx2"}),
        ("starlette_client", {"flask", "django", "requests"}),
    ],
)
def test_a_client_imports_its_own_library_alone(module: str, absent: set[str]) -> None:
    assert not imported(f"authlib_xiaomi.{module}") & absent


# The floors


def test_every_module_has_its_floor() -> None:
    assert set(MODULES) - {name for name in MODULES if name.partition(".")[0] in BESIDE} == HOUSE


@pytest.mark.parametrize("floor", range(len(FLOORS)))
def test_a_module_looks_downwards_only(floor: int) -> None:
    below = set().union(*FLOORS[: floor + 1])
    upwards = {name: own_imports(name) - below for name in FLOORS[floor] & HOUSE}
    assert {name: up for name, up in upwards.items() if up} == {}


@pytest.mark.parametrize("part", BESIDE)
def test_what_stands_beside_imports_facts_and_little_else(part: str) -> None:
    allowed = FLOORS[0] | BESIDE[part] | {part}
    for name in MODULES:
        # The applications that `new` writes are data.
        if name.partition(".")[0] == part and not name.startswith("cli.new."):
            found = {one for one in own_imports(name) if one.partition(".")[0] not in allowed}
            assert found <= allowed, f"{name} imports {found - allowed}"


@pytest.mark.parametrize("name", sorted(HOUSE))
def test_a_module_names_its_own_libraries_alone(name: str) -> None:
    assert other_imports(name) & (FRAMEWORKS | HTTP) <= OUTSIDE.get(name, set())


def test_no_module_imports_itself_in_a_circle() -> None:
    uses = {name: own_imports(name) for name in HOUSE}
    done: set[str] = set()
    while rest := {name for name in uses if name not in done}:
        free = {name for name in rest if not (uses[name] & rest) - {name}}
        assert free, f"a circle among {rest}"
        done |= free


# Lengths


def lines(node: ast.AST) -> int:
    return int(node.end_lineno) - int(node.lineno) + 1  # type: ignore[attr-defined]


def table_lines(module: ast.Module) -> int:
    """The lines of a module's tables: values at its top level, and the members of enumerations."""
    found = 0
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            table = isinstance(node.value, ast.Dict | ast.Tuple | ast.List | ast.Set)
            found += lines(node) if table else 0
        if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(b) for b in node.bases):
            found += sum(lines(member) for member in node.body if isinstance(member, ast.Assign))
    return found


def lengths(name: str) -> Iterator[tuple[str, int, int]]:
    """A module and each of its functions: their lines, and how many there may be."""
    text = MODULES[name].read_text(encoding="utf-8")
    module = ast.parse(text)
    functions = [
        n for n in ast.walk(module) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    signatures = {n: n.body[0].lineno - n.lineno for n in functions if n.name == "__init__"}
    own = len(text.splitlines()) - table_lines(module) - sum(signatures.values())
    yield name, own, MODULE_LENGTH
    for function in functions:
        length = lines(function) - signatures.get(function, 0)
        yield f"{name}.{function.name}", length, FUNCTION_LENGTH


def test_modules_and_functions_are_short() -> None:
    measured = [one for name in HOUSE for one in lengths(name)]
    too_long = {name: length for name, length, limit in measured if length > limit}
    assert too_long == {}
