"""Which systems a test is for."""

from __future__ import annotations

import sys

import pytest

UNIX = pytest.mark.skipif(sys.platform == "win32", reason="has Unix's signals, terminals or modes")
