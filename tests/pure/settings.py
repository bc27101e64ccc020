"""How Hypothesis is to run here."""

from __future__ import annotations

from hypothesis import settings

#: Long enough for a slow machine that does other things, short enough to see a parser that hangs.
patient = settings(deadline=2000)
many = settings(patient, max_examples=150)
