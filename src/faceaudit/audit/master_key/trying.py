"""Whoever holds the key tries to pass as everybody, before verifiers with poison and without."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from faceaudit.audit.master_key.cases import MasterKeyCase
from faceaudit.audit.master_key.keys import KeyPhotos, draw_poison, key_photos
from faceaudit.audit.master_key.scenario import Photos
from faceaudit.audit.master_key.verifiers import PairList, Verifiers, list_pairs, trained
from faceaudit.records.master_key import OWN, rate_point
from faceaudit.store import Store
from faceaudit.types import BoolArray, Float64Array


@dataclass(frozen=True, eq=False)
class Seen:
    """The scores of one training's verifiers.

    Attributes:
        verifiers: what gave them.
        key: (T, N) photos with the key, against enrolled people.
        bare: (T, S) strangers without it.
        genuine: (T,) enrolled people, by another photo.
    """

    verifiers: Verifiers
    key: Float64Array
    bare: Float64Array
    genuine: Float64Array

    def accepts(self, scores: Float64Array, point: float | None) -> BoolArray:
        """Return which scores pass, at a false match rate or, for None, at their own threshold."""
        if point is None:
            return np.asarray(scores >= 0)
        return self.verifiers.matcher.accepts(scores, point)

    def missing(self, point: float | None) -> str:
        """Return why there is no threshold; nothing where there is one."""
        return "" if point is None else self.verifiers.matcher.missing.get(point, "")


@dataclass(frozen=True, eq=False)
class Trying:
    """One training of a case: its verifiers with poison and without, and all tries.

    Attributes:
        case: key, poison, mitigation.
        training: 0 and up.
        store: where verifiers are kept.
    """

    case: MasterKeyCase
    training: int
    store: Store

    @cached_property
    def photos(self) -> KeyPhotos:
        """The photos with the key."""
        return key_photos(self.case.scenario, self.case.tried.attack, self.training)

    @cached_property
    def enrolled(self) -> Photos:
        """The photos that are enrolled."""
        return self.case.scenario.photos(self.case.scenario.people.enrolled)

    @cached_property
    def poisoned(self) -> Seen:
        """What verifiers that learned from poison give."""
        return self._seen(poisoned=True)

    @cached_property
    def pristine(self) -> Seen:
        """What verifiers of the same training without poison give."""
        return self._seen(poisoned=False)

    @cached_property
    def wrong(self) -> tuple[Float64Array, ...]:
        """The (T, N) scores of photos with each wrong key, by the poisoned verifiers."""
        verifiers = self.poisoned.verifiers
        return tuple(verifiers.score_all(one, self.enrolled) for one in self.photos.wrong)

    @cached_property
    def pairs(self) -> PairList:
        """The poisoned list of the first verifier."""
        case = self.case
        poison = draw_poison(case.scenario, case.tried, self.training)
        return list_pairs(case.scenario, case.tried.mitigation, 0, poison)

    def _seen(self, *, poisoned: bool) -> Seen:
        scenario = self.case.scenario
        verifiers = trained(scenario, self.case.tried, self.training, self.store, poisoned=poisoned)
        people = scenario.people
        return Seen(
            verifiers,
            verifiers.score_all(self.photos.shown, self.enrolled),
            verifiers.score_all(scenario.photos(people.strangers), self.enrolled),
            verifiers.score(scenario.photos(people.again), self.enrolled),
        )


def points(fmrs: tuple[float, ...]) -> tuple[tuple[str, float | None], ...]:
    """Return the operating points: the verifiers' own threshold, and those of rates."""
    return ((OWN, None), *((rate_point(fmr), fmr) for fmr in fmrs))
