"""docs/glossary.md: it has the words that plans and results use, each once."""

from __future__ import annotations

import re
from typing import get_args

from faceaudit.audit.families import families
from faceaudit.audit.kinds import KINDS
from faceaudit.records.membership import Granularity, QueryStrategy
from helpers.documents import ROOT

PAGE = (ROOT / "docs" / "glossary.md").read_text("utf-8")
ENTRIES = re.findall(r"^(\*\*.+?) - ", PAGE, re.MULTILINE)


def test_every_word_is_explained_once() -> None:
    words = [word for entry in ENTRIES for word in re.findall(r"\*\*(.+?)\*\*", entry)]
    assert len(words) > 60
    twice = {word for word in words if words.count(word) > 1}
    assert twice == {"target"}, "a person, or a verifier: each said in brackets"


def test_it_has_the_words_of_plans() -> None:
    names = [
        *families(),
        *(kind.name for kind in KINDS),
        *get_args(Granularity),
        *get_args(QueryStrategy),
    ]
    assert [name for name in names if f"`{name}`" not in PAGE] == []
