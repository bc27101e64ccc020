"""What the pages say about each other."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
import sys

import pytest

from authlib_xiaomi import ErrorCode, Scope
from authlib_xiaomi._tools import facts
from authlib_xiaomi._tools.translations import Language

from .pages import ROOT, TRANSLATED, all_pages, anchor, read

PAIRS = pytest.mark.parametrize(("english", "chinese"), TRANSLATED.items())
#: Drawn from the benchmark's results, and so there once it has been run.
CHARTS = ("docs/images/benchmark.svg", "docs/images/benchmark.zh.svg")
RESULTS = ROOT / "benchmarks" / "results.json"


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


@pytest.mark.parametrize(("page", "language"), [("README.md", "en"), ("README.zh-CN.md", "zh")])
def test_the_readme_has_all_scopes(page: str, language: Language) -> None:
    rows = re.findall(r"\| (\d+) \| ([^|]+?) (?=\|)", (ROOT / page).read_text(encoding="utf-8"))
    assert {int(n): what for n, what in rows if int(n) < 96000} == {
        int(scope): facts.description(scope, language) for scope in Scope
    }


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readme_has_all_errors(page: str) -> None:
    rows = re.findall(
        r"^\| (\d+) \| (OA_\w+) \| (\w+) \| (.+) \|$",
        (ROOT / page).read_text("utf-8"),
        re.MULTILINE,
    )
    assert [row[:3] for row in rows] == [(str(int(c)), c.name, c.error) for c in ErrorCode]
    if page == "README.zh-CN.md":
        assert [row[3].replace("`", "") for row in rows] == [
            facts.meaning(code, "zh") for code in ErrorCode
        ]


@pytest.mark.skipif(not RESULTS.exists(), reason="make bench has not been run")
def test_the_readme_has_the_benchmark_as_it_was_measured() -> None:
    command = [sys.executable, str(ROOT / "docs" / "benchmark_table.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0
    assert json.loads(RESULTS.read_text(encoding="utf-8"))["figures"]


def _resolved(page: str) -> list[tuple[str, str]]:
    """The links of a page: paths from the root, or URLs, and their fragments."""
    links = []
    for link in read(page).links:
        target, _, fragment = link.partition("#")
        if not target.startswith(("https://", "http://")):
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
