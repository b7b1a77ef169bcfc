"""The words of Art. 15(5) of the AI Act beside what an audit tested, and what is said of the Act.

Nothing here tells whether a system must comply, or does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from faceaudit.report.identifiers.data import read_file
from faceaudit.report.identifiers.lookup import identifiers_or_none

Use = Literal["verification", "identification"]


@dataclass(frozen=True)
class Coverage:
    """One word of Art. 15(5), and which of an audit's subjects are about it.

    Attributes:
        word: such as "data poisoning".
        subjects: those that are; empty where the audit tested nothing of the kind.
    """

    word: str
    subjects: tuple[str, ...]


def coverage(subjects: Iterable[str]) -> tuple[Coverage, ...]:
    """Return each word of Art. 15(5), in its order there, and the subjects that are about it.

    >>> [(one.word, one.subjects) for one in coverage(["membership"])][2:4]
    [('adversarial examples or model evasion', ()), ('confidentiality attacks', ('membership',))]
    """
    asked = tuple(dict.fromkeys(subjects))
    file = read_file()
    article = file.schemes["ai_act"].title
    words = {
        subject: {one.name for one in identifiers_or_none(subject) if one.scheme == article}
        for subject in asked
    }
    names = [file.names[key].name for key in file.art_15_5]
    return tuple(
        Coverage(name, tuple(subject for subject in asked if name in words[subject]))
        for name in names
    )


def ai_act_remarks(use: Use | None) -> tuple[str, ...]:
    """Return what is to be said of the AI Act where the owner declares a use, or none.

    >>> "not high-risk by that point" in ai_act_remarks("verification")[-1]
    True
    """
    said = read_file().ai_act
    by_use = {
        "verification": said.verification,
        "identification": said.identification,
        None: said.undeclared,
    }
    return (*said.always, *by_use[use])
