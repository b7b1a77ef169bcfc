"""Backdoor cases under a mitigation: what it finds, costs and prevents."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from faceaudit.audit.backdoor.cases import BackdoorCase
from faceaudit.audit.backdoor.clean_photos import CleanPhotos, clean_photos
from faceaudit.audit.backdoor.described import attack_facts, case_facts
from faceaudit.audit.backdoor.figures import join_rows
from faceaudit.audit.backdoor.filtering import checked_suspicion, choose_removed, rank_target
from faceaudit.audit.backdoor.mitigated_figures import (
    mitigated_figures,
    poison_figures,
    refusal_figures,
)
from faceaudit.audit.backdoor.mitigated_rows import (
    BEFORE,
    Shown,
    ask,
    behind,
    shown_photos,
    training_rows,
)
from faceaudit.audit.backdoor.other_people import OtherPhotos, other_photos
from faceaudit.audit.backdoor.refusing import score_photos, set_threshold
from faceaudit.audit.backdoor.repairing import repaired_system
from faceaudit.audit.backdoor.seen import see_clean, see_others, see_training_set
from faceaudit.audit.backdoor.staging import PreparedAttack
from faceaudit.audit.backdoor.training import train_case, trained_system
from faceaudit.audit.backdoor.treatments import Treatment
from faceaudit.audit.common.workspace import Workspace
from faceaudit.mitigations.backdoor.base import InputFilter, PhotoScore, SeenPhotos, TrainingFilter
from faceaudit.records.backdoor import INSTANCE_ROWS, NULL_ROWS
from faceaudit.records.backdoor_mitigation import MitigationFacts, at_allowance
from faceaudit.store import CaseRecord, Store
from faceaudit.systems.identifiers.base import System
from faceaudit.types import Evidence, FaceSet, Figure, IntArray


def run_mitigated(
    case: BackdoorCase, prepared: PreparedAttack | None, store: Store, work: Workspace
) -> CaseRecord:
    """Return what a mitigation does to one attack on one system, or to the pristine system.

    The system without the mitigation is trained now unless the store has it.

    Args:
        case: with a treatment.
        prepared: its attack made ready; None for the pristine system.
        store: where systems are kept.
        work: local folders.
    """
    assert case.treatment is not None
    id_, system = train_case(case, prepared, store, work)
    # Last: where cases run side by side, another one has trained it meanwhile.
    pristine_id, pristine = (
        (id_, system) if prepared is None else train_case(case, None, store, work)
    )
    trial = _Trial(case, case.treatment, prepared, id_, system, store, work)
    treated = trial.treat()
    groups = tuple(shown_photos(case, trial.photos, prepared))
    before = [ask(case, one, BEFORE[one.kind], system, treated.score) for one in groups]
    evidence = join_rows(
        *before,
        *(ask(case, one, NULL_ROWS, pristine) for one in groups if one.kind == INSTANCE_ROWS),
        *_after(trial, treated, groups, before),
        *treated.further,
    )
    facts = case_facts(
        case,
        treated.id,
        samples=0 if prepared is None else len(prepared.samples),
        attack=None if prepared is None else attack_facts(case, prepared, pristine_id),
        mitigation=treated.facts,
    )
    figures = figures_of_mitigated(
        evidence, case.scenario.target, treated.facts, attacked=prepared is not None
    )
    return CaseRecord(case.id, case.spec, facts.as_json(), figures, evidence)


def figures_of_mitigated(
    evidence: Evidence, target: int, facts: MitigationFacts, *, attacked: bool
) -> tuple[Figure, ...]:
    """Return every figure of a case under a mitigation, from evidence and facts alone.

    Args:
        evidence: of the case.
        target: the target's label.
        facts: of the mitigation.
        attacked: whether there is an attack.
    """
    allowed = facts.false_alarms
    figures = [*mitigated_figures(evidence, target, attacked=attacked, allowed=allowed)]
    if facts.way == "training filter":
        figures += poison_figures(evidence, target, facts.target)
    elif facts.way == "input filter":
        figures += refusal_figures(evidence, attacked=attacked, allowed=allowed)
    return tuple(figures)


@dataclass(frozen=True, eq=False)
class _Treated:
    """A system with a mitigation.

    Attributes:
        id: of the system.
        system: the system.
        facts: what is known of the mitigation.
        score: the suspicion of photos that are shown to it; None where none is refused.
        further: rows of the evidence about training photos.
    """

    id: str
    system: System
    facts: MitigationFacts
    score: PhotoScore | None = None
    further: tuple[Evidence, ...] = ()


@dataclass(frozen=True, eq=False)
class _Trial:
    """A mitigation, and the system that it is tried on."""

    case: BackdoorCase
    treatment: Treatment
    prepared: PreparedAttack | None
    id: str
    system: System
    store: Store
    work: Workspace

    @cached_property
    def photos(self) -> CleanPhotos:
        """Clean photos, to mitigate with and to judge on."""
        scenario, treatment = self.case.scenario, self.treatment
        return clean_photos(
            scenario.split, treatment.clean_photos, treatment.reserved, scenario.seed
        )

    @cached_property
    def others(self) -> OtherPhotos | None:
        """Photos of other people to mitigate with, if it is with those."""
        scenario, count = self.case.scenario, self.treatment.others
        if not count:
            return None
        assert scenario.others is not None
        return other_photos(scenario.others, count, scenario.seed)

    @property
    def poison(self) -> FaceSet | None:
        """The poison samples that the system learned from."""
        return None if self.prepared is None else self.prepared.samples

    def treat(self) -> _Treated:
        """Apply the mitigation."""
        scenario, mitigation = self.case.scenario, self.treatment.mitigation
        facts = MitigationFacts(
            name=mitigation.name,
            title=self.treatment.title,
            way=self.treatment.way,
            before=self.id,
            clean_photos=self.treatment.clean_photos,
            judged_photos=len(self.photos.judged),
            false_alarms=self.treatment.false_alarms,
            others=self.treatment.others,
        )
        if isinstance(mitigation, TrainingFilter):
            return self._filter_training_set(mitigation, facts)
        if isinstance(mitigation, InputFilter):
            score = mitigation.fit(self.system, self._seen_to_fit(), self._rng())
            return _Treated(self.id, self.system, facts, score)
        repaired = repaired_system(
            scenario,
            self.poison,
            self.treatment,
            self.id,
            self.store,
            work=self.work,
            title=f"repair {self.case.title}",
        )
        return _Treated(*repaired, facts)

    def _filter_training_set(self, mitigation: TrainingFilter, facts: MitigationFacts) -> _Treated:
        """Have a filter look at the training set, leave photos out and train anew without them."""
        scenario, removal = self.case.scenario, self.treatment.removal
        assert removal is not None
        seen = see_training_set(scenario, self.system, self.poison)
        clean = see_clean(scenario, self.system, self.photos.clean)
        suspicion = checked_suspicion(
            mitigation.suspect(seen, clean, self._rng()), len(seen), len(scenario.split.names)
        )
        removed = choose_removed(suspicion, seen.label, removal)
        id_, system = trained_system(
            scenario,
            self.poison,
            self.store,
            work=self.work,
            title=f"train {self.case.title}",
            removed=removed,
        )
        rows = training_rows(self.case, self.poison, seen.label, suspicion.photos, removed)
        ranked = None
        if self.poison is not None:
            ranked = rank_target(suspicion.people, scenario.target)
        known = facts.model_copy(
            update={
                "removed": int(removed.sum()),
                "removed_poison": int(removed[len(scenario.split.train) :].sum()),
                "target": ranked,
            }
        )
        return _Treated(id_, system, known, further=(rows,))

    def thresholds(self, score: PhotoScore) -> dict[float, float]:
        """Return the threshold for each share of false alarms.

        They are set on clean photos that the filter was neither fitted nor is judged on.
        """
        faces, _, apart = self._halves()
        landmarks = None if faces.landmarks is None else faces.landmarks[apart]
        scores = score_photos(score, faces.images[apart], landmarks)
        return {share: set_threshold(scores, share) for share in self.treatment.false_alarms}

    def _halves(self) -> tuple[FaceSet, IntArray, IntArray]:
        """Return faces, the rows to fit a filter of inputs on, and those that set thresholds."""
        if self.others is not None:
            least = self.treatment.mitigation.other_photos or 1
            return self.others.faces, *self.others.halves(least)
        return self.case.scenario.faces, *self.photos.halves()

    def _seen_to_fit(self) -> SeenPhotos:
        faces, fit, _ = self._halves()
        if self.others is not None:
            return see_others(self.system, faces, fit)
        return see_clean(self.case.scenario, self.system, fit)

    def _rng(self) -> np.random.Generator:
        return np.random.default_rng([self.case.scenario.seed, 8])


def _after(
    trial: _Trial, treated: _Treated, groups: tuple[Shown, ...], before: list[Evidence]
) -> list[Evidence]:
    """Return what comes of the same photos with the mitigation."""
    if treated.score is None:
        return [ask(trial.case, one, one.kind, treated.system) for one in groups]
    return [
        behind(rows, at_allowance(one.kind, share), threshold)
        for share, threshold in trial.thresholds(treated.score).items()
        for one, rows in zip(groups, before, strict=True)
    ]
