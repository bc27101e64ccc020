"""What importing what imports, and that modules look downwards only."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import authlib_xiaomi

PACKAGE = Path(authlib_xiaomi.__file__).parent
FRAMEWORKS = {"flask", "werkzeug", "django", "starlette", "fastapi"}
HTTP = {"requests", "urllib3", "httpx", "httpx2", "httpcore", "httpcore2", "anyio", "h11"}

# The house, from the ground up; a module imports its own floor and those below.
FLOORS = [
    {
        "authorization", "credentials", "errors", "mac", "options", "provider", "redaction",
        "redirect_uri", "refresh", "repeats", "responses", "scopes", "states", "steps", "userinfo",
    },
    {
        "_client", "_sync_client", "_async_client", "requests_client", "httpx_client",
        "uncancelled",
    },
    {"_app", "_sync_app", "_async_app", "flask_client", "starlette_client", "django_client"},
]  # fmt: skip
#: Beside the house, over the ground floor alone.
BESIDE = {"sandbox", "pytest_plugin", "__main__", "_tools"}

#: What a module of an upper floor may import of other people's.
OUTSIDE = {
    "_client": set(),
    "_sync_client": set(),
    "_async_client": {"anyio"},
    "uncancelled": {"anyio"},
    "requests_client": {"requests", "urllib3"},
    "httpx_client": {"httpx", "httpx2", "anyio"},
    "_app": set(),
    "_sync_app": set(),
    "_async_app": {"anyio"},
    "flask_client": {"flask"},
    "starlette_client": set(),
    "django_client": set(),
}


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def imported(*modules: str) -> set[str]:
    """The top-level packages that a fresh interpreter has imported, after `modules`."""
    code = f"import sys, {', '.join(modules)}; print(*{{n.partition('.')[0] for n in sys.modules}})"
    return set(run(code).split())


def module_names() -> list[str]:
    return sorted(file.stem for file in PACKAGE.glob("*.py") if file.stem != "__init__")


def imports_of(file: Path) -> list[ast.Import | ast.ImportFrom]:
    """The imports of a module that happen; those for type checkers alone don't."""
    found: list[ast.Import | ast.ImportFrom] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for child in node.orelse:
                visit(child)
            return
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(file.read_text(encoding="utf-8")))
    return found


def own_imports(file: Path, level: int = 1) -> set[str]:
    """The modules of the package that `file` imports."""
    names: set[str] = set()
    for node in imports_of(file):
        if isinstance(node, ast.ImportFrom) and node.level == level:
            names.update([node.module] if node.module else [alias.name for alias in node.names])
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= 2, f"{file.name} imports from beyond the package"
    return {name.partition(".")[0] for name in names}


def other_imports(file: Path) -> set[str]:
    """The top-level packages of others that `file` imports."""
    names: set[str] = set()
    for node in imports_of(file):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif node.level == 0 and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    "modules",
    [
        ("authlib_xiaomi",),
        ("authlib_xiaomi.pytest_plugin",),
        tuple(f"authlib_xiaomi.{name}" for name in sorted(FLOORS[0])),
    ],
    ids=["package", "plugin", "ground-floor"],
)
def test_the_ground_floor_imports_no_framework_and_no_http_library(
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


def test_every_module_has_its_floor() -> None:
    assert set(module_names()) - BESIDE == set().union(*FLOORS)


@pytest.mark.parametrize("floor", range(len(FLOORS)))
def test_a_module_looks_downwards_only(floor: int) -> None:
    below = set().union(*FLOORS[: floor + 1])
    for name in FLOORS[floor]:
        upwards = own_imports(PACKAGE / f"{name}.py") - below
        assert not upwards, f"{name} imports {upwards}"


@pytest.mark.parametrize("name", sorted(FLOORS[0]))
def test_a_pure_module_names_no_framework_and_no_http_library(name: str) -> None:
    assert not other_imports(PACKAGE / f"{name}.py") & (FRAMEWORKS | HTTP)


@pytest.mark.parametrize(("name", "outside"), OUTSIDE.items())
def test_an_upper_module_names_its_own_libraries_alone(name: str, outside: set[str]) -> None:
    assert other_imports(PACKAGE / f"{name}.py") & (FRAMEWORKS | HTTP) <= outside


@pytest.mark.parametrize("part", ["_tools", "sandbox"])
def test_what_stands_beside_the_house_imports_the_ground_floor_alone(part: str) -> None:
    for file in (PACKAGE / part).glob("*.py"):
        upwards = own_imports(file, level=2) - FLOORS[0] - {"_tools"}
        assert not upwards, f"{file.name} imports {upwards}"


def test_no_module_imports_itself_in_a_circle() -> None:
    uses = {name: own_imports(PACKAGE / f"{name}.py") for name in module_names()}
    done: set[str] = set()
    while rest := {name for name in uses if name not in done}:
        free = {name for name in rest if not (uses[name] & rest) - {name}}
        assert free, f"a circle among {rest}"
        done |= free
