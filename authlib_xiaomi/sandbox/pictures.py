"""The accounts' pictures, drawn, so that a browser shows them offline. Pure."""

from __future__ import annotations

import hashlib

__all__ = ["draw"]

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96">
<rect width="96" height="96" fill="hsl({back},60%,82%)"/>
<path d="M8 104a40 38 0 0 1 80 0z" fill="hsl({coat},55%,42%)"/>
<circle cx="48" cy="42" r="23" fill="hsl({skin},48%,72%)"/>
<path d="M24 42a24 25 0 0 1 48 0q-{fringe} -13 -24 -12t-24 12z" fill="hsl({hair},38%,26%)"/>
<g fill="#222"><circle cx="40" cy="44" r="2.6"/><circle cx="56" cy="44" r="2.6"/></g>
<path d="M40 53q8 {smile} 16 0" fill="none" stroke="#222" stroke-width="2.4" \
stroke-linecap="round"/>
</svg>
"""


def draw(name: str) -> str:
    """An SVG portrait, always the same for the same `name`."""
    seed = hashlib.sha256(name.encode()).digest()
    return _SVG.format(
        back=seed[0] * 360 // 256,
        coat=seed[1] * 360 // 256,
        skin=16 + seed[2] % 18,
        hair=seed[3] * 360 // 256,
        fringe=4 + seed[4] % 12,
        smile=4 + seed[5] % 6,
    )
