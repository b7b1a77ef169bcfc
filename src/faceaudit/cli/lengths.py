"""How much of what comes from outside is printed."""

from __future__ import annotations

LINE = 2000
"""Characters of the longest line of text."""
NAME = 200
"""Characters of the longest name in a list."""
