"""Fenced blocks of code in the documents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class CodeBlock:
    """One fenced block, and the line of its page that it starts at."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks_of(page: Path, language: str) -> list[CodeBlock]:
    """Return a page's blocks in one language, in their order."""
    text = page.read_text("utf-8")
    return [
        CodeBlock(page, text.count("\n", 0, found.start(2)) + 1, found[1], found[2])
        for found in _FENCE.finditer(text)
        if found[1] == language
    ]


def all_blocks(language: str) -> list[CodeBlock]:
    """Return the blocks in one language of every page."""
    return [block for page in PAGES for block in blocks_of(page, language)]
