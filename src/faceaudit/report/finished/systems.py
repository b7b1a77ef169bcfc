"""The cases of a store by the system that they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faceaudit.records.finished import KIND, FinishedFacts, Part, SystemFacts
from faceaudit.records.groups import is_of_groups
from faceaudit.report.anchors import anchor, digest
from faceaudit.report.finished.words import ATTACKS
from faceaudit.report.names import in_words
from faceaudit.report.numbers import counted
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure


@dataclass(frozen=True, eq=False)
class AskedPart:
    """One part of the audit of a system, measured."""

    record: CaseRecord
    facts: FinishedFacts

    def get(self, metric: str) -> Estimate | None:
        """Return an estimate, or None where there is none."""
        return self.record.figure(metric)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All of its figures of everybody, with and without an estimate."""
        return tuple(one for one in self.record.figures if not is_of_groups(one.metric))

    @property
    def title(self) -> str:
        """The attack of its keys, in words; empty for other parts."""
        keys = self.facts.keys
        return "" if keys is None else in_words(keys.attack, ATTACKS)


@dataclass(frozen=True, eq=False)
class AskedSystem:
    """A finished system with all that was asked of it.

    Attributes:
        title: how it is named to people.
        role: "identifier", "verifier" or "embedder".
        parts: those that did not fail, in the order of the plan.
        failed: title and error of those that did.
        anchor: what the ids of its elements begin with; other systems do not change it.
    """

    title: str
    role: str
    parts: tuple[AskedPart, ...]
    failed: tuple[tuple[str, str], ...]
    anchor: str = ""

    def of(self, part: Part) -> tuple[AskedPart, ...]:
        """Return the parts of a kind."""
        return tuple(one for one in self.parts if one.facts.part == part)

    @property
    def facts(self) -> SystemFacts | None:
        """What the system says of itself; None where everything failed."""
        return self.parts[0].facts.system if self.parts else None

    @property
    def subtitle(self) -> str:
        """The role, what it gives, and how many people it knows, in a few words."""
        if self.facts is None:
            return self.role
        order = ("training", "gradients", "embeddings", "scores", "labels")
        gives = ", ".join(level for level in order if level in self.facts.access)
        knows = ""
        if self.facts.people is not None:
            knows = f", knows {counted(self.facts.people, 'person', 'people')}"
        asked = sum(part.facts.asked for part in self.parts)
        return f"{self.role}{knows}; gives {gives}; asked {counted(asked, 'time')}"


def arrange(records: Sequence[CaseRecord]) -> list[AskedSystem]:
    """Return the systems in the order of their first cases; one that shows less is another."""
    by_system: dict[tuple[str, ...], list[CaseRecord]] = {}
    for record in records:
        by_system.setdefault(_identity(record), []).append(record)
    return [_arrange_system(cases) for cases in by_system.values()]


def _identity(record: CaseRecord) -> tuple[str, ...]:
    """Return what tells a system from others: its weights, and what it shows to who asks."""
    return (record.spec["system"]["id"], *record.spec["asked"]["access"])


def _arrange_system(cases: Sequence[CaseRecord]) -> AskedSystem:
    spec = cases[0].spec
    return AskedSystem(
        title=spec["title"],
        role=spec["asked"]["role"],
        parts=tuple(
            AskedPart(case, FinishedFacts.of(case)) for case in cases if case.error is None
        ),
        failed=tuple(
            (str(case.spec["part"]), case.error) for case in cases if case.error is not None
        ),
        anchor=f"{anchor(KIND, spec['title'])}-{digest(*_identity(cases[0]))}",
    )
