"""The privacy cases of a store: one a mitigation, arranged by what can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from faceaudit.report.backdoor.attack_series import flat
from faceaudit.store import CaseRecord, Figure
from faceaudit.types import Estimate

KIND = "privacy"
NONE = "none"
FACEBONE = "facebone"
AS_PUBLISHED = "as published"
RIGOROUS = "rigorous"
ACCURACY = "accuracy"
TAR = "tar@far=0.01"
AUC = "auc"
TPR = "tpr@fpr=0.01"
ADAPTIVE = "adaptive_auc"
ADAPTIVE_TPR = "adaptive_tpr@fpr=0.01"
CHANCE = 0.5
PAIR = "pair"
LEVELS = {PAIR: "Pairs", "photo": "Photos", "identity": "People"}
PROTOCOLS = {RIGOROUS: "Rigorous", "lists": "Given lists", AS_PUBLISHED: "As published"}
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
    "facebone": "FaceBone\N{RIGHT SINGLE QUOTATION MARK}s attack",
}
WAYS = {
    "served": "as users ask",
    "each": "with each backbone in turn, the best counting",
    "all": "with all backbones together",
    "assignment": "with the backbone that a pair was learned with",
}


def in_words(name: str, words: dict[str, str]) -> str:
    """Return a registered name as readers know it."""
    return words.get(name, name.replace("_", " ").capitalize())


@dataclass(frozen=True)
class Check:
    """One question of the validity gate; `passed` is None where it could not be answered."""

    name: str
    passed: bool | None
    message: str

    @property
    def text(self) -> str:
        """The question and what was found, in one line."""
        said = self.message.rstrip(".")
        return f"{self.name}: {said}" if said else self.name


@dataclass(frozen=True)
class AttackRun:
    """One attack, asking in one way.

    Attributes:
        level: what it tells members of: "pair", "photo" or "identity".
        attack, knowledge: its registered name, and how it asks; see `WAYS`.
        adaptive: whether it uses what it knows of the mitigation.
        access: "scores" or "labels".
        queries, records: how often it asked, and about how many.
        in_sample: whether it was scored on what it had learned from.
        key: what its figures are called by.
    """

    level: str
    attack: str
    knowledge: str
    key: str
    adaptive: bool = False
    access: str = "scores"
    queries: int = 0
    records: int = 0
    in_sample: bool = False

    @property
    def name(self) -> str:
        """The attack's name in words."""
        return in_words(self.attack, ATTACKS)

    @property
    def way(self) -> str:
        """How it asks, in words."""
        return WAYS.get(self.knowledge, self.knowledge)

    @property
    def column(self) -> str:
        """The column of the evidence that holds its scores."""
        return f"score:{self.key.partition(':')[2]}"


@dataclass(frozen=True, eq=False)
class Case:
    """What was found of one mitigation under one protocol.

    Attributes:
        record: as it is in the store, without error.
        title: the mitigation in words, its own among the cases that it is compared with.
    """

    record: CaseRecord
    title: str

    @property
    def mitigation(self) -> str:
        """The registered name of the mitigation."""
        return mitigation_of(self.record)

    @property
    def protocol(self) -> str:
        """How it was evaluated: a key of `PROTOCOLS`."""
        return str(self.record.facts.get("protocol", RIGOROUS))

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """The validity gate's, failed ones first, then those that could not be made."""
        found = [
            Check(str(one.get("name")), one.get("passed"), str(one.get("said") or ""))
            for one in self.record.facts.get("gate", ())
        ]
        order = {False: 0, None: 1, True: 2}
        return tuple(sorted(found, key=lambda check: order[check.passed]))

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed; nothing measured is to be relied on if there is one."""
        return tuple(check for check in self.checks if check.passed is False)

    @property
    def attack_runs(self) -> tuple[AttackRun, ...]:
        """Every attack in every way it asked."""
        names = AttackRun.__dataclass_fields__
        return tuple(
            AttackRun(**{name: value for name, value in one.items() if name in names})
            for one in self.record.facts.get("attacks", ())
        )

    @property
    def worst(self) -> AttackRun | None:
        """The attack that tells pairs apart best, of all that were tried."""
        worst = self.record.facts.get("worst")
        return next((ask for ask in self.attack_runs if ask.key == worst), None)

    @property
    def strongest_non_adaptive(self) -> AttackRun | None:
        """Of the attacks that ask as users do, the one that tells pairs apart best."""
        return self.best(non_adaptive([ask for ask in self.attack_runs if ask.level == PAIR]))

    def best(self, asks: Iterable[AttackRun]) -> AttackRun | None:
        """Return the one with the highest AUC; the first of those unmeasured when none was."""
        ranked = [(self.get(f"{AUC}:{ask.key}"), ask) for ask in asks]
        return max(ranked, key=lambda one: one[0].value if one[0] else -1.0, default=(None, None))[
            1
        ]

    def get(self, metric: str) -> Estimate | None:
        """Return the estimate of a metric, or None when it was not measured."""
        return self.record.figure(metric)

    def figure(self, metric: str) -> Figure:
        """Return a figure; one without estimate says why."""
        none = Figure(metric, None, "the case does not hold it")
        return next((each for each in self.record.figures if each.metric == metric), none)

    def by_seed(self, metric: str) -> dict[int, float]:
        """Return a metric's value for each seed that has one."""
        prefix = f"{metric}:seed-"
        return {
            int(each.metric.removeprefix(prefix)): each.estimate.value
            for each in self.record.figures
            if each.metric.startswith(prefix) and each.estimate is not None
        }


@dataclass(frozen=True, eq=False)
class ComparableCases:
    """Cases that differ in their mitigation alone, and so can be compared.

    Attributes:
        title: the protocol, and what sets the setting apart from others.
        protocol: as the cases have it.
        cases: in the order of the plan.
    """

    title: str
    protocol: str
    cases: tuple[Case, ...]

    @property
    def baseline(self) -> Case | None:
        """The case without mitigation."""
        return next((case for case in self.cases if case.mitigation == NONE), None)

    @property
    def sound(self) -> tuple[Case, ...]:
        """The cases in which no check failed."""
        return tuple(case for case in self.cases if not case.failed)


def is_privacy(record: CaseRecord) -> bool:
    """Return whether a case is one of a privacy audit."""
    return record.spec.get("kind") == KIND


def mitigation_of(record: CaseRecord) -> str:
    """Return the registered name of a case's mitigation; a failed case has one, too."""
    named = (record.spec.get("mitigation") or {}).get("mitigation", NONE)
    return str(record.facts.get("mitigation", named))


def title_of(record: CaseRecord) -> str:
    """Return a case's mitigation in words, with the options that its title names.

    >>> facts = {"mitigation": "facebone", "title": "facebone (query average)"}
    >>> title_of(CaseRecord("id", {}, facts))
    'FaceBone (query average)'
    """
    name = mitigation_of(record)
    title = str(record.facts.get("title") or name)
    return f"{in_words(name, MITIGATIONS)}{title[len(name) :]}" if title.startswith(name) else title


def settings(records: Sequence[CaseRecord]) -> tuple[ComparableCases, ...]:
    """Return the privacy cases that did not fail, in groups that can be compared.

    In one group are cases with the same protocol whose specs differ in the mitigation alone. The
    evaluation as published comes last.
    """
    groups: dict[str, list[CaseRecord]] = {}
    for record in records:
        if record.error is None:
            groups.setdefault(json.dumps(_shape(record), sort_keys=True), []).append(record)
    shapes = [flat(_shape(members[0])) for members in groups.values()]
    found = [
        ComparableCases(_title(shape, shapes), str(shape["protocol"]), _cases(members))
        for shape, members in zip(shapes, groups.values(), strict=True)
    ]
    return tuple(sorted(found, key=lambda one: one.protocol == AS_PUBLISHED))


def _shape(record: CaseRecord) -> dict[str, Any]:
    spec = {key: value for key, value in record.spec.items() if key not in {"mitigation", "schema"}}
    return {**spec, "protocol": record.facts.get("protocol", RIGOROUS)}


def _title(shape: dict[str, Any], shapes: Sequence[dict[str, Any]]) -> str:
    """Name the protocol, and the few values in which a setting differs from others of it."""
    protocol = str(shape["protocol"])
    peers = [other for other in shapes if other["protocol"] == protocol]
    apart = [
        f"{key.rsplit('.', 1)[-1].replace('_', ' ')} {value}"
        for key, value in shape.items()
        if isinstance(value, str | int | float)
        and any(other.get(key, value) != value for other in peers)
    ]
    number = [str(peers.index(shape) + 1)] if len(peers) > 1 and not apart else []
    return ", ".join([PROTOCOLS.get(protocol, protocol), *apart[:3], *number])


def _cases(members: Sequence[CaseRecord]) -> tuple[Case, ...]:
    titles = [title_of(record) for record in members]
    return tuple(
        Case(record, title if titles.count(title) == 1 else f"{title}, case {record.id[:8]}")
        for record, title in zip(members, titles, strict=True)
    )


def non_adaptive(asks: Sequence[AttackRun]) -> list[AttackRun]:
    """Return the attacks that ask as users do, whatever else they know."""
    return [ask for ask in asks if ask.knowledge == "served"]


def adaptive(asks: Sequence[AttackRun]) -> list[AttackRun]:
    """Return the attacks that use what they know of the mitigation."""
    return [ask for ask in asks if ask.adaptive]
