"""``python docs/build.py``: the documentation site, in both languages, in ``site/``.

The pages are those of ``docs``, with the changelog and what is said of security. Here they are
laid out for a site, their links with them; then Zensical builds one site for each language, with
warnings as errors; then every link of what was built is followed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from posixpath import normpath, relpath
from typing import Final
from urllib.parse import unquote, urlsplit

ROOT: Final = Path(__file__).resolve().parent.parent
STAGE: Final = ROOT / "build" / "docs"
SITE: Final = ROOT / "site"
CONFIGS: Final = {"en": "mkdocs.yml", "zh": "mkdocs.zh.yml"}

_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")


def main() -> int:
    """Build; the exit status."""
    for folder in (STAGE, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    for language, config in CONFIGS.items():
        lay_out(language)
        command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
        result = subprocess.run(
            [*command, "--config-file", config],
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        # What the reference's part complains of does not count as a warning yet, even if strict.
        complaints = re.findall(r"^griffe: .*|.*[Ww]arning.*", result.stdout, re.MULTILINE)
        if result.returncode or complaints:
            print(result.stdout, file=sys.stderr)
            return 1
    wrong = check(SITE)
    for line in wrong:
        print(f"error: {line}", file=sys.stderr)
    print(f"{len(list(SITE.rglob('*.html')))} pages in {SITE.relative_to(ROOT)}/")
    return 1 if wrong else 0


# From the repository to the site


def places(language: str) -> dict[str, str]:
    """Where each page of the repository is in a language's site. Of the reference, some pages are
    in English alone."""
    own = "docs" if language == "en" else "docs/zh"
    found = {"CHANGELOG.md": "changelog.md", "SECURITY.md": "security.md"}
    for folder in dict.fromkeys(["docs", own]):
        for part, pattern in (("", "*.md"), ("how-to/", "*.md"), ("reference/", "*.md")):
            if folder == own or part == "reference/":
                for path in sorted((ROOT / folder / part).glob(pattern)):
                    place = f"{part}{path.name}"
                    found = {source: at for source, at in found.items() if at != place}
                    found[f"{folder}/{place}"] = place
    for path in sorted((ROOT / "docs" / "images").iterdir()):
        found[f"docs/images/{path.name}"] = f"images/{path.name}"
    return {**found, "docs/site.css": "site.css", "docs/site.js": "site.js"}


def lay_out(language: str) -> None:
    """Write a language's pages to where Zensical looks for them."""
    map_ = places(language)
    for source, place in map_.items():
        target = STAGE / language / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.endswith(".md"):
            text = (ROOT / source).read_text(encoding="utf-8")
            target.write_text(for_the_site(text, source, map_), encoding="utf-8")
        else:
            shutil.copyfile(ROOT / source, target)


def for_the_site(text: str, source: str, map_: dict[str, str]) -> str:
    """A page's text, with links to where things are on the site.

    What is no page of the site, such as a folder of examples, is named in place of a link.
    """

    def link(match: re.Match[str]) -> str:
        shown, target = match["text"], match["target"]
        place, _, fragment = _find(target, source, map_)
        if place is None:
            path = normpath(os.path.join(os.path.dirname(source), target))
            return f"`{path}`" if shown == path else f"{shown} (`{path}`)"
        return f"{match['image']}[{shown}]({place}{'#' if fragment else ''}{fragment})"

    parts = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    for index in range(0, len(parts), 2):
        parts[index] = _LINK.sub(link, parts[index])
    return "".join(parts)


def _find(target: str, source: str, map_: dict[str, str]) -> tuple[str | None, str, str]:
    path, hash_, fragment = target.partition("#")
    if urlsplit(target).scheme:
        return path, hash_, fragment
    if not path:
        return "", hash_, fragment
    wanted = normpath(os.path.join(os.path.dirname(source), path))
    # Chinese pages lead to English ones where there is no other.
    place = map_.get(wanted) or map_.get(wanted.replace("docs/", "docs/zh/", 1))
    here = os.path.dirname(map_[source])
    return (relpath(place, here or ".") if place else None), hash_, fragment


# What was built


class _Page(HTMLParser):
    """Where a page leads, what it loads, and which places are in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given.get("id", ""), given.get("name", "")} - {""}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        elif tag == "link" and given.get("rel") not in ("canonical", "next", "prev"):
            self.loads.add(given.get("href", ""))
        elif tag in ("img", "script", "iframe", "source") and given.get("src"):
            self.loads.add(given["src"])


def check(site: Path) -> list[str]:
    """What is wrong with a site that was built: links that lead nowhere, things from elsewhere,
    docstrings that were not read."""
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    wrong = []
    for path, page in pages.items():
        if path.name == "404.html":
            continue  # its links are those of a site at the root of a host
        name = path.relative_to(site)
        if ":param " in path.read_text(encoding="utf-8"):
            wrong.append(f"{name} has :param, which belongs into a table")
        for url in sorted(page.loads | page.links):
            parts = urlsplit(url)
            if parts.scheme or parts.netloc:
                if url in page.loads and parts.scheme != "data":
                    wrong.append(f"{name} loads {url}")
                continue
            target = path
            if parts.path:
                target = Path(normpath(path.parent / unquote(parts.path)))
                target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or site not in target.parents:
                lost = "" if _is_to_come(target) else "which is not there"
            else:
                ids = pages[target].ids if target in pages else {unquote(parts.fragment)}
                is_there = not parts.fragment or unquote(parts.fragment) in ids
                lost = "" if is_there else "where there is no such place"
            if lost:
                wrong.append(f"{name} links to {url}, {lost}")
    return wrong


def _is_to_come(target: Path) -> bool:
    """The benchmark's chart, as long as there are no results to draw it from."""
    names = ("benchmark.svg", "benchmark.zh.svg")
    return target.name in names and not (ROOT / "benchmarks" / "results.json").exists()


if __name__ == "__main__":
    sys.exit(main())
