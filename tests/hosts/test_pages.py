"""What the how-tos have in common."""

from __future__ import annotations

import configparser
import re
import shlex

import pytest
from packaging.requirements import Requirement

from ..docs.pages import ROOT, TRANSLATED, read
from .hosts import PAGES

CONFIG = configparser.ConfigParser(interpolation=None)
CONFIG.read(ROOT / "setup.cfg", encoding="utf-8")
EXTRAS = CONFIG["options.extras_require"]
#: What `make hosts` installs. The other two are installed as their pages say.
TESTED = {
    Requirement(line).name for line in EXTRAS["hosts"].splitlines() if line and "%" not in line
}
INSTALLED_BY_THEIR_PAGES = {"docs/how-to/superset.md", "docs/how-to/airflow.md"}


def test_there_is_a_page_in_each_language() -> None:
    assert set(TRANSLATED) >= PAGES


@pytest.mark.parametrize("page", sorted(PAGES))
def test_what_a_page_installs_is_what_its_application_is_tested_with(page: str) -> None:
    (block,) = (b for b in read(page).blocks if b.key.endswith("#install"))
    lines = [line for line in block.text.splitlines() if line.startswith("pip install ")]
    requirements = [Requirement(word) for line in lines for word in shlex.split(line)[2:]]
    (own,) = (r for r in requirements if r.name == CONFIG["metadata"]["name"])
    assert own.extras <= set(EXTRAS)
    assert own.extras >= {"cli", "sandbox"}
    others = {r.name for r in requirements if r is not own}
    assert page in INSTALLED_BY_THEIR_PAGES or others <= TESTED


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_names_its_host_and_the_release_that_was_tried(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert read(page).headings[0][0] == 1
    assert re.search(r"Tried\s+with\s+[\w -]+\s+[0-9.]+", text)
