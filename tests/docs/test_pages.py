"""What the pages say about each other."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from authlib_xiaomi import ErrorCode, Scope
from authlib_xiaomi._core.options import OPTIONS
from authlib_xiaomi._core.settings import ENVIRONMENT
from authlib_xiaomi._tools import facts
from authlib_xiaomi._tools.translations import Language
from authlib_xiaomi.cli.interface import COMMANDS
from authlib_xiaomi.sandbox.arguments import FAIL, SERVE

from .pages import ADDRESS, ROOT, TRANSLATED, all_pages, anchor, read

PAIRS = pytest.mark.parametrize(("english", "chinese"), TRANSLATED.items())
#: Drawn from the benchmark's results, and so there once it has been run.
CHARTS = ("docs/images/benchmark.svg", "docs/images/benchmark.zh.svg")
RESULTS = ROOT / "benchmarks" / "results.json"
#: The applications that ``authlib-xiaomi new`` writes.
NEW = ROOT / "authlib_xiaomi" / "cli" / "new"


@PAIRS
def test_both_languages_have_the_same_sections(english: str, chinese: str) -> None:
    levels = [[level for level, _ in read(page).headings] for page in (english, chinese)]
    assert levels[0] == levels[1]


@PAIRS
def test_both_languages_have_the_same_code(english: str, chinese: str) -> None:
    codes = [[_bare(b.language, b.text) for b in read(page).blocks] for page in (english, chinese)]
    assert codes[0] == codes[1]


@PAIRS
def test_both_languages_have_the_same_tables(english: str, chinese: str) -> None:
    assert read(english).tables == read(chinese).tables


@PAIRS
def test_both_languages_have_the_same_links(english: str, chinese: str) -> None:
    here, there = (list(map(_place, *zip(*_resolved(p), strict=True))) for p in (english, chinese))
    assert sorted(here) == sorted(there)


@PAIRS
def test_both_languages_have_the_same_code_words(english: str, chinese: str) -> None:
    """What is in backticks is the same in any language."""
    words = []
    for page in (english, chinese):
        text = re.sub(
            r"^```.*?^```",
            "",
            (ROOT / page).read_text(encoding="utf-8"),
            flags=re.MULTILINE | re.DOTALL,
        )
        words.append(set(re.findall(r"`([^`\n]+)`", text)))
    assert words[1] == words[0]


@pytest.mark.parametrize("page", all_pages())
def test_links_lead_somewhere(page: str) -> None:
    missing = []
    for target, fragment in _resolved(page):
        if target.startswith(("https://", "http://")):
            continue
        path = ROOT / target
        is_there = path.exists() or (target in CHARTS and not RESULTS.exists())
        if is_there and fragment:
            is_there = fragment in _anchors(target)
        if not is_there:
            missing.append(f"{target}#{fragment}")
    assert missing == []


@pytest.mark.parametrize("page", all_pages())
def test_nothing_of_the_machine_is_on_a_page(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert not re.search(r"/home/|/root/|/work/|/tmp/|\bTODO\b|\bFIXME\b", text)


@pytest.mark.parametrize(("folder", "language"), [("docs", "en"), ("docs/zh", "zh")])
def test_the_reference_has_all_scopes(folder: str, language: Language) -> None:
    rows = _rows(f"{folder}/reference/scopes.md", columns=5)
    found = {number: (name, grants) for number, name, grants, *_ in rows if number.isdigit()}
    assert found == {
        str(int(scope)): (scope.name, facts.text(scope.description, language))
        for scope in Scope
        if not scope.parameter
    }
    old = {number for number, *_, note in rows if note}
    assert {scope for scope in Scope if not scope.listed} == {int(n) for n in old if n.isdigit()}


@pytest.mark.parametrize(("folder", "language"), [("docs", "en"), ("docs/zh", "zh")])
def test_the_reference_has_all_errors(folder: str, language: Language) -> None:
    rows = _rows(f"{folder}/reference/errors.md", columns=4)
    assert [(*row[:3], row[3].replace("`", "")) for row in rows if row[0].isdigit()] == [
        (str(int(code)), code.name, code.error, facts.text(code.meaning, language))
        for code in ErrorCode
    ]


def test_the_reference_has_all_options() -> None:
    rows = _rows("docs/reference/options.md", columns=4)[1:]
    aliases = ("authorization_endpoint", "token_endpoint", "default_timeout")
    assert [[cell.strip("`") for cell in row] for row in rows] == [
        [name, option.kind, option.default, option.meaning]
        for name, option in OPTIONS.items()
        if name not in aliases
    ]
    text = (ROOT / "docs/reference/options.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in (*aliases, *ENVIRONMENT))


def test_the_reference_has_all_commands_and_options() -> None:
    sections = _sections("docs/reference/command-line.md")
    assert [name for name in sections if " " not in name] == [*COMMANDS]
    for name, command in COMMANDS.items():
        below = sections["doctor"] if name == "probe" else ""
        for option in command.options:
            assert f"`--{option.name}" in sections[name] + below, f"{name} --{option.name}"
    for argument in (*SERVE, *FAIL):
        section = "sandbox" if argument in SERVE else "sandbox fail"
        known = argument.name in ("lang", "help") or f"`{argument.flag}" in sections[section]
        assert known, f"{section} {argument.flag}"


def test_the_readmes_lead_to_the_address_of_setup_cfg_alone() -> None:
    """They are shown where the package is published, too: no link is relative."""
    for page in ("README.md", "README.zh-CN.md"):
        links = read(page).links
        ours = [link for link in links if "authlib-xiaomi" in link]
        assert all(link.startswith(f"{ADDRESS}/") for link in ours)
        assert all(link.startswith(("https://", "http://", "#")) for link in links), page
        clone = next(b.text for b in read(page).blocks if b.text.startswith("git clone"))
        assert clone.splitlines()[0] == f"git clone {ADDRESS}.git"


def test_the_links_of_the_published_package_lead_to_that_address_too() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    urls = dict(
        line.split(" = ") for line in config["metadata"]["project_urls"].strip().splitlines()
    )
    assert {"Documentation", "Changelog", "Issues"} <= urls.keys()
    for url in urls.values():
        assert url.startswith(f"{ADDRESS}/")
        _, is_file, path = url.partition("/blob/main/")
        assert not is_file or (ROOT / path).exists(), url


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readmes_are_short(page: str) -> None:
    assert len((ROOT / page).read_text(encoding="utf-8").splitlines()) <= 210


@pytest.mark.parametrize(
    ("framework", "key"),
    [
        ("flask", "README.md#sign-in"),
        ("flask", "docs/how-to/flask.md#the-application"),
        ("fastapi", "docs/how-to/fastapi.md#the-application"),
        ("django", "docs/how-to/django.md#one-file"),
    ],
)
def test_the_applications_are_those_that_the_command_line_writes(framework: str, key: str) -> None:
    block = next(b for b in read(key.partition("#")[0]).blocks if b.key == key)
    assert block.text == (NEW / framework / "app.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("page", "folder"),
    [
        ("CONTRIBUTING.md", "."),
        ("authlib_xiaomi/cli/README.md", "cli"),
        ("authlib_xiaomi/sandbox/README.md", "sandbox"),
    ],
)
def test_the_modules_that_a_maintainer_is_led_to_are_there(page: str, folder: str) -> None:
    """Such as `_core/states`, or `_app._take_state`, which has to be in its module."""
    text = (ROOT / page).read_text(encoding="utf-8")
    missing = []
    for name in re.findall(r"`(_?[a-z]\w*(?:/[a-z_.-]+)*(?:\._?[A-Za-z]\w*)*)`", text):
        is_file = re.search(r"\.(md|po|py|cfg|yml)$", name)
        path, _, inside = (name, "", "") if is_file else name.partition(".")
        places = [
            ROOT / "authlib_xiaomi" / folder / path,
            ROOT / "authlib_xiaomi" / path,
            ROOT / path,
        ]
        found = [p for at in places for p in (Path(f"{at}.py"), at) if p.exists()]
        if not found:
            missing += [name] if "/" in path or inside else []
        elif inside and found[0].is_file():
            last = inside.rpartition(".")[2]
            missing += [] if re.search(rf"\b{last}\b", found[0].read_text("utf-8")) else [name]
    assert missing == []


@pytest.mark.skipif(not RESULTS.exists(), reason="make bench has not been run")
def test_the_readme_has_the_benchmark_as_it_was_measured() -> None:
    command = [sys.executable, str(ROOT / "docs" / "benchmark_table.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0
    assert json.loads(RESULTS.read_text(encoding="utf-8"))["figures"]


def _rows(page: str, *, columns: int) -> list[list[str]]:
    """The rows of the tables of so many columns, without the lines below heads."""
    lines = re.findall(r"^\|(.+)\|$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [row for row in rows if len(row) == columns and not row[0].startswith("---")]


def _sections(page: str) -> dict[str, str]:
    """The text under each heading below the first."""
    text = (ROOT / page).read_text(encoding="utf-8")
    parts = re.split(r"^##+ (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _resolved(page: str) -> list[tuple[str, str]]:
    """The links of a page: paths from the root, or URLs, and their fragments."""
    links = []
    for link in read(page).links:
        target, _, fragment = link.partition("#")
        ours = re.match(rf"{re.escape(ADDRESS)}/(?:blob|raw)/main/(.+)", target)
        if ours:
            target = ours[1]
        elif not target.startswith(("https://", "http://")):
            absolute = (ROOT / page).parent / target if target else ROOT / page
            target = absolute.resolve().relative_to(ROOT).as_posix()
        links.append((target, fragment))
    return links or [("", "")]


def _anchors(page: str) -> list[str]:
    return [anchor(heading) for _, heading in read(page).headings]


def _place(target: str, fragment: str) -> str:
    """A link's target, whatever the language; a heading by its number."""
    number = _anchors(target).index(fragment) if fragment and target.endswith(".md") else ""
    english = {chinese: english for english, chinese in TRANSLATED.items()}.get(target, target)
    # The two languages' pages link to each other, and each shows the demo in its own.
    english = {"README.md": "the other language"}.get(english, english) if number == "" else english
    return f"{english.replace('.zh.', '.')}#{number}"


def _bare(language: str, text: str) -> object:
    """Code without what is translated: comments, docstrings."""
    if language == "html":
        return text
    if language == "shell":
        return [shlex.split(line, comments=True) for line in text.splitlines()]
    if language in ("css", "html"):
        return text
    assert language == "python", f"no such language in a document: {language}"
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                value.value = ""
    return ast.dump(tree)
