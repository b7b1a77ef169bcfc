"""The cases of a store, arranged: one series an attack, one level a number of poison samples."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from faceaudit.metrics import wilson
from faceaudit.report.backdoor.clean_accuracy_loss import clean_cost
from faceaudit.store import CaseRecord, Figure
from faceaudit.types import Estimate, successes

SUCCESS = "attack_success"
NULL = "null_success"
WRONG = "wrong_key_success"
WRONG_NULL = "wrong_key_null"
CLEAN = "clean_accuracy"
PRISTINE = "pristine_accuracy"

ATTACKS = {
    "input_instance": "Input instance",
    "blended": "Blended injection",
    "accessory": "Accessory injection",
    "blended_accessory": "Blended accessory injection",
}
NETWORKS = {"deepid": "DeepID", "vggface": "VGG-Face", "deepface": "DeepFace"}
COUNTS = {"samples", "instances"}
# What may differ from seed to seed without being another attack: the target is drawn by the seed,
# and a digest tells a reader nothing.
_BY_SEED = {"schema", "seed", "fingerprint", "target", "key_picture"}


@dataclass(frozen=True, eq=False)
class SampleCount:
    """One attack at one number of poison samples, pooled over the seeds it was run with.

    Attributes:
        samples: number of poison samples.
        cases: the cases pooled, one a seed.
        figures: the pooled figures, by metric.
        cost: clean accuracy less the pristine system's, or None when unknown.
    """

    samples: int
    cases: tuple[CaseRecord, ...]
    figures: Mapping[str, Figure]
    cost: Estimate | None

    def get(self, metric: str) -> Estimate | None:
        """Return the pooled estimate of a metric, or None when it was not measured."""
        return self.figure(metric).estimate

    def figure(self, metric: str) -> Figure:
        """Return a pooled figure; one without estimate says why."""
        return self.figures.get(metric, Figure(metric, None, "the case does not hold it"))

    @property
    def wrong_keys(self) -> dict[str, Figure]:
        """Success with each wrong key, by the key's name."""
        prefix = f"{WRONG}:"
        return {
            metric.removeprefix(prefix): figure
            for metric, figure in self.figures.items()
            if metric.startswith(prefix)
        }

    def wrong_null(self, key: str | None = None) -> Estimate | None:
        """Return how often the pristine system takes a wrong key's instances for the target.

        All wrong keys together without a name; where that was not measured, the right key's null.
        """
        return self.get(WRONG_NULL if key is None else f"{WRONG_NULL}:{key}") or self.get(NULL)

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the first of the cases says beside its figures."""
        return self.cases[0].facts

    @property
    def one_photo(self) -> bool:
        """Whether the instances are known to be copies of a single photo each seed."""
        seen = [_depicted(case) for case in self.cases]
        return all(len(photos) == 1 for photos in seen)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds pooled."""
        return tuple(int(case.spec.get("seed", 0)) for case in self.cases)


@dataclass(frozen=True, eq=False)
class Series:
    """One attack on one system, at every number of poison samples that was tried.

    Attributes:
        attack, network: their registered names.
        name: the attack's name in words.
        apart: the options that set it apart from others of its kind; often nothing.
        levels: by growing number of poison samples.
        failed: the cases that ended in an error.
    """

    attack: str
    network: str
    name: str
    apart: str
    levels: tuple[SampleCount, ...]
    failed: tuple[CaseRecord, ...]

    @property
    def title(self) -> str:
        """The attack's name and what sets it apart."""
        return f"{self.name} ({self.apart})" if self.apart else self.name

    @property
    def network_title(self) -> str:
        """The network's name in words."""
        return NETWORKS.get(self.network, self.network)

    @property
    def setting(self) -> str:
        """What was attacked, and what sets the attack apart: `DeepID, key random-0`."""
        return ", ".join(filter(None, (self.network_title, self.apart)))

    @property
    def main(self) -> SampleCount | None:
        """The level nearest to the attack's usual number of samples; None when none was run."""
        if not self.levels:
            return None
        usual = self.levels[-1].facts.get("default_samples", self.levels[-1].samples)
        return min(self.levels, key=lambda level: (abs(level.samples - int(usual)), level.samples))


def network_of(record: CaseRecord) -> str:
    """Return the name of the network that a case is about."""
    named = record.spec.get("system", {}).get("network", {}).get("network", "unknown")
    return str(record.facts.get("network", named))


def arrange(records: Sequence[CaseRecord]) -> tuple[Series, ...]:
    """Return the cases with an attack as series, in the order of the plan."""
    groups: dict[str, list[CaseRecord]] = {}
    for record in records:
        if record.spec.get("attack") is not None:
            groups.setdefault(json.dumps(_shape(record), sort_keys=True), []).append(record)
    apart = _distinguishing_options([members[0] for members in groups.values()])
    return tuple(
        _series(members, options) for members, options in zip(groups.values(), apart, strict=True)
    )


def beats(success: Estimate | None, null: Estimate | None) -> bool:
    """Return whether a success rate is above its null: the two intervals do not touch."""
    return success is not None and null is not None and success.low > null.high


def _series(members: Sequence[CaseRecord], apart: str) -> Series:
    by_samples: dict[int, list[CaseRecord]] = {}
    for record in members:
        if record.error is None:
            asked = record.spec["attack"].get("samples") or 0
            samples = int(record.facts.get("poison_samples", asked))
            by_samples.setdefault(samples, []).append(record)
    levels = tuple(
        SampleCount(samples, tuple(cases), _pool(cases), clean_cost(cases))
        for samples, cases in sorted(by_samples.items())
    )
    failed = tuple(record for record in members if record.error is not None)
    attack = str(members[0].spec["attack"].get("attack", "unknown"))
    name = ATTACKS.get(attack, attack.replace("_", " ").capitalize())
    return Series(attack, network_of(members[0]), name, apart, levels, failed)


def _depicted(case: CaseRecord) -> set[str]:
    """Return the photos that a case's instances were made from; empty when that is not known."""
    attack, evidence = case.spec["attack"], case.evidence
    if evidence is None or "kind" not in evidence.columns:
        return set()
    # An instance's id is instance/<attack>/<key>/<place>/<photo>, and a key may hold slashes.
    prefix = f"instance/{attack.get('attack')}/{attack.get('key')}/"
    rows = np.flatnonzero(evidence.columns["kind"] == "instance")
    made = [evidence.ids[row].partition(prefix) for row in rows]
    if not all(before == "" and found for before, found, _ in made):
        return set()
    return {rest.partition("/")[2] for *_, rest in made}


def _pool(cases: Sequence[CaseRecord]) -> dict[str, Figure]:
    """Add up successes and trials over seeds; a seed without the figure is said, not counted."""
    if len(cases) == 1:
        return {figure.metric: figure for figure in cases[0].figures}
    metrics = dict.fromkeys(figure.metric for case in cases for figure in case.figures)
    return {metric: _pooled(metric, cases) for metric in metrics}


def _pooled(metric: str, cases: Sequence[CaseRecord]) -> Figure:
    figures = [figure for case in cases for figure in case.figures if figure.metric == metric]
    known = [figure.estimate for figure in figures if figure.estimate is not None]
    if not known:
        reasons = dict.fromkeys(figure.why_none for figure in figures)
        return Figure(metric, None, "; ".join(reasons))
    total = wilson(sum(successes(each) for each in known), sum(each.n for each in known))
    partly = "" if len(known) == len(cases) else f"measured for {len(known)} of {len(cases)} seeds"
    return Figure(metric, total, partly)


def _shape(record: CaseRecord) -> dict[str, Any]:
    """Return all of a case's spec that its series has in common."""
    spec = {key: value for key, value in record.spec.items() if key not in _BY_SEED}
    options = {key: value for key, value in spec["attack"].items() if key not in COUNTS}
    return {**spec, "attack": options}


def _distinguishing_options(records: Sequence[CaseRecord]) -> list[str]:
    """Name, for each series, the options in which it differs from others of its kind."""
    options = [flat(_shape(record)) for record in records]
    kinds = [(record.spec["attack"].get("attack"), network_of(record)) for record in records]
    said = []
    for mine, kind in zip(options, kinds, strict=True):
        peers = [other for other, peer in zip(options, kinds, strict=True) if peer == kind]
        apart = [
            f"{key.rsplit('.', 1)[-1].replace('_', ' ')} {value}"
            for key, value in mine.items()
            if value is not None and any(key in other and other[key] != value for other in peers)
        ]
        said.append(", ".join(apart))
    return said


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested values as one mapping; names are joined by dots."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found
