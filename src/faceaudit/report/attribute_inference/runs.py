"""Cases of an audit of attribute inference, arranged: one a mitigation and seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from faceaudit.records.attribute_inference import (
    AUC,
    EXCESS,
    Asked,
    AttemptFacts,
    AttributeFacts,
    AttributeInferenceFacts,
    of_attempt,
)
from faceaudit.report.names import network_name
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

NONE = "none"
MAIN, BY_PEOPLE, MITIGATED, COST, ATTACKS = (
    f"attribute-inference-{name}" for name in ("told", "people", "mitigations", "cost", "attacks")
)
"""Anchors of the tables."""


@dataclass(frozen=True, eq=False)
class Run:
    """A case that did not fail.

    Attributes:
        record, facts: the case.
        several_seeds: whether the audit has several, so that rows must say which.
    """

    record: CaseRecord
    facts: AttributeInferenceFacts
    several_seeds: bool

    @property
    def mitigation(self) -> str:
        """The mitigation in a few words; "none" without any."""
        return str(self.record.spec["titles"]["mitigation"])

    @property
    def seed(self) -> int:
        """The seed of the case."""
        return int(self.record.spec["seed"])

    @property
    def network(self) -> str:
        """The network, or networks, whose templates are stored."""
        return " and ".join(map(network_name, self.facts.networks))

    @property
    def fmrs(self) -> tuple[float, ...]:
        """The false match rates of the cost."""
        return tuple(self.record.spec["fmrs"])

    @property
    def title(self) -> str:
        """The mitigation in words, with the seed where there are several."""
        said = "No mitigation" if self.mitigation == NONE else self.mitigation.replace("_", " ")
        return f"{said}, seed {self.seed}" if self.several_seeds else said

    @cached_property
    def _figures(self) -> dict[str, Figure]:
        return {one.metric: one for one in self.record.figures}

    def figure(self, metric: str) -> Figure | None:
        """Return a figure by its metric."""
        return self._figures.get(metric)

    def get(self, metric: str) -> Estimate | None:
        """Return an estimate by its metric; None where it was not measured."""
        found = self.figure(metric)
        return None if found is None else found.estimate

    @property
    def most(self) -> int:
        """The most labelled people that there were to learn from, of the numbers asked for."""
        asked = [one.people for one in self.attempts()]
        return max((one for one in asked if one <= self.facts.labelled_people), default=0)

    def attempts(self, asked: Asked = "stored") -> tuple[AttemptFacts, ...]:
        """Return the attempts on one thing, in the order of the plan."""
        return tuple(one for one in self.facts.attempts if one.asked == asked)

    def at_most(self, asked: Asked = "stored") -> tuple[AttemptFacts, ...]:
        """Return the attempts with the most labelled people."""
        return tuple(one for one in self.attempts(asked) if one.people == self.most)

    def find(
        self, attribute: str, attack: str, people: int, asked: Asked = "stored"
    ) -> AttemptFacts | None:
        """Return an attempt."""
        wanted = (attribute, attack, people)
        for one in self.attempts(asked):
            if (one.attribute, one.attack, one.people) == wanted:
                return one
        return None

    def attacks(self) -> tuple[str, ...]:
        """Return the attacks in the order of the plan."""
        return tuple(dict.fromkeys(one.attack for one in self.facts.attempts))

    def attribute(self, name: str) -> AttributeFacts:
        """Return an attribute by its name."""
        return next(one for one in self.facts.attributes if one.attribute == name)

    def told(self) -> Iterator[tuple[AttemptFacts, Estimate]]:
        """Yield the attempts, with the most labelled people, that do better than guessing."""
        for one in self.at_most():
            excess, area = self.get(of_attempt(EXCESS, one.key)), self.get(of_attempt(AUC, one.key))
            if excess is not None and area is not None and excess.low > 0:
                yield one, area


def arrange(records: Sequence[CaseRecord]) -> tuple[Run, ...]:
    """Return the cases that did not fail."""
    seeds = {record.spec["seed"] for record in records}
    return tuple(
        Run(record, AttributeInferenceFacts.of(record), len(seeds) > 1)
        for record in records
        if record.error is None
    )


def plain(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return the cases without mitigation."""
    return tuple(one for one in runs if one.mitigation == NONE)
