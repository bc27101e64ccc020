"""How Hypothesis is to run here."""

from __future__ import annotations

from hypothesis import settings

#: Long enough for a slow machine that does other things, short enough to see a parser that hangs.
#: The great numbers of examples are those of `make fuzz`.
patient = settings(deadline=2000, max_examples=50)
many = settings(patient, max_examples=100)
