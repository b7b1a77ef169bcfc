"""The membership cases of a store: one for each mitigation, in groups that can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from faceaudit.records.membership import (
    AUC,
    KIND,
    LEVELS,
    PARTIAL,
    AttackRunFacts,
    CheckFacts,
    Granularity,
    MembershipFacts,
    Protocol,
    of_attack,
    of_target,
    strongest,
    tar_at,
    tpr_at,
)
from faceaudit.report.anchors import anchor, digest
from faceaudit.report.elements import flat
from faceaudit.report.membership.words import (
    AS_PUBLISHED,
    MITIGATIONS,
    NONE,
    PROTOCOLS,
    mitigation_title,
)
from faceaudit.report.names import in_words
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

RATE = 0.01
"""The error rate that the report looks at: of a verifier's false accepts, or an attack's alarms."""
TAR = tar_at(RATE)
TPR = tpr_at(RATE)
CHANCE = 0.5
"""The AUC of guessing."""
PAIR: Final[Granularity] = "pair"


@dataclass(frozen=True, eq=False)
class Case:
    """The results of one mitigation under one protocol.

    Attributes:
        record: as it is in the store, without error.
        title: the mitigation in words, its own among the cases that it is compared with.
        anchor: what the ids of its elements begin with; other mitigations do not change it.
    """

    record: CaseRecord
    title: str
    anchor: str = ""

    @cached_property
    def facts(self) -> MembershipFacts:
        """What is known of it beside its figures."""
        return MembershipFacts.of(self.record)

    @property
    def mitigation(self) -> str:
        """The registered name of the mitigation."""
        return self.facts.mitigation

    @property
    def protocol(self) -> Protocol:
        """How it was evaluated."""
        return self.facts.protocol

    @property
    def checks(self) -> tuple[CheckFacts, ...]:
        """The validity gate's, failed ones first, then those that could not be made."""
        order = {False: 0, None: 1, True: 2}
        return tuple(sorted(self.facts.gate, key=lambda check: order[check.passed]))

    @property
    def failed(self) -> tuple[CheckFacts, ...]:
        """The checks that failed; nothing measured is to be relied on if there is one."""
        return tuple(check for check in self.facts.gate if check.passed is False)

    @property
    def attack_runs(self) -> tuple[AttackRunFacts, ...]:
        """Every attack with every query strategy that it asked by."""
        return self.facts.attacks

    def strongest(self, level: Granularity) -> AttackRunFacts | None:
        """Return the attack with the highest mean AUC at a level, of those that can be chosen."""
        key = self.facts.strongest.get(level)
        return next((run for run in self.attack_runs if run.key == key), None)

    def leak(self, level: Granularity) -> Estimate | None:
        """Return the AUC of the strongest attack at a level, chosen for each target on others."""
        return self.get(strongest(AUC, level))

    def asking_as_users(self, level: Granularity) -> AttackRunFacts | None:
        """Return the attack with the highest AUC of those that ask as users do."""
        return self.best(as_users_ask(self.out_of_sample(level)))

    def out_of_sample(self, level: Granularity) -> list[AttackRunFacts]:
        """Return the attacks at a level, asked about all records, that scored no own ones."""
        return [
            run
            for run in self.attack_runs
            if run.level == level and not run.in_sample and run.strategy not in PARTIAL
        ]

    def best(self, runs: Iterable[AttackRunFacts], metric: str = AUC) -> AttackRunFacts | None:
        """Return the one with the highest figure; the first of those unmeasured when none was."""

        def height(run: AttackRunFacts) -> float:
            estimate = self.get(of_attack(metric, run.key))
            return -1.0 if estimate is None else estimate.value

        return max(runs, key=height, default=None)

    @cached_property
    def _figures(self) -> dict[str, Figure]:
        return {figure.metric: figure for figure in reversed(self.record.figures)}

    def get(self, metric: str) -> Estimate | None:
        """Return the estimate of a metric, or None when it was not measured."""
        return self.figure(metric).estimate

    def holds(self, metric: str) -> bool:
        """Return whether the case has such a figure, be it without estimate."""
        return metric in self._figures

    def figure(self, metric: str) -> Figure:
        """Return a figure; one without estimate says why."""
        if self.holds(metric):
            return self._figures[metric]
        return Figure(metric, None, "the case does not hold it")

    def by_target(self, metric: str) -> dict[int, float]:
        """Return a metric's value for each target verifier that has one, by its number."""
        return {
            number: estimate.value
            for number in range(self.facts.targets)
            if (estimate := self.get(of_target(metric, number))) is not None
        }


@dataclass(frozen=True, eq=False)
class ComparableCases:
    """Cases that differ in their mitigation alone, and so can be compared.

    Attributes:
        title: the protocol, and what sets these cases apart from others of it.
        protocol: as the cases have it.
        cases: in the order of the plan.
        anchor: what the ids of its elements begin with; other groups do not change it.
    """

    title: str
    protocol: Protocol
    cases: tuple[Case, ...]
    anchor: str = ""

    @property
    def baseline(self) -> Case | None:
        """The case without mitigation."""
        return next((case for case in self.cases if case.mitigation == NONE), None)

    @property
    def sound(self) -> tuple[Case, ...]:
        """The cases in which no check failed."""
        return tuple(case for case in self.cases if not case.failed)

    @property
    def mitigated(self) -> tuple[Case, ...]:
        """The cases with a mitigation in which no check failed."""
        return tuple(case for case in self.sound if case.mitigation != NONE)

    @property
    def levels(self) -> tuple[Granularity, ...]:
        """The levels at which something was attacked, people first."""
        tried = {run.level for case in self.cases for run in case.attack_runs}
        return tuple(level for level in LEVELS if level in tried)


def title_with_seed(case: Case, cases: Iterable[Case]) -> str:
    """Return a case's title, with its seed where it stands among cases of other seeds."""
    seeds = {other.record.spec["seed"] for other in cases}
    return f"{case.title}, seed {case.record.spec['seed']}" if len(seeds) > 1 else case.title


def title_of(record: CaseRecord) -> str:
    """Return a case's mitigation in words; of a failed case, without its options."""
    if record.error is None:
        facts = MembershipFacts.of(record)
        return mitigation_title(facts.mitigation, facts.title)
    return in_words(record.spec["mitigation"]["mitigation"], MITIGATIONS)


def comparable_cases(records: Iterable[CaseRecord]) -> tuple[ComparableCases, ...]:
    """Return the membership cases that did not fail, in groups that can be compared.

    In one group are cases with the same protocol whose specs differ in the mitigation alone. The
    evaluation as published comes last.
    """
    groups: dict[str, list[CaseRecord]] = {}
    for record in records:
        if record.error is None:
            groups.setdefault(json.dumps(_shared_spec(record), sort_keys=True), []).append(record)
    specs = [flat(_shared_spec(members[0])) for members in groups.values()]
    places = [(spec["protocol"].replace(" ", "-"), f"seed-{spec['seed']}") for spec in specs]
    compared = []
    for spec, members, place in zip(specs, groups.values(), places, strict=True):
        # Groups that differ in neither protocol nor seed have ids of all that they share.
        own = [digest(json.dumps(spec, sort_keys=True))] if places.count(place) > 1 else []
        words = [*place, *own]
        compared.append(
            ComparableCases(
                _title_group(spec, specs),
                spec["protocol"],
                _title_cases(members, words),
                anchor(KIND, *words),
            )
        )
    return tuple(sorted(compared, key=lambda group: group.protocol == AS_PUBLISHED))


def _shared_spec(record: CaseRecord) -> dict[str, Any]:
    """Return all of a case's spec that its group has in common, and its protocol."""
    spec = {key: value for key, value in record.spec.items() if key not in {"mitigation", "schema"}}
    versions = record.spec["versions"]
    return {
        **spec,
        "versions": {name: version for name, version in versions.items() if name != "mitigation"},
        "protocol": MembershipFacts.of(record).protocol,
    }


def _title_group(spec: dict[str, Any], specs: Sequence[dict[str, Any]]) -> str:
    """Name the protocol, and the few values in which a group differs from others of it."""
    protocol: Protocol = spec["protocol"]
    peers = [other for other in specs if other["protocol"] == protocol]
    distinguishing = [
        f"{key.rsplit('.', 1)[-1].replace('_', ' ')} {value}"
        for key, value in spec.items()
        if isinstance(value, str | int | float)
        and any(key in other and other[key] != value for other in peers)
    ]
    number = [str(peers.index(spec) + 1)] if len(peers) > 1 and not distinguishing else []
    return ", ".join([PROTOCOLS[protocol], *distinguishing[:3], *number])


def _title_cases(members: Sequence[CaseRecord], words: Sequence[str]) -> tuple[Case, ...]:
    """Return cases with titles and anchors of their own in their group, which has these words."""
    titles = [title_of(record) for record in members]
    cases = []
    for record, title in zip(members, titles, strict=True):
        own, name = title, MembershipFacts.of(record).title
        if titles.count(title) > 1:
            own, name = f"{title}, case {record.id[:8]}", f"{name} {record.id[:8]}"
        cases.append(Case(record, own, anchor(KIND, name, *words)))
    return tuple(cases)


def as_users_ask(runs: Iterable[AttackRunFacts]) -> list[AttackRunFacts]:
    """Return the attacks that ask as users do, whatever else they know."""
    return [run for run in runs if run.strategy == "served"]


def adaptive(runs: Iterable[AttackRunFacts]) -> list[AttackRunFacts]:
    """Return the attacks that use what they know of the mitigation."""
    return [run for run in runs if run.adaptive]
