"""How pages of the repository become pages of the site, which ``make docs`` builds."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from .pages import ROOT, all_pages


def load(name: str) -> ModuleType:
    """A script of the documentation's, which is no package."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load("build")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_of_the_menu_is_there(language: str) -> None:
    menu = re.findall(
        r": ([\w/-]+\.md)$", (ROOT / build.CONFIGS[language]).read_text("utf-8"), re.MULTILINE
    )
    pages = [place for place in build.places(language).values() if place.endswith(".md")]
    assert sorted(menu) == sorted(pages)


def test_every_page_of_the_documentation_is_on_the_site() -> None:
    ours = {page for page in all_pages() if page.startswith("docs/")}
    on_site = {*build.places("en"), *build.places("zh")}
    assert {page for page in on_site if page.startswith("docs/") and page.endswith(".md")} == ours


@pytest.mark.parametrize(
    ("source", "text", "on_the_site"),
    [
        ("docs/index.md", "[a](how-to/api.md#a-call)", "[a](how-to/api.md#a-call)"),
        ("docs/index.md", "[a](../SECURITY.md)", "[a](security.md)"),
        ("docs/index.md", "[a](#errors)", "[a](#errors)"),
        ("docs/index.md", "[a](https://example.com/b.md)", "[a](https://example.com/b.md)"),
        ("docs/index.md", "[the demo](../demo_flask)", "the demo (`demo_flask`)"),
        ("docs/index.md", '<img src="images/a.png" alt="">', '<img src="images/a.png" alt="">'),
        ("docs/how-to/api.md", "[a](../appid.md#settings)", "[a](../appid.md#settings)"),
        ("docs/how-to/api.md", "[a](../../CHANGELOG.md)", "[a](../changelog.md)"),
        ("docs/how-to/django.md", "[examples/django](../../examples/django)", "`examples/django`"),
        ("docs/index.md", "```python\n[a](SECURITY.md)\n```", "```python\n[a](SECURITY.md)\n```"),
    ],
)
def test_links_lead_to_where_pages_are_on_the_site(
    source: str, text: str, on_the_site: str
) -> None:
    assert build.for_the_site(text, source, build.places("en")) == on_the_site


def test_chinese_pages_lead_to_english_ones_where_there_is_no_other() -> None:
    text = "[a](../../reference/sandbox.md#over-http)"
    source, places = "docs/zh/how-to/testing.md", build.places("zh")
    assert build.for_the_site(text, source, places) == "[a](../reference/sandbox.md#over-http)"


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ('<a href="other/#here">', []),
        (
            '<a href="other/#there">',
            ["index.html links to other/#there, where there is no such place"],
        ),
        ('<a href="missing/">', ["index.html links to missing/, which is not there"]),
        ('<a href="../">', ["index.html links to ../, which is not there"]),
        ("<p>Text. :param it: this.", ["index.html has :param, which belongs into a table"]),
        ('<img src="missing.png">', ["index.html links to missing.png, which is not there"]),
        ('<a href="https://example.com/">', []),
        ('<script src="https://example.com/a.js">', ["index.html loads https://example.com/a.js"]),
        (
            '<link rel="stylesheet" href="//example.com/a.css">',
            ["index.html loads //example.com/a.css"],
        ),
    ],
)
def test_what_was_built_is_checked(tmp_path: Path, page: str, wrong: list[str]) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "index.html").write_text('<p id="here">')
    (tmp_path / "index.html").write_text(page)
    assert build.check(tmp_path) == wrong


def test_docstrings_become_markdown(monkeypatch: pytest.MonkeyPatch) -> None:
    # Only the environment of `make docs` has griffe, and this is not about it.
    names = [
        "Class",
        "Docstring",
        "Extension",
        "Function",
        "Object",
        "Parameter",
        "ParameterKind",
        "Parameters",
    ]
    griffe = SimpleNamespace(**{name: type(name, (), {}) for name in names})
    monkeypatch.setitem(sys.modules, "griffe", griffe)
    docstrings = load("docstrings")
    text = """Text with ``code`` and :class:`~package.Thing`.

.. code-block:: python

    with it:
        pass

>>> 1 + 1
2

:param it: this."""
    assert (
        docstrings.as_markdown(text)
        == """Text with `code` and `package.Thing`.

```python
with it:
    pass

```

```pycon
>>> 1 + 1
2
```

:param it: this."""
    )
