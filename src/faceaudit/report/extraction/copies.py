"""Cases arranged: a victim, the attacks on it, and each attack's copies by budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from faceaudit.metrics.student_mean import student_mean
from faceaudit.records.extraction import ExtractionFacts
from faceaudit.report.anchors import anchor
from faceaudit.report.extraction.words import WHOSE, attack_name, system_name
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure


@dataclass(frozen=True, eq=False)
class Copies:
    """The copies that one attack made with one budget, one for each seed.

    Attributes:
        records: the cases.
        facts: of the first.
        policy: how photos were chosen: "random" or "adaptive".
    """

    records: tuple[CaseRecord, ...]
    facts: ExtractionFacts
    policy: str

    @property
    def budget(self) -> int:
        """How many queries were allowed."""
        return self.facts.budget

    def figure(self, metric: str) -> Figure | None:
        """Return a figure: of one seed as it is, of several the mean with an interval over them.

        Where a seed has none, there is no mean: that of the others would be of other seeds.
        """
        found = [
            figure for one in self.records for figure in one.figures if figure.metric == metric
        ]
        known = [one.estimate for one in found if one.estimate is not None]
        missing = next((one for one in found if one.estimate is None), None)
        if missing is not None and known:
            of = f"{len(known)} of {len(found)} seeds have one"
            return Figure(metric, None, f"{of}: {missing.why_none}")
        if len(known) < 2:
            return found[0] if found else None
        lowest = min(one.low for one in known)
        low = min(-1.0, lowest) if lowest < 0 else 0.0  # of what the prior misses: any number below
        mean = student_mean([one.value for one in known], bounds=(low, 1.0))
        return Figure(metric, mean)

    def get(self, metric: str) -> Estimate | None:
        """Return an estimate, or None."""
        found = self.figure(metric)
        return None if found is None else found.estimate

    @property
    def labels(self) -> dict[str, str | int | float]:
        """What its measures are of."""
        facts = self.facts
        attack = facts.attack if self.policy == "random" else f"{facts.attack}-{self.policy}"
        return {
            "victim": facts.victim,
            "attack": attack,
            "budget": facts.budget,
            "access": facts.access,
            "asked": facts.asked,
            "decimals": "all" if facts.decimals is None else facts.decimals,
        }


@dataclass(frozen=True, eq=False)
class Series:
    """One attack on a victim, by rising budget."""

    copies: tuple[Copies, ...]

    @property
    def name(self) -> str:
        """The attack in words."""
        return attack_name(self.copies[0].facts, self.copies[0].policy)


@dataclass(frozen=True, eq=False)
class Copied:
    """One victim that was asked about one kind of photos, and the attacks on it."""

    series: tuple[Series, ...]

    @property
    def facts(self) -> ExtractionFacts:
        """Those of its first copy."""
        return self.series[0].copies[0].facts

    @property
    def title(self) -> str:
        """The victim in words."""
        return system_name(self.facts)

    @property
    def asked(self) -> str:
        """Whose photos it was asked about, in words."""
        return WHOSE[self.facts.asked]

    @property
    def lead(self) -> Copies:
        """The copy that is spoken of: of the plan's first attack, with the largest budget.

        It is named before anything is measured; the best of several would flatter the attacker.
        """
        return self.series[0].copies[-1]

    @property
    def anchor(self) -> str:
        """Its id in the page."""
        facts = self.facts
        return anchor("extraction", facts.victim, facts.asked, facts.system_id[:12])

    @property
    def copies(self) -> tuple[Copies, ...]:
        """All copies, attack by attack."""
        return tuple(one for series in self.series for one in series.copies)


def arrange(records: Sequence[CaseRecord]) -> tuple[Copied, ...]:
    """Return the victims in the order of the plan; failed cases are left out."""
    victims: dict[tuple[Any, ...], dict[tuple[Any, ...], dict[int, list[CaseRecord]]]] = {}
    for record in records:
        if record.error is not None:
            continue
        facts = ExtractionFacts.of(record)
        victim = (facts.victim, facts.system, facts.asked)
        attack = (facts.attack, policy_of(record), facts.decimals)
        by_budget = victims.setdefault(victim, {}).setdefault(attack, {})
        by_budget.setdefault(facts.budget, []).append(record)
    return tuple(
        Copied(
            tuple(
                Series(tuple(_copies(by_budget[budget]) for budget in sorted(by_budget)))
                for by_budget in attacks.values()
            )
        )
        for attacks in victims.values()
    )


def policy_of(record: CaseRecord) -> str:
    """Return how an attack chose photos."""
    return str(record.spec["attack"].get("policy", "random"))


def _copies(records: list[CaseRecord]) -> Copies:
    return Copies(tuple(records), ExtractionFacts.of(records[0]), policy_of(records[0]))
