"""The membership cases of a store: one for each mitigation, in groups that can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from faceaudit.records.membership import (
    AUC,
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
from faceaudit.report.elements import flat
from faceaudit.report.names import in_words
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

NONE = "none"
"""The mitigation that does nothing."""
FACEBONE = "facebone"
RATE = 0.01
"""The error rate that the report looks at: of a verifier's false accepts, or an attack's alarms."""
TAR = tar_at(RATE)
TPR = tpr_at(RATE)
STRONGEST_AUC = strongest(AUC)
STRONGEST_TPR = strongest(TPR)
CHANCE = 0.5
"""The AUC of guessing."""
PAIR: Final[Granularity] = "pair"
LEVELS: Final[dict[Granularity, str]] = {PAIR: "Pairs", "photo": "Photos", "identity": "People"}
AS_PUBLISHED: Final[Protocol] = "as published"
LISTS: Final[Protocol] = "lists"
RIGOROUS: Final[Protocol] = "rigorous"
PROTOCOLS: Final[dict[Protocol, str]] = {
    RIGOROUS: "Rigorous",
    LISTS: "Given lists",
    AS_PUBLISHED: "As published",
}
MITIGATIONS = {
    NONE: "No mitigation",
    FACEBONE: "FaceBone",
    "dp_sgd": "DP-SGD",
    "selena": "SELENA",
    "memguard": "MemGuard",
    "hard_labels": "Labels only",
}
ATTACKS = {
    "lira": "LiRA",
    "rmia": "RMIA",
    "loss": "Loss",
    "label_only": "Labels only",
    "black_box": "FaceBone\N{RIGHT SINGLE QUOTATION MARK}s attack",
}
STRATEGIES = {
    "served": "as users ask",
    "each": "with each backbone in turn, the best counting",
    "all": "with all backbones together",
    "assignment": "with the backbone that a pair was learned with",
}


def attack_name(attack: str) -> str:
    """Return an attack in words; what is added to its registered name stays as it is.

    >>> attack_name("lira"), attack_name("rmia (online False)")
    ('LiRA', 'RMIA (online False)')
    """
    name, space, more = attack.partition(" ")
    return f"{in_words(name, ATTACKS)}{space}{more}"


def describe_attack_run(run: AttackRunFacts) -> str:
    """Return an attack and how it asks, in words: `LiRA, as users ask`."""
    return f"{attack_name(run.attack)}, {STRATEGIES[run.strategy]}"


def describe_check(check: CheckFacts) -> str:
    """Return a check and its outcome in one line."""
    message = check.message.rstrip(".")
    return f"{check.name}: {message}" if message else check.name


@dataclass(frozen=True, eq=False)
class Case:
    """The results of one mitigation under one protocol.

    Attributes:
        record: as it is in the store, without error.
        title: the mitigation in words, its own among the cases that it is compared with.
    """

    record: CaseRecord
    title: str

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

    @property
    def strongest(self) -> AttackRunFacts | None:
        """The attack that tells pairs apart best, of all that were tried."""
        key = self.facts.strongest
        return next((run for run in self.attack_runs if run.key == key), None)

    @property
    def strongest_non_adaptive(self) -> AttackRunFacts | None:
        """Of the attacks that ask as users do, the one that tells pairs apart best."""
        return self.best(non_adaptive([run for run in self.attack_runs if run.level == PAIR]))

    def best(self, runs: Iterable[AttackRunFacts]) -> AttackRunFacts | None:
        """Return the one with the highest AUC; the first of those unmeasured when none was."""

        def area(run: AttackRunFacts) -> float:
            estimate = self.get(of_attack(AUC, run.key))
            return -1.0 if estimate is None else estimate.value

        return max(runs, key=area, default=None)

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
    """

    title: str
    protocol: Protocol
    cases: tuple[Case, ...]

    @property
    def baseline(self) -> Case | None:
        """The case without mitigation."""
        return next((case for case in self.cases if case.mitigation == NONE), None)

    @property
    def sound(self) -> tuple[Case, ...]:
        """The cases in which no check failed."""
        return tuple(case for case in self.cases if not case.failed)


def title_with_seed(case: Case, cases: Iterable[Case]) -> str:
    """Return a case's title, with its seed where it stands among cases of other seeds."""
    seeds = {other.record.spec["seed"] for other in cases}
    return f"{case.title}, seed {case.record.spec['seed']}" if len(seeds) > 1 else case.title


def mitigation_title(name: str, description: str) -> str:
    """Return a mitigation in words, with the options that its description names.

    >>> mitigation_title("facebone", "facebone (query average)")
    'FaceBone (query average)'
    """
    if not description.startswith(name):
        return description
    return f"{in_words(name, MITIGATIONS)}{description.removeprefix(name)}"


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
    compared = [
        ComparableCases(_title_group(spec, specs), spec["protocol"], _title_cases(members))
        for spec, members in zip(specs, groups.values(), strict=True)
    ]
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


def _title_cases(members: Sequence[CaseRecord]) -> tuple[Case, ...]:
    titles = [title_of(record) for record in members]
    return tuple(
        Case(record, title if titles.count(title) == 1 else f"{title}, case {record.id[:8]}")
        for record, title in zip(members, titles, strict=True)
    )


def non_adaptive(runs: Iterable[AttackRunFacts]) -> list[AttackRunFacts]:
    """Return the attacks that ask as users do, whatever else they know."""
    return [run for run in runs if run.strategy == "served"]


def adaptive(runs: Iterable[AttackRunFacts]) -> list[AttackRunFacts]:
    """Return the attacks that use what they know of the mitigation."""
    return [run for run in runs if run.adaptive]
