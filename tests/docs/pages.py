"""The Markdown pages of the repository: their headings, code blocks, links and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Where the project is published, once it is: the address in setup.cfg.
ADDRESS = re.search(r"^url = (\S+)$", (ROOT / "setup.cfg").read_text("utf-8"), re.MULTILINE)[1]  # type: ignore[index]

#: The English pages, and the Chinese page of each. The reference of the code is in English alone.
TRANSLATED = {
    "README.md": "README.zh-CN.md",
    **{
        f"docs/{name}": f"docs/zh/{name}"
        for name in sorted(
            path.relative_to(ROOT / "docs").as_posix()
            for pattern in ("*.md", "how-to/*.md", "reference/*.md")
            for path in (ROOT / "docs").glob(pattern)
        )
        if name
        not in (
            "reference/" + page
            for page in ("apps.md", "clients.md", "mac.md", "pytest.md", "sandbox.md")
        )
    },
}
_ENGLISH = {chinese: english for english, chinese in TRANSLATED.items()}

_FENCE = re.compile(r"( *)(`{3,}|~{3,})(.*)")
_LINK = re.compile(r"(?<!`)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)|<(?P<auto>https?://[^>]+)>")
_IMAGE = re.compile(r'<img src="([^"]+)"')


@dataclass(frozen=True)
class Block:
    """A fenced code block."""

    page: str
    #: The English page, the heading, and the how manieth there: ``"README.md#flask"``,
    #: ``"README.md#flask-2"``. The same in all languages.
    key: str
    language: str
    text: str
    line: int

    def __str__(self) -> str:
        return self.key if self.key.startswith(f"{self.page}#") else f"{self.page}:{self.key}"


@dataclass(frozen=True)
class Page:
    """What is on a page, in its order."""

    path: str
    headings: tuple[tuple[int, str], ...]
    blocks: tuple[Block, ...]
    #: Targets of links and sources of images, outside of code.
    links: tuple[str, ...]
    #: Rows and columns of each table.
    tables: tuple[tuple[int, int], ...]


def all_pages() -> list[str]:
    """Every Markdown page."""
    folders = (ROOT / "docs", ROOT / "examples", ROOT / "authlib_xiaomi")
    found = [*ROOT.glob("*.md"), *(path for folder in folders for path in folder.rglob("*.md"))]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def anchor(heading: str) -> str:
    """What GitHub, and the documentation site, make of a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")


@cache
def read(path: str) -> Page:
    """The page at `path`, from the repository's root.

    :raises AssertionError: for a fence that is indented, has no language, or is not closed, and
        for code outside of fences.
    """
    headings: list[tuple[int, str]] = []
    blocks: list[Block] = []
    prose: list[str] = []
    fence = language = ""
    code: list[str] = []
    for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1):
        match = _FENCE.fullmatch(line)
        if fence:
            if match and match[2] == fence and not match[3].strip():
                key = _key(path, headings, blocks)
                text = "".join(f"{line}\n" for line in code)
                blocks.append(Block(path, key, language, text, number - len(code)))
                fence, code = "", []
            else:
                code.append(line)
        elif match:
            assert not match[1], f"{path}:{number}: a fence is indented: its code would not be run"
            fence, language = match[2], match[3].strip()
            assert language, f"{path}:{number}: a fence names no language"
        elif heading := re.fullmatch(r"(#{1,6}) (.+)", line):
            headings.append((len(heading[1]), heading[2]))
            prose.append(line)
        else:
            hidden = re.match(r" {4}|\t", line) or "<pre" in line
            # Options of mkdocstrings, and what only shows how something looks.
            hidden = hidden and not re.match("docs/(zh/)?reference/|authlib_xiaomi/", path)
            assert not hidden, f"{path}:{number}: this is code, too: put it into a fence"
            prose.append(line)
    assert not fence, f"{path}: a fence is not closed"
    return Page(
        path, tuple(headings), _keys_in_english(path, blocks), tuple(_links(prose)),
        tuple(_tables(prose)),
    )  # fmt: skip


def _key(path: str, headings: list[tuple[int, str]], blocks: list[Block]) -> str:
    key = f"{path}#{anchor(headings[-1][1]) if headings else ''}"
    before = sum(block.key.rpartition("~")[0] == key for block in blocks)
    return f"{key}~{before + 1}"


def _keys_in_english(path: str, blocks: list[Block]) -> tuple[Block, ...]:
    if path in _ENGLISH:
        keys = [block.key for block in read(_ENGLISH[path]).blocks]
        keys += [block.key for block in blocks[len(keys) :]]  # a test will complain
    else:
        keys = [re.sub(r"~1$", "", block.key).replace("~", "-") for block in blocks]
    return tuple(
        Block(path, key, block.language, block.text, block.line)
        for key, block in zip(keys, blocks, strict=False)
    )


def _links(prose: list[str]) -> Iterator[str]:
    for line in prose:
        yield from _IMAGE.findall(line)
        for match in _LINK.finditer(re.sub(r"`[^`]*`", "``", line)):
            yield match["target"] or match["auto"]


def _tables(prose: list[str]) -> Iterator[tuple[int, int]]:
    rows: list[str] = []
    for line in [*prose, ""]:
        if line.startswith("|"):
            rows.append(line)
        elif rows:
            columns = {row.count("|") - 1 for row in rows}
            assert len(columns) == 1, rows[0]
            yield len(rows) - 2, columns.pop()
            rows = []
