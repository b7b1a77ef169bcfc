"""The attacks of a store as series: one attack at every number of poison samples."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from faceaudit.audit.backdoor.pooling import clean_accuracy_loss, pool_figures
from faceaudit.metrics import share_over_keys
from faceaudit.records.backdoor import (
    KIND,
    NULL,
    OPEN_FMRS,
    OPEN_WRONG,
    SUCCESS,
    WRONG_KEY,
    WRONG_KEY_NULL,
    AttackFacts,
    BackdoorFacts,
    at_fmr,
    is_mitigated,
    network_of,
    of_key,
)
from faceaudit.report.anchors import anchor, digest
from faceaudit.report.elements import NO_REASON, flat
from faceaudit.report.names import in_words, network_name
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure

ATTACKS = {
    "input_instance": "Input instance",
    "blended": "Blended injection",
    "accessory": "Accessory injection",
    "blended_accessory": "Blended accessory injection",
    "clean_label": "Clean-label accessory",
    "makeup": "Makeup",
    "tint": "Tint",
    "worn": "Worn object",
}
COUNTS = {"samples", "instances"}
"""Options of an attack that are numbers of photos."""
_BY_SEED = {"schema", "seed", "fingerprint", "target", "key_picture", "judged"}
"""Parts of a spec that may differ from seed to seed without making another attack: the target is
drawn by the seed, a system trained elsewhere is another one for each, and a digest tells a reader
nothing."""


@dataclass(frozen=True, eq=False)
class SampleCount:
    """One attack at one number of poison samples, in every training that it was run with.

    Attributes:
        samples: number of poison samples that was planned.
        cases: one a training; they differ in their seed alone.
        figures: by metric. Of one training they are its own; of several, combined over them. Those
            of all wrong keys together have an interval over keys in either case.
        cost: clean accuracy less the pristine system's, or None when unknown.
    """

    samples: int
    cases: tuple[CaseRecord, ...]
    figures: Mapping[str, Figure]
    cost: Estimate | None

    def get(self, metric: str) -> Estimate | None:
        """Return the estimate of a metric over all trainings, or None when it was not measured."""
        return self.figure(metric).estimate

    def figure(self, metric: str) -> Figure:
        """Return a figure over all trainings; one without estimate says why."""
        if metric in self.figures:
            return self.figures[metric]
        return Figure(metric, None, "the case does not hold it")

    def single(self, metric: str) -> tuple[Estimate, ...]:
        """Return a metric's estimate in each training that it was measured in."""
        return tuple(rate for case in self.cases if (rate := case.figure(metric)) is not None)

    @property
    def trainings(self) -> int:
        """In how many trainings success was measured."""
        return len(self.single(SUCCESS))

    @property
    def wrong_keys(self) -> dict[str, Figure]:
        """Success with each wrong key, by the key's name."""
        keys = dict.fromkeys(key for case in self.cases for key in _attack_facts(case).wrong_keys)
        return {key: self.figure(of_key(WRONG_KEY, key)) for key in keys}

    def wrong_null(self, key: str | None = None) -> Estimate | None:
        """Return how often the pristine system takes a wrong key's instances for the target.

        All wrong keys together without a name; where that was not measured, the right key's null.
        """
        metric = WRONG_KEY_NULL if key is None else of_key(WRONG_KEY_NULL, key)
        return self.get(metric) or self.get(NULL)

    @cached_property
    def facts(self) -> BackdoorFacts:
        """Facts of the first of the cases."""
        return BackdoorFacts.of(self.cases[0])

    @cached_property
    def attack(self) -> AttackFacts:
        """Facts of the attack in the first of the cases."""
        return _attack_facts(self.cases[0])

    @property
    def one_photo(self) -> bool:
        """Whether the instances of each training are copies of a single photo."""
        return all(_attack_facts(case).instance_photos == 1 for case in self.cases)

    @property
    def people(self) -> tuple[int, int]:
        """How many people the instances of a training show: the fewest and the most."""
        shown = [_attack_facts(case).instance_people for case in self.cases]
        return min(shown), max(shown)


@dataclass(frozen=True, eq=False)
class Series:
    """One attack on one system, at every number of poison samples that was tried.

    Attributes:
        attack, network: their registered names.
        distinguishing_options: the options that set the attack apart from others of its name, in
            words; often nothing.
        levels: by growing number of poison samples.
        failed: the cases that ended in an error.
        anchor: what the ids of its elements begin with; other attacks do not change it.
    """

    attack: str
    network: str
    distinguishing_options: str
    levels: tuple[SampleCount, ...]
    failed: tuple[CaseRecord, ...]
    anchor: str = ""

    @property
    def name(self) -> str:
        """The attack's name in words."""
        return in_words(self.attack, ATTACKS)

    @property
    def title(self) -> str:
        """The attack's name and the options that set it apart."""
        options = self.distinguishing_options
        return f"{self.name} ({options})" if options else self.name

    @property
    def network_title(self) -> str:
        """The network's name in words."""
        return network_name(self.network)

    @property
    def subtitle(self) -> str:
        """The attacked network, and the attack's distinguishing options: `DeepID, key random-0`."""
        return ", ".join(filter(None, (self.network_title, self.distinguishing_options)))

    @property
    def main(self) -> SampleCount | None:
        """The level nearest to the attack's usual number of samples; None when none was run."""
        if not self.levels:
            return None
        usual = self.levels[-1].attack.default_samples
        return min(self.levels, key=lambda level: (abs(level.samples - usual), level.samples))

    @property
    def errors(self) -> str:
        """Why its cases failed, each reason once."""
        return "; ".join(dict.fromkeys(record.error or NO_REASON for record in self.failed))


def arrange(records: Iterable[CaseRecord]) -> tuple[Series, ...]:
    """Return the cases with an attack and no mitigation as series, in the order of the plan.

    Cases belong to one series when their specs differ in nothing but the seed, and what is drawn by
    it, and numbers of photos.
    """
    groups: dict[str, list[CaseRecord]] = {}
    for record in records:
        if record.spec["attack"] is not None and not is_mitigated(record):
            groups.setdefault(json.dumps(_shared_spec(record), sort_keys=True), []).append(record)
    options = _distinguishing_options([members[0] for members in groups.values()])
    return tuple(
        _build_series(members, apart)
        for members, apart in zip(groups.values(), options, strict=True)
    )


def _build_series(members: Sequence[CaseRecord], distinguishing_options: str) -> Series:
    by_samples: dict[int, list[CaseRecord]] = {}
    for record in members:
        if record.error is None:  # as planned: some may be lost, in each training others
            by_samples.setdefault(int(record.spec["attack"]["samples"]), []).append(record)
    levels = tuple(
        SampleCount(samples, tuple(cases), _combine(cases), clean_accuracy_loss(cases))
        for samples, cases in sorted(by_samples.items())
    )
    failed = tuple(record for record in members if record.error is not None)
    spec = members[0].spec
    return Series(
        str(spec["attack"]["attack"]),
        network_of(spec),
        distinguishing_options,
        levels,
        failed,
        series_anchor(members[0]),
    )


def series_anchor(record: CaseRecord) -> str:
    """Return an id of attack, key and network, and a digest of all other options that matter."""
    spec = _shared_spec(record)
    spec.pop("versions", None)
    attack = spec["attack"]
    words = (attack["attack"], str(attack.get("key", "")), network_of(spec))
    return f"{anchor(KIND, *words)}-{digest(json.dumps(spec, sort_keys=True))}"


def _combine(cases: Sequence[CaseRecord]) -> dict[str, Figure]:
    """Return every figure over trainings; of all wrong keys together, over keys."""
    figures = pool_figures(cases)
    if len(cases) == 1:
        return figures
    keys = dict.fromkeys(key for case in cases for key in _attack_facts(case).wrong_keys)
    for metric in (WRONG_KEY, WRONG_KEY_NULL, *(at_fmr(OPEN_WRONG, fmr) for fmr in OPEN_FMRS)):
        each = [figures.get(of_key(metric, key)) for key in keys]
        known = [figure.estimate for figure in each if figure and figure.estimate]
        if len(known) > 1:
            partly = figures[metric].why_none if metric in figures else ""
            figures[metric] = Figure(metric, share_over_keys(known), partly)
    return figures


def _attack_facts(case: CaseRecord) -> AttackFacts:
    facts = BackdoorFacts.of(case).attack
    assert facts is not None
    return facts


def _shared_spec(record: CaseRecord) -> dict[str, Any]:
    """Return all of a case's spec that its series has in common."""
    spec = {key: value for key, value in record.spec.items() if key not in _BY_SEED}
    options = {key: value for key, value in spec["attack"].items() if key not in COUNTS}
    return {**spec, "attack": options}


def _distinguishing_options(records: Sequence[CaseRecord]) -> list[str]:
    """Name, for each series, the options in which it differs from others of its kind."""
    options = [flat(_shared_spec(record)) for record in records]
    kinds = [(record.spec["attack"]["attack"], network_of(record.spec)) for record in records]
    described = []
    for own, kind in zip(options, kinds, strict=True):
        peers = [other for other, peer in zip(options, kinds, strict=True) if peer == kind]
        described.append(
            ", ".join(
                f"{key.rsplit('.', 1)[-1].replace('_', ' ')} {value}"
                for key, value in own.items()
                if value is not None
                and any(_told(key, other) and other.get(key) != value for other in peers)
            )
        )
    return described


def _told(key: str, spec: Mapping[str, Any]) -> bool:
    """Return whether a spec tells an option; an attack's may be left out where it is the usual."""
    return key in spec or key.startswith("attack.")
