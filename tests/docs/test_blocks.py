"""A reader can follow every page: each of its blocks runs as it stands, in the order of reading.

See ``story`` for what a block is. The Chinese pages have the same code (``test_pages``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from authlib_xiaomi.sandbox import Sandbox

from ..hosts.hosts import PAGES
from . import checks_how_to, checks_readme
from .checkout import build_wheel, fresh_environment, install
from .checks import CHECKS, PERFORMED, PREPARED
from .pages import TRANSLATED, all_pages, read
from .story import CLIENT_ID, CLIENT_SECRET, Story

__all__ = ["checks_how_to", "checks_readme"]  # whose checks register themselves

#: Not those of the how-tos for other people's applications, which ``make hosts`` runs.
STORIES = [
    page for page in all_pages() if read(page).blocks and page not in (*TRANSLATED.values(), *PAGES)
]


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def installed(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The programs of an environment with this package, for pages that do not install it."""
    folder = tmp_path_factory.mktemp("installed")
    programs = fresh_environment(folder / "environment")
    install(programs, wheels)
    return programs


@pytest.fixture
def story(
    page: str, wheels: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Story]:
    installs = any("pip install" in block.text for block in read(page).blocks)
    if installs:
        programs = fresh_environment(tmp_path / "environment")
    else:
        programs = request.getfixturevalue("installed")
    app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    public = "https://example.com/auth;https://example.com/app;http://127.0.0.1:5000/auth"
    with ExitStack() as ending:
        xiaomi = ending.enter_context(Sandbox(**app))
        published = ending.enter_context(Sandbox(**app, redirect_uris=public))
        yield Story(page, tmp_path, programs, wheels, xiaomi, published, ending)


@pytest.mark.parametrize("page", STORIES)
def test_a_reader_can_follow_a_page(page: str, story: Story) -> None:
    blocks = read(page).blocks
    PREPARED.get(page, Story.configure)(story)
    for block in blocks:
        checks = CHECKS.get(block.key, [])
        if block.key in PERFORMED:
            PERFORMED[block.key](story, block)
            continue
        command = story.follow(block)
        if command is None:
            for check in checks:
                check(story)
        else:
            assert checks, f"{block}: nobody visits what is served"
            with story.serve(command) as visitor:
                for check in checks:
                    check(story, visitor)


def test_every_check_has_its_block() -> None:
    assert (CHECKS.keys() | PERFORMED.keys()) - {
        block.key for page in STORIES for block in read(page).blocks
    } == set()


def test_every_block_has_a_language_that_is_run() -> None:
    blocks = [block for page in all_pages() if page not in PAGES for block in read(page).blocks]
    assert {block.language for block in blocks} == {"python", "shell", "html", "css"}


@pytest.mark.parametrize("page", STORIES)
def test_every_file_of_a_page_is_used(page: str) -> None:
    """A file is run by a later command of its page, or a check looks at it."""
    blocks = read(page).blocks
    for index, block in enumerate(blocks):
        used = block.language != "python" or block.key in CHECKS
        assert used or any(b.language == "shell" or b.key in CHECKS for b in blocks[index:]), block
