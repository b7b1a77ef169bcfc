"""The mitigations of a store, each tried on attacks: what it prevents and costs, over trainings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from faceaudit.audit.backdoor.mitigated_pooling import pool_mitigated
from faceaudit.audit.backdoor.treatments import titled
from faceaudit.records.backdoor import SUCCESS, BackdoorFacts, is_mitigated, network_of
from faceaudit.records.backdoor_mitigation import (
    SUCCESS_BEFORE,
    MitigationFacts,
    at_allowance,
)
from faceaudit.report.anchors import digest
from faceaudit.report.backdoor.attack_series import ATTACKS, Series, arrange, series_anchor
from faceaudit.report.backdoor.verdicts import beats
from faceaudit.report.elements import NO_REASON
from faceaudit.report.names import in_words, network_name
from faceaudit.report.numbers import SPACE
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

LITTLE = 0.1
"""Success up to which an attack counts as brought down."""
Effect = Literal["down", "less", "open", "not shown"]
"""What a mitigation does to an attack: success is at most `LITTLE`, and was more without it; it is
less; it is neither; or it was not measured."""
BY_SEED = {"schema", "seed", "fingerprint", "target", "key_picture"}


@dataclass(frozen=True, eq=False)
class Trial:
    """One mitigation, at one allowance of false alarms if it has any, on one attack or none.

    Attributes:
        attack: what it was tried on, in words; empty for the pristine system.
        attack_anchor: the id of the attack's own element.
        labels: attack, key and samples, as measures have them.
        cases: one a training; none of them failed.
        figures: by metric, over trainings.
        failed: the cases that ended in an error.
        allowed: the share of clean photos that may be refused; None where none is.
    """

    attack: str
    attack_anchor: str
    labels: Mapping[str, str | int | float]
    cases: tuple[CaseRecord, ...]
    figures: Mapping[str, Figure]
    failed: tuple[CaseRecord, ...]
    allowed: float | None = None

    def figure(self, metric: str) -> Figure:
        """Return a figure, at this allowance where there is one; one without estimate says why."""
        names = [metric] if self.allowed is None else [at_allowance(metric, self.allowed), metric]
        for name in names:
            if name in self.figures:
                return self.figures[name]
        errors = "; ".join(dict.fromkeys(one.error or NO_REASON for one in self.failed))
        return Figure(metric, None, errors or "the case does not hold it")

    def get(self, metric: str) -> Estimate | None:
        """Return an estimate over all trainings; None where it was not measured."""
        return self.figure(metric).estimate

    @property
    def trainings(self) -> int:
        """In how many trainings it was tried."""
        return len(self.cases)

    @property
    def effect(self) -> Effect:
        """What the mitigation does to the attack."""
        after, before = self.get(SUCCESS), self.get(SUCCESS_BEFORE)
        if after is None or before is None:
            return "not shown"
        if after.value <= LITTLE < before.value:
            return "down"
        return "less" if beats(before, after) else "open"


@dataclass(frozen=True, eq=False)
class Tried:
    """One mitigation with one budget on one network: its trials on every attack.

    Attributes:
        name: its registered name.
        title: its name, options and budget, and what it may refuse.
        budgeted: the same without what it may refuse.
        way: what it does.
        network: the network's registered name.
        anchor: the id of its row.
        pristine: the trial on the system without poison; None where that failed or is missing.
        trials: on attacks, in the order of the plan.
    """

    name: str
    title: str
    budgeted: str
    way: str
    network: str
    anchor: str
    pristine: Trial | None
    trials: tuple[Trial, ...]

    @property
    def measured(self) -> tuple[Trial, ...]:
        """The trials in which success was measured."""
        return tuple(trial for trial in self.trials if trial.get(SUCCESS) is not None)

    @property
    def worst(self) -> Trial | None:
        """The attack that succeeds most often; a mitigation is as good as that."""
        return max(self.measured, key=_success, default=None)

    @property
    def on(self) -> str:
        """The network in words."""
        return network_name(self.network)


def _success(trial: Trial) -> tuple[float, float]:
    rate = trial.get(SUCCESS)
    assert rate is not None
    return rate.value, rate.high


def arrange_mitigated(records: Iterable[CaseRecord]) -> tuple[Tried, ...]:
    """Return the cases under a mitigation, in the order of the plan."""
    records = list(records)
    series = {each.anchor: each for each in arrange(records)}
    groups: dict[str, dict[str, list[CaseRecord]]] = {}
    for record in records:
        if is_mitigated(record):
            spec = {key: value for key, value in record.spec.items() if key not in BY_SEED}
            attack = json.dumps(spec.pop("attack"), sort_keys=True)
            spec.pop("versions", None)
            spec.pop("wrong_keys", None)
            by_attack = groups.setdefault(json.dumps(spec, sort_keys=True), {})
            by_attack.setdefault(attack, []).append(record)
    return tuple(
        one
        for spec, by_attack in groups.items()
        for one in _tried(digest(spec), tuple(by_attack.values()), series)
    )


def _tried(
    id_: str, groups: Sequence[Sequence[CaseRecord]], series: Mapping[str, Series]
) -> Iterable[Tried]:
    """Yield a mitigation with one budget, at each of its allowances."""
    first = next((one for cases in groups for one in cases if one.error is None), None)
    facts = None if first is None else mitigation_facts(first)
    values = groups[0][0].spec
    budgeted = (facts.title if facts else titled(values)).replace("_", " ")
    allowances: Sequence[float | None] = (facts.false_alarms if facts else ()) or (None,)
    for allowed in allowances:
        trials = [_trial(cases, series, allowed) for cases in groups]
        at = (
            "" if allowed is None else f", {allowed * 100:g}{SPACE}% of clean photos may be refused"
        )
        yield Tried(
            name=str(values["mitigation"]["mitigation"]),
            title=f"{budgeted}{at}",
            budgeted=budgeted,
            way=facts.way if facts else "",
            network=network_of(values),
            anchor=_anchor(id_, allowed),
            pristine=next((one for one in trials if not one.labels and one.cases), None),
            trials=tuple(one for one in trials if one.labels),
        )


def _anchor(id_: str, allowed: float | None) -> str:
    at = "" if allowed is None else f"-{allowed:g}".replace(".", "-")
    return f"mitigation-{id_}{at}"


def _trial(
    cases: Sequence[CaseRecord], series: Mapping[str, Series], allowed: float | None
) -> Trial:
    known = tuple(case for case in cases if case.error is None)
    trial = Trial(
        attack="",
        attack_anchor="",
        labels={},
        cases=known,
        figures=pool_mitigated(known) if known else {},
        failed=tuple(case for case in cases if case.error is not None),
        allowed=allowed,
    )
    attack = cases[0].spec["attack"]
    if attack is None:
        return trial
    anchor = series_anchor(CaseRecord("", {**cases[0].spec, "mitigation": None}))
    own = series.get(anchor)
    return replace(
        trial,
        attack=own.title if own else in_words(attack["attack"], ATTACKS),
        attack_anchor=anchor if own else "",
        labels=_labels(attack, own),
    )


def _labels(attack: Mapping[str, Any], series: Series | None) -> dict[str, str | int | float]:
    options = series.distinguishing_options if series else ""
    apart = [one for one in options.split(", ") if one and one != f"key {attack.get('key')}"]
    return {
        "attack": attack["attack"],
        "key": attack.get("key", ""),
        "samples": attack["samples"],
        **({"options": ", ".join(apart)} if apart else {}),
    }


def mitigation_facts(record: CaseRecord) -> MitigationFacts:
    """Return what is known of the mitigation of a case that did not fail."""
    facts = BackdoorFacts.of(record).mitigation
    assert facts is not None
    return facts
