"""Links in README and the documents: files and headings that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from helpers.documents import PAGES, ROOT

_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^()\s]+)\)")


def links_of(page: Path) -> list[str]:
    """Return a page's links to files and headings of this repository."""
    found = _LINK.findall(_CODE.sub("", page.read_text("utf-8")))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    anchors: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")
        number = sum(
            re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", known) is not None for known in anchors
        )
        anchors.add(f"{anchor}-{number}" if number else anchor)
    return anchors


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links_of(page):
        path, _, anchor = link.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{link} leads nowhere"
        assert ROOT in there.parents, f"{link} leads out of the repository"
        assert not anchor or anchor in anchors_of(there), f"{link}: there is no such heading"


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        paths = [link.partition("#")[0] for link in links_of(page)]
        waiting += [(page.parent / path).resolve() for path in paths if path.endswith(".md")]
    assert set(PAGES) <= reached
