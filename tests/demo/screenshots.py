"""The README's pictures: ``make pictures`` takes them anew, ``make smoke`` tries whether it can.

Not one of ``make test``'s files, and so not named like them.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from .visitors import ROOT, Demo, Window

SIZE = {"width": 1000, "height": 720}
SCALE = 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures go: not into the checkout, unless that is wanted."""
    if os.environ.get("UPDATE_SCREENSHOTS") != "1":
        return tmp_path
    images = ROOT / "docs" / "images"
    images.mkdir(parents=True, exist_ok=True)
    return images


@pytest.mark.parametrize(
    ("locale", "nick", "ending"), [("en-US", "Lei 🦊", ".png"), ("zh-CN", "小米粉 🦊", ".zh.png")]
)
def test_the_pictures_can_be_taken(
    serve_demo: Callable[..., Demo],
    open_window: Callable[..., Window],
    folder: Path,
    locale: str,
    nick: str,
    ending: str,
) -> None:
    demo = serve_demo()
    demo.xiaomi.users["lei"].nick = nick
    page = open_window(
        viewport=SIZE,
        device_scale_factor=SCALE,
        locale=locale,
        color_scheme="light",
        reduced_motion="reduce",
    ).page

    page.goto(demo.url)
    page.screenshot(path=folder / f"demo-home{ending}")
    page.goto(f"{demo.url}/sign-in")
    page.locator("button[value=lei]").click()
    with page.expect_navigation():
        page.locator("button[value=allow]").click()
    page.locator("img.portrait").evaluate("image => image.decode()")
    page.screenshot(path=folder / f"demo-signed-in{ending}")

    for name in ("home", "signed-in"):
        taken = (folder / f"demo-{name}{ending}").read_bytes()
        kept = ROOT / "docs" / "images" / f"demo-{name}{ending}"
        assert size(taken) == (SIZE["width"] * SCALE, SIZE["height"] * SCALE)
        assert size(kept.read_bytes()) == size(taken), "make pictures takes it anew"


def size(png: bytes) -> tuple[int, int]:
    """Width and height, from the picture's header."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height
