"""Every code block of the READMEs, the how-tos and the examples does what the text says.

Each block has its runner, by the page and heading that it stands under: a block that has none
fails a test, whatever its language. The Chinese pages' blocks are run by the same runners.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from authlib_xiaomi.sandbox import Sandbox

from ..hosts.hosts import PAGES
from . import run_commands, run_how_to, run_readme, run_sandbox
from .pages import TRANSLATED, Block, all_pages, read
from .runners import RUNNERS
from .stage import Stage

__all__ = [
    "run_commands",
    "run_how_to",
    "run_readme",
    "run_sandbox",
]  # whose runners register themselves

#: Those of the how-tos for other people's applications are run by ``make hosts``; those of the
#: button are the demo's, and compared with it by ``tests/demo/test_demo_button.py``.
BLOCKS = [
    block
    for page in all_pages()
    for block in read(page).blocks
    if block.key.partition("#")[0] not in {*PAGES, "docs/how-to/button.md"}
]
#: What takes a process of its own is run once; the Chinese pages have the same (test_pages).
ONCE = {
    "README.md#test-your-own-sign-in",
    "docs/how-to/fastapi.md#test-it",
    *(block.key for block in read("docs/how-to/django.md").blocks),
    *(block.key for block in BLOCKS if block.language == "shell"),
}
RUN = [b for b in BLOCKS if b.key not in ONCE or b.page not in TRANSLATED.values()]


#: What the Python blocks use, served or not. Commands serve on any port of this machine.
CALLBACKS = "http://localhost/auth;http://localhost:5000/auth;https://example.com/auth"


@pytest.fixture
def stage(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    options = {"redirect_uris": CALLBACKS} if block.language == "python" else {}
    with Sandbox(**options) as xiaomi:
        stage = Stage(block, xiaomi, tmp_path, monkeypatch)
        with stage.ending:
            yield stage


def test_every_block_has_a_runner() -> None:
    assert {block.key for block in BLOCKS} == set(RUNNERS)


def test_every_block_is_python_or_shell() -> None:
    assert {block.language for block in BLOCKS} == {"python", "shell"}


@pytest.mark.parametrize("block", RUN, ids=str)
def test_a_block_does_what_the_text_says(block: Block, stage: Stage) -> None:
    RUNNERS[block.key](block, stage)
